package panel

import (
	"strconv"
	"strings"
	"time"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// history is every alert and recovery, newest first, and all that is known of
// the selected one below.
type history struct {
	list
	open bool // the selected change has all the room
}

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
		f.noAlert(c)
		return
	}
	h.follow(n, func(i int) string { return AlertID(&f.Alerts[i]) })
	if h.open {
		h.detail(c, &f.Alerts[h.row], f)
		return
	}
	rows := c.H()
	detail := 0
	if rows >= 6 {
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

func (h *history) change(c paint.Canvas, change *alert.Change, selected bool, f *Frame) {
	sign(c, 2, 0, change.State)
	style := theme.Dim
	seen := f.Acknowledged[AlertID(change)]
	if isFiring(f.Firing, change) && !seen {
		style = theme.Bad
	} else if change.State == alert.Firing {
		style = theme.Text
	}
	text := f.oneLine(change, c.W()-5)
	if took := lasted(change); took != "" && len(text)+len(took)+8 <= c.W()-5 {
		text += ", after " + took
	}
	if seen {
		text += seenWord
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
	title := " " + change.Rule + " · " + string(change.State) + " "
	if change.Severity != "" {
		title += "· " + string(change.Severity) + " "
	}
	c.Text(2, 0, title, theme.Title)
	y, cause := 1, f.cause(change)
	fact := func(name, text string) {
		c.Text(2, y, name, theme.Dim)
		c.Fit(13, y, c.W()-14, text, paint.CutEnd, theme.Text)
		y++
	}
	if text := strings.TrimSpace(change.Message); h.open && c.Width(f.oneLine(change, c.W()-5)) > c.W()-5 { // the list cuts it
		c.Text(2, y, "message", theme.Dim)
		y = c.Sub(13, 0, c.W()-14, c.H()).Wrap(y, text, 0, theme.Text)
	}
	if h.open || c.H() >= 7 { // the list has them, too
		fact("time", change.Time.In(f.Location).Format(time.RFC3339))
		if change.Shown == "" {
			fact("value", strconv.FormatFloat(change.Value, 'f', 2, 64)+" req/s, threshold "+short(change.Threshold))
		} else {
			fact("value", change.Shown+", level "+change.Level)
		}
	}
	if change.Key != "" {
		fact(change.Dimension, change.Key)
	}
	switch took := lasted(change); {
	case took != "":
		fact("fired", f.clock(change.Since)+", for "+took)
	case isFiring(f.Firing, change):
		fact("fires for", ago(f.Now.Sub(change.Time)))
	}
	room := c.H() - y
	if h.open {
		room = max(room-len(cause.Samples), room/2)
	}
	for i, clue := range f.why(cause, max(room, 0)) {
		if i == 0 {
			c.Text(2, y, "why", theme.Dim)
		}
		amount := clue.amount()
		if c.W()-14-len(amount)-2 < min(c.Width(clue.text), 20) {
			amount = clue.rise
		}
		c.Fit(13, y, c.W()-14-len(amount)-2, clue.text, paint.CutMiddle, theme.Text|theme.Bold)
		c.Right(c.W()-1, y, amount, theme.Dim)
		y++
	}
	for i, line := range cause.Samples {
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

// Key moves, copies, acknowledges and opens.
func (h *history) Key(key string, f *Frame) (Action, bool) {
	n := len(f.Alerts)
	var change *alert.Change
	if h.row < n {
		change = &f.Alerts[h.row]
	}
	switch {
	case key == "y" && change != nil:
		return Copy{change.Message}, true
	case key == "a" && change != nil:
		return Acknowledge{AlertID(change), !f.Acknowledged[AlertID(change)]}, true
	case key == "enter" && change != nil && h.open:
		return f.around(change), true
	case key == "enter" && change != nil:
		h.open = true
		return nil, true
	case key == "esc" && h.open:
		h.open = false
		return nil, true
	case key == "y" || key == "a":
		return nil, true
	}
	if !h.move(key, n) {
		return nil, false
	}
	if h.row < n {
		h.key = AlertID(&f.Alerts[h.row])
	}
	return nil, true
}

// Keys are the keys of the history.
func (*history) Keys() []Binding {
	return []Binding{{"a", "acknowledge"}, {"enter", "all of it, its lines"}, {"y", "copy the message"}}
}
