// Package tui is the screen: keys in, actions out, frames up. Its root model
// reads one immutable Moment a tick, lets the panels paint it and hands Bubble
// Tea one string, the same one where nothing changed.
package tui

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"weir/ingest"
	"weir/ingest/event"
	"weir/tui/explore"
	"weir/tui/overlay"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
	"weir/tui/vault"
)

// Config says how the screen looks and behaves. The zero value works.
type Config struct {
	Title    []string                  // the inputs, as the user named them
	Refresh  time.Duration             // between two frames; 0 is 250 ms, less than 100 ms is 100 ms
	Theme    string                    // one of theme.Names; "" is the first
	NoMouse  bool                      // leave the mouse to the terminal
	ASCII    bool                      // draw with ASCII only, whatever the locale says
	Demo     bool                      // the inputs are generated
	Records  *ingest.Records           // what Explore reads; nil where nothing can be read again
	Vault    *vault.Config             // what is archived where; nil where nothing is
	Play     []string                  // commands that are given first: a session
	Location *time.Location            // of every time shown; nil is local
	Label    func(agent string) string // the short name of a User-Agent; nil shows it as it is
	Terminal theme.Terminal            // what the terminal can show; Run fills it in

	News <-chan struct{} // tells that there is a new Moment; without it the beat finds out

	Trouble func() string // what is wrong outside the picture, in one line; "" is nothing; must be quick

	Copy    func(text string) // puts a text on the clipboard; Run fills it in
	Suspend func()            // stops the program until the shell continues it; Run fills it in
}

// Backend is what the screen shows. Both methods may be called at any time.
type Backend interface {
	Moment() *ingest.Moment // the newest picture, nil before the first
	Ask(ingest.Query)       // what to show from now on
}

const (
	defaultRefresh = 250 * time.Millisecond
	noticeTime     = 3 * time.Second
	overviewTab    = "Overview"
	exploreTab     = "Explore"
	alertsTab      = "Alerts"
	archiveTab     = "Archive"
)

// tab is a page of the screen and the key that shows it.
type tab struct{ key, name string }

// tabs are shown in this order under their numbers; the others come with their data.
var tabs = []tab{{"1", overviewTab}, {"2", exploreTab}, {"3", alertsTab}, {"7", archiveTab}}

// Model is the root model.
type Model struct {
	cfg     Config
	backend Backend
	now     func() time.Time

	w, h   int
	tab    string
	focus  string
	zoomed bool
	panels map[string]panel.Panel
	over   []overlay.Overlay
	room   *explore.Room
	vault  *vault.Room

	frame  panel.Frame // Moment is the one shown
	query  ingest.Query
	asked  bool
	paused bool
	chips  []chip        // the filters in force, the newest last
	find   *find         // nil while nothing is typed
	anchor int64         // the end of the range that stays where it is
	held   bool          // the picture was paused before a range was begun
	whole  time.Duration // the window before a range was zoomed to; 0 is none
	stale  time.Duration
	limit  float64 // the threshold that was set here; 0 is none

	theme  *theme.Theme
	sgr    *[256]string
	grid   *paint.Grid
	layout layout
	tabEnd []int // where each tab ends in the bar
	notice string
	until  time.Time
	bad    string   // the trouble that is shown
	typed  []string // on the command line, the newest last

	dirty  bool
	screen string
}

// tick is the fixed beat at which the screen looks what has changed.
type tick struct{}

// news is a new Moment, which is shown at once: two beats of the same length, that
// of the Moments and that of the screen, would show it up to one of them later.
type news struct{}

// resize is tea.WindowSizeMsg under a name that Bubble Tea's renderer does not
// know: told the size, it would measure and cut every line that the grid has
// already cut, with other widths for some characters.
type resize struct{ w, h int }

// New returns the root model, for a screen of w by h.
func New(cfg Config, backend Backend, w, h int) *Model {
	if cfg.Refresh <= 0 {
		cfg.Refresh = defaultRefresh
	}
	cfg.Refresh = max(cfg.Refresh, refreshes[0])
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	if cfg.Terminal.Glyphs == nil {
		cfg.Terminal.Glyphs = &paint.Unicode
	}
	if cfg.ASCII {
		cfg.Terminal.Glyphs = &paint.ASCII
	}
	m := &Model{cfg: cfg, backend: backend, now: time.Now, w: w, h: h, tab: overviewTab, panels: make(map[string]panel.Panel), dirty: true}
	for _, spec := range panel.Panels {
		m.panels[spec.Name] = spec.New()
	}
	m.room = explore.New(cfg.Records)
	m.panels[explorePanel] = m.room
	m.vault = vault.New(cfg.Vault)
	maps.Copy(m.panels, m.vault.Panels())
	m.frame = panel.Frame{Moment: panel.Empty(), Files: cfg.Title, Demo: cfg.Demo, Location: cfg.Location, Label: cfg.Label}
	m.setTheme(theme.Find(cfg.Theme))
	m.grid = paint.NewGrid(w, h, cfg.Terminal.Glyphs)
	m.arrange()
	m.read()
	return m
}

func (m *Model) setTheme(t *theme.Theme) {
	m.theme, m.sgr = t, m.cfg.Terminal.Table(t)
}

// Init starts the beat.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.beat(), m.listen()) }

func (m *Model) beat() tea.Cmd {
	return tea.Tick(m.cfg.Refresh, func(time.Time) tea.Msg { return tick{} })
}

func (m *Model) listen() tea.Cmd {
	if m.cfg.News == nil {
		return nil
	}
	return func() tea.Msg { <-m.cfg.News; return news{} }
}

// Update takes one message. It never blocks, and does no I/O but for the debug
// log where there is one.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	tab, focus := m.tab, m.focus
	cmd := m.take(msg)
	if m.tab != tab || m.focus != focus {
		slog.Debug("focus", "tab", m.tab, "panel", m.focus)
	}
	return m, tea.Batch(append(append(m.work(), m.vaultWork()...), cmd)...)
}

// take is Update but for the work that it leaves.
func (m *Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case explore.Done:
		if msg != nil {
			msg()
			m.dirty = true
		}
	case saved:
		if msg.err != nil {
			m.say("not saved: %v", msg.err)
		} else {
			m.say("saved: weir play %s", msg.path)
		}
	case vault.Done:
		if msg != nil {
			msg()
			m.dirty = true
		}
	case tick:
		m.read()
		m.play()
		m.dirty = m.dirty || m.tab == exploreTab && m.room.Busy() || m.tab == archiveTab && m.vault.Busy()
		return m.beat()
	case news:
		m.read()
		return m.listen()
	case continued:
		return m.redraw()
	case resize:
		if msg.w == m.w && msg.h == m.h || msg.w <= 0 || msg.h <= 0 {
			return nil
		}
		slog.Debug("resize", "columns", msg.w, "rows", msg.h)
		m.w, m.h, m.dirty = msg.w, msg.h, true
		m.arrange()
		m.ask()
		return tea.ClearScreen
	case tea.KeyMsg:
		if msg.Paste && !m.typing() {
			return nil // it would be taken for keys
		}
		cmds := make([]tea.Cmd, 0, 1)
		for _, key := range pressed(msg) {
			cmds = append(cmds, m.key(key))
			m.arrange()
		}
		return tea.Batch(cmds...)
	case tea.MouseMsg:
		cmd := m.mouse(msg)
		m.arrange()
		return cmd
	}
	return nil
}

// pressed names the keys of a message: Bubble Tea puts those that were typed
// faster than it reads into one.
func pressed(msg tea.KeyMsg) []string {
	if msg.Type != tea.KeyRunes || len(msg.Runes) < 2 && !msg.Paste || msg.Alt {
		return []string{msg.String()}
	}
	keys := make([]string, len(msg.Runes))
	for i, r := range msg.Runes {
		keys[i] = string(r)
	}
	return keys
}

// read takes the newest Moment, unless the picture is paused.
func (m *Model) read() {
	now := m.now()
	if m.notice != "" && now.After(m.until) {
		m.notice, m.dirty = "", true
	}
	if m.cfg.Trouble != nil {
		if bad := m.cfg.Trouble(); bad != m.bad {
			m.bad, m.dirty = bad, true
		}
	}
	newest := m.backend.Moment()
	if newest == nil {
		return
	}
	if stale := staleness(newest, now); stale != m.stale {
		m.stale, m.dirty = stale, true
		m.frame.Stale = stale
	}
	if m.paused {
		if missed := newest.Total.Lines - m.frame.Total.Lines; missed != m.frame.Missed {
			m.frame.Missed, m.dirty = missed, true
		}
		return
	}
	if newest.Seq == m.frame.Seq {
		return
	}
	m.frame.Moment, m.dirty = newest, true
	if !m.asked {
		m.query.Span = newest.Span
		m.ask()
	} else if m.graphStep(m.query.Graph) != m.query.Step { // more or less is known by now
		m.ask()
	}
	m.arrange() // the banner comes and goes
}

// staleness is how many whole seconds the picture is overdue, 0 while it is not:
// the Pump sends one at least every second until every source has ended.
func staleness(newest *ingest.Moment, now time.Time) time.Duration {
	late := now.Sub(newest.Now)
	if late < 5*time.Second {
		return 0
	}
	for i := range newest.Sources {
		if newest.Sources[i].State != event.Done {
			return late.Truncate(time.Second)
		}
	}
	return 0
}

// ask tells the backend what the screen shows: the window, the moment, and as
// many slices as the graph has columns.
func (m *Model) ask() {
	if m.query.Span == 0 { // before the first Moment
		return
	}
	columns := panel.GraphColumns(m.graphWidth(), m.cfg.Terminal.Glyphs)
	m.query.Step = m.graphStep(columns)
	m.query.Graph = columns
	m.asked = true
	m.query.Refresh = m.cfg.Refresh
	m.backend.Ask(m.query)
	m.query.Threshold = 0 // said once
}

func (m *Model) graphWidth() int {
	for _, p := range m.layout.places {
		if p.panel == "traffic" {
			return p.w
		}
	}
	return m.w
}

// steps are the lengths of a slice of the graph, in seconds.
var steps = []int64{1, 2, 3, 5, 6, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600, 720, 900, 1200, 1800, 3600, 7200, 4 * 3600}

// The graph covers so many windows, and so much at least, unless a range is zoomed to.
const (
	graphWindows = 24
	leastGraph   = 10 * time.Minute
)

// graphStep is the length of a slice for a graph of so many columns. It is not
// shorter than what traffic is known by: slices that are would show needles.
func (m *Model) graphStep(columns int) int64 {
	covers := int64(max(graphWindows*m.query.Span, leastGraph) / time.Second)
	if m.whole != 0 {
		covers = int64(m.query.Span / time.Second)
	}
	end := cmp.Or(m.query.At, m.frame.At)
	for _, s := range steps {
		shown := s * int64(columns)
		switch oldest := max(end-shown, m.frame.First); {
		case shown < covers:
		case m.frame.First == 0: // nothing is known
			return s
		case s < 60 && oldest < m.frame.Known.BySecond, s < 3600 && oldest < m.frame.Known.ByMinute:
		default:
			return s
		}
	}
	return steps[len(steps)-1]
}

// say shows a notice in the bar for a moment.
func (m *Model) say(format string, args ...any) {
	m.notice, m.until, m.dirty = fmt.Sprintf(format, args...), m.now().Add(noticeTime), true
}
