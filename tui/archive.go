package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/panel"
	"weir/tui/vault"
)

// vaultKeys are the keys that matter on the Archive tab, for the bar.
var vaultKeys = []Key{
	{Shown: "?", Short: "help", rank: 1},
	{Shown: "q", Short: "quit", rank: 2},
	{Shown: "A", Short: "archive", rank: 3},
	{Shown: "R", Short: "restore", rank: 4},
	{Shown: "C", Short: "clean", rank: 5},
	{Shown: "d", Short: "plan", rank: 6},
	{Shown: "v", Short: "range", rank: 7},
	{Shown: "tab", Short: "focus", rank: 8},
	{Shown: "z", Short: "zoom", rank: 9},
}

// wish opens the dialog of a key that wants something of the archive.
func (m *Model) wish(do panel.VaultDo) {
	at := m.query.At
	if m.tab == archiveTab {
		at = 0 // what is chosen there
	}
	dialog, why := m.vault.Ask(do, at)
	switch {
	case dialog != nil:
		m.over = append(m.over, dialog)
	case why != "":
		m.show(archiveTab)
		m.say("%s", why)
	default: // the tab says how to configure one
		m.show(archiveTab)
	}
}

// wanted does what a panel wants of the archive.
func (m *Model) wanted(v panel.Vault) {
	if v.Do != panel.VaultGo {
		m.wish(v.Do)
		return
	}
	m.travel(v.At)
	m.show(overviewTab)
}

// vaultWork is what the archive has to have done for what it shows.
func (m *Model) vaultWork() []tea.Cmd {
	if m.frame.Seq == 0 {
		return nil
	}
	var cmds []tea.Cmd
	for _, job := range m.vault.Work(m.tab == archiveTab) {
		cmds = append(cmds, func() tea.Msg { return job() })
	}
	return cmds
}

// vaultPanels are those of the Archive tab, in the order of the focus.
var vaultPanels = []string{vault.DaysPanel, vault.FilesPanel, vault.JobsPanel}

// vaultPlaces is the calendar beside the files, and the jobs below; on a small
// screen one of them, which the focus chooses.
func vaultPlaces(w, y, rows int, s situation, border panel.Border) []place {
	if s.zoom || !s.archive || rows < 16 || w < standardWidth {
		return []place{{pick(s.focus, "", vault.DaysPanel), 0, y, w, rows, border}}
	}
	jobs := max(5, rows/4)
	calendar := 42
	if w >= vastWidth {
		calendar = 96
	}
	places := columns(y, rows-jobs, w, border, cut{vault.DaysPanel, calendar * 100 / w}, cut{vault.FilesPanel, 0})
	return append(places, place{vault.JobsPanel, 0, y + rows - jobs, w, jobs, border})
}
