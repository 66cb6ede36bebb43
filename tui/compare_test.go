package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/panel"
)

func TestHeadingsStandOverTheirColumnsWhereStatusesAreCompared(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 200, 60)
		press(m, "c")
		var head, row []rune
		for line := range strings.SplitSeq(plain(m), "\n") {
			r := []rune(line)
			if strings.Contains(line, "╭ Status ") {
				head = r[100:144]
			} else if len(r) == 200 && strings.HasPrefix(string(r[100:]), "│ 2xx ") {
				row = r[100:144]
			}
		}
		ends := func(r []rune, word string) int {
			return utf8.RuneCountInString(string(r)[:strings.Index(string(r), word)+len(word)])
		}
		hits := strings.Fields(strings.Trim(string(row), "│ "))
		last := strings.Join(hits[len(hits)-2:], " ")
		if !strings.Contains(string(head), "Δ") || ends(head, "%") != ends(row, "%") || ends(head, "hits") != ends(row, last) {
			t.Errorf("\n%s\n%s", string(head), string(row))
		}
	})
}

func TestComparedAgainNothingSaysItIsNoLonger(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 80, 24)
		press(m, "c")
		for range panel.Comparisons {
			press(m, "c")
		}
		if !strings.Contains(plain(m), "no longer compared") {
			t.Fatalf("not said:\n%s", plain(m))
		}
		press(m, "c")
		if strings.Contains(plain(m), "no longer compared") {
			t.Errorf("still said:\n%s", plain(m))
		}
	})
}

func TestComparedScreens(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range sizes {
			m := open(cfg, pump, size[0], size[1])
			press(m, "c", "h", "h", "h", "h", "h", "h")
			golden(t, fmt.Sprintf("compared-%dx%d", size[0], size[1]), plain(m))
			press(m, "L")
		}
	})
}

func TestComparisonShowsWhatCameGrewShrankAndWent(t *testing.T) {
	g := stats.New(stats.Config{})
	add := func(at int64, path string, status int32, n int) {
		for range n {
			g.Add(&event.Event{Time: at * 1e9, Status: status, Path: []byte(path), Client: []byte("192.0.2.1"), Duration: event.Unknown})
		}
	}
	add(995, "/more", 200, 10)
	add(995, "/less", 404, 1500)
	add(995, "/same", 200, 7)
	add(995, "/gone", 200, 3)
	add(1005, "/more", 200, 2010)
	add(1005, "/less", 404, 20)
	add(1005, "/same", 200, 7)
	add(1005, "/fresh", 200, 5)
	m, b := stilled(80, 24)
	next := *b.moment
	next.Seq++
	next.Window, next.Before = g.Window(1000, 1010), g.Window(990, 1000)
	b.moment = &next
	m.Update(tick{})
	lacks(t, m, "/gone", "Δ", "+2 000")
	m.Update(keyMsg("c"))
	has(t, m, "LIVE · last 10 s vs the 10 s before",
		"2 010   +2 000", "20   −1 480", "7        =", "5      new", "0       −3", "/gone", "+2 002", "Δ")
	m.Update(keyMsg("s"))
	m.Update(keyMsg("j"))
	has(t, m, "▌/less")
	m.Update(keyMsg("esc"))
	lacks(t, m, "/gone", "Δ", "vs the")
}

func TestComparisonHidesThePastOnNoScreen(t *testing.T) {
	m, b := stilled(60, 12)
	next := *b.moment
	next.Seq++
	next.Live = false
	b.moment = &next
	m.Update(keyMsg("h"))
	m.Update(keyMsg("c"))
	m.Update(tick{})
	has(t, m, "00:16:50", "Δ")
}

func TestWindowIsComparedWithYesterdayAndLastWeek(t *testing.T) {
	const now = 20 * 86400
	g := stats.New(stats.Config{})
	add := func(at int64, path string, n int) {
		for range n {
			g.Add(&event.Event{Time: at * 1e9, Status: 200, Path: []byte(path), Client: []byte("192.0.2.1"), Duration: event.Unknown})
		}
	}
	for at := int64(now - 86400 - 1200); at < now-86400+1200; at++ { // 4 a second
		add(at, "/more", 3)
		add(at, "/gone", 1)
	}
	for at := int64(now - 60); at < now; at++ {
		add(at, "/more", 5)
	}
	m, b := stilled(120, 40)
	show := func(against time.Duration) {
		next := *b.moment
		next.Seq++
		next.Against, next.First, next.Span = against, now-86400-1200, time.Minute
		next.Window, next.Before = g.Window(now-60, now), g.Window(now-60-int64(against/time.Second), now-int64(against/time.Second))
		b.moment = &next
		m.Update(tick{})
	}
	m.Update(keyMsg("c"))
	m.Update(keyMsg("c"))
	if got := m.query.Against; got != 24*time.Hour {
		t.Fatalf("asked for %s", got)
	}
	show(24 * time.Hour)
	has(t, m, "LIVE · last 1 min vs yesterday", "300     +120", "0      −60")
	m.Update(keyMsg("c"))
	show(7 * 24 * time.Hour)
	has(t, m, "vs last week: not known", "300        –")
	lacks(t, m, "new", "+300", "/gone")
	m.Update(keyMsg("c"))
	if m.frame.Compare || m.query.Against != 0 {
		t.Error("the comparison has no end")
	}
}
