// Package overlay holds the dialogs that stand in front of the panels, one a file.
package overlay

import (
	"weir/tui/paint"
	"weir/tui/panel"
)

// Overlay is one dialog. It gets every key while it is in front.
type Overlay interface {
	// Draw paints the dialog on the whole screen.
	Draw(c paint.Canvas, f *panel.Frame)
	// Key answers a key; done closes the dialog.
	Key(key string, f *panel.Frame) (action panel.Action, done bool)
}
