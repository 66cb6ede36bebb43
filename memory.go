package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	collectAt  = 40       // percent that the heap may grow between two collections
	usualLimit = 40 << 20 // bytes, and garbage may add little to it
	lookFirst  = time.Second
	lookEvery  = 2 * time.Second
	muchFrom   = 16 << 20 // bytes to read that are worth generous
	muchNeeds  = 32 << 20 // bytes of memory to read and count as much as that
)

// lavish puts collecting off until frugal: what a start leaves behind is little.
func lavish() { debug.SetGCPercent(-1) }

// frugal keeps the program small beside what it monitors. Where what is in use
// comes near the limit, as with thousands of files, it moves the limit out of the
// way: at it, the collector would run all the time and find nothing.
var frugal = sync.OnceFunc(func() {
	debug.SetMemoryLimit(usualLimit)
	go func() {
		time.Sleep(lookFirst)
		debug.SetGCPercent(collectAt)
		for {
			debug.SetMemoryLimit(memoryLimit(inUse()))
			time.Sleep(lookEvery)
		}
	}()
})

// generous makes ready the memory that a command will need to read much and end: in
// large pages, so that it is had in a few page faults instead of thousands, which
// take a tenth of the time that a million lines take. The heap grows by it, and as
// that is next to the limit the collector takes it back at once, beside other work
// and untouched: it is in use only as far as it comes to be.
func generous(files []string) {
	size := int64(0)
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	if size >= muchFrom {
		inLargePages(make([]byte, muchNeeds))
	}
}

// memoryLimit leaves room for garbage beside the bytes that are in use.
func memoryLimit(used uint64) int64 { return max(usualLimit, int64(used)*(100+collectAt)/100) }

// inUse is the memory that a collection would leave, bytes.
func inUse() uint64 {
	s := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(s)
	v := func(i int) uint64 { return s[i].Value.Uint64() }
	return v(0) - min(v(1)+v(2)+v(3), v(0)) + v(4)
}
