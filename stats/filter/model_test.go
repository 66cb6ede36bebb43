package filter

import (
	"fmt"
	"strings"
	"testing"

	bytecode "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/vm"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// onMachine decides a whole expression on expr's machine.
func onMachine(t *rapid.T, expression string, e *event.Event) bool {
	tree, m, err := robots.check(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	c := compiler{Config: robots, tree: tree, machine: m}
	program, err := bytecode.Compile(tree, m.config)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	env := make(map[string]any)
	for _, b := range c.bindings(tree.Node) {
		env[b.name] = b.get(e)
	}
	out, err := vm.Run(program, env)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return out.(bool)
}

func TestClosuresAndTheMachineAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expression := condition(t, 4)
		f, err := robots.Compile(expression)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		for range 4 {
			e := anyEvent(t)
			if got, want := f.Match(e), onMachine(t, expression, e); got != want {
				t.Fatalf("%s\n%s\nclosures %v, machine %v", expression, show(e), got, want)
			}
		}
	})
}

func TestSmallLettersAreComparedAsIfWritten(t *testing.T) {
	operators := map[string]func(s, part string) bool{
		"==": func(s, part string) bool { return s == part }, "contains": strings.Contains,
		"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune("aAbBéÉİK")), 0, 5, -1),
			rapid.Map(rapid.IntRange(window-5, 2*window+5), func(n int) string { return strings.Repeat("Ab", n) + "AAbB" })).Draw(t, "text")
		lower := strings.ToLower(s)
		from := rapid.IntRange(max(0, len(lower)-10), len(lower)).Draw(t, "from")
		part := rapid.SampledFrom([]string{lower, lower[from:], lower[:len(lower)-from], "aabb", "A", ""}).Draw(t, "part")
		for operator, want := range operators {
			f, err := Compile("lower(agent) " + operator + " " + quote(part))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(&event.Event{Agent: []byte(s)}); got != want(lower, part) {
				t.Fatalf("%s on %q: %v", f, s, got)
			}
		}
	})
}

func TestAndIsWhatAllMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			ends := rapid.SampledFrom([]string{"", " ", " // so", " /* ( */", "\n"})
			return rapid.SampledFrom([]string{"", condition(t, 2)}).Draw(t, "part") + ends.Draw(t, "end")
		}), 0, 4).Draw(t, "parts")
		joined, err := robots.Compile(And(parts...))
		if err != nil {
			t.Fatalf("%q: %v", parts, err)
		}
		e, want := anyEvent(t), true
		for _, p := range parts {
			f, err := robots.Compile(p)
			if err != nil {
				t.Fatal(err)
			}
			want = want && f.Match(e)
		}
		if got := joined.Match(e); got != want {
			t.Fatalf("%q: %v, want %v", joined, got, want)
		}
	})
}

func TestEqualMatchesItsKeyAndNoOther(t *testing.T) {
	for _, dimension := range Fields {
		if dimension.text == nil {
			continue
		}
		rapid.Check(t, func(t *rapid.T) {
			e, other := anyEvent(t), anyEvent(t)
			key := string(dimension.text(e))
			if dimension.Name == "client" && strings.Contains(key, "/") {
				return // a network
			}
			f, err := Compile(Equal(dimension.Name, key))
			if err != nil {
				t.Fatalf("%q: %v", key, err)
			}
			if !f.Match(e) {
				t.Fatalf("%s does not match its own event", f)
			}
			if got, want := f.Match(other), string(dimension.text(other)) == key; got != want {
				t.Fatalf("%s: %v for %q", f, got, dimension.text(other))
			}
			if strings.ContainsFunc(f.String(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Fatalf("%q holds control characters", f)
			}
		})
	}
}

func TestAnyBytesAreQuoted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := string(rapid.SliceOf(rapid.Byte()).Draw(t, "key"))
		f, err := Compile(Equal("path", key))
		if err != nil {
			t.Fatalf("%q: %v", key, err)
		}
		if !f.Match(&event.Event{Path: []byte(key)}) || f.Match(&event.Event{Path: []byte(key + "x")}) {
			t.Fatalf("%s for %q", f, key)
		}
	})
}

// condition writes a random condition.
func condition(t *rapid.T, depth int) string {
	if depth == 0 {
		return rapid.SampledFrom([]string{"true", "false", "bot", "suspicious"}).Draw(t, "flag")
	}
	inner := func() string { return condition(t, depth-1) }
	switch rapid.IntRange(0, 13).Draw(t, "condition") {
	case 0:
		return fmt.Sprintf("(%s %s %s)", inner(), oneOf(t, "and", "or", "&&", "||", "==", "!="), inner())
	case 1:
		return oneOf(t, "not ", "!") + "(" + inner() + ")"
	case 2:
		return fmt.Sprintf("(%s ? %s : %s)", inner(), inner(), inner())
	case 3, 4:
		return fmt.Sprintf("(%s %s %s)", numeric(t, depth-1), oneOf(t, "==", "!=", "<", "<=", ">", ">="), numeric(t, depth-1))
	case 5:
		return fmt.Sprintf("(%s %s %s..%s)", numeric(t, depth-1), oneOf(t, "in", "not in"), numeric(t, 0), numeric(t, 0))
	case 6:
		return fmt.Sprintf("(%s %s [%s])", numeric(t, depth-1), oneOf(t, "in", "not in"), list(t, func() string { return numeric(t, 0) }))
	case 7:
		return fmt.Sprintf("(%s %s [%s])", textual(t, depth-1), oneOf(t, "in", "not in"), list(t, func() string { return textual(t, 0) }))
	case 8, 9, 10:
		return fmt.Sprintf("(%s %s %s)", textual(t, depth-1),
			oneOf(t, "==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith", "not contains"), textual(t, depth-1))
	case 11:
		return fmt.Sprintf("(%s matches %s)", textual(t, depth-1), oneOf(t, `"^/a"`, `"(?i)b+$"`, "`\\d|é`", `"."`, `""`))
	case 12:
		return fmt.Sprintf("(client in %s)", oneOf(t, `"10.0.0.0/8"`, `"2001:db8::/32"`, `"10.1.2.3"`))
	}
	return fmt.Sprintf("(time %s %s)", oneOf(t, "==", "!=", "<", "<=", ">", ">="), oneOf(t, `"2026-10-01"`, "time", `date("2026-10-01T00:00:00Z")`))
}

func numeric(t *rapid.T, depth int) string {
	n := 2
	if depth > 0 {
		n = 6
	}
	switch rapid.IntRange(0, n).Draw(t, "number") {
	case 0, 1:
		return oneOf(t, "status", "bytes", "duration", "hour")
	case 2:
		return oneOf(t, "0", "1", "200", "404", "0.5", "200ms", "1s", "4kB", "1e3", "-1", "0x10", "9223372036854775807")
	case 3:
		return fmt.Sprintf("(%s %s %s)", numeric(t, depth-1), oneOf(t, "+", "-", "*", "/", "**", "^"), numeric(t, depth-1))
	case 4:
		return fmt.Sprintf("%s(%s)", oneOf(t, "abs", "round", "floor", "ceil", "-", "+"), numeric(t, depth-1))
	case 5:
		return fmt.Sprintf("len(%s)", textual(t, depth-1))
	}
	return fmt.Sprintf("(%s ? %s : %s)", condition(t, depth-1), numeric(t, depth-1), numeric(t, depth-1))
}

func textual(t *rapid.T, depth int) string {
	n := 3
	if depth > 0 {
		n = 7
	}
	switch rapid.IntRange(0, n).Draw(t, "text") {
	case 0, 1:
		return oneOf(t, "path", "section", "method", "client", "agent", "user", "severity", "body", "query")
	case 2, 3:
		return quote(someText(t))
	case 4, 5:
		return fmt.Sprintf("%s(%s)", oneOf(t, "lower", "upper", "trim"), textual(t, depth-1))
	case 6:
		return fmt.Sprintf("(%s + %s)", textual(t, depth-1), textual(t, depth-1))
	}
	return fmt.Sprintf("(%s ? %s : %s)", condition(t, depth-1), textual(t, depth-1), textual(t, depth-1))
}

func list(t *rapid.T, member func() string) string {
	var members []string
	for range rapid.IntRange(0, 12).Draw(t, "members") {
		members = append(members, member())
	}
	return strings.Join(members, ", ")
}

func oneOf(t *rapid.T, words ...string) string { return rapid.SampledFrom(words).Draw(t, "word") }

// someText draws from few texts, so that they meet, and from all.
func someText(t *rapid.T) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "/", "/a", "/A", "/a/b", "/A/B", "a", "A", "GET", "é", "É", "İ", "K", "\xff", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1",
			strings.Repeat("x", window) + "/aB", strings.Repeat("/", 600)}),
		rapid.StringOfN(rapid.RuneFrom([]rune("/aAbBé\x1b\u202e\ufffd\"\\")), 0, 6, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }),
	).Draw(t, "text")
}

func anyEvent(t *rapid.T) *event.Event {
	e := new(event.Event)
	e.Reset()
	text := func() []byte { return []byte(someText(t)) }
	e.Time = rapid.OneOf(rapid.Just(int64(1790812800e9)), rapid.Int64Range(-1e18, 3e18)).Draw(t, "time")
	e.Zone = rapid.SampledFrom([]int32{0, 7200, -34200}).Draw(t, "zone")
	e.Status = rapid.SampledFrom([]int32{event.Unknown, 0, 200, 404, 503, 700}).Draw(t, "status")
	e.Bytes = rapid.SampledFrom([]int64{event.Unknown, 0, 1, 200, 4000, 1 << 60}).Draw(t, "bytes")
	e.Duration = rapid.SampledFrom([]int64{event.Unknown, 0, 200e6, 500e6, 1e9}).Draw(t, "duration")
	e.Flags = event.Flags(rapid.SampledFrom([]uint16{0, 1, 8}).Draw(t, "flags"))
	e.Path, e.Method, e.Client, e.Agent, e.User, e.Query = text(), text(), text(), text(), text(), text()
	if rapid.Bool().Draw(t, "message") {
		e.Kind = event.Message
		m := e.Extra()
		m.Severity, m.Body, m.Service = text(), text(), text()
	}
	return e
}

func show(e *event.Event) string {
	return fmt.Sprintf("time %v status %d bytes %d duration %d flags %d path %q method %q client %q agent %q user %q query %q more %+v",
		e.When(), e.Status, e.Bytes, e.Duration, e.Flags, e.Path, e.Method, e.Client, e.Agent, e.User, e.Query, e.More)
}
