//go:build !race

// The race detector holds memory of its own, and nothing here is concurrent.

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
	events, rows := make([]event.Event, 60), event.Rows{}
	for second := int64(0); second <= 72*hour; second += 20 {
		rows.Clear()
		for i := range events {
			n++
			e := &events[i]
			*e = *request(1_000_000+second+int64(i/3), fmt.Sprintf("/%d/%d", n%997, n))
			e.Client, e.Agent, e.Referrer = fmt.Appendf(nil, "2001:db8::%x", n), fmt.Appendf(nil, "agent/%d", n), fmt.Appendf(nil, "https://example.com/%d", n)
			Prepare(e, &rows)
		}
		g.AddAll(events, &rows)
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

// TestRestoredDaysStayWithinTheBudget restores days of keys that do not repeat
// until there is no room, into an engine that has counted as much itself.
func TestRestoredDaysStayWithinTheBudget(t *testing.T) {
	distinct := func(i int, at int64) *event.Event {
		e := sampleEvent(i)
		e.Time = at * 1e9
		e.Client, e.Path, e.Agent = fmt.Appendf(nil, "2001:db8::%x", i), fmt.Appendf(nil, "/%x/%x", i, i), fmt.Appendf(nil, "agent %d", i)
		return e
	}
	g := New(Config{})
	for i := range 60_000 {
		g.Add(distinct(i, sunday+int64(i)/3))
	}
	var err error
	days := 0
	for ; err == nil; days++ {
		r := NewRollup()
		for i := range 10_000 {
			add(r, distinct(i, sunday-int64(days+1)*86400+int64(i)*8))
		}
		err = g.Restore(fmt.Sprint(days), "a", stored(t, r))
	}
	size := g.total.Size()
	for i := range g.levels {
		for _, s := range g.levels[i].ring {
			if s != nil && s.size > 0 { // closed
				size += s.Size()
			}
		}
	}
	for _, o := range g.restored {
		o.weigh()
		size += o.size
	}
	if held := size - g.total.Size(); held > DefaultBudget*5/4 || g.held > DefaultBudget*5/4 {
		t.Errorf("%d bytes held, %d by its own account, after %d days", held, g.held, days)
	}
	if days < 4 {
		t.Errorf("no more than %d days: %v", days, err)
	}
}
