package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheCollectorRestsThoughMuchIsInUse(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(collectAt))
	kept := make([][]byte, 60)
	for i := range kept {
		kept[i] = make([]byte, 1<<20)
	}
	collections := func(limit int64) uint32 {
		runtime.GC()
		debug.SetMemoryLimit(limit)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 30000 {
			wasted = make([]byte, 10<<10)
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	runtime.GC()
	used, _ := inUse()
	if used < 60<<20 || used > 200<<20 {
		t.Errorf("%d bytes are in use, want 60 MiB and a little", used)
	}
	if n := collections(memoryLimit(used)); n > 20 {
		t.Errorf("%d collections for 300 MB of garbage beside 60 MiB", n)
	}
	n := collections(usualLimit)
	for tries := 0; n <= 20 && tries < 20; tries++ { // each takes long where the machine is busy
		n = collections(usualLimit)
	}
	if n <= 20 {
		t.Errorf("only %d collections at the usual limit: the test proves nothing", n)
	}
	runtime.KeepAlive(kept)
	if got := memoryLimit(10 << 20); got != usualLimit {
		t.Errorf("%d for little, want %d", got, int64(usualLimit))
	}
}

func TestASmallHeapIsCollectedRarely(t *testing.T) {
	for _, c := range []struct {
		live    uint64
		percent int
	}{{0, 320}, {1 << 20, 320}, {2 << 20, 320}, {3 << 20, 160}, {10 << 20, 80}, {11 << 20, collectAt}, {1 << 40, collectAt}} {
		if got := growth(c.live); got != c.percent {
			t.Errorf("%d %% for %d live bytes, want %d", got, c.live, c.percent)
		}
		if grown := c.live * uint64(growth(c.live)) / 100; grown > leastRoom && growth(c.live) > collectAt {
			t.Errorf("%d live bytes may grow by %d", c.live, grown)
		}
	}
}

var wasted []byte
