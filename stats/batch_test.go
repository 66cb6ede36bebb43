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

func tellAll(t *rapid.T, cfg Config, horizon time.Time, add func(g *Engine)) tally {
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

func TestBatchesCountLikeTheirEventsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []event.Event
		at := int64(500_000)
		for range rapid.IntRange(1, 400).Draw(t, "events") {
			at += rapid.SampledFrom(steps).Draw(t, "step")
			key := rapid.IntRange(0, 40).Draw(t, "key")
			e := request(at, fmt.Sprintf("/s%d/p%d", key%5, key))
			e.Client, e.Status, e.Duration = fmt.Appendf(nil, "192.0.2.%d", key%17), int32(200+100*(key%4)), int64(key)*int64(time.Millisecond)
			if key == 7 {
				e.Kind = event.Message
			}
			if key == 8 {
				e.Time = 2_000_000 * 1e9 // beyond the clock
			}
			events = append(events, *e)
		}
		cfg := Config{Capacity: rapid.SampledFrom([]int{0, 4, 16}).Draw(t, "capacity"), Budget: rapid.SampledFrom([]int{0, 20_000}).Draw(t, "budget")}
		var horizon time.Time
		if rapid.Bool().Draw(t, "backlog") {
			horizon = time.Unix(at+100, 0)
		}
		want := tellAll(t, cfg, horizon, func(g *Engine) {
			for i := range events {
				g.Add(&events[i])
			}
		})
		cfg.Spread = together
		got := tellAll(t, cfg, horizon, func(g *Engine) {
			for rest := events; len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
				rows := make([]event.Row, n)
				for i := range rows {
					Prepare(&rest[i], &rows[i])
				}
				if rapid.Bool().Draw(t, "without rows") {
					rows = nil
				}
				g.AddAll(rest[:n], rows)
				rest = rest[n:]
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
