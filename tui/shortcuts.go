package tui

import (
	"slices"
	"time"

	"weir/tui/panel"
)

const (
	errorsWindow = 5 * time.Minute
	dayWindow    = time.Hour
)

// onlyErrors leaves the failed requests of some minutes, and focuses the clients.
func (m *Model) onlyErrors() {
	m.show(overviewTab)
	if m.query.Span < errorsWindow {
		m.setWindow(errorsWindow)
	}
	m.only(panel.Chip{Text: `class == "5xx"`, Label: "5xx"})
	m.focus = "clients"
	if !slices.Contains(m.names(), m.focus) {
		m.zoomed = true
	}
	m.arrange()
}

// dayBack goes to the same time of the day before, with a window of an hour.
func (m *Model) dayBack() {
	at := m.query.At
	if at == 0 {
		at = m.frame.At
	}
	if m.query.Span < dayWindow {
		m.setWindow(dayWindow)
	}
	m.travel(at - 24*3600)
}

// showError shows in Explore the first error of the window, or the last. There
// the key goes on from the record.
func (m *Model) showError(back bool) {
	if m.frame.Seq == 0 {
		return
	}
	at := m.frame.At
	if !back {
		at -= int64(m.frame.Span / time.Second)
	}
	m.show(exploreTab)
	m.room.Error(at*1e9, back)
}

// export asks where to write the records of the window, in Explore.
func (m *Model) export() {
	m.show(exploreTab)
	m.room.Key("o", m.picture(explorePanel))
}
