package filter

import (
	"testing"

	"weir/ingest/event"
)

// common are the shapes that must not allocate.
var common = []struct{ name, expression string }{
	{"status", "status >= 500"},
	{"and", `status >= 500 and path startsWith "/api"`},
	{"unequal", "status != 200 and bytes > 1kB"},
	{"range", "status in 500..599"},
	{"numbers", "status in [500, 502, 503]"},
	{"many", "status in [1,2,3,4,5,6,7,8,9,10]"},
	{"texts", `method in ["POST", "GET"]`},
	{"section", `section == "/api"`},
	{"class", `class == "5xx"`},
	{"contains", `agent contains "bot"`},
	{"lower", `lower(agent) contains "googlebot"`},
	{"lower equal", `lower(method) == "get"`},
	{"matches", `path matches "^/api/[a-z]+$"`},
	{"network 4", `client in "203.0.113.0/24"`},
	{"network 6", `inNet(client, "2001:db8::/32", "10.0.0.0/8")`},
	{"duration", "duration > 200ms or duration / bytes > 1"},
	{"time", `time >= "2026-10-01" and hour < 6`},
	{"ternary", `(bot ? bytes : duration) > 10MB`},
	{"len", "len(path) > 100"},
	{"message", `severity == "" and kind == "request" and not suspicious`},
	{"drill-down", And(Equal("section", "/api"), Equal("status", "503"), Equal("client", "203.0.113.9"))},
}

func TestCommonShapesAllocateNothing(t *testing.T) {
	six := with(func(e *event.Event) { e.Client = []byte("2001:db8:1:2:3:4:5:6") })
	for _, c := range common {
		f, e := compile(t, c.expression), with(nil)
		if n := testing.AllocsPerRun(100, func() { f.Match(e); f.Match(six) }); n != 0 {
			t.Errorf("%s: %v allocations", c.expression, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	e := with(nil)
	for _, c := range append(common, struct{ name, expression string }{"machine", `host + path == "x"`}) {
		b.Run(c.name, func(b *testing.B) {
			f, err := robots.Compile(c.expression)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.Match(e)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(`status >= 500 and path startsWith "/api"`); err != nil {
			b.Fatal(err)
		}
	}
}
