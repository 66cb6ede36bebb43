package format

import (
	"fmt"
	"strings"
	"testing"

	"weir/ingest/event"
)

// Requests that are never answered, with tags, targets and names of programs as long as can be, are forgotten.
func TestRailsRemembersFewRequests(t *testing.T) {
	const most = mostRails * (longestKey + longestAsked) * 2
	lines := func(i int) []string {
		tags := strings.Repeat("[a] ", i) + fmt.Sprintf("[%0*d] ", i%200, i)
		asked := fmt.Sprintf(`Started GET "/%s" for 203.0.113.7 at 2026-11-21 06:53:01 +0100`, strings.Repeat("x", 50*i))
		return []string{
			tags + asked,
			"I, [2026-11-21T06:53:01.123456 #7]  INFO -- : " + tags + asked,
			strings.Repeat("w", i) + "-1  | " + asked,
		}
	}
	bare, wrapped := rails.New(goldenOptions(t)).(*railsParser), wrapped.New(goldenOptions(t)).(*wrappedParser)
	var e event.Event
	for i := range 1000 {
		for _, line := range lines(i) {
			e.Reset()
			bare.Parse([]byte(line), &e)
			e.Reset()
			wrapped.Parse([]byte(line), &e)
		}
	}
	for name, open := range map[string]*railsOpen{"rails": &bare.open, "wrapped": &wrapped.rails.open} {
		size := 0
		for _, a := range open.asked[:cap(open.asked)] {
			size += cap(a.key) + cap(a.texts)
		}
		if n := len(open.asked); n == 0 || n > mostRails || size > most {
			t.Errorf("%s remembers %d requests in %d bytes, not %d in %d at most", name, n, size, mostRails, most)
		}
	}
}

// While the format is looked for, lines are parsed more than once.
func TestRailsCountsARequestOnceThoughItsLinesAreTriedAgain(t *testing.T) {
	lines := []string{
		`I, [2026-11-21T06:53:01.123456 #7]  INFO -- : Started GET "/a" for 203.0.113.7 at 2026-11-21 06:53:01 +0100`,
		`I, [2026-11-21T06:53:01.124456 #7]  INFO -- : Started GET "/b" for 203.0.113.7 at 2026-11-21 06:53:01 +0100`,
		`I, [2026-11-21T06:53:01.125456 #7]  INFO -- : Completed 200 OK in 1ms`,
		`I, [2026-11-21T06:53:01.126456 #7]  INFO -- : Completed 404 Not Found in 2ms`,
		`I, [2026-11-21T06:53:01.127456 #7]  INFO -- : Completed 500 Internal Server Error in 3ms`,
	}
	p := wrapped.New(goldenOptions(t))
	var got []string
	for _, line := range lines {
		for range 3 {
			var e event.Event
			e.Reset()
			if r := p.Parse([]byte(line), &e); r != nil {
				t.Fatalf("%s: %v", line, r)
			}
			got = append(got, fmt.Sprintf("%s%d", e.Path, e.Status))
		}
	}
	want := "-1 -1 -1 -1 -1 -1 /b200 /b200 /b200 /a404 /a404 /a404 -1 -1 -1"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("read %s, not %s", got, want)
	}
}
