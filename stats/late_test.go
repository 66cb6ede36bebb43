package stats

import (
	"testing"
	"time"
)

// A gap longer than patience is not walked; what comes for it later is late, and counts.
func TestLinesOfALongGapAreCounted(t *testing.T) {
	for _, brief := range []bool{false, true} {
		const start, week = 1_000_800, 7 * 86400 // both at a whole hour
		g := New(Config{Brief: brief})
		g.Horizon(time.Unix(start+week, 0))
		g.Clock(time.Unix(start+week, 0))
		for _, second := range []int64{start, start + week, start + 8*3600, start + 3*86400, start + 60} {
			g.Add(request(second, "/a"))
		}
		g.Finish()
		if got := g.Window(start, start+week+1).Hits; got != 5 && !brief {
			t.Errorf("%d lines in the window, want 5", got)
		}
		if got := g.Drain().Hits; got != 5 {
			t.Errorf("brief %t: %d lines drained, want 5", brief, got)
		}
	}
}
