package panel

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/alert"
	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/paint"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	var got []string
	for _, n := range []uint64{0, 7, 999, 1000, 1284, 12841, 1234567} {
		got = append(got, Grouped(n))
	}
	for _, v := range []float64{0, 0.44, 9.7, 128, 999.6, 1500, 9996, 12841, 2.3e6, 4e15, 1e30, math.NaN()} {
		got = append(got, short(v))
	}
	for _, v := range []float64{0, 0.04, 9.71, 9.96, 128.4, 1284, 2.5e7} {
		got = append(got, rate(v))
	}
	for _, v := range []float64{0, 640, 999.6, 12_400_000, 99_960_000, 3e12} {
		got = append(got, byteSize(v))
	}
	for _, v := range []float64{0, 0.00001, 0.0042, 0.42, 0.9997, 1, math.NaN()} {
		got = append(got, percent(v))
	}
	for _, v := range []float64{0, 0.00004, 0.000985, 0.000998, 0.0012, 0.182, 9.9994, 12.34, 640, math.NaN()} {
		got = append(got, seconds(v))
	}
	want := []string{
		"0", "7", "999", "1 000", "1 284", "12 841", "1 234 567",
		"0", "0.44", "9.7", "128", "1.0k", "1.5k", "10k", "13k", "2.3M", "4.0P", ">999P", "0",
		"0.0", "0.04", "9.7", "10", "128", "1 284", "25M",
		"0 B", "640 B", "1.0 kB", "12.4 MB", "100 MB", "3.0 TB",
		"0", "<0.01", "0.42", "42.0", ">99.9", "100", "–",
		"0 ms", "40 µs", "985 µs", "1.0 ms", "1.2 ms", "182 ms", "9999 ms", "12.3 s", "640 s", "–",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsThereIsNeverWrittenAsZero(t *testing.T) {
	for _, c := range [][2]string{
		{unit{"ms", 1e-3, 0}.write(0.0004), "<1"}, {unit{"MB", 1e6, 1}.write(300), "<0.1"}, {unit{"ms", 1e-3, 0}.write(0), "0"},
		{rate(0.0004), "0.001"}, {tick(0.05), "0.05"}, {tick(0.0125), ".01"}, {tick(0.15), "0.15"}, {tick(0.0025), ".003"},
		{whole(0.001), "<1"}, {whole(0), "0"}, {whole(0.724), "72"},
	} {
		if c[0] != c[1] {
			t.Errorf("%q, want %q", c[0], c[1])
		}
	}
}

func TestLengthsOfTimeAreWrittenForPeople(t *testing.T) {
	var got []string
	for _, d := range []time.Duration{time.Second, 90 * time.Second, 10 * time.Minute, time.Hour, 90 * time.Minute, 48 * time.Hour} {
		got = append(got, Span(d))
	}
	for _, d := range []time.Duration{-time.Second, 42 * time.Second, 252 * time.Second, 2 * time.Minute, 185 * time.Minute, 52 * time.Hour} {
		got = append(got, ago(d))
	}
	want := []string{"1 s", "1.5 min", "10 min", "1 h", "1.5 h", "2 d", "0s", "42s", "4m12s", "2m", "3h05m", "2d 4h"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestScalesEndAtRoundNumbers(t *testing.T) {
	for v, want := range map[float64]float64{0.7: 0.8, 1: 1, 1.01: 1.5, 183: 200, 251: 300, 0: 1, 8.2e6: 1e7, math.Inf(1): 1, math.NaN(): 1} {
		if got := nice(v); math.Abs(got-want) > want*1e-12 {
			t.Errorf("nice(%g) = %g, want %g", v, got, want)
		}
	}
}

func TestClockLabelsStandAtRoundTimesOfTheZone(t *testing.T) {
	india := time.FixedZone("IST", 5*3600+1800)
	end := time.Date(2026, 11, 21, 14, 2, 11, 0, india).Unix()
	got := clockMarks(60, 10, end, india)
	want := []mark{{6, "13:54"}, {18, "13:56"}, {30, "13:58"}, {42, "14:00"}, {54, "14:02"}}
	for i := range want { // the column is that of the slice the time falls in
		want[i].column = 59 - int(float64(end-1-time.Date(2026, 11, 21, 13, 54+2*i, 0, 0, india).Unix())/10)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mark{})); diff != "" {
		t.Error(diff)
	}
	if got := clockMarks(3, 1e9, end, india); len(got) > 3 {
		t.Errorf("%d labels on three columns", len(got))
	}
}

// series is a frame whose graph has a hit a second in [from, to).
func series(from, to int64) *Frame {
	f := &Frame{Moment: Empty(), Location: time.UTC}
	for s := from; s < to; s++ {
		f.Series = append(f.Series, stats.Counter{At: s, Hits: 1})
	}
	f.At = to
	return f
}

func TestSlicesStayWhereTheyAreAsTimePasses(t *testing.T) {
	hits := func(f *Frame) map[int64]uint64 {
		m := map[int64]uint64{}
		all, _ := f.slices(10)
		for _, s := range all {
			m[s.at] = s.Hits
		}
		return m
	}
	before, after := hits(series(1000, 1050)), hits(series(1001, 1051))
	for at, n := range after {
		if was, there := before[at]; there && was > n && at > 1001 {
			t.Errorf("the slice of %d had %d hits and has %d a second later", at, was, n)
		}
	}
	if diff := cmp.Diff(map[int64]uint64{1005: 5, 1010: 5, 1015: 5, 1020: 5, 1025: 5, 1030: 5, 1035: 5, 1040: 5, 1045: 5, 1050: 1}, after); diff != "" {
		t.Error(diff)
	}
}

func TestNewestSliceCountsOnlyItsOwnSeconds(t *testing.T) {
	all, _ := series(1000, 1052).slices(11)
	last := &all[len(all)-1]
	if got := float64(last.Hits) / last.seconds(); got != 1 {
		t.Errorf("%g req/s in the newest slice, want 1", got)
	}
}

func TestWhyNamesTheStrongestOfEachDimensionOnce(t *testing.T) {
	f := &Frame{Moment: Empty(), Location: time.UTC, Label: func(string) string { return "curl 8" }}
	c := &alert.Change{State: alert.Firing, Why: []alert.Mover{
		{Dimension: "section", Key: "/search", Before: 10, After: 822, Share: 0.91},
		{Dimension: "path", Key: "/search", Before: 10, After: 822, Share: 0.91},
		{Dimension: "network", Key: "203.0.113.0/24", After: 780, Share: 0.88, Keys: 3},
		{Dimension: "client", Key: "203.0.113.7", After: 300, Share: 0.33},
		{Dimension: "status", Key: "500", After: 40, Share: 0.12},
		{Dimension: "agent", Key: "curl/8.1", After: 500, Share: 0.6},
		{Dimension: "agent", Key: "curl/8.2", After: 280, Share: 1.3},
	}}
	want := []clue{
		{"/search", "+812/s", "91 % of the rise"},
		{"3 clients of 203.0.113.0/24", "+780/s", "88 % of the rise"},
		{"status 500", "+40/s", "12 % of the rise"},
		{"agent curl 8", "+500/s", "60 % of the rise"},
	}
	if diff := cmp.Diff(want, f.why(c, 5), cmp.AllowUnexported(clue{})); diff != "" {
		t.Error(diff)
	}
}

func TestWhyNamesAnInputByItsDirectoryOnlyWhereItMust(t *testing.T) {
	f := &Frame{Moment: Empty(), Location: time.UTC}
	c := &alert.Change{State: alert.Firing, Why: []alert.Mover{{Dimension: "source", Key: "/var/log/a/access.log", After: 10, Share: 0.5}}}
	f.Sources = []event.Source{{Path: "/var/log/a/access.log"}, {Path: "/var/log/b/error.log"}}
	if got := f.why(c, 1)[0].text; got != "source access.log" {
		t.Errorf("%q", got)
	}
	f.Sources[1].Path = "/var/log/b/access.log"
	if got := f.why(c, 1)[0].text; got != "source /var/log/a/access.log" {
		t.Errorf("%q", got)
	}
}

func TestEmptyPanelSaysWhy(t *testing.T) {
	source := func(s event.State) event.Source { return event.Source{Path: "/var/log/a.log", State: s} }
	busy := Empty()
	busy.Window.Hits = 1
	for _, c := range []struct {
		name  string
		frame Frame
		want  string
	}{
		{"before the first moment", Frame{Moment: Empty()}, "starting"},
		{"nothing named", Frame{Moment: &ingest.Moment{Seq: 1, Window: Empty().Window}}, "no log to read"},
		{"missing", lone(source(event.Waiting), ingest.Totals{}), "waiting for /var/log/a.log: it is not there yet"},
		{"removed", lone(source(event.Gone), ingest.Totals{}), "/var/log/a.log is gone: waiting for it to come back"},
		{"empty", lone(source(event.Empty), ingest.Totals{}), "/var/log/a.log is empty: waiting for its first line"},
		{"pipe ended", lone(event.Source{Path: "-", State: event.Done}, ingest.Totals{}), "standard input ended without a line"},
		{"no line parses", lone(source(event.Live), ingest.Totals{Backlog: 1, Lines: 12, Unparsed: 12}), "none of the 12 lines parses"},
		{"backlog", lone(source(event.Reading), ingest.Totals{Backlog: 0.42, Lines: 12, Parsed: 12}), "reading what is already there: 42.0 %"},
		{"quiet", lone(source(event.Live), ingest.Totals{Backlog: 1, Lines: 12, Parsed: 12}), "no requests in the 10 s before 00:01:40"},
		{"busy", Frame{Moment: busy}, ""},
	} {
		c.frame.Location = time.UTC
		if got, _ := c.frame.silence(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func lone(s event.Source, total ingest.Totals) Frame {
	return Frame{Moment: &ingest.Moment{Seq: 1, At: 100, Now: time.Unix(100, 0), Span: 10 * time.Second, Window: Empty().Window, Sources: []event.Source{s}, Total: total}}
}

func TestAgentsAreAddedUpByLabel(t *testing.T) {
	got := grouped([]row{{key: "a1", hits: 5, bytes: 1, errors: 1}, {key: "b", hits: 4}, {key: "a2", hits: 3, bytes: 2, approximate: true}},
		func(s string) string { return s[:1] })
	want := []row{{key: "a", label: "a", hits: 8, bytes: 3, errors: 1, approximate: true, all: []string{"a1", "a2"}}, {key: "b", label: "b", hits: 4, all: []string{"b"}}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}

func TestSelectionFollowsItsKey(t *testing.T) {
	keys := []string{"a", "b", "c", "d"}
	l := list{row: 2, key: "c"}
	l.follow(4, func(i int) string { return keys[i] })
	keys = []string{"c", "d"}
	l.follow(2, func(i int) string { return keys[i] })
	if l.row != 0 {
		t.Errorf("row %d, want 0", l.row)
	}
	l.key = "gone"
	l.row = 9
	if l.follow(2, func(i int) string { return keys[i] }); l.row != 1 {
		t.Errorf("row %d of two, want the last", l.row)
	}
}

func TestEveryPanelHasANameAndDrawsNothingOnNothing(t *testing.T) {
	seen := map[string]bool{}
	for _, spec := range Panels {
		if seen[spec.Name] {
			t.Errorf("two panels are named %s", spec.Name)
		}
		seen[spec.Name] = true
		p, f := spec.New(), &Frame{Moment: Empty(), Location: time.UTC}
		if p.Title(f) == "" {
			t.Errorf("%s has no title", spec.Name)
		}
		Paint(paint.Canvas{}, p, f, Full)
		p.Draw(paint.Canvas{}, f)
		p.Head(paint.Canvas{}, 0, f)
	}
}

func TestParseHealthCountsLateLinesOfASource(t *testing.T) {
	f := &Frame{Moment: Empty(), Location: time.UTC}
	f.Sources = []event.Source{{Path: "/var/log/a.log", State: event.Live, Lines: 1200, Late: 34}, {Path: "/var/log/b.log", State: event.Live, Lines: 5}}
	g := paint.NewGrid(80, 6, &paint.Unicode)
	newSources().Draw(g.Canvas(), f)
	if text := g.Plain(); strings.Count(text, "late") != 1 || !strings.Contains(text, "1 200 lines  0 unparsed  34 late") {
		t.Errorf("\n%s", text)
	}
}
