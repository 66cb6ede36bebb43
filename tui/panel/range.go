package panel

import (
	"time"

	"weir/tui/paint"
	"weir/tui/theme"
)

// Range is some seconds [From, To) of the graph; the user moves Cursor, which is one of them.
type Range struct{ From, To, Cursor int64 }

// RangeText says which seconds are chosen.
func (f *Frame) RangeText() string {
	r := f.Range
	from := f.clock(time.Unix(r.From, 0))
	if r.From == r.To {
		return from
	}
	return from + " – " + f.clock(time.Unix(r.To, 0)) + "  " + ago(time.Duration(r.To-r.From)*time.Second)
}

// drawRange marks the columns of the range on a graph whose last column ends at end.
func (f *Frame) drawRange(plot paint.Canvas, perCell float64, end int64) {
	column := func(at int64) int {
		return max(0, min(plot.W()-1, plot.W()-1-int(float64(end-at)/perCell)))
	}
	from, to := column(f.Range.From), column(f.Range.To)
	plot.Sub(from, 0, to-from+1, plot.H()).Mark(theme.Selected)
	for _, x := range []int{from, to} {
		for y := range plot.H() {
			plot.Set(x, y, plot.Glyphs().Box[5], theme.Accent|theme.Selected)
		}
	}
}
