package stats

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// together calls all at the same time.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// tally is all that an Engine can tell of what was added to it.
type tally struct {
	Total, Window string // encoded
	Series        []Counter
	Closed        []string // what was seen as each tenth second closed
	Late, Future  uint64
	First, Head   int64
}

func tellAll(cfg Config, horizon time.Time, add func(g *Engine)) tally {
	var out tally
	var g *Engine
	cfg.OnClose = func(second int64) {
		if second%10 == 0 {
			w := g.Window(second-60, second+1)
			out.Closed = append(out.Closed, fmt.Sprint(second, g.Hits(second-60, second+1), w.Hits, w.Top(Path, 3), w.Clients.Count()))
		}
	}
	g = New(cfg)
	g.Clock(time.Unix(1_000_000, 0))
	if !horizon.IsZero() {
		g.Horizon(horizon)
	}
	add(g)
	g.Finish()
	out.Total, out.Late, out.Future = string(g.Total().Append(nil)), g.Late, g.Future
	out.First, out.Head, _ = g.Span()
	out.Window = string(g.Window(out.Head-300, out.Head+1).Append(nil))
	out.Series = g.Series(out.Head-600, out.Head+1, 1)
	return out
}

// steps are how far one event is from the one before, in seconds: mostly little,
// back into what is late, and far ahead.
var steps = []int64{0, 0, 0, 0, 0, 1, 1, 2, 5, 11, 61, -1, -3, -8, -100, -5000, 700, 3700, 8000, -9000}

// step is an event of a log: how many seconds after the one before, and for which of some keys.
type step struct{ after, key int64 }

// requests returns the events of a log that begins at second 500,000.
func requests(log []step) []event.Event {
	var events []event.Event
	at := int64(500_000)
	for _, s := range log {
		at += s.after
		e := request(at, fmt.Sprintf("/s%d/p%d", s.key%5, s.key))
		e.Client, e.Status, e.Duration = fmt.Appendf(nil, "192.0.2.%d", s.key%17), int32(200+100*(s.key%4)), s.key*int64(time.Millisecond)
		if s.key == 7 {
			e.Kind = event.Message
		}
		if s.key == 8 {
			e.Time = 2_000_000 * 1e9 // beyond the clock
		}
		events = append(events, *e)
	}
	return events
}

// tellBatches tells all of events that are added in batches of the given lengths,
// a negative one without rows.
func tellBatches(cfg Config, horizon time.Time, events []event.Event, lengths []int) tally {
	cfg.Spread = together
	return tellAll(cfg, horizon, func(g *Engine) {
		for _, length := range lengths {
			n := max(length, -length)
			var rows event.Rows
			for i := range length {
				Prepare(&events[i], &rows)
			}
			g.AddAll(events[:n], &rows)
			events = events[n:]
		}
	})
}

func tellEach(cfg Config, horizon time.Time, events []event.Event) tally {
	return tellAll(cfg, horizon, func(g *Engine) {
		for i := range events {
			g.Add(&events[i])
		}
	})
}

func TestBatchesCountLikeTheirEventsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := make([]step, rapid.IntRange(1, 400).Draw(t, "events"))
		last := int64(500_000)
		for i := range log {
			log[i] = step{rapid.SampledFrom(steps).Draw(t, "step"), rapid.Int64Range(0, 40).Draw(t, "key")}
			last += log[i].after
		}
		cfg := Config{Capacity: rapid.SampledFrom([]int{0, 4, 16}).Draw(t, "capacity"), Budget: rapid.SampledFrom([]int{0, 20_000}).Draw(t, "budget")}
		var horizon time.Time
		if rapid.Bool().Draw(t, "backlog") {
			horizon = time.Unix(last+100, 0)
		}
		var lengths []int
		for left := len(log); left > 0; {
			n := rapid.IntRange(1, left).Draw(t, "batch")
			left -= n
			if rapid.Bool().Draw(t, "without rows") {
				n = -n
			}
			lengths = append(lengths, n)
		}
		if diff := cmp.Diff(tellEach(cfg, horizon, requests(log)), tellBatches(cfg, horizon, requests(log), lengths)); diff != "" {
			t.Error(diff)
		}
	})
}

// What a batch has placed but not yet counted once weighed nothing when the
// slices were held against the budget, and other durations were let go.
func TestWhatABatchHasPlacedIsWeighed(t *testing.T) {
	log := []step{
		{0, 0}, {0, 0}, {1, 0}, {0, 0}, {1, 0}, {0, 0}, {61, 0}, {0, 0}, {0, 1}, {0, 0}, {0, 2}, {-100, 10}, {0, 28}, {0, 14}, {-8, 7}, {0, 30}, {-5000, 27},
		{0, 36}, {61, 10}, {0, 27}, {1, 32}, {-9000, 28}, {-3, 3}, {0, 3}, {0, 1}, {8000, 30}, {0, 37}, {5, 1}, {0, 36}, {0, 4}, {0, 20}, {0, 1}, {700, 0},
		{0, 31}, {-9000, 22}, {11, 16}, {3700, 9}, {0, 7}, {-100, 1}, {0, 7}, {8000, 25}, {11, 15}, {0, 1}, {0, 6}, {8000, 0}, {0, 5}, {0, 0}, {1, 4}, {5,
			18}, {3700, 1}, {0, 19}, {1, 38}, {1, 0}, {0, 15}, {-5000, 0}, {0, 5}, {-3, 34}, {-8, 29}, {0, 3}, {0, 1}, {-100, 11}, {0, 39}, {8000, 16}, {0, 13},
		{1, 11}, {8000, 40}, {0, 0}, {0, 20}, {-8, 29}, {-100, 40}, {1, 0}, {0, 33}, {8000, 6}, {0, 11}, {-5000, 25}, {-100, 4}, {0, 9}, {0, 21}, {0, 31},
		{8000, 36}, {1, 12}, {1, 0},
	}
	cfg := Config{Capacity: 4, Budget: 20_000}
	got := tellBatches(cfg, time.Time{}, requests(log), []int{-2, 2, 1, -8, -35, 2, 18, -1, 9, 1, -1, -2})
	if diff := cmp.Diff(tellEach(cfg, time.Time{}, requests(log)), got); diff != "" {
		t.Error(diff)
	}
}
