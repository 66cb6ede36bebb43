//go:build bench && linux

package bench

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// trips is how often a word goes from one core to another and back.
const trips = 20_000

// trip is how long a word takes from the first core that the process may run on to the
// last and back, which tells whether the two share a cache; 0 where there is one core.
func trip(t *testing.T) time.Duration {
	t.Helper()
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	if allowed.Count() < 2 {
		return 0
	}
	first, last := -1, 0
	for core := range 1024 {
		if allowed.IsSet(core) {
			if last = core; first < 0 {
				first = core
			}
		}
	}
	var word atomic.Int64
	took := make(chan time.Duration, 2)
	for i, core := range [...]int{first, last} {
		go func() {
			runtime.LockOSThread() // and the thread ends with the goroutine
			var one unix.CPUSet
			one.Set(core)
			if err := unix.SchedSetaffinity(0, &one); err != nil {
				t.Error(err)
			}
			start := time.Now()
			for n := int64(i); n < 2*trips; n += 2 {
				for word.Load() != n {
				}
				word.Store(n + 1)
			}
			took <- time.Since(start) / trips
		}()
	}
	return min(<-took, <-took)
}
