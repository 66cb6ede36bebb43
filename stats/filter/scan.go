package filter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of an expression. Quoted texts may be long, since a path that is
// drilled into is; the rest bounds how deep the parser can recurse.
const (
	maxText    = 8 << 20 // bytes in all
	maxCode    = 16 << 10
	maxNesting = 100 // brackets within brackets
)

const oneExpression = "a filter is one expression: write and between conditions"

// plain is an expression with its units taken out.
type plain struct {
	text    string          // as given, but "200ms" is "1    "
	units   map[int]float64 // what the number at a rune index stands for
	blank   bool            // nothing but spaces and comments
	comment bool            // holds a comment
}

// factors are the units, in nanoseconds and bytes.
var factors = map[string]struct {
	factor float64
	time   bool
}{
	"ns": {1, true}, "us": {1e3, true}, "µs": {1e3, true}, "μs": {1e3, true}, "ms": {1e6, true}, "s": {1e9, true},
	"m": {60e9, true}, "h": {3600e9, true}, "d": {86400e9, true},
	"B": {1, false}, "kB": {1e3, false}, "KB": {1e3, false}, "MB": {1e6, false}, "GB": {1e9, false}, "TB": {1e12, false},
	"KiB": {1 << 10, false}, "MiB": {1 << 20, false}, "GiB": {1 << 30, false}, "TiB": {1 << 40, false},
}

// scanner walks over an expression as expr's lexer does.
type scanner struct {
	in    string
	at    int // byte index
	runes int // the same in runes
	code  int // bytes outside quotes
	open  int // brackets
	out   strings.Builder
	plain
}

// scan checks the bounds and takes out the units.
func scan(expression string) (plain, error) {
	if len(expression) > maxText {
		return plain{}, &Error{maxText, fmt.Sprintf("the expression is longer than %d MiB", maxText>>20)}
	}
	if i := notUTF8(expression); i >= 0 {
		return plain{}, &Error{i, `this is no UTF-8: write bytes as in b"\xff"`}
	}
	s := scanner{in: expression}
	s.units, s.blank = make(map[int]float64), true
	for s.at < len(s.in) {
		if err := s.step(); err != nil {
			return plain{}, err
		}
		if s.code > maxCode {
			return plain{}, &Error{s.at, fmt.Sprintf("the expression is longer than %d KiB, quoted texts not counted", maxCode>>10)}
		}
		if s.open > maxNesting {
			return plain{}, &Error{s.at - 1, fmt.Sprintf("more than %d brackets within each other", maxNesting)}
		}
	}
	s.text = s.out.String()
	return s.plain, nil
}

func notUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
			return i
		}
	}
	return -1
}

// step takes the next token, more or less.
func (s *scanner) step() error {
	rest := s.in[s.at:]
	r, width := utf8.DecodeRuneInString(rest)
	n := width
	switch {
	case unicode.IsSpace(r):
		s.keep(n)
		return nil
	case strings.HasPrefix(rest, "//"):
		if n = strings.IndexByte(rest, '\n'); n < 0 {
			n = len(rest)
		}
		s.comment = true
		s.keep(n)
		return nil
	case strings.HasPrefix(rest, "/*"):
		if n = strings.Index(rest[2:], "*/") + 4; n < 4 {
			return &Error{s.at, "a comment has no end: */"}
		}
		s.comment = true
		s.keep(n)
		return nil
	case r == '"' || r == '\'' || r == '`':
		s.blank = false
		if n = quoted(rest); n == 0 {
			return &Error{s.at, "a text has no closing quote"}
		}
		s.quoted(n)
		return nil
	case r >= '0' && r <= '9' || r == '.' && len(rest) > 1 && digit(rest[1]):
		s.blank = false
		return s.number()
	case alphanumeric(r):
		n = len(rest) - len(strings.TrimLeftFunc(rest, alphanumeric))
	case r == '.': // of a range; its second dot does not begin a number
		n = len(rest) - len(strings.TrimLeft(rest, "."))
	case r == ';':
		return &Error{s.at, oneExpression}
	case strings.ContainsRune("([{", r):
		s.open++
	case strings.ContainsRune(")]}", r):
		s.open--
	}
	s.blank = false
	s.keep(n)
	return nil
}

// keep copies n bytes of code.
func (s *scanner) keep(n int) {
	s.code += n
	s.quoted(n)
}

// quoted copies n bytes of text.
func (s *scanner) quoted(n int) {
	s.out.WriteString(s.in[s.at : s.at+n])
	s.runes += utf8.RuneCountInString(s.in[s.at : s.at+n])
	s.at += n
}

// quoted is the length of the quoted text that s begins with, 0 when it has no end.
func quoted(s string) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote != '`':
			i++
		case s[i] == quote && quote == '`' && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func alphanumeric(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// number takes a number and its units: "1", "1.5e3", "0x1f", "200ms", "1h30m".
func (s *scanner) number() error {
	rest := s.in[s.at:]
	if len(rest) > 1 && rest[0] == '0' && strings.IndexByte("xXoObB", rest[1]) >= 0 && len(rest) > 2 && alphanumeric(rune(rest[2])) {
		s.keep(len(rest) - len(strings.TrimLeftFunc(rest, alphanumeric)))
		return nil
	}
	n, sum := 0, 0.0
	for n < len(rest) && (n == 0 || digit(rest[n])) {
		digits := numeral(rest[n:])
		letters := len(rest[n+digits:]) - len(strings.TrimLeftFunc(rest[n+digits:], letter))
		if letters == 0 && n == 0 {
			s.keep(digits)
			return nil
		}
		name := rest[n+digits : n+digits+letters]
		unit, ok := factors[name]
		if !ok || n > 0 && !unit.time {
			return &Error{s.at + n + digits, fmt.Sprintf("%s is no unit: durations end in ms, s, m, h or d, sizes in kB, MB, GB, KiB, MiB or GiB", strconv.Quote(clip(name, 24)))}
		}
		value, err := strconv.ParseFloat(strings.ReplaceAll(rest[n:n+digits], "_", ""), 64)
		if err != nil || math.IsInf(value*unit.factor, 0) {
			return &Error{s.at + n, "this number is out of range"}
		}
		n += digits + letters
		sum += value * unit.factor
		if unit.time && (n == len(rest) || !digit(rest[n])) {
			// Whole nanoseconds divided as the event's are, so that 200ms equals its 0.2 s.
			sum = math.Round(sum) / 1e9
		}
		if !unit.time {
			break
		}
	}
	s.units[s.runes] = sum
	s.out.WriteString("1" + strings.Repeat(" ", utf8.RuneCountInString(rest[:n])-1))
	s.runes += utf8.RuneCountInString(rest[:n])
	s.at += n
	s.code += n
	return nil
}

// numeral is the length of the decimal number that s begins with.
func numeral(s string) int {
	run := func(i int) int {
		for i < len(s) && (digit(s[i]) || s[i] == '_') {
			i++
		}
		return i
	}
	n := run(0)
	if n < len(s) && s[n] == '.' && (n+1 == len(s) || s[n+1] != '.') {
		n = run(n + 1)
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		exponent := n + 1
		if exponent < len(s) && (s[exponent] == '+' || s[exponent] == '-') {
			exponent++
		}
		if exponent < len(s) && digit(s[exponent]) {
			n = run(exponent)
		}
	}
	return n
}

func letter(r rune) bool { return unicode.IsLetter(r) || r == 'µ' || r == '_' || r == '$' }

// clip shortens what is shown of a word to so many characters.
func clip(word string, most int) string {
	for i, n := 0, 0; i < len(word); n++ {
		if n == most {
			return word[:i] + "…"
		}
		_, w := utf8.DecodeRuneInString(word[i:])
		i += w
	}
	return word
}
