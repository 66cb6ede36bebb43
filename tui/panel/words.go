package panel

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/alert"
	"weir/ingest/event"
)

// firing is what is broken, or about to be once the newest seconds are closed.
func (f *Frame) firing() (changes []alert.Change, pending bool) {
	if len(f.Firing) > 0 {
		return f.Firing, false
	}
	return f.Pending, len(f.Pending) > 0
}

// cause is the change that says why: of a recovery that which it ended.
func (f *Frame) cause(c *alert.Change) *alert.Change {
	for i := range f.Alerts {
		if o := &f.Alerts[i]; c.State == alert.Recovered && o.State == alert.Firing && o.Same(c) && o.Time.Equal(c.Since) {
			return o
		}
	}
	return c
}

// message words a change for w columns: with the full time where that fits,
// otherwise with the time of day.
func (f *Frame) message(c *alert.Change, w int) string {
	if len(c.Message) <= w {
		return c.Message
	}
	return strings.Replace(c.Message, c.Time.In(f.Location).Format(time.RFC3339), f.clock(c.Time), 1)
}

// oneLine is message for a single row: where it does not fit either way, the
// time stands in front and what is left is cut at the end.
func (f *Frame) oneLine(c *alert.Change, w int) string {
	text := f.message(c, w)
	if len(text) <= w {
		return text
	}
	head := text[:max(strings.LastIndex(text, ", "), 0)]
	return f.clock(c.Time) + " " + head
}

// clue is one reason why an alert fired.
type clue struct{ text, rise, share string }

// amount is by how much, and how much of the whole rise that is.
func (c clue) amount() string { return c.rise + "  " + c.share }

// why words the movers of a change that say most, the strongest of each
// dimension first, at most n of them.
func (f *Frame) why(c *alert.Change, n int) []clue {
	var clues []clue
	seen := make(map[string]bool)
	named := make(map[string]bool)
	for pass := range 3 {
		count := make(map[string]int)
		for i := range c.Why {
			m := &c.Why[i]
			count[m.Dimension]++
			if count[m.Dimension] != pass+1 || len(clues) >= n {
				continue
			}
			if m.Dimension == "method" || m.Dimension == "status" && m.Key < "4" {
				continue // that requests were answered explains nothing
			}
			key := m.Key
			if m.Dimension == "agent" && f.Label != nil {
				key = f.Label(key)
			}
			if m.Dimension == "source" {
				key = f.sourceName(key)
			}
			if named[key] || seen[m.Dimension+key] {
				continue // the path that is the whole section, two agents of one browser
			}
			if m.Dimension == "client" && seen["network"] && m.Share < 0.5 {
				continue // the network says it
			}
			named[key], seen[m.Dimension+key], seen[m.Dimension] = true, true, true
			clues = append(clues, clue{mover(m, key), rough(c) + "+" + rate(m.After-m.Before) + "/s", shareOf(m.Share)})
		}
	}
	return clues
}

// sourceName is the name of an input, with its directory where others are called the same.
func (f *Frame) sourceName(path string) string {
	name := filepath.Base(path)
	if slices.ContainsFunc(f.Sources, func(s event.Source) bool { return s.Path != path && filepath.Base(s.Path) == name }) {
		return path
	}
	return name
}

// rough marks what counts by coarser slices than the windows of the alert.
func rough(c *alert.Change) string {
	if c.Rough {
		return "~"
	}
	return ""
}

// shareOf words the share of a rise; it is more than all where others fell.
func shareOf(share float64) string {
	if share >= 0.995 {
		return "all of the rise"
	}
	return strconv.FormatFloat(100*share, 'f', 0, 64) + " % of the rise"
}

func mover(m *alert.Mover, key string) string {
	switch m.Dimension {
	case "network":
		return strconv.Itoa(m.Keys) + " clients of " + key
	case "section", "path":
		return key
	}
	return m.Dimension + " " + key
}

// lasted says how long a recovered alert fired.
func lasted(c *alert.Change) string {
	if c.State != alert.Recovered || c.Since.IsZero() {
		return ""
	}
	return ago(c.Time.Sub(c.Since))
}
