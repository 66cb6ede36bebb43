package ingest

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// onCore calls do on one core.
func onCore(t *testing.T, core int, do func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		var one unix.CPUSet
		one.Set(core)
		err := unix.SchedSetaffinity(0, &one)
		if err == nil {
			do()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// cores are those that the test may run on.
func cores(t *testing.T) (all []int) {
	t.Helper()
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	for core := range 1024 {
		if allowed.IsSet(core) {
			all = append(all, core)
		}
	}
	return all
}

func TestCoreIsTheOneThatRuns(t *testing.T) {
	for _, core := range cores(t) {
		onCore(t, core, func() {
			if got := coreNow(); got != core {
				t.Errorf("on core %d: %d", core, got)
			}
		})
	}
}

func TestBlocksStayWithTheirCore(t *testing.T) {
	all := cores(t)
	p := pool{size: minBlockSize}
	first := make(map[int]*block)
	for _, core := range all[:min(len(all), pooled)] {
		onCore(t, core, func() { first[core] = p.get() })
	}
	for range 3 {
		for _, b := range first {
			b.Recycle(&b.Batch)
		}
		for core, b := range first {
			onCore(t, core, func() {
				if p.get() != b {
					t.Errorf("core %d got the block of another", core)
				}
			})
		}
	}
}

func TestFreeBlocksOfOtherCoresAreUsedBeforeNewOnes(t *testing.T) {
	p := pool{size: minBlockSize}
	free := make(map[*block]bool)
	for range pooled {
		b := &block{core: -1, buf: make([]byte, 0, minBlockSize)}
		free[b] = true
		p.put(b)
	}
	for n := pooled; n >= fewBlocks; n-- {
		if !free[p.get()] {
			t.Fatalf("a new block, where %d are free", n)
		}
	}
	if free[p.get()] {
		t.Fatal("the last block of another core is taken")
	}
}
