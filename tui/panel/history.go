package panel

import (
	"strconv"
	"time"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// history is every alert and recovery, newest first, and all that is known of
// the selected one below.
type history struct{ list }

func newHistory() Panel { return &history{} }

// Title is "Alerts".
func (*history) Title(*Frame) string { return "Alerts and recoveries" }

// Head says what the alert watches.
func (*history) Head(c paint.Canvas, from int, f *Frame) { (*alerts)(nil).Head(c, from, f) }

// Draw paints the list and, where there is room, the selected change.
func (h *history) Draw(c paint.Canvas, f *Frame) {
	n := len(f.Alerts)
	if n == 0 {
		if firing, pending := f.firing(); pending {
			(&alerts{}).fired(c, 0, &firing[0], true, c.W(), f)
			return
		}
		explain(c, "no alert so far", "one fires when the average of "+Span(f.AlertPeriod)+" exceeds "+short(f.Threshold)+" req/s")
		return
	}
	h.follow(n, func(i int) string { return changeKey(&f.Alerts[i]) })
	rows := c.H()
	detail := 0
	if rows >= 9 {
		detail = min(max(rows/2, rows-n-1), 16)
		rows -= detail
	}
	h.show(n, rows)
	for y := 0; y < rows && h.top+y < n; y++ {
		h.change(c.Row(y), &f.Alerts[h.top+y], h.top+y == h.row, f)
	}
	if detail > 0 {
		h.detail(c.Sub(0, rows, c.W(), detail), &f.Alerts[h.row], f)
	}
}

func changeKey(c *alert.Change) string {
	return c.Rule + string(c.State) + strconv.FormatInt(c.Time.Unix(), 10)
}

func (h *history) change(c paint.Canvas, change *alert.Change, selected bool, f *Frame) {
	sign(c, 2, 0, change.State)
	style := theme.Dim
	if isFiring(f.Firing, change) {
		style = theme.Bad
	} else if change.State == alert.Firing {
		style = theme.Text
	}
	text := f.oneLine(change, c.W()-5)
	if took := lasted(change); took != "" && len(text)+len(took)+8 <= c.W()-5 {
		text += ", after " + took
	}
	c.Fit(4, 0, c.W()-5, text, paint.CutEnd, style)
	if selected {
		if f.Focused {
			c.Set(0, 0, c.Glyphs().Marker, theme.Accent)
		}
		c.Mark(theme.Selected)
	}
}

func (h *history) detail(c paint.Canvas, change *alert.Change, f *Frame) {
	c.HLine(0, 0, c.W(), theme.Faint)
	c.Text(2, 0, " "+change.Rule+" · "+string(change.State)+" ", theme.Title)
	y := 1
	fact := func(name, text string) {
		c.Text(2, y, name, theme.Dim)
		c.Fit(13, y, c.W()-14, text, paint.CutEnd, theme.Text)
		y++
	}
	fact("time", change.Time.In(f.Location).Format(time.RFC3339))
	fact("value", strconv.FormatFloat(change.Value, 'f', 2, 64)+" req/s, threshold "+short(change.Threshold))
	switch took := lasted(change); {
	case took != "":
		fact("fired for", took)
	case isFiring(f.Firing, change):
		fact("fires for", ago(f.Now.Sub(change.Time)))
	}
	for i, clue := range f.why(change, max(c.H()-y, 0)) {
		if i == 0 {
			c.Text(2, y, "why", theme.Dim)
		}
		room := c.W() - 14 - len(clue.amount()) - 2
		c.Fit(13, y, room, clue.text, paint.CutMiddle, theme.Text|theme.Bold)
		c.Right(c.W()-1, y, clue.amount(), theme.Dim)
		y++
	}
	for i, line := range change.Samples {
		if y >= c.H() {
			return
		}
		if i == 0 {
			c.Text(2, y, "lines", theme.Dim)
		}
		c.Fit(13, y, c.W()-14, line, paint.CutEnd, theme.Dim)
		y++
	}
}

// Key moves and copies.
func (h *history) Key(key string, f *Frame) (Action, bool) {
	n := len(f.Alerts)
	if key == "y" {
		if h.row < n {
			return Copy{f.Alerts[h.row].Message}, true
		}
		return nil, true
	}
	if !h.move(key, n) {
		return nil, false
	}
	if h.row < n {
		h.key = changeKey(&f.Alerts[h.row])
	}
	return nil, true
}

// Keys are the keys of the history.
func (*history) Keys() []Binding { return []Binding{{"y", "copy the message"}} }
