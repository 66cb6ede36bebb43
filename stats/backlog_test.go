package stats

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However coarsely a backlog is counted, and wherever that changes, no line is
// missing: not from the total, and not from a window, which says what it covers.
func TestABacklogCountedCoarselyIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brief := rapid.Bool().Draw(t, "brief")
		g := New(Config{Brief: brief})
		second := int64(1_000_000)
		windows := int64(0) // from when on they are asked for
		if rapid.Bool().Draw(t, "known") {
			end := second + rapid.Int64Range(0, 9000).Draw(t, "end")
			g.Horizon(time.Unix(end, 0))
			if brief {
				windows = end - briefDetail
			}
		} else {
			if brief {
				windows = math.MaxInt64
			}
			g.Backlog(math.MaxInt64)
		}
		lines := map[int64]uint64{} // by the second
		total := uint64(0)
		for range rapid.IntRange(1, 80).Draw(t, "lines") {
			second += rapid.SampledFrom([]int64{0, 1, 1, 9, 40, 70, 600, 1800}).Draw(t, "gap")
			g.Add(request(second, "/a"))
			lines[second]++
			total++
			if rapid.IntRange(0, 15).Draw(t, "judged") == 0 {
				g.Backlog(time.Duration(rapid.Int64Range(0, 50_000).Draw(t, "left")) * time.Second)
			}
			if got := g.Total().Hits; got != total {
				t.Fatalf("%d lines in the total, want %d", got, total)
			}
			from := second - rapid.Int64Range(0, 4000).Draw(t, "back")
			to := min(from+rapid.Int64Range(1, 4000).Draw(t, "long"), second+1)
			if from < windows {
				continue
			}
			w := g.Window(from, to)
			if w.From > from || w.To < to {
				t.Fatalf("the window [%d, %d) covers only [%d, %d)", from, to, w.From, w.To)
			}
			want := uint64(0)
			for s := w.From; s < w.To; s++ {
				want += lines[s]
			}
			if w.Hits != want {
				t.Fatalf("%d lines in the window [%d, %d) for [%d, %d), want %d", w.Hits, w.From, w.To, from, to, want)
			}
		}
		if got := g.Drain().Hits; got != total {
			t.Fatalf("%d lines drained, want %d", got, total)
		}
	})
}
