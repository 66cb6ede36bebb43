package stats

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

func request(sec int64, path string) *event.Event {
	return &event.Event{Time: sec * 1e9, Path: []byte(path), Client: []byte("192.0.2.1"), Method: []byte("GET"),
		Status: 200, Bytes: 10, Duration: int64(5 * time.Millisecond)}
}

func TestEventsCountInTheirOwnSecond(t *testing.T) {
	g := New(Config{})
	for _, sec := range []int64{100, 101, 103, 102, 101} {
		g.Add(request(sec, "/a"))
	}
	var got []uint64
	for _, c := range g.Series(99, 105, 1) {
		got = append(got, c.Hits)
	}
	if diff := cmp.Diff([]uint64{0, 1, 2, 1, 1, 0}, got); diff != "" {
		t.Error(diff)
	}
	if g.Late != 0 {
		t.Errorf("%d late lines, want none within the lateness", g.Late)
	}
}

func TestSecondsCloseOnceAndInOrder(t *testing.T) {
	var closed []int64
	g := New(Config{Lateness: 2 * time.Second, OnClose: func(s int64) { closed = append(closed, s) }})
	for _, sec := range []int64{100, 101, 100, 104, 103, 110} {
		g.Add(request(sec, "/a"))
	}
	g.Finish()
	var want []int64
	for s := int64(98); s <= 110; s++ {
		want = append(want, s)
	}
	if diff := cmp.Diff(want, closed); diff != "" {
		t.Error(diff)
	}
}

func TestTimePassesWithoutLines(t *testing.T) {
	var closed int64
	g := New(Config{Lateness: time.Second, OnClose: func(s int64) { closed = s }})
	g.Add(request(100, "/a"))
	g.Advance(time.Unix(150, 0))
	if closed != 148 {
		t.Errorf("closed up to %d, want 148", closed)
	}
}

func TestOneLineWithABrokenClockMovesNothing(t *testing.T) {
	g := New(Config{})
	g.Clock(time.Unix(1e9, 0))
	g.Add(request(1000, "/a"))
	g.Add(request(1000+86400*365, "/future")) // years ahead of its neighbours, yet in the past
	for s := int64(1001); s < 1200; s++ {
		g.Add(request(s, "/a"))
	}
	g.Add(request(2e9, "/beyond the clock"))
	if _, head, _ := g.Span(); head != 1199 {
		t.Errorf("the newest second is %d, want 1199", head)
	}
	if g.Future != 2 || g.Late != 0 {
		t.Errorf("future %d, late %d, want 2 and 0", g.Future, g.Late)
	}
	if hits := g.Total().Hits; hits != 202 {
		t.Errorf("the total is %d, want 202", hits)
	}
}

func TestTwoLinesAfterALongGapMoveTime(t *testing.T) {
	g := New(Config{})
	g.Clock(time.Unix(1e9, 0))
	for _, s := range []int64{1000, 50000, 50001, 50002} {
		g.Add(request(s, "/a"))
	}
	if _, head, _ := g.Span(); head != 50002 {
		t.Errorf("the newest second is %d, want 50002", head)
	}
	if g.Future != 0 || g.Total().Hits != 4 {
		t.Errorf("future %d, total %d, want 0 and 4", g.Future, g.Total().Hits)
	}
}

func TestTheLastLineAfterALongGapCounts(t *testing.T) {
	g := New(Config{})
	g.Clock(time.Unix(1e9, 0))
	g.Add(request(1000, "/a"))
	g.Add(request(50000, "/b"))
	g.Finish()
	if hits := g.Total().Hits; hits != 2 {
		t.Errorf("the total is %d, want 2", hits)
	}
	if hits := g.Window(50000, 50001).Hits; hits != 1 {
		t.Errorf("the second of the last line has %d, want 1", hits)
	}
}

// TestWindowsEqualABruteForceCount holds every window of the timeline against
// a count over the same events.
func TestWindowsEqualABruteForceCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := New(Config{Lateness: 5 * time.Second})
		start := rapid.Int64Range(0, 1e9).Draw(t, "start")
		sec := start
		var all []*event.Event
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			sec += rapid.SampledFrom([]int64{0, 0, 0, 1, 1, 7, 61, 700}).Draw(t, "step")
			at := sec - rapid.SampledFrom([]int64{0, 0, 0, 1, 4}).Draw(t, "late")
			all = append(all, request(at, rapid.SampledFrom([]string{"/a/1", "/a/2", "/b", "/c/d"}).Draw(t, "path")))
		}
		for _, e := range all {
			g.Add(e)
		}
		_, head, _ := g.Span()
		total := g.Total()
		if total.Hits != uint64(len(all)) {
			t.Fatalf("total %d, want %d", total.Hits, len(all))
		}
		if g.Late != 0 {
			t.Fatalf("%d late, want 0", g.Late)
		}
		for range 10 {
			to := head + 1 - rapid.Int64Range(0, 200).Draw(t, "back")
			from := max(to-rapid.Int64Range(1, 300).Draw(t, "span"), head-598)
			w := g.Window(from, to)
			want, paths := uint64(0), map[string]uint64{}
			for _, e := range all {
				if s := e.Time / 1e9; s >= w.From && s < w.To {
					want++
					paths[string(e.Path)]++
				}
			}
			got := map[string]uint64{}
			for _, e := range w.Top(Path, -1) {
				got[e.Key] = e.Hits
			}
			if from < to && (w.From != from || w.To != to) {
				t.Fatalf("window [%d,%d) covers [%d,%d)", from, to, w.From, w.To)
			}
			if w.Hits != want || !cmp.Equal(got, paths) {
				t.Fatalf("window [%d,%d): %d hits %v, want %d %v", from, to, w.Hits, got, want, paths)
			}
		}
	})
}

func TestOldWindowsWidenToWholeSlices(t *testing.T) {
	g := New(Config{})
	rng := rand.New(rand.NewPCG(1, 2))
	perHour := map[int64]uint64{}
	for s := int64(0); s < 3*86400; s += 1 + rng.Int64N(20) {
		g.Add(request(s, fmt.Sprintf("/p%d", rng.IntN(50))))
		perHour[s/3600]++
	}
	w := g.Window(10*3600+5, 10*3600+15)
	if w.From != 10*3600 || w.To != 11*3600 || w.Hits != perHour[10] {
		t.Errorf("got [%d,%d) %d, want the whole hour with %d", w.From, w.To, w.Hits, perHour[10])
	}
	day := g.Window(86400, 2*86400)
	want := uint64(0)
	for h := int64(24); h < 48; h++ {
		want += perHour[h]
	}
	if day.Hits != want {
		t.Errorf("a day of hours has %d, want %d", day.Hits, want)
	}
}

func TestShuffledWithinTheLatenessGivesTheSameSeconds(t *testing.T) {
	run := func(times []int64) string {
		var log string
		var g *Engine
		g = New(Config{Lateness: 5 * time.Second, OnClose: func(s int64) { log += fmt.Sprint(s, ":", g.Hits(s, s+1), " ") }})
		g.Add(request(1, "/first")) // the same beginning
		for _, s := range times {
			g.Add(request(s, "/a"))
		}
		g.Finish()
		return log
	}
	rng := rand.New(rand.NewPCG(3, 4))
	times := make([]int64, 500)
	for i := range times {
		times[i] = 10 + int64(i)/5
	}
	inOrder := run(times)
	for range 50 {
		shuffled := append([]int64(nil), times...)
		delay := make(map[int]int64, len(shuffled))
		order := make([]int, len(shuffled))
		for i := range shuffled {
			order[i], delay[i] = i, shuffled[i]*10+rng.Int64N(49)
		}
		sort.SliceStable(order, func(a, b int) bool { return delay[order[a]] < delay[order[b]] })
		for i, j := range order {
			shuffled[i] = times[j]
		}
		if got := run(shuffled); got != inOrder {
			t.Fatalf("got  %s\nwant %s", got, inOrder)
		}
	}
}

// What is compact already has no memory to give, and would bury what has.
func TestOnlyRankingsWithMemoryAreKeptForTheNextSlice(t *testing.T) {
	s := NewSummary(0)
	s.spare = &spare{}
	s.Add(request(1, "/a"))
	for range 3 {
		s.Compact(1)
	}
	if n := len(s.spare.tops[Path]); n != 1 {
		t.Errorf("%d rankings are kept, want the one", n)
	}
}
