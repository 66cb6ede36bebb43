package panel

import "weir/tui/paint"

// Heading draws a column's title over a border, as the panels here do: see heading.
func Heading(head paint.Canvas, drawn, at int, title string, s paint.Style, first bool) int {
	return heading(head, drawn, at, title, s, first)
}

// Explain draws why there is nothing to see in the middle of c.
func Explain(c paint.Canvas, headline string, more ...string) { explain(c, headline, more...) }

// Seconds writes a duration in seconds with its unit: "8 ms", "1.2 s".
func Seconds(s float64) string { return seconds(s) }

// ByteSize writes bytes with a decimal unit: "640 B", "12.4 MB".
func ByteSize(v float64) string { return byteSize(v) }

// Open shows the records around a moment on the tab that has them: the line of
// that text where it is known. The chip, where it has a text, is added first.
type Open struct {
	At   int64  // unix nanoseconds
	Raw  string // the line, as far as it is known
	Chip Chip
	Back bool // the timeline goes to the moment, too
}

func (Open) action() {}

// ShowTab shows the tab of that name, in whichever letters.
type ShowTab struct{ Name string }

// Save writes what is shown, and how, to a session file.
type Save struct{ Path string }

// Tell is for the Explore tab: sort, search or count, and by what.
type Tell struct{ Verb, Argument string }

func (ShowTab) action() {}
func (Save) action()    {}
func (Tell) action()    {}
