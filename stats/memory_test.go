//go:build !race

// The race detector holds memory of its own.

package stats

import (
	"fmt"
	"runtime"
	"testing"

	"weir/ingest/event"
)

// Every key of three days is another one, and none of it is a backlog. Once the
// minutes' ring is full after two days nothing grows but the few hours.
func TestMemoryIsFlatOverDaysOfEverNewKeys(t *testing.T) {
	const hour, most = 3600, 40 << 20 // bytes
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	g := New(Config{})
	full, n := int64(0), 0
	events, rows := make([]event.Event, 60), make([]event.Row, 60)
	for second := int64(0); second <= 72*hour; second += 20 {
		for i := range events {
			n++
			e := &events[i]
			*e = *request(1_000_000+second+int64(i/3), fmt.Sprintf("/%d/%d", n%997, n))
			e.Client, e.Agent, e.Referrer = fmt.Appendf(nil, "2001:db8::%x", n), fmt.Appendf(nil, "agent/%d", n), fmt.Appendf(nil, "https://example.com/%d", n)
			Prepare(e, &rows[i])
		}
		g.AddAll(events, rows)
		if second%(6*hour) != 0 {
			continue
		}
		held := heap() - before
		if second == 48*hour {
			full = held
		}
		if held > most || full > 0 && held > full+full/20 {
			t.Fatalf("%.1f MiB held after %d hours, %.1f after two days", float64(held)/(1<<20), second/hour, float64(full)/(1<<20))
		}
	}
	if total := g.Total().Hits; total != uint64(n) {
		t.Errorf("%d lines counted of %d", total, n)
	}
}
