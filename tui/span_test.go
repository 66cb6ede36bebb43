package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
)

func TestRangeScreens(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range [][2]int{{60, 12}, {80, 24}, {120, 40}} {
			m := open(cfg, pump, size[0], size[1])
			press(m, "v", "H", "H", "h", "v", "H", "H", "l", "l")
			golden(t, fmt.Sprintf("range-%dx%d", size[0], size[1]), plain(m))
			press(m, "enter")
			golden(t, fmt.Sprintf("ranged-%dx%d", size[0], size[1]), plain(m))
			press(m, "L")
		}
	})
}

func TestRangeIsZoomedToAndLeftAgain(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"v", "h", "h", "v", "h", "h", "l", "h", "enter", "h", "L", "v", "h", "enter", "esc", "v", "h", "esc", "v", "enter"} {
		m.Update(keyMsg(k))
	}
	var got []string
	for _, q := range b.queries {
		got = append(got, fmt.Sprint(q.Span, " to ", q.At, " by ", q.Step))
	}
	want := []string{
		"10s to 0 by 5",
		"10s to 1000 by 1", // the columns of the moment stand for five seconds
		"10s to 990 by 1",
		"10s to 0 by 5",
		"5s to 1010 by 1",
		"10s to 0 by 5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m.paused || m.frame.Range != nil {
		t.Error("paused, or a range is left")
	}
}

func TestRangeHoldsThePictureStill(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(keyMsg("v"))
	next := *b.moment
	next.Seq++
	next.At++
	b.moment = &next
	m.Update(tick{})
	if m.frame.At != 1010 {
		t.Errorf("the picture moved to %d", m.frame.At)
	}
	m.Update(keyMsg("esc"))
	if m.frame.At != 1011 {
		t.Errorf("the picture stays at %d", m.frame.At)
	}
}

// TestGraphOfLongAgoHasNoNeedles holds the slices that a screen asks for against
// an engine that knows the past by the minute.
func TestGraphOfLongAgoHasNoNeedles(t *testing.T) {
	g := stats.New(stats.Config{Brief: true})
	const start, end = int64(1_000_000), int64(1_000_000 + 6*3600)
	for s := start; s < end; s++ {
		g.Clock(time.Unix(s, 0))
		g.Add(&event.Event{Time: s * 1e9, Status: 200, Path: []byte("/a")})
	}
	m, b := stilled(120, 40)
	moment := *b.moment
	moment.Known.BySecond, moment.Known.ByMinute = g.Known()
	moment.At, moment.First, moment.Now = end, start, time.Unix(end+7200, 0) // a log that ended two hours ago
	show := func() {
		moment.Seq++
		now := moment
		b.moment = &now
		m.Update(tick{})
	}
	show()
	for _, ago := range []int64{60, 1800, 5400, 3 * 3600, 5 * 3600} {
		at := end - ago
		m.travel(at)
		q := b.queries[len(b.queries)-1]
		if ago <= 1800 && q.Step >= 60 || ago > 7200 && q.Step < 60 {
			t.Errorf("%d s ago in slices of %d s", ago, q.Step)
		}
		from := max(at-at%q.Step-int64(q.Graph)*q.Step, start+60)
		from += (q.Step - from%q.Step) % q.Step
		for _, c := range g.Series(from, at-at%q.Step, q.Step) {
			if c.Hits != uint64(q.Step) {
				t.Fatalf("%d s ago %d requests in %d s, want one a second", ago, c.Hits, q.Step)
			}
		}
	}
	m.travel(end - 1800)
	asked := len(b.queries)
	moment.Known.BySecond += 4 * 3600 // meanwhile
	show()
	if q := b.queries[len(b.queries)-1]; len(b.queries) == asked || q.Step < 60 {
		t.Errorf("slices of %d s though what is shown has become old", q.Step)
	}
}

func TestGraphCoversTheWindowsOfADay(t *testing.T) {
	m, b := stilled(120, 40)
	var got []string
	for range 5 {
		q := b.queries[len(b.queries)-1]
		got = append(got, q.Span.String()+" in "+(time.Duration(q.Step)*time.Second*time.Duration(q.Graph)).String())
		m.Update(keyMsg("W"))
	}
	want := []string{"10s in 10m12s", "1m0s in 25m30s", "5m0s in 3h24m0s", "15m0s in 6h48m0s", "1h0m0s in 25h30m0s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestATimeBeforeTheLogIsNotCalledQuiet(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(keyMsg("h"))
	moment := *b.moment
	moment.Seq, moment.At, moment.First, moment.Live, moment.Series = 2, 900, 1000, false, nil
	moment.Window = stats.NewSummary(1)
	b.moment = &moment
	m.Update(tick{})
	has(t, m, "– req/s", "nothing is known of 00:15:00", ": the log begins at 00:16:40", "L back to now")
	lacks(t, m, "LIVE", "0.0 req/s", "no requests")
}
