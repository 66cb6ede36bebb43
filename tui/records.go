package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/panel"
)

// explorePanel is the panel of the Explore tab.
const explorePanel = "explore"

// open shows the records around a moment, of what a filter leaves.
func (m *Model) open(o panel.Open) {
	if o.Chip.Text != "" {
		m.only(o.Chip)
	}
	if o.Back {
		m.travel(o.At / 1e9)
	}
	m.room.Open(o.At, o.Raw)
	m.show(exploreTab)
}

// work is what Explore has to have read for what it shows.
func (m *Model) work() []tea.Cmd {
	if m.tab != exploreTab && !m.room.Busy() || m.frame.Seq == 0 {
		return nil
	}
	var cmds []tea.Cmd
	for _, job := range m.room.Work(&m.frame, m.query.At) {
		cmds = append(cmds, func() tea.Msg { return job() })
	}
	return cmds
}
