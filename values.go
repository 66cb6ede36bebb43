package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"weir/alert"
	"weir/archive"
	"weir/archive/bucket"
	"weir/duration"
	"weir/ingest"
	"weir/ingest/format"
)

// rule is what a flag accepts, wherever its value comes from.
type rule struct {
	want   string                    // completes "write …"; "" where test says it all
	test   func(reflect.Value) error // of the decoded value
	offers []string                  // some of what is accepted, for completions
}

// offering is the rule with values to offer.
func (r rule) offering(values ...string) rule {
	r.offers = values
	return r
}

// ruleOf returns the rule of a flag of a command, which is named by its first word.
func ruleOf(command string, f *kong.Flag) rule {
	r, ok := rules[command+" "+f.Name]
	if !ok {
		r = rules[f.Name]
	}
	if r.want == "" && r.test == nil {
		r.want = kindOf(f)
	}
	if f.Enum != "" {
		r.offers = given(f.EnumSlice())
	}
	return r
}

// rules are what the flags of that name accept, or, with the name of a command
// before it, the flag of that command. A flag that is not listed accepts
// whatever its type does, or one of its enumerated values.
var rules = map[string]rule{
	"alert":         above(0, alert.MostPerSecond, "requests per second: a number above 0 and up to 1e9"),
	"alert-period":  lasting(time.Second, day),
	"period":        lasting(time.Second, 31*day),
	"refresh":       lasting(10*time.Millisecond, time.Hour),
	"lateness":      lasting(0, 5*time.Minute),
	"format":        spelled(ingest.CheckFormat).offering(formatNames()...),
	"timezone":      spelled(ingest.CheckTimezone).offering("local", "UTC"),
	"spool":         spelled(ingest.CheckSpool).offering("off", "1GB"),
	"since":         spelled(ingest.CheckSince).offering("all", "end", "1h", "1d"),
	"filter":        spelled(ingest.CheckFilter),
	"rule":          listed(ingest.CheckRule).offering("errors", "errors: off"),
	"client-from":   spelled(ingest.CheckNetworks),
	"anonymize":     counting(0, 3, "a level from 1 to 3, or 0 for none").offering("1", "2", "3"),
	"top":           counting(1, 1000, "a number of rows from 1 to 1000"),
	"lines":         counting(1, 1_000_000, "a number of lines from 1 to 1000000"),
	"seed":          counting(math.MinInt64, math.MaxInt64, "a whole number"),
	"history":       spelled(checkHistory).offering("off"),
	"interval":      lasting(time.Second, 365*day),
	"settle":        lasting(0, 365*day),
	"after":         lasting(0, 36500*day),
	"keep-local":    lasting(0, 36500*day),
	"provider":      oneOf(providerNames()),
	"archive":       spelled(archive.CheckPair),
	"archive since": spelled(archive.CheckWhen).offering("all", "1d", "7d"),
	"archive until": spelled(archive.CheckWhen).offering("1h", "1d", "7d"),
	"restore since": spelled(archive.CheckWhen).offering("all", "1d", "7d"),
	"restore until": spelled(archive.CheckWhen).offering("1h", "1d", "7d"),
}

const day = 24 * time.Hour

func checkHistory(where string) error {
	if where != "off" {
		return errors.New("this version keeps none: write off")
	}
	return nil
}

var errRefused = errors.New("refused")

// above accepts finite numbers greater than low, up to high.
func above(low, high float64, want string) rule {
	return rule{want: want, test: func(v reflect.Value) error {
		if f := v.Float(); !(f > low && f <= high) { // NaN is neither
			return errRefused
		}
		return nil
	}}
}

// counting accepts whole numbers from low to high.
func counting(low, high int64, want string) rule {
	return rule{want: want, test: func(v reflect.Value) error {
		if n := v.Int(); n < low || n > high {
			return errRefused
		}
		return nil
	}}
}

// lasting accepts durations from low to high.
func lasting(low, high time.Duration) rule {
	return rule{want: fmt.Sprintf("a duration from %s to %s, as in 10s, 2m or 1h30m", duration.Format(low), duration.Format(high)), test: func(v reflect.Value) error {
		if d := time.Duration(v.Int()); d < low || d > high {
			return errRefused
		}
		return nil
	}}
}

// oneOf accepts the names, and nothing.
func oneOf(names []string) rule {
	return rule{want: "one of " + strings.Join(names, ", "), offers: names, test: func(v reflect.Value) error {
		if v.String() != "" && !slices.Contains(names, v.String()) {
			return errRefused
		}
		return nil
	}}
}

// spelled accepts the texts that a check has nothing against.
func spelled(check func(string) error) rule {
	return rule{test: func(v reflect.Value) error { return check(v.String()) }}
}

// listed accepts a list of texts that a check has nothing against.
func listed(check func(string) error) rule {
	return rule{test: func(v reflect.Value) error {
		for i := range v.Len() {
			if err := check(v.Index(i).String()); err != nil {
				return err
			}
		}
		return nil
	}}
}

// badValue is a value that a flag does not accept.
type badValue struct {
	place string // "--alert", "WEIR_ALERT" or "config.toml:3: alert"
	value string
	none  bool // err is not about a value
	err   error
}

// Error names the place, the value and what is accepted there.
func (e *badValue) Error() string {
	if e.none {
		return fmt.Sprintf("%s %v", e.place, e.err)
	}
	return fmt.Sprintf("%s %q: %v", e.place, e.value, e.err)
}

// guarded is a flag's mapper that lets nothing through that its rule refuses.
type guarded struct {
	kong.Mapper
	flag *kong.Flag
	rule rule
}

// guardedBool is the same for flags that need no value.
type guardedBool struct{ guarded }

// IsBool is part of kong.BoolMapper.
func (guardedBool) IsBool() bool { return true }

// guard puts every flag of every command under its rule.
func guard(parser *kong.Kong) {
	var walk func(n *kong.Node, command string)
	walk = func(n *kong.Node, command string) {
		for _, f := range n.Flags {
			g := guarded{f.Mapper, f, ruleOf(command, f)}
			if f.Mapper = g; f.IsBool() {
				f.Mapper = guardedBool{g}
			}
		}
		for _, child := range n.Children {
			name := command
			if n == parser.Model.Node {
				name = child.Name
			}
			walk(child, name)
		}
	}
	walk(parser.Model.Node, "")
}

// kindOf says what a flag without a rule accepts, as its type has it, and
// nothing where that is any text.
func kindOf(f *kong.Flag) string {
	if f.Enum != "" {
		return "one of " + strings.Join(given(f.EnumSlice()), ", ")
	}
	switch t := f.Target.Type(); {
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration, as in 500ms, 10s, 2m, 1h or 7d"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "a whole number"
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		return "a number"
	}
	return ""
}

// given are the values that are not empty.
func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
}

// Decode is part of kong.Mapper.
func (g guarded) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token := ctx.Scan.Peek()
	bad := &badValue{place: "--" + g.flag.Name, value: fmt.Sprint(token.Value)}
	boolean := g.flag.Target.Kind() == reflect.Bool
	switch {
	case boolean && token.Type != kong.FlagValueToken:
		target.SetBool(true)
		return nil
	case token.IsEOL():
		return &badValue{place: bad.place, none: true, err: errors.New("needs a value: " + g.wanted())}
	case token.InferredType().IsAny(kong.FlagToken, kong.ShortFlagToken):
		return g.likeAFlag(bad, token.String())
	}
	err := g.Mapper.Decode(ctx, target)
	if err == nil && g.flag.Enum != "" && !slices.Contains(g.flag.EnumSlice(), bad.value) {
		err = errRefused
	}
	if err == nil && g.rule.test != nil {
		err = g.rule.test(reflect.Indirect(target))
	}
	if err == nil {
		return nil
	}
	bad.err = err
	if g.rule.want != "" {
		bad.err = errors.New(negative(bad.value) + "write " + g.rule.want)
	}
	return bad
}

// providerNames are the names that --provider takes.
func providerNames() []string {
	var names []string
	for i := range bucket.Providers {
		names = append(names, bucket.Providers[i].Name)
	}
	return names
}

// formatNames are the names that --format takes.
func formatNames() []string {
	names := []string{"auto"}
	for _, f := range format.Formats {
		names = append(names, f.Name)
	}
	return names
}

// wanted is what can be written.
func (g guarded) wanted() string {
	if g.rule.want != "" {
		return "write " + g.rule.want
	}
	return g.flag.Help
}

// likeAFlag is the error where the value of a flag begins with a hyphen.
func (g guarded) likeAFlag(bad *badValue, value string) error {
	bad.value, bad.none = value, true
	switch {
	case negative(value) == "" && g.rule.want != "":
		bad.err = fmt.Errorf("needs a value before %s: write %s", value, g.rule.want)
		return bad
	case negative(value) == "":
		bad.err = fmt.Errorf("needs a value, and %s looks like a flag: write %s=%s if it is meant", value, bad.place, value)
		return bad
	}
	target := reflect.New(g.flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	if err := g.Decode(&kong.DecodeContext{Value: g.flag.Value, Scan: scan}, target); err != nil {
		return err
	}
	bad.err = fmt.Errorf("%s looks like a flag: write %s=%s", value, bad.place, value)
	return bad
}

// negative says that a text is a number or duration below zero, or nothing.
func negative(value string) string {
	rest, minus := strings.CutPrefix(value, "-")
	if minus && rest != "" && (rest[0] >= '0' && rest[0] <= '9' || rest[0] == '.') {
		return "the value is negative: "
	}
	return ""
}

// durations reads "10s", "2m", "1h30m", "7d", "1w", "1d12h" and, as older tools took
// them, bare seconds.
var durations = kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
	var value string
	if err := ctx.Scan.PopValueInto("duration", &value); err != nil {
		return err
	}
	d, err := parseDuration(value)
	if err != nil {
		return err
	}
	target.SetInt(int64(d))
	return nil
}))

func parseDuration(s string) (time.Duration, error) {
	if strings.Trim(s, "+-.0123456789") == "" {
		s += "s"
	}
	return duration.Parse(s)
}
