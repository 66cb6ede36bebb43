package tui

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"weir/alert"
	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/overlay"
	"weir/tui/paint"
	"weir/tui/panel"
)

// has checks that a screen shows every text.
func has(t *testing.T, m *Model, texts ...string) {
	t.Helper()
	screen := plain(m)
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// lacks checks that a screen shows none of the texts.
func lacks(t *testing.T, m *Model, texts ...string) {
	t.Helper()
	screen := plain(m)
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// asked is a backend that remembers what it was asked.
type asked struct {
	still
	queries []ingest.Query
}

func (a *asked) Ask(q ingest.Query) { a.queries = append(a.queries, q) }

func stilled(w, h int) (*Model, *asked) {
	b := &asked{still: stillLife()}
	m := New(Config{Title: []string{"access.log"}, Location: time.UTC}, b, w, h)
	m.now = func() time.Time { return b.moment.Now }
	m.Update(tick{})
	return m, b
}

func TestTroubleStandsInTheBarUntilItIsOver(t *testing.T) {
	for _, size := range sizes {
		trouble := ""
		m := New(Config{Trouble: func() string { return trouble }}, stillLife(), size[0], size[1])
		m.Update(tick{})
		lacks(t, m, "alert file")
		trouble = "alert file: no space left on device, 2 alerts wait: make room"
		m.Update(tick{})
		has(t, m, "alert file: no")
		if size[0] >= 64 {
			has(t, m, trouble)
		}
		trouble = ""
		m.Update(tick{})
		lacks(t, m, "alert file")
	}
}

func TestUnchangedPictureIsTheSameString(t *testing.T) {
	m, b := stilled(120, 40)
	first := m.View()
	for range 10 {
		m.Update(tick{})
		if again := m.View(); unsafe.StringData(again) != unsafe.StringData(first) {
			t.Fatal("painted again though nothing changed")
		}
	}
	next := *b.moment
	next.Seq++
	b.moment = &next
	m.Update(tick{})
	if again := m.View(); unsafe.StringData(again) == unsafe.StringData(first) {
		t.Error("not painted though a new moment came")
	}
}

func TestKeyIsAnsweredAtOnce(t *testing.T) {
	m, _ := stilled(120, 40)
	m.View()
	m.Update(keyMsg("?"))
	has(t, m, "Help", "one level back, always", "In a panel")
}

func TestKeysTypedFastAreAllTaken(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("hhz")})
	if got := b.queries[len(b.queries)-1].At; got != 990 || !m.zoomed {
		t.Errorf("at %d, zoomed %v; want 990 and zoomed", got, m.zoomed)
	}
}

func TestWindowAndTimeAreAskedFor(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"W", "h", "left", "l", "L", "w", "w"} {
		m.Update(keyMsg(k))
	}
	type wish struct {
		span time.Duration
		at   int64
	}
	var got []wish
	for _, q := range b.queries {
		got = append(got, wish{q.Span, q.At})
	}
	minute := time.Minute
	want := []wish{{10 * time.Second, 0}, {minute, 0}, {minute, 950}, {minute, 890}, {minute, 950}, {minute, 0}, {10 * time.Second, 0}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(wish{})); diff != "" {
		t.Error(diff)
	}
}

func TestGraphIsAskedForByItsWidth(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(resize{200, 60})
	last := b.queries[len(b.queries)-1]
	if first := b.queries[0]; first.Graph != 142 || first.Step != 5 || last.Graph != 182 || last.Step != 5 {
		t.Errorf("asked for %d slices of %d s, then %d of %d s", first.Graph, first.Step, last.Graph, last.Step)
	}
}

func TestThresholdIsEditedLive(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"T", "ctrl+u", "enter", "7", "x", ".", "5", "enter"} {
		m.Update(keyMsg(k))
	}
	if got := b.queries[len(b.queries)-1].Threshold; got != 7.5 {
		t.Errorf("threshold %g, want 7.5", got)
	}
	has(t, m, "alerts above 7.5 req/s")
	m.Update(keyMsg("h"))
	if got := b.queries[len(b.queries)-1].Threshold; got != 0 {
		t.Errorf("threshold said again: %g", got)
	}
}

func TestPauseHoldsThePictureAndCounts(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(keyMsg(" "))
	next := *b.moment
	next.Seq++
	next.Total.Lines += 1234
	b.moment = &next
	m.Update(tick{})
	has(t, m, "PAUSED +1 234", "200 lines so far")
	m.Update(keyMsg(" "))
	has(t, m, "LIVE", "1 434 lines so far")
	lacks(t, m, "PAUSED")
}

func TestEscGoesBackOneLevelAtATime(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"h", "z", "?"} {
		m.Update(keyMsg(k))
	}
	depth := func() [3]bool { return [3]bool{len(m.over) > 0, m.zoomed, b.queries[len(b.queries)-1].At != 0} }
	got := [][3]bool{depth()}
	for range 3 {
		m.Update(keyMsg("esc"))
		got = append(got, depth())
	}
	if diff := cmp.Diff([][3]bool{{true, true, true}, {false, true, true}, {false, false, true}, {false, false, false}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSmallScreensSayThatALogHasEnded(t *testing.T) {
	for _, size := range [][2]int{{20, 5}, {40, 10}, {60, 12}} {
		m, b := stilled(size[0], size[1])
		lacks(t, m, "−")
		next := *b.moment
		next.Seq, next.Live, next.First, next.Now = 2, false, 1000, time.Unix(1010+52*60, 0)
		b.moment = &next
		m.Update(tick{})
		has(t, m, "−52m")
	}
}

func TestHelpSaysThatThereIsMore(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {60, 12}, {80, 24}} {
		m, _ := stilled(size[0], size[1])
		m.Update(keyMsg("?"))
		has(t, m, "more ─")
		m.Update(keyMsg("G"))
		lacks(t, m, "more ─")
	}
}

func TestHelpCutsNothingAndLeavesNoStripBesideIt(t *testing.T) {
	for _, w := range []int{40, 60, 80, 100, 120, 200} {
		g := paint.NewGrid(w, 150, nil)
		overlay.NewHelp(Sheet()).Draw(g.Canvas(), &panel.Frame{})
		for line := range strings.SplitSeq(g.Plain(), "\n") {
			if strings.Contains(line, "…") {
				t.Errorf("%d columns cut %s", w, line)
			}
		}
		left := strings.IndexAny(g.Plain(), "╭")
		if left > 0 && left < 10 {
			t.Errorf("%d columns leave a strip of %d", w, left)
		}
	}
}

func TestQuitClosesWhatIsOpenFirst(t *testing.T) {
	m, _ := stilled(80, 24)
	for _, k := range []string{"?", "q", "z", "q"} {
		if _, cmd := m.Update(keyMsg(k)); cmd != nil {
			t.Fatalf("%s quit", k)
		}
	}
	if _, cmd := m.Update(keyMsg("q")); cmd == nil {
		t.Error("q at the top does not quit")
	}
	m, _ = stilled(80, 24)
	m.Update(keyMsg("?"))
	if _, cmd := m.Update(keyMsg("ctrl+c")); cmd == nil {
		t.Error("ctrl+c does not quit from the help")
	}
}

func TestFocusGoesRoundEveryPanel(t *testing.T) {
	m, _ := stilled(120, 40)
	var got []string
	for range 8 {
		got = append(got, m.focus)
		m.Update(keyMsg("tab"))
	}
	want := []string{"sections", "status", "latency", "urls", "clients", "agents", "traffic", "alerts"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	m.Update(keyMsg("shift+tab"))
	if m.focus != "alerts" {
		t.Errorf("shift+tab went to %s", m.focus)
	}
}

func TestTabCyclesTheTableOfTheCompactScreen(t *testing.T) {
	m, _ := stilled(60, 12)
	var got []string
	for range len(panel.Panels) - len(alertPanels) {
		got = append(got, m.layout.places[1].panel)
		m.Update(keyMsg("tab"))
	}
	want := []string{"sections", "status", "latency", "urls", "clients", "agents", "hosts", "lines", "sources", "alerts", "sections"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPanelCanBeReachedByZooming(t *testing.T) {
	m, _ := stilled(80, 24)
	m.Update(keyMsg("z"))
	seen := map[string]bool{}
	for range len(panel.Panels) {
		seen[m.focus] = true
		m.Update(keyMsg("tab"))
	}
	for _, spec := range panel.Panels {
		if !slices.Contains(alertPanels, spec.Name) && !seen[spec.Name] {
			t.Errorf("%s cannot be reached", spec.Name)
		}
	}
	m.Update(keyMsg("3"))
	m.Update(keyMsg("z"))
	for range alertPanels {
		seen[m.focus] = true
		m.Update(keyMsg("tab"))
	}
	for _, name := range alertPanels {
		if !seen[name] {
			t.Errorf("%s cannot be reached on its tab", name)
		}
	}
}

func TestSelectionStaysWithItsRow(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		copied := ""
		cfg.Copy = func(text string) { copied = text }
		m := open(cfg, pump, 120, 40)
		press(m, "j", "j")
		_, cmd := m.Update(keyMsg("y"))
		cmd()
		if name, _, _ := strings.Cut(copied, "\t"); name != "/" {
			t.Errorf("copied %q, want the third row", copied)
		}
		press(m, "r", "s", "s")
		_, cmd = m.Update(keyMsg("y"))
		cmd()
		if name, _, _ := strings.Cut(copied, "\t"); name != "/" {
			t.Errorf("the selection went to %q when the order changed", copied)
		}
	})
}

func TestPastIsShownAsThePast(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 120, 40)
		has(t, m, "LIVE · last 10 s")
		press(m, "h", "h", "h", "h", "h", "h", "h", "h", "h", "h", "h", "h")
		has(t, m, "01:11:01  −2m · 10 s")
		lacks(t, m, "LIVE")
		press(m, "L")
		has(t, m, "LIVE · last 10 s")
	})
}

func TestAlertIsShownWordForWord(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		fired := pump.Moment().Firing[0]
		has(t, open(cfg, pump, 200, 60), alert.TrafficMessage(fired, town))
		has(t, open(cfg, pump, 80, 24), "High traffic generated an alert - hits = 402.15, triggered at 01:12:20")
		m := open(cfg, pump, 120, 40)
		press(m, "3", "j")
		has(t, m, "Recovered from high traffic - hits = 394.54, recovered at 2000-01-01T01:06:25+01:00, after 2m40s", "fired      01:03:45, for 2m40s")
	})
}

func TestScreenSaysHowFarReadingIs(t *testing.T) {
	m, b := stilled(80, 24)
	next := *b.moment
	next.Seq++
	next.Total.Backlog = 0.429
	b.moment = &next
	m.Update(tick{})
	has(t, m, "reading 42 %")
}

func TestSmallestScreensTellErrorsTabsAndWhatDidNotParse(t *testing.T) {
	m, b := stilled(20, 5)
	has(t, m, "20/s  5xx 0 %", "? help")
	next := *b.moment
	next.Seq++
	g := stats.New(stats.Config{})
	for i := range int64(1234) {
		g.Add(&event.Event{Time: (1000 + i%10) * 1e9, Status: int32(200 + 300/(1+i)), Duration: 1e6, Path: []byte("/a")})
	}
	next.Window = g.Window(1000, 1010)
	next.Total.Unparsed, next.Total.Late = 3, 1
	b.moment = &next
	m.Update(tick{})
	has(t, m, "123/s  5xx 0.1 %", "3 unparsed")
	lacks(t, m, "p50")
	for _, size := range [][2]int{{40, 10}, {60, 12}} {
		m = New(Config{Location: time.UTC}, b, size[0], size[1])
		m.now = func() time.Time { return b.moment.Now }
		m.Update(tick{})
		has(t, m, " 1 Overview  2  3 ", "3 unparsed")
		m.Update(keyMsg("2"))
		has(t, m, " 1  2 Explore  3 ", "3 unparsed")
	}
	m = New(Config{Location: time.UTC}, b, 80, 24)
	m.Update(tick{})
	has(t, m, "1 Overview  2 Explore  3 Alerts", "enter filter", "tab focus", "q quit", "? help", "3 unparsed   1 late   0 dropped")
}

func TestPictureThatIsOverdueSaysSo(t *testing.T) {
	m, b := stilled(80, 24)
	now := b.moment.Now
	m.now = func() time.Time { return now }
	now = now.Add(42 * time.Second)
	m.Update(tick{})
	has(t, m, "STALE 42s")
	b.moment.Sources[0].State = event.Done
	m.Update(tick{})
	lacks(t, m, "STALE")
}

func TestSmallScreensSayThatTheyAreNotLive(t *testing.T) {
	for _, size := range [][2]int{{60, 12}, {20, 5}} {
		m, _ := stilled(size[0], size[1])
		lacks(t, m, "PAUSED")
		m.Update(keyMsg(" "))
		has(t, m, "PAUSED")
	}
}

func TestClickOnTheGraphGoesToItsTime(t *testing.T) {
	m, b := stilled(80, 24)
	click := func(x int) int64 {
		m.Update(tea.MouseMsg{X: x, Y: 4, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
		return b.queries[len(b.queries)-1].At
	}
	got := []int64{click(3), click(77), click(76), click(50)}
	if diff := cmp.Diff([]int64{0, 0, 1000, 740}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoticeGoesAway(t *testing.T) {
	m, b := stilled(80, 24)
	now := b.moment.Now
	m.now = func() time.Time { return now }
	m.Update(keyMsg("t"))
	has(t, m, "theme light")
	now = now.Add(noticeTime + time.Second)
	m.Update(tick{})
	lacks(t, m, "theme light")
}

func TestMouseFocusesSelectsAndScrolls(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 120, 40)
		m.View()
		urls := m.layout.places[slices.IndexFunc(m.layout.places, func(p place) bool { return p.panel == "urls" })]
		m.Update(tea.MouseMsg{X: urls.x + 3, Y: urls.y + 3, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
		if m.focus != "urls" {
			t.Fatalf("focus is on %s", m.focus)
		}
		lines := strings.Split(plain(m), "\n")
		if !strings.HasPrefix(lines[urls.y+3], "│▌") {
			t.Errorf("the third row is not selected: %s", lines[urls.y+3])
		}
		m.Update(tea.MouseMsg{X: urls.x + 3, Y: urls.y + 3, Action: tea.MouseActionPress, Button: tea.MouseButtonWheelDown})
		if lines = strings.Split(plain(m), "\n"); !strings.HasPrefix(lines[urls.y+6], "│▌") {
			t.Errorf("the wheel does not scroll:\n%s", strings.Join(lines, "\n"))
		}
		m.Update(tea.MouseMsg{X: 30, Y: m.layout.bar, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
		if m.tab != alertsTab {
			t.Errorf("a click on its name does not open the tab")
		}
	})
}

func TestEveryKeyHasOneMeaningAndAHelp(t *testing.T) {
	seen := map[string]string{}
	for _, k := range Keys {
		if k.Help == "" || k.Shown == "" || k.Group == "" {
			t.Errorf("%v is not explained", k.Keys)
		}
		for _, name := range k.Keys {
			if other, twice := seen[name]; twice {
				t.Errorf("%q means both %q and %q", name, other, k.Help)
			}
			seen[name] = k.Help
		}
	}
}

func TestHelpNamesEveryKey(t *testing.T) {
	m, _ := stilled(120, 40)
	m.Update(keyMsg("?"))
	for _, k := range Keys {
		has(t, m, k.Shown, k.Help)
	}
	has(t, m, "sort by another column")
}

// rushHour is a moment of 5,000 requests per second from 18,000 clients.
func rushHour() still {
	life, g, s := stillLife(), stats.New(stats.Config{}), newSite()
	s.base = 5000
	for n := range 12 {
		batch := s.second(n, time.Unix(int64(999+n), 0))
		for i := range batch.Events {
			g.Add(&batch.Events[i])
		}
	}
	life.moment.Window, life.moment.Series = g.Window(1000, 1010), g.Series(410, 1010, 1)
	return life
}

func BenchmarkFrame200x60(b *testing.B) {
	m := New(Config{Title: []string{"access.log"}, Location: time.UTC}, rushHour(), 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		m.dirty = true
		m.View()
	}
}

func BenchmarkNewMoment200x60(b *testing.B) {
	backend := &asked{still: rushHour()}
	m := New(Config{Title: []string{"access.log"}, Location: time.UTC, Label: siteLabel}, backend, 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		next := *backend.moment
		next.Seq++
		backend.moment = &next
		m.Update(tick{})
		m.View()
	}
}
