package panel

import (
	"strconv"
	"strings"
	"time"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// segment is one group of numbers of the status line.
type segment struct {
	rank  int // the first to appear has 0
	width int
	draw  func(c paint.Canvas)
}

// Status is the row of numbers that says whether anything is wrong.
func Status(c paint.Canvas, f *Frame) {
	w := c.W()
	gap := 3
	if w < 110 {
		gap = 2
	}
	var segments []segment
	addText := func(rank int, draw func(c paint.Canvas) int) {
		// Drawn once on nothing to know how wide it is.
		segments = append(segments, segment{rank, draw(paint.Canvas{}), func(c paint.Canvas) { draw(c) }})
	}
	sparks := max(4, min((w-60)/6, 6+max(w-140, 0)/10))
	if w < 60 {
		sparks = 5
	}
	addText(0, func(c paint.Canvas) int { return f.drawRate(c, 0, w) })
	if f.Bare && f.Seq != 0 && !f.Live && !f.Travel && f.First != 0 {
		addText(1, func(c paint.Canvas) int { return pair(c, "", "−"+ago(f.Now.Sub(time.Unix(f.At, 0))), theme.Warn) })
	}
	if state, style := f.when(); f.Bare && (f.Paused || f.Travel || f.Stale > 0 || f.Total.Backlog < 1) {
		if w < 40 {
			state, _, _ = strings.Cut(strings.TrimSpace(state), " ")
		}
		addText(1, func(c paint.Canvas) int { return pair(c, "", state, style) })
	}
	if w >= 40 {
		addText(4, func(c paint.Canvas) int { return f.drawSpark(c, sparks, hitsOf, 0, theme.Graph) })
	}
	if f.Window.Sized > 0 && w >= 40 {
		addText(6, func(c paint.Canvas) int {
			return pair(c, "", byteSize(float64(f.Window.Bytes)/max(f.Window.Seconds(), 1))+"/s", theme.Text)
		})
	}
	if f.Window.Hits > 0 {
		style := theme.Text
		if f.Window.ErrorRatio() >= 0.01 {
			style = theme.Class5 | theme.Bold
		}
		share := percent(f.Window.ErrorRatio())
		if w < 40 && f.Window.ErrorRatio() > 0 {
			share = unit{"%", 0.01, 1}.write(f.Window.ErrorRatio())
		}
		addText(2, func(c paint.Canvas) int { return pair(c, "5xx", share+" %", style) })
		if w >= 110 {
			addText(8, func(c paint.Canvas) int { return f.drawSpark(c, sparks, errorsOf, 0.01, theme.Class5) })
		}
	}
	if f.Window.Durations.Count() > 0 {
		if w >= 40 {
			addText(7, func(c paint.Canvas) int { return pair(c, "p50", seconds(f.Window.Quantile(.5)), theme.Text) })
		}
		addText(3, func(c paint.Canvas) int { return pair(c, "p99", seconds(f.Window.Quantile(.99)), theme.Text) })
	}
	if n := f.Window.Clients.Count(); n > 0 {
		addText(5, func(c paint.Canvas) int {
			return pair(c, "clients", count(n, !f.Window.Clients.Exact(), 9), theme.Text)
		})
	}
	alerts := segment{1, f.drawAlerts(paint.Canvas{}, 0, w), nil}

	room := w - 2 + gap // each takes a gap, the last none
	if firing, _ := f.firing(); len(firing) > 0 || len(f.Alerts) == 0 && w >= 64 {
		room -= alerts.width + gap
	}
	shown := make([]bool, len(segments))
	for rank := range 9 {
		for i, s := range segments {
			if s.rank == rank {
				if room < s.width+gap && rank > 0 {
					continue
				}
				room -= s.width + gap
				shown[i] = true
			}
		}
	}
	x := 1
	for i, s := range segments {
		if !shown[i] {
			continue
		}
		if s.rank == 4 || s.rank == 8 { // a sparkline belongs to the number before
			x -= gap - 1
		}
		s.draw(c.Sub(x, 0, min(s.width, w-x), 1))
		x += s.width + gap
	}
	if alerts.width > 0 && w-1-alerts.width >= min(x, 12) && (len(f.Firing)+len(f.Pending) > 0 || w-1-alerts.width >= x) {
		f.drawAlerts(c.Sub(w-1-alerts.width, 0, alerts.width, 1), 0, w)
	}
}

// pair draws a label and a number and returns how wide they are.
func pair(c paint.Canvas, label, value string, style paint.Style) int {
	x := 0
	if label != "" {
		c.Text(0, 0, label, theme.Dim)
		x = len(label) + 1
	}
	c.Text(x, 0, value, style)
	return x + c.Width(value)
}

func (f *Frame) drawRate(c paint.Canvas, x, w int) int {
	glyph, style := c.Glyphs().Dot, theme.Good
	switch firing, _ := f.firing(); {
	case f.Paused:
		glyph, style = c.Glyphs().Paused, theme.Warn
	case len(firing) > 0:
		glyph, style = c.Glyphs().Bad, theme.Bad
	case f.Window.Hits == 0:
		style = theme.Faint
	}
	c.Set(x, 0, glyph, style)
	number, unit := rate(f.Window.Rate()), " req/s"
	if f.before() {
		number = "–"
	}
	if w < 40 {
		unit = "/s"
	}
	end := c.Width(number) + x + 2
	c.Text(x+2, 0, number, theme.Text|theme.Bold)
	c.Text(end, 0, unit, theme.Dim)
	return end + len(unit)
}

func hitsOf(s *slice) float64 { return float64(s.Hits) / s.seconds() }

func errorsOf(s *slice) float64 { return float64(s.Classes[5]) / float64(max(s.Hits, 1)) }

// drawSpark draws the newest slices of the graph; top is the least value of the full height.
func (f *Frame) drawSpark(c paint.Canvas, n int, value func(*slice) float64, top float64, style paint.Style) int {
	if n <= 0 {
		return 0
	}
	all, length := f.slices(4 * n)
	if last := len(all) - 1; last >= 0 && 2*int64(all[last].seconds()) < length {
		all = all[:last] // too short to say anything
	}
	values := make([]float64, n)
	for i := range values {
		if at := len(all) - n + i; at >= 0 {
			values[i] = value(&all[at])
			top = max(top, values[i])
		}
	}
	c.Spark(0, 0, values, top, style, theme.Faint)
	return n
}

// drawAlerts says how many alerts fire and how many are past.
func (f *Frame) drawAlerts(c paint.Canvas, x, w int) int {
	firing, _ := f.firing()
	past := 0
	for i := range f.Alerts {
		if f.Alerts[i].State == alert.Firing && !isFiring(f.Firing, &f.Alerts[i]) {
			past++
		}
	}
	if w < 40 {
		if len(firing) == 0 {
			return x
		}
		text := strconv.Itoa(len(firing))
		c.Set(x, 0, c.Glyphs().Bad, theme.Bad)
		c.Text(x+1, 0, text, theme.Bad)
		return x + 1 + len(text)
	}
	if len(firing) > 0 {
		text, style := "ALERT "+strconv.Itoa(len(firing))+" firing", theme.Bad
		if _, seen := f.loudest(firing); seen {
			style = theme.Dim
		}
		c.Text(x, 0, text, style)
		x += len(text)
		if past > 0 && w >= 100 {
			text = " · " + strconv.Itoa(past) + " past"
			c.Text(x, 0, text, theme.Dim)
			x += c.Width(text)
		}
		return x
	}
	text := "no alert"
	if past > 0 {
		text = "alerts " + strconv.Itoa(past) + " past"
	}
	c.Text(x, 0, text, theme.Dim)
	return x + len(text)
}
