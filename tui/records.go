package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/panel"
)

// explorePanel is the panel of the Explore tab.
const explorePanel = "explore"

// exploreKeys are the keys that matter on the Explore tab, for the bar.
var exploreKeys = []Key{
	{Shown: "?", Short: "help", rank: 1},
	{Shown: "q", Short: "quit", rank: 2},
	{Shown: "enter", Short: "details", rank: 3},
	{Shown: "/", Short: "search", rank: 4},
	{Shown: "e", Short: "error", rank: 5},
	{Shown: "#", Short: "count", rank: 6},
	{Shown: "s", Short: "sort", rank: 7},
	{Shown: "o", Short: "export", rank: 8},
	{Shown: ":", Short: "filter", rank: 9},
	{Shown: "f", Short: "follow", rank: 10},
	{Shown: "space", Short: "pause", rank: 11},
	{Shown: "tab", Short: "column", rank: 12},
	{Shown: "W", Short: "window", rank: 13},
}

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
