package panel

import (
	"weir/tui/paint"
	"weir/tui/theme"
)

// Window clears a box of w by h in the middle of c, for a dialog, and returns
// what is inside.
func Window(c paint.Canvas, w, h int, title string) paint.Canvas {
	w, h = min(w, c.W()), min(h, c.H())
	box := c.Sub((c.W()-w)/2, (c.H()-h)/2, w, h)
	box.Fill(' ', theme.Text)
	if h < 3 {
		return box
	}
	inside := box.Box(theme.Accent)
	box.Sub(1, 0, w-2, 1).Text(0, 0, " "+title+" ", theme.Accent)
	return inside
}
