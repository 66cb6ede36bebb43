package panel

import (
	"strings"

	"weir/tui/paint"
	"weir/tui/theme"
)

// Counts is the last row: how reading goes.
func Counts(c paint.Canvas, f *Frame) {
	t := &f.Total
	x := 1
	number := func(label, value string, style paint.Style) {
		if x+c.Width(label)+c.Width(value)+1 > c.W()-1 {
			return
		}
		if label == "read" {
			x = c.Text(x, 0, label+" ", theme.Dim)
			x = c.Text(x, 0, value, style) + 3
			return
		}
		x = c.Text(x, 0, value, style)
		x = c.Text(x, 0, " "+label, theme.Dim) + 3
	}
	alarming := func(n uint64) paint.Style {
		if n > 0 {
			return theme.Warn
		}
		return theme.Dim
	}
	number("read", rate(t.PerSecond)+" lines/s", theme.Dim)
	number("unparsed", Signed(t.Unparsed), alarming(uint64(max(t.Unparsed, 0))))
	number("late", Grouped(t.Late), alarming(t.Late))
	if t.Future > 0 {
		number("from the future", Grouped(t.Future), theme.Warn)
	}
	number("dropped", Grouped(t.Dropped), alarming(t.Dropped))
	if t.Behind > 0 {
		number("behind", byteSize(float64(t.Behind)), theme.Warn)
	}
	total := Signed(t.Lines) + " lines so far"
	if at := c.W() - 1 - len(total); at > x {
		c.Text(at, 0, total, theme.Dim)
	}
}

// Amiss is what Counts would warn of, for screens without that row.
func Amiss(f *Frame) string {
	var all []string
	t := &f.Total
	for _, one := range []struct {
		n     uint64
		label string
	}{{uint64(max(t.Unparsed, 0)), "unparsed"}, {t.Late, "late"}, {t.Future, "from the future"}, {t.Dropped, "dropped"}} {
		if one.n > 0 {
			all = append(all, Grouped(one.n)+" "+one.label)
		}
	}
	return strings.Join(all, "  ")
}

// Top is the strip's second row: the section with the most requests.
func Top(c paint.Canvas, f *Frame) {
	if headline, _ := f.silence(); headline != "" {
		c.Fit(1, 0, c.W()-1, headline, paint.CutEnd, theme.Dim)
		return
	}
	p := newSections().(*ranking)
	p.prepare(f)
	for y := 0; y < c.H() && y < len(p.rows); y++ {
		r := &p.rows[y]
		text := whole(float64(r.hits)/float64(max(f.Window.Hits, 1))) + " %"
		at := c.Right(c.W()-1, y, text, theme.Dim)
		c.Fit(1, y, at-2, r.label, paint.CutMiddle, theme.Text)
	}
}
