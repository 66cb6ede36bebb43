package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/stats"
	"weir/stats/filter"
	"weir/tui/panel"
)

// sifted answers filters by counting the whole scene again, line by line.
type sifted struct {
	*ingest.Pump
	again func(keep *filter.Filter) *stats.Engine
	query ingest.Query
	whole *stats.Engine
	known map[string]*stats.Engine // by filter
	made  *ingest.Moment
	of    uint64
}

func (s scene) sifted(pump *ingest.Pump) *sifted {
	return &sifted{Pump: pump, known: map[string]*stats.Engine{"": nil}, again: func(keep *filter.Filter) *stats.Engine {
		g := stats.New(stats.Config{})
		traffic := newSite(s.site.surges...)
		start := time.Now().Add(-time.Duration(s.seconds+1) * time.Second)
		for n := range s.seconds {
			batch := traffic.second(n, start.Add(time.Duration(n)*time.Second).Truncate(time.Second))
			for i := range batch.Events {
				if keep.Match(&batch.Events[i]) {
					g.Add(&batch.Events[i])
				}
			}
		}
		return g
	}}
}

func (s *sifted) Ask(q ingest.Query) {
	if _, known := s.known[q.Filter]; !known {
		keep, err := filter.Compile(q.Filter)
		if err != nil {
			panic(err)
		}
		s.known[q.Filter] = s.again(keep)
	}
	s.whole = s.known[q.Filter]
	s.query, s.made = q, nil
	q.Filter = ""
	s.Pump.Ask(q)
}

func (s *sifted) Moment() *ingest.Moment {
	m := s.Pump.Moment()
	if s.query.Filter == "" || m == nil {
		return m
	}
	if s.made == nil || s.of != m.Seq {
		made, span := *m, int64(m.Span/time.Second)
		first, _, _ := s.whole.Span()
		made.Seq = 1_000_000 + m.Seq
		made.Window, made.Before = s.whole.Window(m.At-span, m.At), s.whole.Window(m.At-2*span, m.At-span)
		if n := len(m.Series); n > 0 {
			made.Series = s.whole.Series(m.Series[0].At, m.Series[n-1].At+m.Step, m.Step)
		}
		made.Filter = &ingest.Filter{Text: s.query.Filter, Share: 1, Done: true, From: first}
		made.Lines = nil
		s.made, s.of = &made, m.Seq
	}
	return s.made
}

func TestFilteredScreens(t *testing.T) {
	s := firing()
	s.run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		b := s.sifted(pump)
		for _, size := range sizes {
			m := New(cfg, b, size[0], size[1])
			settle(m)
			press(m, "W", "j", "enter")
			for m.focus != "status" {
				press(m, "tab")
			}
			press(m, "j", "j", "enter")
			golden(t, fmt.Sprintf("filtered-%dx%d", size[0], size[1]), plain(m))
			press(m, "w", `\`)
		}
	})
}

func TestEnterLeavesOnlyTheRowAndBackspaceTakesItBack(t *testing.T) {
	m, b := stilled(120, 40)
	for _, k := range []string{"enter", "tab", "enter", "enter", "shift+tab", "backspace", "backspace", "backspace", "tab", "enter", "tab", "tab", "enter", `\`} {
		m.Update(keyMsg(k))
	}
	var got []string
	for _, q := range b.queries {
		got = append(got, q.Filter)
	}
	want := []string{
		"",
		`section == "/a"`,
		`(section == "/a") and (class == "2xx")`,
		`section == "/a"`,
		"",
		`class == "2xx"`,
		`(class == "2xx") and (path == "/a/b")`,
		"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEscLeavesInTheOrderOneWentIn(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"enter", "h", "tab", "enter", "esc", "esc", "esc"} {
		m.Update(keyMsg(k))
	}
	var got []string
	for _, q := range b.queries[1:] {
		got = append(got, fmt.Sprint(q.At, " ", q.Filter))
	}
	want := []string{
		`0 section == "/a"`,
		`1000 section == "/a"`,
		`1000 (section == "/a") and (class == "2xx")`,
		`1000 section == "/a"`,
		`0 section == "/a"`,
		"0 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAgentsOfOneLabelAreFilteredTogether(t *testing.T) {
	s := calm()
	s.run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		cfg.Label = func(string) string { return "anything" }
		b := s.sifted(pump)
		m := New(cfg, b, 120, 40)
		settle(m)
		for m.focus != "agents" {
			press(m, "tab")
		}
		before := m.frame.Window.Hits
		press(m, "enter")
		has(t, m, "agent anything")
		if after := m.frame.Window.Hits; after != before {
			t.Errorf("%d of %d requests match %s", after, before, b.query.Filter)
		}
	})
}

func TestHeaderSaysHowFarAFilterHasGot(t *testing.T) {
	m, b := stilled(80, 24)
	seq := b.moment.Seq
	state := func(f *ingest.Filter) {
		next := *b.moment
		seq++
		next.Seq, next.Filter = seq, f
		b.moment = &next
		m.Update(tick{})
	}
	lacks(t, m, "only")
	m.only(panel.Chip{Text: "status == 404", Label: "status 404"})
	has(t, m, "only  status 404", "applying")
	state(&ingest.Filter{Text: "bytes > 3", Share: 1, Done: true})
	has(t, m, "applying")
	state(&ingest.Filter{Text: "status == 404", Share: 0.439, From: 990})
	has(t, m, "reading again 43 %")
	state(&ingest.Filter{Text: "status == 404", Share: 1, Done: true, From: 990})
	has(t, m, "since 00:16:30")
	lacks(t, m, "nothing before", "reading again", "applying")
	state(&ingest.Filter{Text: "status == 404", Share: 1, Done: true, From: 1005})
	has(t, m, "since 00:16:45 · nothing before")
	b.moment.First = 1004
	state(&ingest.Filter{Text: "status == 404", Share: 1, Done: true, From: 1005, Gap: true})
	has(t, m, "since 00:16:45 · earlier lines can't be read again")
	state(&ingest.Filter{Text: "status == 404", Err: "no such field"})
	has(t, m, "no filter · no such field")
	m.Update(keyMsg("backspace"))
	has(t, m, "filter ends")
	state(nil)
	lacks(t, m, "filter ends", "only")
}

func TestNothingMatchesInALogThatCantBeReadAgain(t *testing.T) {
	m, b := stilled(80, 24)
	next := *b.moment
	next.Seq, next.Window, next.Series, next.Filter = next.Seq+1, &stats.Summary{}, nil, &ingest.Filter{Text: "status == 404", Share: 1, Done: true, Lost: "a.log can't be read again: permission denied"}
	b.moment = &next
	m.only(panel.Chip{Text: "status == 404", Label: "status 404"})
	m.Update(tick{})
	has(t, m, "a.log can't be read again: permission denied", "backspace removes")
}

func TestManyFiltersKeepTheNewestInSight(t *testing.T) {
	m, _ := stilled(60, 12)
	for i := range 9 {
		m.only(panel.Chip{Text: fmt.Sprint("bytes > ", i), Label: fmt.Sprint("bytes > ", i)})
	}
	has(t, m, "+6", "bytes > 8")
	lacks(t, m, "bytes > 1")
}
