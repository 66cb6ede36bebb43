package format

import (
	"slices"
	"strings"

	"weir/ingest/event"
)

// Candidate is how well a format explains some lines.
type Candidate struct {
	Format string
	Inside string        // for a Wrapper: the format within and what is around it
	Share  float64       // of the lines that should be events, 0 to 1
	First  *event.Reject // why the first line that it does not explain is none; nil when it explains all
	Line   int           // 0-based index of that line

	last bool    // a last resort
	rank float64 // Share of the lines that are no part of a message, or less: a log of requests is named for them
}

// Detect says which formats explain lines, the best first and those that
// explain none left out. Blank lines and directives are not counted.
func Detect(lines [][]byte, o Options) []Candidate {
	var all []Candidate
	var e event.Event
	for _, f := range Formats {
		c := Candidate{Format: f.Name, last: f.Last}
		p, good, bad, more, requests := f.New(o), 0, 0, 0, false // more of bad may go on with a message
		for i, line := range lines {
			e.Reset()
			r := p.Parse(line, &e)
			requests = requests || r == nil && e.Kind == event.Request
			switch {
			case r == nil:
				good++
			case r.Reason.Expected():
			case continued(line) && f.Prose:
			default:
				if continued(line) {
					more++
				}
				if bad++; bad == 1 {
					first := *r
					c.First, c.Line = &first, i
				}
			}
		}
		if good > 0 {
			c.Share = float64(good) / float64(good+bad)
			if c.rank = float64(good) / float64(good+bad-more); f.Last {
				c.rank /= 2
			}
			if !requests {
				c.rank /= 2
			}
			if w, ok := p.(Wrapper); ok {
				c.Inside = w.Inside()
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Candidate) int {
		switch {
		case a.rank > b.rank:
			return -1
		case a.rank < b.rank:
			return 1
		}
		return 0
	})
	if len(all) > 0 && !lastResort(all[0]) {
		all = slices.DeleteFunc(all, lastResort)
	}
	return all
}

func lastResort(c Candidate) bool { return c.last }

// Unexplained is the index of the first line that no format explains, and why not; nil where
// there is none.
func Unexplained(lines [][]byte, o Options) (int, *event.Reject) {
	a, e := NewAuto(o), event.Event{}
	for i, line := range lines {
		e.Reset()
		if r := a.Parse(line, &e); r != nil && !r.Reason.Expected() {
			reject := *r
			return i, &reject
		}
	}
	return 0, nil
}

// Nearest names the format, other than that of the name except, that reads furthest
// into a line; "" where none gets as far as its request and beyond the column behind.
func Nearest(line []byte, except string, behind int) string {
	name, furthest := "", behind
	var e event.Event
	for _, f := range Formats {
		if f.Name == except || f.Name == dated.Name {
			continue
		}
		e.Reset()
		r := f.New(Options{}).Parse(line, &e)
		switch {
		case r == nil:
			return f.Name
		case (r.Reason == event.Trailing || r.Reason == event.BadField && strings.HasPrefix(r.Field, "http.")) && r.Column > furthest:
			name, furthest = f.Name, r.Column
		}
	}
	return name
}
