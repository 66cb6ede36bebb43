package format

import (
	"slices"

	"weir/ingest/event"
)

// Candidate is how well a format explains some lines.
type Candidate struct {
	Format string
	Inside string        // for a Wrapper: the format within and what is around it
	Share  float64       // of the lines that should be events, 0 to 1
	First  *event.Reject // why the first line that it does not explain is none; nil when it explains all
	Line   int           // 0-based index of that line
}

// Detect says which formats explain lines, the best first and those that
// explain none left out. Blank lines and directives are not counted.
func Detect(lines [][]byte, o Options) []Candidate {
	var all []Candidate
	var e event.Event
	for _, f := range Formats {
		c := Candidate{Format: f.Name}
		p, good, bad := f.New(o), 0, 0
		for i, line := range lines {
			e.Reset()
			r := p.Parse(line, &e)
			switch {
			case r == nil:
				good++
			case !r.Reason.Expected():
				if bad++; bad == 1 {
					first := *r
					c.First, c.Line = &first, i
				}
			}
		}
		if good > 0 {
			c.Share = float64(good) / float64(good+bad)
			if w, ok := p.(Wrapper); ok {
				c.Inside = w.Inside()
			}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Candidate) int {
		switch {
		case a.Share > b.Share:
			return -1
		case a.Share < b.Share:
			return 1
		}
		return 0
	})
	return all
}
