package overlay

import (
	"weir/tui/paint"
	"weir/tui/panel"
)

// Dossier shows everything of one client.
type Dossier struct {
	client string
	own    bool // its filter was added for it and goes with it
}

// NewDossier returns the Dossier of a client; own says that the newest filter is its own.
func NewDossier(client string, own bool) *Dossier { return &Dossier{client: client, own: own} }

// Draw paints the dossier.
func (d *Dossier) Draw(c paint.Canvas, f *panel.Frame) {
	title := "Client " + d.client + " · enter filters by it · esc closes"
	panel.DrawDossier(panel.Window(c, min(c.W(), 132), min(c.H(), 22), title), f, d.client)
}

// Key copies, keeps the filter or closes.
func (d *Dossier) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	switch key {
	case "esc", "q", "i", "backspace":
		if d.own {
			return panel.Widen{}, true
		}
		return nil, true
	case "enter":
		return nil, true
	case "y", "Y":
		lines, _ := panel.Blocks(d.client)
		i := 0
		if key == "Y" {
			i = 1
		}
		if i < len(lines) {
			return panel.Copy{Text: lines[i]}, false
		}
	}
	return nil, false
}
