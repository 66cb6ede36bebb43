package tui

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// arrange computes the layout and keeps the focus on a panel that is there.
func (m *Model) arrange() {
	l := arrange(m.w, m.h, situation{
		tab: m.tab, focus: m.focus, zoom: m.zoomed, filtered: m.frame.Filtered(), rules: len(m.frame.Rules), archive: m.vault.Configured(),
		banner: func(h int) int { return panel.BannerRows(&m.frame, m.w, h) },
	})
	m.layout = l
	names := m.names()
	switch {
	case slices.Contains(names, m.focus) || len(names) == 0:
	case slices.Contains(names, "sections"):
		m.focus = "sections"
	case slices.Contains(names, "history"):
		m.focus = "history"
	default:
		m.focus = names[0]
	}
}

// picture is the frame as the panel of that name sees it.
func (m *Model) picture(name string) *panel.Frame {
	f := m.frame
	f.Focused = name == m.focus
	f.Theme = m.theme.Name
	if m.find != nil && m.find.panel == name {
		f.Find = m.find.text
	}
	f.Bare = m.layout.header < 0
	f.Refresh = m.cfg.Refresh
	f.Shelved = f.Travel && f.Window.Hits == 0 && m.vault.Archived(f.At-int64(f.Span/time.Second), f.At)
	return &f
}

// View returns the screen. Bubble Tea calls it after every message; it paints
// only where something changed.
func (m *Model) View() string {
	if !m.dirty {
		return m.screen
	}
	m.dirty = false
	m.draw()
	m.screen = m.grid.Render(m.sgr)
	return m.screen
}

// draw paints everything on the grid.
func (m *Model) draw() {
	m.grid.Reset(m.w, m.h, m.cfg.Terminal.Glyphs)
	c, f, l := m.grid.Canvas(), m.picture(""), m.layout
	if l.header >= 0 {
		panel.Header(c.Row(l.header), f)
	}
	panel.Status(c.Row(l.status), f)
	if l.chips >= 0 {
		panel.Chips(c.Row(l.chips), f)
	}
	if l.top > 0 {
		panel.Top(c.Sub(0, max(l.status, l.chips)+1, m.w, l.top), f)
	}
	if l.banner >= 0 {
		panel.Banner(c.Sub(0, l.banner, m.w, l.bannerRows), f)
	}
	for _, p := range l.places {
		panel.Paint(c.Sub(p.x, p.y, p.w, p.h), m.panels[p.panel], m.picture(p.panel), p.border)
	}
	if l.bar >= 0 {
		m.bar(c.Row(l.bar))
	}
	if l.counts >= 0 {
		panel.Counts(c.Row(l.counts), f)
	}
	for _, o := range m.over {
		o.Draw(c, f)
	}
}

// tabs are those that the bar shows: the archive's where there is one.
func (m *Model) tabs() []tab {
	if m.vault.Configured() || m.tab == archiveTab {
		return tabs
	}
	return tabs[:len(tabs)-1]
}

// tabLabels are what the bar calls the tabs: where it is short only the shown one by its name.
func (m *Model) tabLabels() []string {
	var labels []string
	for _, t := range m.tabs() {
		label := " " + t.key + " " + t.name + " "
		if m.w < standardWidth && t.name != m.tab {
			label = " " + t.key + " "
		}
		labels = append(labels, label)
	}
	return labels
}

// gaps are the columns between tabs, and between keys.
func (m *Model) gaps() (tabs, keys int) {
	if m.w < wideWidth {
		return 0, 2
	}
	return 1, 3
}

// tabsWidth is what the tabs need, and a gap.
func (m *Model) tabsWidth() int {
	gap, _ := m.gaps()
	w := 1
	for _, label := range m.tabLabels() {
		w += len(label) + gap
	}
	return w + 1
}

// bar draws the tabs and the keys that matter here, a notice, or what is wrong.
func (m *Model) bar(c paint.Canvas) {
	if m.frame.Range != nil {
		m.markBar(c)
		return
	}
	if m.find != nil {
		m.seekBar(c)
		return
	}
	x := 1
	m.tabEnd = m.tabEnd[:0]
	if m.notice == "" && m.bad != "" && c.Width(m.bad) > c.W()-m.tabsWidth() {
		c.Fit(1, 0, c.W()-2, m.bad, paint.CutEnd, theme.Bad)
		return
	}
	tabGap, keyGap := m.gaps()
	if c.W() >= compactWidth {
		labels := m.tabLabels()
		for i, t := range m.tabs() {
			style := theme.Dim
			if t.name == m.tab {
				style = theme.Badge
			}
			x = c.Text(x, 0, labels[i], style) + tabGap
			m.tabEnd = append(m.tabEnd, x)
		}
	}
	if m.notice != "" {
		c.Fit(x+1, 0, c.W()-x-2, m.notice, paint.CutEnd, theme.Accent)
		return
	}
	if m.bad != "" {
		c.Fit(x+1, 0, c.W()-x-2, m.bad, paint.CutEnd, theme.Bad)
		return
	}
	if m.layout.counts < 0 {
		if amiss := panel.Amiss(&m.frame); amiss != "" {
			c.Fit(x+1, 0, c.W()-x-2, amiss, paint.CutEnd, theme.Warn)
			x += 1 + c.Width(amiss)
		}
	}
	right := c.W() - 1
	shown := m.hints(right-x-2, keyGap)
	for _, k := range slices.Backward(shown) {
		right = c.Right(right, 0, k.Short, theme.Dim) - 1
		right = c.Right(right, 0, k.Shown, theme.Accent) - keyGap
	}
}

// hints are the keys of the bar that fit in so many columns, in the order of
// the key map.
func (m *Model) hints(room, gap int) []Key {
	var all []Key
	width := -gap
	keys := Keys
	switch m.tab {
	case exploreTab:
		keys = exploreKeys
	case alertsTab:
		keys = alertKeys
	case archiveTab:
		keys = vaultKeys
	}
	for rank := 1; ; rank++ {
		i := slices.IndexFunc(keys, func(k Key) bool { return k.rank == rank })
		if i < 0 {
			break
		}
		k := keys[i]
		k.Shown, _, _ = strings.Cut(k.Shown, " ")
		if width += utf8.RuneCountInString(k.Shown) + 1 + len(k.Short) + gap; width > room {
			break
		}
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Key) int { return b.rank - a.rank })
	return all
}
