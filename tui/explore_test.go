package tui

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/explore"
)

// library is a directory with logs of ten minutes, and what shows them: a
// screen whose jobs are done at once.
type library struct {
	*asked
	records *ingest.Records
	end     time.Time
	cfg     Config
}

const (
	libraryMinutes = 10
	apiLine        = `{"time":%q,"level":%q,"msg":"order placed","service":"orders","status":%d,"method":"POST","path":"/api/orders","duration_ms":%d,"trace":{"id":"t-%d","hops":[1,2]}}`
)

func newLibrary(t *testing.T) *library {
	t.Helper()
	t.Chdir(t.TempDir())
	l := &library{asked: &asked{still: stillLife()}, end: time.Unix(946684800+600-3600, 0)}
	g, traffic := stats.New(stats.Config{}), newSite()
	traffic.base = 5
	var access, api strings.Builder
	start := l.end.Add(-libraryMinutes * time.Minute)
	for n := range libraryMinutes * 60 {
		at := start.Add(time.Duration(n) * time.Second)
		batch := traffic.second(n, at)
		for i := range batch.Events {
			e := &batch.Events[i]
			g.Add(e)
			fmt.Fprintf(&access, "%s - - [%s] \"%s %s HTTP/1.1\" %d %d \"-\" \"%s\" %.3f\n", e.Client, at.In(town).Format("02/Jan/2006:15:04:05 -0700"),
				e.Method, e.Target, e.Status, e.Bytes, e.Agent, float64(e.Duration)/1e9)
		}
		if n%20 == 7 {
			level, status := "info", 201
			if n%100 == 7 {
				level, status = "error", 502
			}
			fmt.Fprintf(&api, apiLine+"\n", at.In(town).Format(time.RFC3339), level, status, 20+n, n)
		}
	}
	for name, text := range map[string]string{"access.log": access.String(), "api.jsonl": api.String()} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sources := []event.Source{{Path: "access.log", State: event.Live}, {Path: "api.jsonl", State: event.Live}}
	l.moment = &ingest.Moment{
		Seq: 1, Now: l.end, At: l.end.Unix(), Live: true, Span: 10 * time.Second, Step: 1, Sources: sources, Threshold: 10, AlertPeriod: 2 * time.Minute,
		Window: g.Window(l.end.Unix()-10, l.end.Unix()), Before: g.Window(l.end.Unix()-20, l.end.Unix()-10), Series: g.Series(l.end.Unix()-600, l.end.Unix(), 1),
		Total: ingest.Totals{Backlog: 1, Lines: 3000, Parsed: 3000},
	}
	flags := ingest.Flags{Timezone: "UTC"}
	parsers, err := flags.Parsers(true)
	if err != nil {
		t.Fatal(err)
	}
	l.records = ingest.NewRecords(ingest.RecordsConfig{Sources: func() []event.Source { return l.moment.Sources }, Parsers: parsers})
	l.cfg = Config{Title: []string{"access.log", "api.jsonl"}, Location: town, Label: siteLabel, Records: l.records}
	t.Cleanup(func() { l.records.Close() })
	return l
}

// screen opens the tab on a screen of that size.
func (l *library) screen(t *testing.T, w, h int, keys ...string) *Model {
	t.Helper()
	m := New(l.cfg, l, w, h)
	t.Cleanup(m.room.Close)
	m.now = func() time.Time { return l.end }
	m.read()
	do(m, "2")
	do(m, keys...)
	return m
}

// do sends keys and does the work that each leaves.
func do(m *Model, keys ...string) {
	for _, k := range keys {
		_, cmd := m.Update(keyMsg(k))
		run(m, cmd)
	}
}

// run does a command and what it leads to.
func run(m *Model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, one := range msg {
			run(m, one)
		}
	case explore.Done:
		plain(m) // the page is known once it is drawn
		_, next := m.Update(msg)
		run(m, next)
	}
}

func TestExploreAtEverySize(t *testing.T) {
	l := newLibrary(t)
	for _, size := range sizes {
		m := l.screen(t, size[0], size[1])
		golden(t, fmt.Sprintf("explore-%dx%d", size[0], size[1]), plain(m))
		do(m, "k", "k", "k", "enter")
		golden(t, fmt.Sprintf("explore-details-%dx%d", size[0], size[1]), plain(m))
	}
}

func TestExploreGoesThroughEveryLineOfTheLogs(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40)
	has(t, m, "00:09:59.000 +0100   last", "following")
	do(m, "g")
	has(t, m, "00:00:00.000 +0100   first")
	lacks(t, m, "following")
	do(m, "pgdown", "ctrl+d", "j", "k", "ctrl+u", "pgup")
	has(t, m, "first")
	seen := map[string]bool{}
	for range 400 {
		for _, line := range strings.Split(plain(m), "\n")[2:] {
			seen[line] = true
		}
		do(m, "pgdown")
	}
	has(t, m, "last", "following")
}
