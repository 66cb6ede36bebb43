package tui

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"weir/tui/overlay"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// key gives a key to the dialog in front, else to the panel in focus, else to the key map.
func (m *Model) key(key string) tea.Cmd {
	m.dirty = true
	if n := len(m.over); n > 0 && key != "ctrl+c" && key != "ctrl+z" {
		act, done := m.over[n-1].Key(key, m.picture(m.focus))
		if done {
			m.over = m.over[:n-1]
		}
		return m.act(act)
	}
	if m.frame.Range != nil {
		if cmd, taken := m.markKey(key); taken {
			return cmd
		}
	}
	if m.find != nil {
		if cmd, taken := m.seekKey(key); taken {
			return cmd
		}
	}
	if p := m.panels[m.focus]; p != nil {
		if act, taken := p.Key(key, m.picture(m.focus)); taken {
			return m.act(act)
		}
	}
	if do, known := lookup(key); known {
		return m.do(do, key)
	}
	return nil
}

// act does what a panel or a dialog wants done.
func (m *Model) act(a panel.Action) tea.Cmd {
	if a != nil {
		slog.Debug("action", "do", fmt.Sprintf("%T", a), "panel", m.focus)
	}
	switch a := a.(type) {
	case panel.Copy:
		m.say("copied")
		if put := m.cfg.Copy; put != nil {
			return func() tea.Msg { put(a.Text); return nil }
		}
	case panel.SetThreshold:
		m.query.Threshold, m.limit = a.PerSecond, a.PerSecond
		m.ask()
		m.say("alerts above %g req/s", a.PerSecond)
	case panel.Only:
		m.only(a.Chip)
	case panel.Dossier:
		m.dossier(a)
	case panel.Widen:
		m.widen(1)
	case panel.SetWindow:
		m.setWindow(a.Span)
	case panel.GoTo:
		m.travel(a.At)
	case panel.Open:
		m.open(a)
	case panel.ShowTab:
		m.showNamed(a.Name)
	case panel.Tell:
		m.show(exploreTab)
		m.room.Tell(a.Verb, a.Argument)
	case panel.Vault:
		m.wanted(a)
	case panel.Save:
		return m.save(a.Path)
	case panel.Compare:
		m.compareWith(a)
	case panel.SetTheme:
		m.setTheme(theme.Find(a.Name))
	case panel.Acknowledge:
		m.acknowledge(a)
	case panel.Quit:
		return tea.Quit
	}
	return nil
}

// acknowledge keeps who was seen. What a frame holds is never changed.
func (m *Model) acknowledge(a panel.Acknowledge) {
	seen := maps.Clone(m.frame.Acknowledged)
	if seen == nil {
		seen = make(map[string]bool)
	}
	if delete(seen, a.ID); a.On {
		seen[a.ID] = true
		m.say("acknowledged")
	}
	m.frame.Acknowledged = seen
}

var (
	windows   = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	refreshes = []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second}
)

// do does what a key of the key map says.
func (m *Model) do(a action, key string) tea.Cmd {
	slog.Debug("action", "key", key, "panel", m.focus)
	switch a {
	case quit:
		if key != "ctrl+c" && m.zoomed {
			m.zoomed = false
			return nil
		}
		return tea.Quit
	case back:
		m.back()
	case help:
		m.over = append(m.over, overlay.NewHelp(helpGroups(m.visible(), m.picture(m.focus))))
	case showTab:
		for _, t := range tabs {
			if t.key == key {
				m.show(t.name)
			}
		}
	case widen:
		m.widen(1)
	case compare:
		m.compare()
	case mark:
		m.mark()
	case seek:
		m.seek()
	case command:
		m.over = append(m.over, overlay.NewCommand(&m.typed))
	case widenAll:
		m.widen(len(m.chips))
	case archiveNow:
		m.wish(panel.VaultArchive)
	case restoreDays:
		m.wish(panel.VaultRestore)
	case cleanRestored:
		m.wish(panel.VaultClean)
	case tabBefore:
		m.turn(-1)
	case tabAfter:
		m.turn(1)
	case focusNext:
		m.focus = m.neighbour(1)
	case focusBefore:
		m.focus = m.neighbour(-1)
	case zoom:
		m.zoomed = !m.zoomed
	case pause:
		m.pause(!m.paused)
	case timeBack:
		m.backward()
	case timeForward:
		m.forward()
	case timeLive:
		m.travel(0)
	case windowShorter:
		m.window(-1)
	case windowLonger:
		m.window(1)
	case editThreshold:
		m.over = append(m.over, overlay.NewThreshold(m.frame.Threshold))
	case nextTheme:
		m.setTheme(m.theme.Next())
		m.say("theme %s", m.theme.Name)
	case faster:
		m.refresh(-1)
	case slower:
		m.refresh(1)
	case errorsOnly:
		m.onlyErrors()
	case nextError:
		m.showError(key == "E")
	case export:
		m.export()
	case dayEarlier:
		m.dayBack()
	case mouse:
		return m.mice(m.cfg.NoMouse)
	case suspend:
		if m.cfg.Suspend != nil {
			m.cfg.Suspend()
		}
	case move, drill:
	}
	return nil
}

// mice takes the mouse or leaves it to the terminal, which can then select text.
func (m *Model) mice(on bool) tea.Cmd {
	m.cfg.NoMouse = !on
	if on {
		m.say("mouse on")
		return tea.EnableMouseCellMotion
	}
	m.say("mouse off: select text with it")
	return tea.DisableMouse
}

// back leaves the innermost of: the zoom, the newest filter or the past, the pause,
// the comparison, a tab other than the first.
func (m *Model) back() {
	switch {
	case m.zoomed:
		m.zoomed = false
	case len(m.chips) > 0 && (m.query.At == 0 || m.chips[len(m.chips)-1].past):
		m.widen(1)
	case m.query.At != 0:
		m.travel(0)
	case m.paused:
		m.pause(false)
	case m.frame.Compare:
		m.frame.Compare, m.query.Against = false, 0
		m.ask()
	default:
		m.show(overviewTab)
	}
}

func (m *Model) show(tab string) {
	if m.tab != tab {
		m.tab, m.zoomed, m.focus = tab, false, ""
		m.arrange()
		m.ask()
	}
}

func (m *Model) turn(by int) {
	shown := m.tabs()
	for i := range shown {
		if shown[i].name == m.tab {
			m.show(shown[(i+by+len(shown))%len(shown)].name)
			return
		}
	}
}

// pause stops the picture, not the counting.
func (m *Model) pause(on bool) {
	m.paused, m.frame.Missed = on, 0
	m.frame.Paused = on
	m.read()
}

// travel asks for the window that ends at a second, 0 for now.
func (m *Model) travel(at int64) {
	if m.query.Span == 0 {
		return
	}
	m.pause(false)
	m.query.At = max(at, 0)
	if at == 0 && m.whole != 0 {
		m.query.Span, m.whole = m.whole, 0
	}
	m.frame.Travel = m.query.At != 0
	m.ask()
}

func (m *Model) backward() {
	at := m.query.At
	if at == 0 {
		at = m.frame.At
	}
	m.travel(at - int64(m.query.Span/time.Second))
}

func (m *Model) forward() {
	if m.query.At == 0 {
		return
	}
	at := m.query.At + int64(m.query.Span/time.Second)
	if at >= m.frame.Now.Unix() {
		at = 0
	}
	m.travel(at)
}

// window makes the statistics window the next shorter or longer one.
func (m *Model) window(by int) {
	i, exact := slices.BinarySearch(windows, m.query.Span)
	switch {
	case by > 0 && exact:
		i++
	case by < 0:
		i--
	}
	if i >= 0 && i < len(windows) {
		m.setWindow(windows[i])
	}
}

func (m *Model) setWindow(span time.Duration) {
	if m.query.Span == 0 {
		return
	}
	m.pause(false)
	m.query.Span, m.whole = span, 0
	m.ask()
	m.say("window %s", panel.Span(span))
}

// refresh changes the beat; it counts from the next one on.
func (m *Model) refresh(by int) {
	i, exact := slices.BinarySearch(refreshes, m.cfg.Refresh)
	if by > 0 && !exact {
		i--
	}
	if i += by; i >= 0 && i < len(refreshes) {
		m.cfg.Refresh = refreshes[i]
		m.ask()
	}
	m.say("refresh every %s", m.cfg.Refresh)
}

// neighbour is the panel that the focus goes to. Where one panel has the screen
// to itself, the focus goes through all that the tab has.
func (m *Model) neighbour(by int) string {
	names := m.names()
	if m.tab == alertsTab && m.zoomed {
		names = alertPanels
	} else if m.tab == archiveTab {
		if m.vault.Configured() {
			names = vaultPanels
		}
	} else if m.zoomed || len(names) < 3 && m.tab == overviewTab {
		names = nil
		for _, spec := range panel.Panels {
			if !slices.Contains(alertPanels, spec.Name) {
				names = append(names, spec.Name)
			}
		}
		if !m.zoomed && len(m.layout.places) == 2 { // the graph keeps its place
			names = names[1:]
		}
	}
	if len(names) == 0 {
		return ""
	}
	i := slices.Index(names, m.focus)
	if i < 0 {
		return names[0]
	}
	return names[(i+by+len(names))%len(names)]
}

func (m *Model) names() []string {
	names := make([]string, len(m.layout.places))
	for i, p := range m.layout.places {
		names[i] = p.panel
	}
	return names
}

func (m *Model) visible() []panel.Panel {
	var all []panel.Panel
	for _, name := range m.names() {
		all = append(all, m.panels[name])
	}
	return all
}

// timed is a panel in which a column is a time.
type timed interface {
	TimeAt(x, w int, f *panel.Frame, glyphs *paint.Glyphs) (at int64, ok bool)
}

// clicker is a panel in which a row can be clicked.
type clicker interface{ Click(y int) }

// mouse focuses and selects by a click, and scrolls the panel under the wheel.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	if len(m.over) > 0 {
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			return m.key("up")
		case tea.MouseButtonWheelDown:
			return m.key("down")
		}
		return nil
	}
	if msg.Y == m.layout.bar && msg.Action == tea.MouseActionPress && msg.Button == tea.MouseButtonLeft {
		for i, end := range m.tabEnd {
			if msg.X < end {
				m.dirty = true
				m.show(m.tabs()[i].name)
				return nil
			}
		}
	}
	for _, p := range m.layout.places {
		if msg.X < p.x || msg.X >= p.x+p.w || msg.Y < p.y || msg.Y >= p.y+p.h {
			continue
		}
		switch {
		case msg.Button == tea.MouseButtonWheelUp:
			m.wheel(p.panel, "up")
		case msg.Button == tea.MouseButtonWheelDown:
			m.wheel(p.panel, "down")
		case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
			m.dirty = true
			m.focus = p.panel
			m.click(p, msg.X, msg.Y)
		}
	}
	return nil
}

// click selects the row, or goes to the time, at a cell of a panel.
func (m *Model) click(p place, x, y int) {
	edge := 1
	if p.border != panel.Full {
		edge = 0
	}
	if c, ok := m.panels[p.panel].(clicker); ok && y > p.y {
		c.Click(y - p.y - 1)
	}
	if c, ok := m.panels[p.panel].(timed); ok && y > p.y {
		if at, ok := c.TimeAt(x-p.x-edge, p.w-2*edge, m.picture(p.panel), m.cfg.Terminal.Glyphs); ok {
			if at >= m.frame.At && m.query.At == 0 {
				return // it is live
			}
			m.travel(at)
		}
	}
}

func (m *Model) wheel(name, key string) {
	m.dirty = true
	for range 3 {
		m.panels[name].Key(key, m.picture(name))
	}
}

// compare goes from no comparison through panel.Comparisons and back to none.
func (m *Model) compare() {
	next := 0
	if m.frame.Compare {
		for i, c := range panel.Comparisons {
			if c.Ago == m.query.Against {
				next = i + 1
			}
		}
	}
	if next == len(panel.Comparisons) {
		m.compareWith(panel.Compare{})
		return
	}
	m.compareWith(panel.Compare{On: true, Ago: panel.Comparisons[next].Ago})
}

func (m *Model) compareWith(c panel.Compare) {
	m.frame.Compare, m.query.Against = c.On, c.Ago
	if m.notice = ""; !c.On {
		m.say("no longer compared")
	}
	m.ask()
}
