package panel

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// traffic is the graph of requests per second, with the threshold of the alert
// and the moments at which it fired and recovered.
type traffic struct{}

func newTraffic() Panel { return traffic{} }

// axisWidth is the room for the numbers and the line at the left of a graph.
const axisWidth = 6

// Title is "Traffic".
func (traffic) Title(*Frame) string { return "Traffic" }

// Head says what the graph shows and its highest point.
func (t traffic) Head(c paint.Canvas, from int, f *Frame) {
	all, length := f.slices(dots(c))
	if len(all) == 0 {
		return
	}
	peak := 0.0
	for i := range all {
		peak = max(peak, float64(all[i].Hits)/all[i].seconds())
	}
	covers := time.Duration(int64(len(all))*length) * time.Second
	x := note(c, from, c.W(), "req/s · "+roundSpan(covers))
	if peak > 0 {
		note(c, from, x, "peak "+rate(peak))
	}
}

// roundSpan writes what a graph covers.
func roundSpan(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		d = d.Round(12 * time.Hour)
	case d >= 2*time.Hour:
		d = d.Round(30 * time.Minute)
	case d >= 2*time.Minute:
		d = d.Round(time.Minute)
	}
	return Span(d)
}

// dots is the number of columns of a graph as wide as c.
func dots(c paint.Canvas) int {
	n, _ := c.Sub(axisWidth, 0, max(c.W()-axisWidth-1, 0), 1).Dots()
	return n
}

// GraphColumns is the number of elements of Moment.Series that a Traffic panel
// of so many columns, borders included, shows best.
func GraphColumns(width int, glyphs *paint.Glyphs) int {
	cells := max(width-2-axisWidth-1, 1)
	if glyphs.Braille {
		return 2 * cells
	}
	return cells
}

// Draw paints the graph and its axes.
func (t traffic) Draw(c paint.Canvas, f *Frame) {
	if headline, more := f.silence(); headline != "" && !f.anything() {
		explain(c, headline, more...)
		return
	}
	rows, labels := c.H(), 0
	switch {
	case rows >= 8:
		rows, labels = rows-2, 2
	case rows >= 4:
		rows, labels = rows-1, 1
	}
	plot := c.Sub(axisWidth, 0, c.W()-axisWidth-1, rows)
	if plot.Empty() || plot.W() < 8 {
		plot = c.Sub(0, 0, c.W(), rows)
	}
	n, _ := plot.Dots()
	all, length := f.slices(n)
	top := f.scale(all, rows)
	if plot.W() < c.W() {
		drawRates(c.Sub(0, 0, axisWidth, rows+labels), rows, top)
	}
	threshold := rows - int(float64(rows)*f.Threshold/top+0.5)
	drawn := f.Threshold > 0 && f.Threshold <= top && threshold >= 0
	threshold = min(threshold, rows-1)
	if drawn {
		for x := range plot.W() {
			plot.Set(x, threshold, c.Glyphs().Line, theme.Threshold)
		}
	}
	first := n - len(all)
	var stack [3]paint.Layer
	plot.Area(top, func(column int) []paint.Layer {
		if column < first || column-first >= len(all) {
			return nil
		}
		s := &all[column-first]
		per := s.seconds()
		stack[0] = paint.Layer{Value: float64(s.Classes[5]) / per, Style: theme.Class5}
		stack[1] = paint.Layer{Value: float64(s.Classes[4]) / per, Style: theme.Class4}
		stack[2] = paint.Layer{Value: float64(s.Hits-uint64(s.Classes[5])-uint64(s.Classes[4])) / per, Style: theme.Graph}
		return stack[:]
	})
	if drawn {
		plot.Text(1, threshold, " alert "+short(f.Threshold)+" ", theme.Threshold)
	}
	if len(all) == 0 {
		return
	}
	perCell := float64(length) * float64(n) / float64(plot.W())
	end := all[len(all)-1].at + length
	if f.Range != nil {
		f.drawRange(plot, perCell, end)
	}
	if labels == 0 {
		return
	}
	t.drawTimes(c.Sub(axisWidth-1, rows, c.W()-axisWidth, labels), perCell, end, f)
}

// anything reports whether the graph has something to show though the window is empty.
func (f *Frame) anything() bool {
	for i := range f.Series {
		if f.Series[i].Hits > 0 {
			return true
		}
	}
	return false
}

// scale is the value of the graph's full height. The threshold is in it unless
// the traffic is far below.
func (f *Frame) scale(all []slice, rows int) float64 {
	peak := 0.0
	for i := range all {
		peak = max(peak, float64(all[i].Hits)/all[i].seconds())
	}
	if f.Threshold > peak && f.Threshold <= 4*peak {
		peak = f.Threshold
	}
	each := nice(peak / float64(max(rows, 1)))
	if peak <= 0 {
		each = 1
	}
	return each * float64(max(rows, 1))
}

// drawRates labels the y axis; the row below the plot is zero.
func drawRates(c paint.Canvas, rows int, top float64) {
	axis := c.Glyphs().Axis
	every := max(1, (rows+3)/4)
	if rows > 3 && every == 1 {
		every = 2
	}
	for y := range c.H() {
		switch above := rows - y; {
		case above < 0:
			continue
		case above == 0:
			c.Right(axisWidth-2, y, "0", theme.Dim)
			c.Set(axisWidth-1, y, axis[1], theme.Faint)
		case above%every == 0:
			c.Right(axisWidth-2, y, tick(top*float64(above)/float64(rows)), theme.Dim)
			c.Set(axisWidth-1, y, axis[0], theme.Faint)
		default:
			c.Set(axisWidth-1, y, c.Glyphs().Box[5], theme.Faint)
		}
	}
}

// tick writes a number of the y axis in the room there is.
func tick(v float64) string {
	text := short(v)
	if len(text) > axisWidth-2 { // 0.025
		text = strings.TrimPrefix(strconv.FormatFloat(v, 'g', 1, 64), "0")
	}
	return text
}

// drawTimes draws the x axis, its clock labels and the alerts. With one row the
// labels stand in the axis. Its first column is the y axis.
func (t traffic) drawTimes(c paint.Canvas, perCell float64, end int64, f *Frame) {
	w := c.W() - 1
	c.HLine(1, 0, w, theme.Faint)
	taken := make([]bool, w+1)
	for i := len(f.Alerts) - 1; i >= 0; i-- {
		a := &f.Alerts[i]
		at := w - 1 - int(float64(end-1-a.Time.Unix())/perCell)
		if at < 0 || a.Time.Unix() >= end {
			continue
		}
		taken[1+at] = true
		if a.State == alert.Firing {
			c.Set(1+at, 0, c.Glyphs().Bad, theme.Bad)
		} else {
			c.Set(1+at, 0, c.Glyphs().Good, theme.Good)
		}
	}
	for _, m := range clockMarks(w, perCell, end, f.Location) {
		x := max(1, min(1+m.column-len(m.text)/2, c.W()-len(m.text)))
		if c.H() == 1 && slices.Contains(taken[x:min(x+len(m.text), len(taken))], true) {
			continue
		}
		if c.H() > 1 {
			if !taken[1+m.column] {
				c.Set(1+m.column, 0, c.Glyphs().Axis[2], theme.Faint)
			}
			c.Text(x, 1, m.text, theme.Dim)
		} else {
			c.Text(x, 0, m.text, theme.Dim)
		}
	}
}

// TimeAt is the second at which the slice under column x ends, on a panel of w
// columns, both without the borders.
func (traffic) TimeAt(x, w int, f *Frame, glyphs *paint.Glyphs) (at int64, ok bool) {
	n := GraphColumns(w+2, glyphs)
	all, _ := f.slices(n)
	cells := w - axisWidth - 1
	if cells < 8 || x < axisWidth || x >= axisWidth+cells {
		return 0, false
	}
	i := (x-axisWidth+1)*n/cells - 1 - (n - len(all))
	if i < 0 || i >= len(all) {
		return 0, false
	}
	return all[i].end, true
}

// Key has nothing to do here.
func (traffic) Key(string, *Frame) (Action, bool) { return nil, false }

// Keys are none.
func (traffic) Keys() []Binding { return nil }
