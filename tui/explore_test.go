package tui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/explore"
	"weir/tui/panel"
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
	case saved:
		m.Update(msg)
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

// typed are the keys of a text.
func typed(text string) []string {
	var keys []string
	for _, r := range text {
		keys = append(keys, string(r))
	}
	return keys
}

// beat gives the screen the Moment after some lines more.
func (l *library) beat(m *Model, lines int64) {
	next := *l.moment
	next.Seq++
	next.Total.Lines += lines
	l.moment = &next
	m.read()
	for _, cmd := range m.work() {
		run(m, cmd)
	}
}

// lines are the lines of access.log that a test likes.
func logLines(t *testing.T, like func(line string) bool) []string {
	t.Helper()
	text, err := os.ReadFile("access.log")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(line string) bool { return !like(line) })
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// selected is the row with the marker.
func selected(t *testing.T, m *Model) string {
	t.Helper()
	for line := range strings.SplitSeq(plain(m), "\n") {
		if _, row, found := strings.Cut(line, "▌"); found {
			return row
		}
	}
	t.Fatalf("no row is selected:\n%s", plain(m))
	return ""
}

const newLine = `192.0.2.9 - - [01/Jan/2000:00:10:0%d +0100] "GET /fresh/%d HTTP/1.1" 200 5 "-" "curl/8.14.1" 0.001` + "\n"

func TestExploreFollowsUntilOneScrollsOrPauses(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40)
	appendTo(t, "access.log", fmt.Sprintf(newLine, 1, 1))
	l.beat(m, 1)
	has(t, m, "following")
	if row := selected(t, m); !strings.Contains(row, "/fresh/1") {
		t.Errorf("the newest line is not selected but %s", row)
	}
	do(m, " ")
	appendTo(t, "access.log", fmt.Sprintf(newLine, 2, 2))
	l.beat(m, 1)
	has(t, m, "paused +1")
	lacks(t, m, "/fresh/2")
	do(m, " ")
	l.beat(m, 0)
	has(t, m, "/fresh/2", "following")
	do(m, "k", "k")
	appendTo(t, "access.log", fmt.Sprintf(newLine, 3, 3)+strings.TrimSuffix(fmt.Sprintf(newLine, 3, 4), "\n"))
	l.beat(m, 1)
	has(t, m, "+1 newer   G follows")
	lacks(t, m, "/fresh/3")
	do(m, "f")
	has(t, m, "/fresh/3", "following")
	lacks(t, m, "/fresh/4") // its end is not there yet
	appendTo(t, "access.log", "\n")
	l.beat(m, 1)
	has(t, m, "/fresh/4")
}

func TestDetailsStayWithTheSelectedRecord(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40)
	appendTo(t, "access.log", fmt.Sprintf(newLine, 1, 1))
	l.beat(m, 1)
	do(m, "enter")
	has(t, m, "no longer following", "url.path                      /fresh/1")
	for n := 2; n < 5; n++ {
		appendTo(t, "access.log", fmt.Sprintf(newLine, n, n))
		l.beat(m, 1)
	}
	if row := selected(t, m); !strings.Contains(row, "/fresh/1") {
		t.Errorf("the details are of /fresh/1, selected is %s", row)
	}
	do(m, ">")
	has(t, m, "url.path                      /fresh/2")
	do(m, ">", ">", ">")
	appendTo(t, "access.log", fmt.Sprintf(newLine, 5, 5))
	l.beat(m, 1)
	has(t, m, "url.path                      /fresh/4")
	if row := selected(t, m); !strings.Contains(row, "/fresh/4") {
		t.Errorf("the details are of /fresh/4, selected is %s", row)
	}
	y := slices.IndexFunc(strings.Split(plain(m), "\n"), func(row string) bool { return strings.Contains(row, "/fresh/3") })
	m.Update(tea.MouseMsg{X: 20, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	has(t, m, "url.path                      /fresh/3")
	do(m, "esc", "f")
	l.beat(m, 0)
	has(t, m, "following", "/fresh/5")
}

func TestLinesOfApplicationsShowTheirMessage(t *testing.T) {
	m, b := stilled(80, 24)
	next := *b.moment
	next.Seq++
	next.Lines = []ingest.Line{{At: next.Now, Source: "app.jsonl", Status: event.Unknown, Bytes: event.Unknown, Duration: event.Unknown,
		Message: "error  cache \u202emiss", Raw: `{"level":"error","msg":"cache miss"}`}}
	b.moment = &next
	m.Update(tick{})
	has(t, m, `error  cache \u202emiss`)
	lacks(t, m, `{"level"`)
}

func TestRotatedLogStaysInReach(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40)
	if err := os.Rename("access.log", "access.log.1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("access.log", fmt.Appendf(nil, newLine, 1, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	l.beat(m, 1)
	has(t, m, "/fresh/1", "00:09:59", "following")
	do(m, "g", "G", "k")
	has(t, m, "/fresh/1", "00:09:59")
}

func TestSearchGoesToTheNextLineAndRound(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, append(typed("/CHECK"), "esc")...)
	lacks(t, m, "CHECK")
	do(m, append(typed("/checkout"), "enter")...)
	has(t, m, "went on from the beginning")
	wants := logLines(t, func(line string) bool { return strings.Contains(line, "checkout") })
	at := func() string { return strings.Fields(wants[0])[0] }
	if row := selected(t, m); !strings.Contains(row, at()) || !strings.Contains(row, "confirm") {
		t.Errorf("found %s, want %s", row, wants[0])
	}
	for _, want := range wants[1:] {
		do(m, "n")
		if row := selected(t, m); !strings.Contains(row, strings.Fields(want)[0]) {
			t.Fatalf("the next is %s, want %s", row, want)
		}
	}
	do(m, "n")
	has(t, m, "went on from the beginning")
	do(m, "N")
	has(t, m, "went on from the end")
	if row := selected(t, m); !strings.Contains(row, strings.Fields(wants[len(wants)-1])[0]) {
		t.Errorf("back round is %s, want the last", row)
	}
	do(m, append(typed("/no such thing"), "enter")...)
	has(t, m, "nowhere: no such thing")
	do(m, append(typed("/status == 404 and duration > 100ms"), "enter")...)
	if row := selected(t, m); !strings.Contains(row, " 404 ") {
		t.Errorf("found %s", row)
	}
	do(m, "e")
	if row := selected(t, m); !strings.Contains(row, " 50") {
		t.Errorf("the next error is %s", row)
	}
	do(m, "E", "E")
	if row := selected(t, m); !strings.Contains(row, " 50") {
		t.Errorf("the error before is %s", row)
	}
}

func TestSearchKnowsBotsAndTheZoneInWhatIsInMemoryToo(t *testing.T) {
	l := newLibrary(t)
	flags := ingest.Flags{Timezone: "UTC"}
	parsers, err := flags.Parsers(true)
	if err != nil {
		t.Fatal(err)
	}
	records := ingest.NewRecords(ingest.RecordsConfig{Sources: func() []event.Source { return l.moment.Sources }, Parsers: parsers, Location: town})
	t.Cleanup(func() { records.Close() })
	l.cfg.Records = records
	m := l.screen(t, 120, 40, append(typed(`/not bot and path == "/login"`), "enter")...)
	people := logLines(t, func(line string) bool {
		return strings.Contains(line, " /login ") && !strings.Contains(line, "Googlebot") && !strings.Contains(line, "curl")
	})
	for i, want := range people {
		if i > 0 {
			do(m, "n")
		}
		if row := selected(t, m); !strings.Contains(row, strings.Fields(want)[0]) || !strings.Contains(row, "/login") {
			t.Fatalf("number %d is %s, want %s", i, row, want)
		}
	}
	do(m, append(typed(`/time < "2000-01-01T00:05:00"`), "enter", "G", "N")...)
	if row := selected(t, m); !strings.Contains(row, "00:04:59") {
		t.Errorf("the last before 00:05 is %s", row)
	}
}

func TestErrorsAreGoneToFromEveryTab(t *testing.T) {
	l := newLibrary(t)
	l.moment.Span = time.Minute
	for _, tab := range []string{"1", "3"} {
		m := l.screen(t, 120, 40, tab, "e")
		if row := selected(t, m); m.tab != exploreTab || !strings.Contains(row, "00:09:0") || !strings.Contains(row, " 50") {
			t.Errorf("tab %s: the first error of the window is %s", tab, row)
		}
		first := selected(t, m)
		do(m, "e")
		if row := selected(t, m); row == first || !strings.Contains(row, " 50") {
			t.Errorf("the next is %s after %s", row, first)
		}
		m = l.screen(t, 120, 40, tab, "E")
		if row := selected(t, m); m.tab != exploreTab || !strings.Contains(row, "00:09:17") || !strings.Contains(row, " 50") {
			t.Errorf("tab %s: the last error of the window is %s", tab, row)
		}
		last := selected(t, m)
		do(m, "e")
		has(t, m, "went on from the beginning")
		do(m, "E")
		if row := selected(t, m); row != last {
			t.Errorf("before the first is %s, want the last, %s", row, last)
		}
	}
}

func TestWhatIsShownIsExportedFromEveryTab(t *testing.T) {
	l := newLibrary(t)
	for _, tab := range []string{"1", "2", "3"} {
		m := l.screen(t, 120, 40, tab, "o")
		has(t, m, "export to ", "the 10 s before 00:10:00")
		do(m, "ctrl+u")
		do(m, append(typed("tab"+tab+".jsonl"), "enter")...)
		if text, err := os.ReadFile("tab" + tab + ".jsonl"); err != nil || strings.Count(string(text), "\n") != 50 {
			t.Errorf("from tab %s %d lines, %v", tab, strings.Count(string(text), "\n"), err)
		}
	}
}

func TestErrorsAreGoneToUnderAnotherFilterThanBefore(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, "g") // the first record of all
	lacks(t, m, "newer")
	do(m, "1", "x", "w", "w", "e") // 5xx, and ten seconds
	if row := selected(t, m); !strings.Contains(row, " 50") {
		t.Errorf("on %s", row)
	}
	do(m, "1", `\`, "E")
	if row := selected(t, m); !strings.Contains(row, "00:09:17") {
		t.Errorf("the last error is %s", row)
	}
}

func TestFrequencyTableIsExactAndFilters(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, "shift+tab", "#") // before the path is the method
	has(t, m, "GET", "50  100.0", "1 value in 50 records of the 10 s before 00:10:00   a everything")
	do(m, "esc", "shift+tab", "#", "a")
	all := map[string]int{"201": 24, "502": 6}
	lines := logLines(t, func(string) bool { return true })
	for _, line := range lines {
		all[strings.Fields(line)[8]]++
	}
	for status, n := range all {
		row := fmt.Sprintf(`%s +%s +%.1f `, status, panel.Grouped(uint64(n)), 100*float64(n)/float64(len(lines)+30))
		if !regexp.MustCompile(row).MatchString(plain(m)) {
			t.Errorf("no row %q:\n%s", row, plain(m))
		}
	}
	has(t, m, fmt.Sprint(len(all), " values in"), "records of everything")
	do(m, "j", "j", "enter")
	if got := l.queries[len(l.queries)-1].Filter; got != "status == 404" {
		t.Errorf("asked for %q", got)
	}
	has(t, m, "only  status 404")
	for line := range strings.SplitSeq(plain(m), "\n") {
		if strings.HasPrefix(line, "│ 00:") && !strings.Contains(line, " 404 ") {
			t.Errorf("the filter leaves %s", line)
		}
	}
	do(m, "tab", "tab", "tab", "#", "a") // the durations
	has(t, m, "10 ms – 20 ms", "values in")
	do(m, "j", "enter")
	if got := l.queries[len(l.queries)-1].Filter; !strings.Contains(got, "(duration >= 0.0") {
		t.Errorf("asked for %q", got)
	}
	do(m, "backspace", "backspace")
	lacks(t, m, "only")
}

func TestSortedRecordsAreTheFirstOfTheStretch(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, "g", "tab", "s", "a")
	lines := logLines(t, func(string) bool { return true })
	var millis []float64
	for _, line := range lines {
		seconds, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		millis = append(millis, 1000*seconds)
	}
	for n := 7; n < libraryMinutes*60; n += 20 {
		millis = append(millis, float64(20+n))
	}
	slices.Sort(millis)
	slices.Reverse(millis)
	has(t, m, "the first 1 000 of "+panel.Grouped(uint64(len(millis)))+" records of everything by duration, falling")
	for i, row := range strings.Split(plain(m), "\n")[3:30] {
		if want := fmt.Sprintf("  %.1f  ", millis[i]); !strings.Contains(row, want) {
			t.Fatalf("row %d is %s, want%s", i, row, want)
		}
	}
	do(m, "r")
	has(t, m, "rising")
	do(m, "esc")
	has(t, m, "first")
	lacks(t, m, "by duration")
}

func TestExportIsWhatIsShownAndOverwritesNothing(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40)
	name := func(name string) []string { return append(append([]string{"o", "ctrl+u"}, typed(name)...), "enter") }
	do(m, name("window.log")...)
	want := logLines(t, func(line string) bool { return strings.Contains(line, "00:09:5") })
	got, err := os.ReadFile("window.log")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", string(got)); diff != "" {
		t.Error(diff)
	}
	has(t, m, fmt.Sprint(len(want), " written to window.log"))
	do(m, append(append([]string{"o", "tab", "ctrl+u"}, typed("all.jsonl")...), "enter")...)
	all, _ := os.ReadFile("all.jsonl")
	if n := strings.Count(string(all), "\n"); n != len(logLines(t, func(string) bool { return true }))+30 || !strings.Contains(string(all), `"attributes":{"trace.id":"t-7"`) {
		t.Errorf("%d lines of JSON", n)
	}
	if err := os.WriteFile("mine.csv", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	mine := func() string {
		text, err := os.ReadFile("mine.csv")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	do(m, name("mine.csv")...)
	has(t, m, "mine.csv is there. Overwrite it?")
	if do(m, "n", "enter"); mine() != "mine" {
		t.Error("overwritten without a yes")
	}
	for link, to := range map[string]string{"linked.csv": "mine.csv", "latest.log": "access.log"} {
		if err := errors.Join(os.Symlink(to, link), os.Chmod("mine.csv", 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	if do(m, append(name("linked.csv"), "y", "enter")...); !strings.HasPrefix(mine(), "time,log.file.path,client.address") {
		t.Errorf("with a yes it is %.60q", mine())
	}
	if info, err := os.Stat("mine.csv"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("who may read it: %v, %v", info, err)
	}
	do(m, "#")
	do(m, name("table.tsv")...)
	table, _ := os.ReadFile("table.tsv")
	if !strings.HasPrefix(string(table), "path\trecords\n/") {
		t.Errorf("the table is %.60q", table)
	}
	before, _ := os.ReadFile("access.log")
	for target, why := range map[string]string{"access.log": "access.log is a log that is read here", "latest.log": "latest.log is a log that is read here", ".": ". is no regular file"} {
		do(m, name(target)...)
		has(t, m, "not exported: "+why)
	}
	if after, _ := os.ReadFile("access.log"); !bytes.Equal(before, after) {
		t.Error("a log that is read was overwritten")
	}
	if info, err := os.Lstat("linked.csv"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(".weir-export-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFurtherFieldsAreSearchedByTheirNames(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 160, 40, append(typed(`/attributes.trace.id == "t-107" and status == 502`), "enter")...)
	if row := selected(t, m); !strings.Contains(row, " 127.0 ") {
		t.Errorf("found %s", row)
	}
	do(m, append(typed(`/attributes["trace.id"] startsWith "t-5" and duration > 500ms`), "enter", "N")...)
	if row := selected(t, m); !strings.Contains(row, "/api/orders") || strings.Contains(row, "/static") {
		t.Errorf("found %s", row)
	}
	do(m, append(typed(`:attributes.trace.id startsWith "t-10"`), "enter")...)
	has(t, m, `attributes.trace.id startsWith "t-10"`, "/api/orders")
	if screen := plain(m); strings.Contains(screen, "/static") {
		t.Errorf("others are left:\n%s", screen)
	}
}

func TestDetailsNameEveryFieldAndFilterByOne(t *testing.T) {
	l := newLibrary(t)
	copied := ""
	l.cfg.Copy = func(text string) { copied = text }
	m := l.screen(t, 120, 40, append(typed("/t-7\""), "enter", "enter")...)
	has(t, m, "http.response.status_code     502", "severity", "attributes.trace.id           t-7", "0.027 s = 27ms", "line  ")
	for range 6 {
		do(m, "j")
	}
	_, cmd := m.Update(keyMsg("y"))
	run(m, cmd)
	if copied != "502" {
		t.Errorf("copied %q", copied)
	}
	do(m, "enter")
	has(t, m, "only  status 502")
	if got := l.queries[len(l.queries)-1].Filter; got != "status == 502" {
		t.Errorf("asked for %q", got)
	}
	do(m, "esc", "esc") // what was searched, and the filter
	lacks(t, m, "only")
}

func TestLinesAndAlertsOpenTheRecordsAroundThem(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, "1")
	line := logLines(t, func(string) bool { return true })[1234]
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", line[strings.IndexByte(line, '[')+1:strings.IndexByte(line, ']')])
	if err != nil {
		t.Fatal(err)
	}
	run(m, m.act(panel.Open{At: at.UnixNano(), Raw: line}))
	for _, cmd := range m.work() {
		run(m, cmd)
	}
	if row := selected(t, m); !strings.Contains(row, strings.Fields(line)[0]) {
		t.Errorf("selected is %s, want %s", row, line)
	}
}

// hostileLog is a log of lines that someone made to break a screen.
func hostileLog(t *rapid.T) string {
	var b strings.Builder
	text := func(label string) string {
		return strings.NewReplacer("\n", "", "\r", "").Replace(hostileText(t, label))
	}
	for i := range rapid.IntRange(1, 60).Draw(t, "lines") {
		at := time.Unix(4900+int64(i), 0).UTC()
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			b.WriteString(text("raw"))
		case 1:
			line, err := json.Marshal(map[string]any{"time": at, "level": text("level"), "msg": text("msg"), "path": "/" + text("path"), "status": 500, text("key"): text("value"), "a": map[string]string{"b": text("deep")}})
			if err != nil {
				t.Fatal(err)
			}
			b.Write(line)
		default:
			fmt.Fprintf(&b, `%s - %s [%s] "GET /%s HTTP/1.1" 500 12 "%s" "%s" 0.5`, text("client"), text("user"), at.Format("02/Jan/2006:15:04:05 -0700"), text("path"), text("referrer"), text("agent"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestNothingInALogBreaksExplore(t *testing.T) {
	keys := []string{"j", "k", "g", "G", "pgup", "pgdown", "ctrl+d", "enter", "enter", "esc", "/", "e", "E", "n", "N", "#", "a", "s", "r", "tab", "shift+tab", "o", "f", "y", " ", "h", "L", "\\", "q", "x", ">", "<", "W", "2"}
	t.Chdir(t.TempDir())
	flags := ingest.Flags{Timezone: "UTC"}
	parsers, err := flags.Parsers(true)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := os.WriteFile("bad.log", []byte(hostileLog(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		moment := hostileMoment(t)
		moment.Sources = []event.Source{{Path: "bad.log", State: event.Live}}
		records := ingest.NewRecords(ingest.RecordsConfig{Sources: func() []event.Source { return moment.Sources }, Parsers: parsers})
		defer records.Close()
		w, h := rapid.IntRange(1, 250).Draw(t, "w"), rapid.IntRange(1, 80).Draw(t, "h")
		m := New(Config{Location: time.UTC, Records: records, ASCII: rapid.Bool().Draw(t, "ascii")}, still{moment}, w, h)
		defer m.room.Close()
		m.now = func() time.Time { return moment.Now }
		m.read()
		do(m, "2")
		whole(t, m)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 25).Draw(t, "keys") {
			if k == "enter" && m.room.Typing() {
				k = "esc" // it would write a file
			}
			do(m, k)
			whole(t, m)
		}
		m.Update(resize{rapid.IntRange(1, 250).Draw(t, "w2"), rapid.IntRange(1, 80).Draw(t, "h2")})
		whole(t, m)
	})
}

func TestSavedSessionShowsTheSameAgain(t *testing.T) {
	l := newLibrary(t)
	m := l.screen(t, 120, 40, "1", "W", "h", "c", "c", "t")
	command := func(text string) { do(m, append(append([]string{":"}, typed(text)...), "enter")...) }
	command("status >= 400")
	do(m, "2", "tab", "s", "a")
	want := plain(m)
	command("save morning.session")
	has(t, m, "saved: weir play morning.session")
	text, err := os.ReadFile("morning.session")
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := os.Getwd()
	lines := []string{
		"# weir session: weir play FILE shows this again", "file " + dir + "/access.log", "file " + dir + "/api.jsonl", "window 1m0s", "compare yesterday", "theme light",
		"goto 2000-01-01T00:09:00+01:00", "status >= 400", "sort duration everything", "tab explore", "",
	}
	if diff := cmp.Diff(lines, strings.Split(string(text), "\n")); diff != "" {
		t.Error(diff)
	}
	again := New(l.cfg, l, 120, 40)
	defer again.room.Close()
	again.now = m.now
	again.cfg.Play = lines[3:10]
	again.read()
	again.play()
	for _, cmd := range again.work() {
		run(again, cmd)
	}
	if diff := cmp.Diff(strings.Split(want, "\n")[3:36], strings.Split(plain(again), "\n")[3:36]); diff != "" {
		t.Error(diff)
	}
	if again.theme != m.theme || again.query.Against != 24*time.Hour || !again.frame.Compare {
		t.Errorf("theme %s, compared with %s", again.theme.Name, again.query.Against)
	}
	if err := os.WriteFile("mine.txt", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	command("save mine.txt")
	has(t, m, "mine.txt is there and no session")
}

// TestQuestionsOfAnOperatorTakeFewKeys counts the keys of the stories: which
// clients cause the errors, their lines, the hour of the day before, and the
// lines of the last alert.
func TestQuestionsOfAnOperatorTakeFewKeys(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range [][2]int{{60, 12}, {80, 24}, {120, 40}} {
			m := New(cfg, firing().sifted(pump), size[0], size[1])
			settle(m)
			press(m, "x")
			has(t, m, "5xx", "Clients", "198.51.100.1")
			if m.focus != "clients" || m.query.Span != 5*time.Minute || m.query.Filter != `class == "5xx"` {
				t.Errorf("focus on %s, %s of %q", m.focus, m.query.Span, m.query.Filter)
			}
			press(m, "2")
			if m.tab != exploreTab || m.query.Filter != `class == "5xx"` {
				t.Errorf("on %s with %q", m.tab, m.query.Filter)
			}
			at := m.frame.At
			press(m, "1", `\`, "B", "h", "h")
			if m.query.Span != time.Hour || m.query.At != at-26*3600 {
				t.Errorf("%s before %d, want an hour before %d", m.query.Span, m.query.At, at-26*3600)
			}
			press(m, "3", "enter", "enter")
			if c := m.frame.Alerts[0]; m.tab != exploreTab || m.query.At != c.Time.Unix() || m.query.Filter != `section == "/search"` {
				t.Errorf("on %s at %d with %q, want the lines of %v", m.tab, m.query.At, m.query.Filter, c.Time)
			}
			press(m, "1", `\`, "L", "w", "w", "w", "w") // the pump is the next screen's, too
		}
	})
}

func TestFoundSortedAndCountedScreens(t *testing.T) {
	l := newLibrary(t)
	for _, size := range sizes {
		screen := fmt.Sprintf("-%dx%d", size[0], size[1])
		m := l.screen(t, size[0], size[1], append(typed("/checkout"), "enter")...)
		golden(t, "explore-found"+screen, plain(m))
		do(m, "esc", "tab", "s", "a")
		golden(t, "explore-sorted"+screen, plain(m))
		do(m, "esc", "shift+tab", "#", "a", "j")
		golden(t, "explore-counted"+screen, plain(m))
		do(m, "o")
		golden(t, "explore-export"+screen, plain(m))
	}
}

// TestStoryOfExploreInATerminal is told through the real program: to the lines,
// to one of them, to all it says, to the errors, to a file, and out.
func TestStoryOfExploreInATerminal(t *testing.T) {
	dir := t.TempDir()
	var log strings.Builder
	for i := range 5000 {
		status := 200
		if i == 77 {
			status = 503
		}
		fmt.Fprintf(&log, "192.0.2.%d - - [01/Jan/1970:00:%02d:%02d +0000] \"GET /item/%d HTTP/1.1\" %d 5 \"-\" \"evil\x1b]0;owned\x07\" 0.001\n", i%200, i/300, i/5%60, i, status)
	}
	path := filepath.Join(dir, "access.log")
	if err := os.WriteFile(path, []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	tt := start(t, "explore "+path, 100, 30)
	out := filepath.Join(dir, "out.log")
	for _, step := range []struct{ keys, shows string }{
		{"2", "/item/4999"},
		{"g", "/item/17"},
		{"/item/2345\r", "/item/2345"},
		{"\r", "user_agent.original"},
		{"q", "/item/2350"},
		{"E", "503"},
		{"o\t\x15" + out + "\r", "5 000 written to"},
		{"1", "Sections"},
		{"q", "\x1b[?1049l"},
	} {
		if _, err := io.WriteString(tt, step.keys); err != nil {
			t.Fatal(err)
		}
		tt.until(t, step.shows)
	}
	if all := tt.ended(t, 0); strings.Contains(all, "owned\x07") || strings.Contains(all, "\x1b]0") {
		t.Error("an escape sequence of the log reached the terminal")
	}
	if text, _ := os.ReadFile(out); string(text) != log.String() {
		t.Error("what was exported is not the log")
	}
}

func TestExploreSaysWhichLogCantBeReadAgain(t *testing.T) {
	l := newLibrary(t)
	for i := range l.moment.Sources {
		l.moment.Sources[i].Lines = 1
	}
	if err := os.Remove("api.jsonl"); err != nil {
		t.Fatal(err)
	}
	has(t, l.screen(t, 80, 24), "following   api.jsonl can't be read again: no such file or directory", "GET")
	l.records.Close()
	if err := os.Remove("access.log"); err != nil {
		t.Fatal(err)
	}
	m := l.screen(t, 80, 24)
	has(t, m, "access.log and 1 more can't be read again: no such file or directory")
	lacks(t, m, "no line yet")
	do(m, "o", "enter")
	has(t, m, "not exported: access.log and 1 more")
}
