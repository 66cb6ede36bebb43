package overlay

import (
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// Group is some keys under one title.
type Group struct {
	Title string
	Keys  []panel.Binding
}

// Help lists the keys, over the full height.
type Help struct {
	groups []Group
	top    int
	most   int // how far it can be scrolled, when last drawn
}

// NewHelp returns a Help of the groups, in their order.
func NewHelp(groups []Group) *Help { return &Help{groups: groups} }

const (
	keyWidth  = 14
	helpWidth = 39
)

// Draw paints as many columns as the width has room for.
func (h *Help) Draw(c paint.Canvas, _ *panel.Frame) {
	columns := max(1, min((c.W()-2)/helpWidth, len(h.groups)))
	w := min(c.W(), columns*helpWidth+2)
	if c.W()-w < helpWidth { // no strip of what is below beside it
		w = c.W()
	}
	inside := panel.Window(c, w, c.H(), "Help · esc closes")
	rows := 0
	for _, g := range h.groups {
		rows += len(g.Keys) + 2
	}
	each := (rows + columns - 1) / columns
	width := inside.W() / columns
	tallest := 0
	for pass := range 2 { // how tall it is first, then drawn
		column, y := 0, 0
		for _, g := range h.groups {
			if y > 0 && y+len(g.Keys)/2 > each && column < columns-1 {
				column, y = column+1, 0
			}
			if pass == 1 {
				at := inside.Sub(column*width, 0, width, inside.H())
				h.group(at, y-h.top, g)
			}
			y += len(g.Keys) + 2
			tallest = max(tallest, y-1)
		}
		h.most = max(0, tallest-inside.H())
		h.top = max(0, min(h.top, h.most))
	}
	if h.top < h.most && c.H() > 2 {
		c.Right((c.W()+w)/2-2, c.H()-1, " j ↓ more ", theme.Accent)
	}
}

func (h *Help) group(c paint.Canvas, y int, g Group) {
	put := func(x, y, w int, text string, s paint.Style) {
		if y >= 0 {
			c.Fit(x, y, w, text, paint.CutEnd, s)
		}
	}
	put(2, y, c.W()-3, g.Title, theme.Title)
	for i, k := range g.Keys {
		put(2, y+1+i, keyWidth, k.Key, theme.Accent)
		put(2+keyWidth, y+1+i, c.W()-keyWidth-2, k.Help, theme.Text)
	}
}

// Key scrolls and closes.
func (h *Help) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	switch key {
	case "j", "down":
		h.top++
	case "k", "up":
		h.top--
	case "ctrl+d", "pgdown", " ":
		h.top += 10
	case "ctrl+u", "pgup":
		h.top -= 10
	case "g", "home":
		h.top = 0
	case "G", "end":
		h.top = h.most
	case "esc", "q", "?", "f1", "enter":
		return nil, true
	}
	h.top = max(0, min(h.top, h.most))
	return nil, false
}
