package tui

import (
	"slices"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/overlay"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// find is what is being typed to find rows of a panel.
type find struct {
	panel string
	text  string
	moved bool // to a row: enter takes that one
}

// finder is a panel whose rows can be searched: it shows those that hold Frame.Find.
type finder interface {
	// Found is the filter for all the rows that are shown; nil where there is none.
	Found(f *panel.Frame) panel.Action
}

// seek begins to find rows of the panel in focus.
func (m *Model) seek() {
	if _, ok := m.panels[m.focus].(finder); !ok || m.layout.bar < 0 || !slices.Contains(m.names(), m.focus) {
		m.say("nothing to search here: tab to a ranking or the lines")
		return
	}
	m.find = &find{panel: m.focus}
	m.notice = ""
}

const longestFind = 100

// seekKey answers a key while something is typed; the rest it leaves.
func (m *Model) seekKey(key string) (cmd tea.Cmd, taken bool) {
	s, p := m.find, m.panels[m.find.panel]
	switch key {
	case "esc":
		m.find = nil
	case "enter":
		f := m.picture(s.panel)
		m.find = nil
		switch {
		case s.moved:
			act, _ := p.Key(key, f)
			return m.act(act), true
		case s.text != "":
			return m.act(p.(finder).Found(f)), true
		}
	case "backspace":
		if s.text == "" {
			m.find = nil
			return nil, true
		}
		_, last := utf8.DecodeLastRuneInString(s.text)
		s.text, s.moved = s.text[:len(s.text)-last], false
	case "ctrl+u":
		s.text, s.moved = "", false
	case "up", "down", "pgup", "pgdown", "ctrl+d":
		p.Key(key, m.picture(s.panel))
		s.moved = true
	case "tab", "shift+tab", "ctrl+c", "f1":
		m.find = nil
		return nil, false
	default:
		if utf8.RuneCountInString(key) == 1 && key >= " " && len(s.text) < longestFind {
			s.text, s.moved = s.text+key, false
		}
	}
	return nil, true
}

// typing reports whether keys are letters of a text.
func (m *Model) typing() bool {
	if n := len(m.over); n > 0 {
		_, line := m.over[n-1].(*overlay.Command)
		return line
	}
	return m.find != nil || m.tab == exploreTab && m.room.Typing()
}

// seekBar draws what is typed and what enter will do.
func (m *Model) seekBar(c paint.Canvas) {
	x := c.Text(1, 0, "/", theme.Accent)
	x = c.Text(x, 0, m.find.text, theme.Text|theme.Bold)
	x = c.Text(x, 0, " ", theme.Badge) + 2
	hint := "type to find rows   esc leaves"
	switch {
	case m.find.moved:
		hint = "enter only this row   esc leaves"
	case m.find.text != "":
		hint = "enter only these   ↓ choose one   esc leaves"
	}
	c.Fit(x, 0, c.W()-x-1, hint, paint.CutEnd, theme.Dim)
}
