// Package overlay holds the dialogs that stand in front of the panels, one a file.
package overlay

import (
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// Overlay is one dialog. It gets every key while it is in front.
type Overlay interface {
	// Draw paints the dialog on the whole screen.
	Draw(c paint.Canvas, f *panel.Frame)
	// Key answers a key; done closes the dialog.
	Key(key string, f *panel.Frame) (action panel.Action, done bool)
}

// window clears a box of w by h in the middle of c and returns what is inside.
func window(c paint.Canvas, w, h int, title string) paint.Canvas {
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
