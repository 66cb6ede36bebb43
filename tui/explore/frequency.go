package explore

import (
	"weir/tui/paint"
	"weir/tui/panel"
)

type frequency struct{}

func (t *frequency) draw(c paint.Canvas, f *panel.Frame)                          {}
func (t *frequency) news() string                                                 { return "" }
func (t *frequency) key(key string, r *Room, f *panel.Frame) (panel.Action, bool) { return nil, false }
