package panel

import "time"

// Comparisons are how far back a window may be compared, in the order the key
// goes through them, each with its name and the word that chooses it on the
// command line; the first is the window right before.
var Comparisons = []struct {
	Ago        time.Duration
	Name, Word string
}{{0, "the window before", "before"}, {24 * time.Hour, "yesterday", "yesterday"}, {7 * 24 * time.Hour, "last week", "week"}}

// Compare shows the window beside an earlier one, one of Comparisons, or ends that.
type Compare struct {
	On  bool
	Ago time.Duration // 0 is the window right before
}

func (Compare) action() {}

// against words what the window is compared with.
func (f *Frame) against(window string) string {
	name := "the " + window + " before"
	for _, c := range Comparisons {
		if c.Ago != 0 && c.Ago == f.Against {
			name = c.Name
		}
	}
	switch {
	case f.unknown():
		return name + ": not known"
	case f.coarse():
		return "~" + name
	}
	return name
}

// unknown reports whether nothing is known of the window compared with, so that
// no number can be told from it.
func (f *Frame) unknown() bool {
	return f.Against != 0 && (f.Before.To <= f.First || f.Filter != nil && f.Before.To <= f.Filter.From)
}

// coarse reports whether the window compared with is known in coarser slices
// only and so is longer than asked for: its counts are then scaled.
func (f *Frame) coarse() bool { return f.Before.To-f.Before.From > int64(f.Span/time.Second) }

// scaled is a count of the window compared with, for the length of the window shown.
func (f *Frame) scaled(n uint64) uint64 {
	if !f.coarse() {
		return n
	}
	return uint64(float64(n)*f.Span.Seconds()/float64(f.Before.To-f.Before.From) + 0.5)
}
