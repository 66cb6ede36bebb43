package tui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// mark begins a range on the graph, at the end of the window.
func (m *Model) mark() {
	if m.query.Span == 0 || len(m.frame.Series) == 0 {
		return
	}
	m.show(overviewTab)
	if m.zoomed {
		m.focus = "traffic"
		m.arrange()
	}
	if !slices.Contains(m.names(), "traffic") {
		m.say("the screen has no room for the graph")
		return
	}
	m.notice = ""
	end := m.frame.At
	m.frame.Range = &panel.Range{From: end, To: end, Cursor: end}
	m.anchor = end
	m.held = m.paused
	m.pause(true) // a graph that moves can't be pointed at
}

// unmark ends the choice of a range.
func (m *Model) unmark() {
	m.frame.Range = nil
	if !m.held {
		m.pause(false)
	}
}

// markKey answers a key while a range is chosen.
func (m *Model) markKey(key string) (cmd tea.Cmd, taken bool) {
	slice := m.sliceLength()
	switch key {
	case "h", "left":
		m.stretch(-slice)
	case "l", "right":
		m.stretch(slice)
	case "ctrl+u", "pgup", "H":
		m.stretch(-10 * slice)
	case "ctrl+d", "pgdown", "L":
		m.stretch(10 * slice)
	case "g", "home":
		m.stretch(-1 << 40)
	case "G", "end":
		m.stretch(1 << 40)
	case "v":
		m.anchor = m.frame.Range.Cursor
		m.stretch(0)
	case "esc", "q":
		m.unmark()
	case "enter":
		r := *m.frame.Range
		m.unmark()
		if r.To > r.From {
			m.enlarge(r)
		}
	case "ctrl+c", "?", "f1":
		return nil, false
	}
	return nil, true
}

// sliceLength is how many seconds a column of the graph stands for.
func (m *Model) sliceLength() int64 {
	return max(m.frame.Step, 1) * int64(max(1, (len(m.frame.Series)+m.query.Graph-1)/max(m.query.Graph, 1)))
}

// stretch moves the end of the range that h and l move.
func (m *Model) stretch(by int64) {
	slice, r := m.sliceLength(), *m.frame.Range
	last := m.frame.At
	first := m.frame.Series[0].At
	at := r.Cursor + by
	if by != 0 && at < last { // columns begin at multiples of their length
		at -= ((at % slice) + slice) % slice
		if by > 0 && at <= r.Cursor {
			at += slice
		}
	}
	at = max(first, min(at, last))
	m.frame.Range = &panel.Range{From: min(at, m.anchor), To: max(at, m.anchor), Cursor: at}
}

// enlarge shows a range alone: the window is the range and the graph too.
func (m *Model) enlarge(r panel.Range) {
	if m.whole == 0 {
		m.whole = m.query.Span
	}
	m.query.Span = time.Duration(r.To-r.From) * time.Second
	m.travel(r.To)
}

// markBar says which range it is and what the keys do.
func (m *Model) markBar(c paint.Canvas) {
	x := c.Text(1, 0, m.frame.RangeText(), theme.Accent) + 3
	c.Fit(x, 0, c.W()-x-1, "h l move   v begin here   enter zoom   esc leaves", paint.CutEnd, theme.Dim)
}
