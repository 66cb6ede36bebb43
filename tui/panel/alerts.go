package panel

import (
	"strconv"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// alerts is what fires and why, and below it what fired before.
type alerts struct {
	top  int
	page int
	rows int
}

func newAlerts() Panel { return &alerts{} }

// Title is "Alerts".
func (*alerts) Title(*Frame) string { return "Alerts" }

// Head says what the alert watches.
func (*alerts) Head(c paint.Canvas, from int, f *Frame) {
	if f.AlertPeriod > 0 {
		note(c, from, c.W(), Span(f.AlertPeriod)+" average "+rate(f.Average)+" · alert above "+short(f.Threshold))
	}
}

// Draw paints the alerts, newest first; it is scrolled by rows.
func (a *alerts) Draw(c paint.Canvas, f *Frame) {
	a.page = c.H()
	firing, pending := f.firing()
	if len(firing) == 0 && len(f.Alerts) == 0 {
		f.noAlert(c)
		return
	}
	a.rows = a.draw(paint.Canvas{}, 0, firing, pending, c.W(), f)
	a.top = max(0, min(a.top, a.rows-c.H()))
	a.draw(c, -a.top, firing, pending, c.W(), f)
}

// draw paints from row y on and returns the row after the last; on an empty
// canvas it only counts.
func (a *alerts) draw(c paint.Canvas, y int, firing []alert.Change, pending bool, w int, f *Frame) int {
	shown := 0
	for i := range firing {
		y = a.fired(c, y, &firing[i], pending, w, f)
		shown++
	}
	for i := range f.Alerts {
		change := &f.Alerts[i]
		if change.State == alert.Firing && isFiring(f.Firing, change) {
			continue
		}
		y = a.past(c, y, change, w, f)
	}
	return y
}

// noAlert says that nothing fired, and what would.
func (f *Frame) noAlert(c paint.Canvas) {
	text := "one fires when the average of " + Span(f.AlertPeriod) + " exceeds " + short(f.Threshold) + " req/s"
	switch n := len(f.Rules); {
	case n == 1:
		text += ", or by the rule " + f.Rules[0].Rule.Name
	case n > 1:
		text += ", or by one of " + strconv.Itoa(n) + " rules"
	}
	explain(c, "no alert so far", text)
}

func isFiring(firing []alert.Change, c *alert.Change) bool {
	for i := range firing {
		if firing[i].Same(c) && firing[i].Time.Equal(c.Time) {
			return true
		}
	}
	return false
}

// fired is an alert that fires: its message over as many rows as it needs, then why.
func (a *alerts) fired(c paint.Canvas, y int, change *alert.Change, pending bool, w int, f *Frame) int {
	sign(c, 1, y, change.State)
	y = wrapped(c, 3, y, w-4, f.message(change, w-4), theme.Bad)
	if pending {
		wrapped(c, 3, y, w-4, "as soon as these seconds are complete", theme.Dim)
		y++
	}
	for i, clue := range f.why(change, 4) {
		if i == 0 {
			textAt(c, 3, y, "why", theme.Dim)
		}
		amount := clue.amount()
		if c.Width(clue.text) > w-9-len(amount)-2 {
			amount = clue.rise
		}
		if y >= 0 && y < c.H() {
			c.Fit(8, y, w-9-len(amount)-2, clue.text, paint.CutMiddle, theme.Text|theme.Bold)
			c.Right(w-1, y, amount, theme.Dim)
		}
		y++
	}
	return y
}

// past is an alert or a recovery that is over.
func (a *alerts) past(c paint.Canvas, y int, change *alert.Change, w int, f *Frame) int {
	sign(c, 1, y, change.State)
	text := f.message(change, w-4)
	if took := lasted(change); took != "" && len(text)+8+len(took) <= w-4 {
		text += ", after " + took
	}
	return wrapped(c, 3, y, w-4, text, theme.Dim)
}

// sign marks a change: a shape for each state, not only a colour.
func sign(c paint.Canvas, x, y int, state alert.State) {
	if state == alert.Firing {
		c.Set(x, y, c.Glyphs().Bad, theme.Bad)
	} else {
		c.Set(x, y, c.Glyphs().Good, theme.Good)
	}
}

func textAt(c paint.Canvas, x, y int, text string, s paint.Style) {
	if y >= 0 {
		c.Text(x, y, text, s)
	}
}

// wrapped draws a text of printable ASCII over rows of w columns, also from a
// row above the canvas on; it returns the row after the last.
func wrapped(c paint.Canvas, x, y, w int, text string, s paint.Style) int {
	if w < 8 {
		textAt(c, x, y, text, s)
		return y + 1
	}
	for len(text) > w {
		cut := w
		for i := w; i > w/2; i-- {
			if text[i] == ' ' {
				cut = i
				break
			}
		}
		textAt(c, x, y, text[:cut], s)
		text = text[cut:]
		if text[0] == ' ' {
			text = text[1:]
		}
		y++
	}
	textAt(c, x, y, text, s)
	return y + 1
}

// Key scrolls.
func (a *alerts) Key(key string, _ *Frame) (Action, bool) {
	switch key {
	case "j", "down":
		a.top++
	case "k", "up":
		a.top--
	case "ctrl+d", "pgdown":
		a.top += max(a.page-1, 1)
	case "ctrl+u", "pgup":
		a.top -= max(a.page-1, 1)
	case "g", "home":
		a.top = 0
	case "G":
		a.top = a.rows
	default:
		return nil, false
	}
	a.top = max(0, min(a.top, a.rows-a.page))
	return nil, true
}

// Keys are those of scrolling.
func (a *alerts) Keys() []Binding { return nil }
