package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/ingest/event"
	"weir/stats"
)

// yesterdays are the lines of two hours of some day before, by the second: with
// a surge that alerts.
func yesterdays(begin int64, seed uint64) (lines []string, at []int64) {
	rng := rand.New(rand.NewPCG(seed, 9))
	for second := begin; second < begin+2*3600; second++ {
		n := rng.IntN(4)
		if since := second - begin; since > 3000 && since < 3400 {
			n += 20
		}
		for range n {
			lines = append(lines, fmt.Sprintf("192.0.2.%d - - [%s] \"GET /%c/%d HTTP/1.1\" %d %d \"-\" \"agent %d\"\n", rng.IntN(40),
				time.Unix(second, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), 'a'+rng.IntN(4), rng.IntN(30), []int{200, 200, 304, 404, 500}[rng.IntN(5)], rng.IntN(9000), rng.IntN(5)))
			at = append(at, second)
		}
	}
	return lines, at
}

func logOf(t *testing.T, path string, lines []string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(joined(lines)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func joined(lines []string) string {
	var b bytes.Buffer
	for _, l := range lines {
		b.WriteString(l)
	}
	return b.String()
}

// rolled counts lines as the archive does.
func rolled(t *testing.T, lines []string) *stats.Rollup {
	t.Helper()
	f := Flags{Timezone: "UTC"}
	parsers, err := f.Parsers(false)
	if err != nil {
		t.Fatal(err)
	}
	parser, rollup := parsers(), stats.NewRollup()
	for _, line := range lines {
		var e event.Event
		e.Reset()
		if parser.Parse([]byte(line[:len(line)-1]), &e) == nil {
			rollup.AddAll([]event.Event{e})
		}
	}
	again, err := stats.DecodeRollup(rollup.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// shownNumbers is what the panels draw of a Moment.
func shownNumbers(m *Moment) map[string]any {
	all := map[string]any{
		"at": m.At, "requests": m.Window.Hits, "bytes": m.Window.Bytes, "classes": m.Window.Classes, "before": m.Before.Hits,
		"span": []int64{m.Window.From, m.Window.To}, "average": m.Average, "series": m.Series, "trends": m.Trends,
	}
	for i := range stats.Dimensions {
		d := stats.Dim(i)
		if d != stats.Source { // the file has another place now
			all[d.String()] = m.Window.Top(d, 20)
			all[d.String()+" before"] = m.Before.Top(d, 20)
		}
	}
	var lines []string
	for _, l := range m.Lines {
		if l.At.Unix() >= m.At-30 {
			lines = append(lines, l.Raw)
		}
	}
	all["lines"] = lines
	alerts := []string{}
	for _, c := range m.Alerts {
		alerts = append(alerts, fmt.Sprint(c.Message, c.Why, c.Rough))
	}
	all["alerts"] = alerts
	return all
}

// eventually asks for a picture until it is as it should be.
func eventually(t *testing.T, p *Pump, q Query, right func(*Moment) bool) *Moment {
	t.Helper()
	p.Ask(q)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if m := p.Moment(); m != nil && right(m) {
			return m
		}
		if time.Now().After(deadline) {
			t.Fatalf("the picture never came: %+v", shownNumbers(p.Moment()))
		}
	}
}

func restore(t *testing.T, p *Pump, r Restored) {
	t.Helper()
	if err := errors.Join(p.Restore(t.Context(), []Restored{r})...); err != nil {
		t.Fatal(err)
	}
}

func TestRestoredDayShowsWhatItShowedWhenItWasLive(t *testing.T) {
	dir := t.TempDir()
	begin := time.Now().Add(-50*time.Hour).Unix() / 60 * 60
	lines, at := yesterdays(begin, 1)
	today, _ := yesterdays(time.Now().Unix()-3*3600, 2)
	restored := follow(t, logOf(t, filepath.Join(dir, "today.log"), today))
	eventually(t, restored, Query{Span: 10 * time.Second, Graph: 60, Step: 10}, func(m *Moment) bool { return m.Total.Lines == int64(len(today)) })
	day := Restored{ID: "key", Source: "day.log", Rollup: rolled(t, lines), First: at[0], Last: at[len(at)-1]}
	restore(t, restored, day)
	day.Path = logOf(t, filepath.Join(dir, "restored.log"), lines)
	restore(t, restored, day)
	for _, cut := range []int{len(lines), len(lines) / 2, len(lines) / 10} {
		for cut < len(lines) && at[cut] == at[cut-1] { // whole seconds
			cut++
		}
		for _, expression := range []string{"", "status >= 400"} {
			path := logOf(t, filepath.Join(dir, fmt.Sprint(cut, len(expression), ".log")), lines[:cut])
			live := follow(t, path)
			eventually(t, live, Query{Span: time.Second}, func(m *Moment) bool { return m.Total.Lines == int64(cut) })
			q := Query{Span: 10 * time.Second, Graph: 60, Step: 10, Filter: expression, At: at[cut-1] + 1}
			filtered := func(m *Moment) bool {
				return (m.Filter != nil) == (expression != "") && (m.Filter == nil || m.Filter.Done)
			}
			ready := func(m *Moment) bool { return m.At == q.At && m.Span == q.Span && m.Total.Backlog == 1 && filtered(m) }
			settled := func(m *Moment) bool { // alerts of a backlog are explained after it
				for _, c := range m.Alerts {
					if c.Rough {
						return false
					}
				}
				return ready(m) && m.Total.Lines == int64(cut)
			}
			want := shownNumbers(eventually(t, live, q, settled))
			if expression == "" && cut == len(lines) && len(want["alerts"].([]string)) != 2 {
				t.Fatalf("the day has alerts %v, want one that recovers", want["alerts"])
			}
			var got map[string]any
			deadline := time.Now().Add(30 * time.Second)
			for {
				got = shownNumbers(eventually(t, restored, q, ready))
				got["alerts"] = got["alerts"].([]string)[max(0, len(got["alerts"].([]string))-len(want["alerts"].([]string))):] // what comes after is today's
				if cmp.Equal(want, got, cmpopts.EquateNaNs()) || time.Now().After(deadline) {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("%d lines, filter %q (-live +restored):\n%s", cut, expression, diff)
			}
		}
	}
	if got := restored.Moment().Total.Lines; got != int64(len(today)) {
		t.Errorf("%d lines read, want today's %d", got, len(today))
	}
	if got := restored.Restored(); len(got) != 1 || got[0].Path != day.Path {
		t.Errorf("restored lines in %v, want %s", got, day.Path)
	}
	if err := restored.Forget(t.Context(), []string{"key"}); err != nil {
		t.Fatal(err)
	}
	m := eventually(t, restored, Query{Span: time.Minute, Graph: 60, Step: 60, At: begin + 3600}, func(m *Moment) bool { return m.At == begin+3600 })
	if m.Window.Hits != 0 {
		t.Errorf("%d requests of a day that was cleaned away", m.Window.Hits)
	}
}

func TestDayAppearsFromItsRollupBeforeItsLinesAreThere(t *testing.T) {
	begin := time.Now().Add(-50*time.Hour).Unix() / 3600 * 3600
	lines, at := yesterdays(begin, 1)
	p := follow(t, logOf(t, filepath.Join(t.TempDir(), "today.log"), nil))
	restore(t, p, Restored{ID: "key", Source: "day.log", Rollup: rolled(t, lines), First: at[0], Last: at[len(at)-1]})
	m := eventually(t, p, Query{Span: 2 * time.Hour, Graph: 60, Step: 120, At: begin + 7200}, func(m *Moment) bool { return m.At == begin+7200 })
	sum := uint64(0)
	for _, c := range m.Series {
		sum += c.Hits
	}
	if n := uint64(len(lines)); m.Window.Hits != n || sum != n {
		t.Errorf("%d requests in the window and %d on the graph, want %d", m.Window.Hits, sum, n)
	}
}

func TestLogThatIsReadIsNotCountedFromTheArchiveToo(t *testing.T) {
	dir := t.TempDir()
	begin := time.Now().Add(-50*time.Hour).Unix() / 3600 * 3600
	lines, at := yesterdays(begin, 1)
	path := logOf(t, filepath.Join(dir, "a.log"), lines)
	p := follow(t, dir)
	q := Query{Span: 2 * time.Hour, Graph: 60, Step: 120, At: begin + 7200}
	counted := func(m *Moment) bool { return m.At == q.At && m.Total.Lines == int64(len(lines)) }
	want := eventually(t, p, q, counted).Window.Hits
	day := Restored{ID: "key", Source: "day.log", Rollup: rolled(t, lines), First: at[0], Last: at[len(at)-1]}
	if err := p.Restore(t.Context(), []Restored{day})[0]; !errors.Is(err, stats.ErrCounted) {
		t.Errorf("error %v, want ErrCounted", err)
	}
	day.Path = path
	if err := p.Restore(t.Context(), []Restored{day})[0]; !errors.Is(err, stats.ErrCounted) {
		t.Errorf("error %v, want ErrCounted", err)
	}
	if got := eventually(t, p, q, counted).Window.Hits; got != want {
		t.Errorf("%d requests, want %d", got, want)
	}

	// A directory that is watched gets the file after it was restored.
	other, otherAt := yesterdays(begin+86400, 3)
	restore(t, p, Restored{ID: "other", Source: "b.log", Rollup: rolled(t, other), Path: filepath.Join(dir, "b.log"), First: otherAt[0], Last: otherAt[len(otherAt)-1]})
	logOf(t, filepath.Join(dir, "b.log"), other)
	q.At = begin + 86400 + 7200
	m := eventually(t, p, q, func(m *Moment) bool {
		return m.At == q.At && m.Total.Lines == int64(len(lines)+len(other)) && m.Window.Hits == uint64(len(other))
	})
	if len(m.Sources) != 2 {
		t.Errorf("%d sources, want 2", len(m.Sources))
	}
}

func TestPumpThatHasEndedSaysSo(t *testing.T) {
	p := NewPump(PumpConfig{}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(t.Context(), []string{"key"}); !errors.Is(err, ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
}
