package filter

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// And joins expressions, each of which compiles, into one that all of them
// match. Blank ones are left out; And of none is "", which matches everything.
func And(expressions ...string) string {
	var joined []string
	for _, x := range expressions {
		plain, err := scan(x)
		if err == nil && plain.blank {
			continue
		}
		if plain.comment || err != nil { // a comment would swallow the bracket
			x += "\n"
		}
		joined = append(joined, x)
	}
	if len(joined) == 1 {
		return strings.TrimSuffix(joined[0], "\n")
	}
	for i := range joined {
		joined[i] = "(" + joined[i] + ")"
	}
	return strings.Join(joined, " and ")
}

// Equal returns the expression that matches the events with that key in a
// dimension, which is the name of a field: Equal("status", "404") is "status ==
// 404". The key may hold any bytes. A client that is a network stands for all
// its addresses. A key that no event has gives "false", and so does a name that
// is no field's.
func Equal(dimension, key string) string {
	f := field(dimension)
	if f == nil {
		return "false"
	}
	switch f.Type {
	case Number:
		return equalNumber(dimension, key)
	case Bool:
		switch key {
		case "true":
			return dimension
		case "false":
			return "not " + dimension
		}
		return "false"
	}
	if len(f.Values) > 0 && !slices.Contains(f.Values, key) {
		return "false"
	}
	if _, err := time.Parse(time.RFC3339, key); f.Type == Time && err != nil {
		return "false"
	}
	if dimension == "client" && strings.Contains(key, "/") {
		if _, err := netip.ParsePrefix(key); err == nil {
			return "client in " + quote(key)
		}
	}
	return dimension + " == " + quote(key)
}

func equalNumber(dimension, key string) string {
	if key == "" {
		return fmt.Sprintf("not (%s >= 0)", dimension)
	}
	v, err := strconv.ParseFloat(key, 64)
	if err != nil || v-v != 0 { // NaN, infinite
		return "false"
	}
	if v > 1e15 || v < -1e15 {
		return dimension + " == " + strconv.FormatFloat(v, 'e', -1, 64)
	}
	return dimension + " == " + strconv.FormatFloat(v, 'f', -1, 64)
}

// quote writes a text that holds any bytes, on one line and without control
// characters.
func quote(text string) string {
	if utf8.ValidString(text) {
		return strconv.Quote(text)
	}
	b := []byte(`b"`)
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c >= 0x7f:
			b = fmt.Appendf(b, `\x%02x`, c)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// Known reports whether a name is that of a field.
func Known(name string) bool { return field(name) != nil }
