package stats

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However lines come, late ones and gaps among them, Hits is what a count of the
// lines gives, at every second that closes and between them.
func TestHitsAreTheLinesOfTheirSeconds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := map[int64]uint64{} // by the second
		count := func(from, to int64) (n uint64) {
			for s := from; s < to; s++ {
				n += lines[s]
			}
			return n
		}
		var g *Engine
		period := rapid.Int64Range(1, 200).Draw(t, "period")
		check := func(to int64) {
			if got, want := g.Hits(to-period, to), count(to-period, to); got != want {
				t.Fatalf("%d lines in [%d, %d), want %d", got, to-period, to, want)
			}
		}
		g = New(Config{Lateness: 3 * time.Second, Brief: rapid.Bool().Draw(t, "brief"), OnClose: func(second int64) { check(second + 1) }})
		second := int64(1_000_000)
		for range rapid.IntRange(1, 120).Draw(t, "lines") {
			second += rapid.SampledFrom([]int64{0, 0, 1, 1, 2, 5, 30, 300}).Draw(t, "gap")
			at := second - rapid.SampledFrom([]int64{0, 0, 0, 1, 3, 7, 100}).Draw(t, "late")
			lines[at]++
			g.Add(request(at, "/a"))
			if rapid.IntRange(0, 3).Draw(t, "looked at") == 0 {
				check(second + rapid.Int64Range(-2, 2).Draw(t, "ahead"))
			}
		}
		g.Finish()
	})
}
