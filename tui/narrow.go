package tui

import (
	"slices"

	"weir/stats/filter"
	"weir/tui/overlay"
	"weir/tui/panel"
)

// chip is a filter in force.
type chip struct {
	panel.Chip
	past bool // it was added in the past: esc removes it before it comes back to now
}

// only adds a filter to those in force.
func (m *Model) only(c panel.Chip) {
	if slices.ContainsFunc(m.chips, func(o chip) bool { return o.Text == c.Text }) {
		m.say("only %s already", c.Label)
		return
	}
	m.chips = append(m.chips, chip{c, m.query.At != 0})
	m.narrow()
}

// dossier shows everything of a client: the numbers of the filter for it.
func (m *Model) dossier(d panel.Dossier) {
	before := len(m.chips)
	if !slices.ContainsFunc(m.chips, func(o chip) bool { return o.Text == d.Text }) {
		m.only(d.Chip)
	}
	m.over = append(m.over, overlay.NewDossier(d.Client, len(m.chips) > before))
}

// widen removes the newest n filters.
func (m *Model) widen(n int) {
	if n = min(n, len(m.chips)); n > 0 {
		m.chips = m.chips[:len(m.chips)-n]
		m.narrow()
	}
}

// narrow asks for what the filters in force leave.
func (m *Model) narrow() {
	m.pause(false)
	m.frame.Chips = make([]panel.Chip, len(m.chips))
	texts := make([]string, len(m.chips))
	for i, c := range m.chips {
		m.frame.Chips[i], texts[i] = c.Chip, c.Text
	}
	m.query.Filter = filter.And(texts...)
	m.frame.Wanted = m.query.Filter
	m.dirty = true
	m.arrange()
	m.ask()
}
