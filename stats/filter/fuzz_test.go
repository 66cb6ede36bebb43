package filter

import (
	"errors"
	"testing"

	"weir/ingest/event"
)

func FuzzAnyTextCompilesOrSaysWhyNot(f *testing.F) {
	for _, seed := range []string{
		`status >= 500 and path startsWith "/api"`, `client in "10.0.0.0/8" or inNet(client, "::1", "fe80::/10")`, "duration > 1h30m.5s",
		`lower(agent | trim()) not contains b"\xff" ? bot : time < "2026-10-01"`, "1 < status < 2 < 3", "a ?: b ?: c", `x[1:2]?.y["z"](1)`,
		"let a = 1; if a { 1 } else { 2 }", "all([1..2], {# > .x})", "status in [1, 2,] // c", "`a``b` == '\\u{1F600}'", "0x1p2 ** -1_0.e5 .. .5",
		`{"a": 1} ?? nil`, "((((", "!!!-+not not bot", "path matches \"(a{9}){9}\"", "::len(path) > 1",
	} {
		f.Add(seed)
	}
	e := with(func(e *event.Event) { e.Extra().Body = []byte("\xff") })
	f.Fuzz(func(t *testing.T, expression string) {
		filter, err := robots.Compile(expression)
		if err != nil {
			var where *Error
			if !errors.As(err, &where) || where.Column < 0 || where.Column > len(expression) || where.Message == "" || filter != nil {
				t.Fatalf("%q: %#v", expression, err)
			}
			return
		}
		matched := filter.Match(e)
		again, err := robots.Compile(And(expression, expression))
		if err != nil {
			t.Fatalf("%q and itself: %v", expression, err)
		}
		if again.Match(e) != matched {
			t.Fatalf("%q and itself: not %v", expression, matched)
		}
	})
}
