package main

import (
	"bytes"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	collectAt  = 40       // percent that the heap may grow between two collections
	leastRoom  = 8 << 20  // bytes that it may grow where it is small, so that an idle program rests
	usualLimit = 40 << 20 // bytes, and garbage may add little to it
	lookFirst  = time.Second
	lookEvery  = 2 * time.Second
	manyLines  = 50_000     // are worth generous
	manyNeed   = usualLimit // bytes of memory to read and count them
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
		percent, limit := 0, int64(usualLimit)
		for {
			used, live := inUse()
			if p := growth(live); p != percent { // each stops the world
				percent = p
				debug.SetGCPercent(p)
			}
			if l := memoryLimit(used); l != limit {
				limit = l
				debug.SetMemoryLimit(l)
			}
			time.Sleep(lookEvery)
		}
	}()
})

// generous makes ready for a command that will count many lines and end: its threads for
// work that comes in pieces of microseconds, and the memory that it will need, in large
// pages, so that it is had in a few page faults instead of thousands, which take a tenth
// of the time that a million lines take. The heap grows by it, and as that is beyond the
// limit the collector takes it back at once, beside other work and untouched: it is in
// use only as far as it comes to be, 2 MiB at a time.
func generous(files []string) {
	lines := int64(0)
	for _, file := range files {
		if lines += linesIn(file); lines >= manyLines {
			inLargePages(make([]byte, manyNeed))
			go awake()
			return
		}
	}
}

// linesIn is about how many lines a file has, judging by its middle. What is
// compressed seems to have fewer.
func linesIn(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 { // as in /proc, where reading may wait
		return 0
	}
	file, err := os.Open(path)
	if err != nil {
		return 0 // whoever reads it says so
	}
	defer file.Close()
	part := make([]byte, 16<<10)
	n, _ := file.ReadAt(part, info.Size()/2)
	if n == 0 {
		return 0
	}
	return info.Size() * int64(bytes.Count(part[:n], []byte{'\n'})) / int64(n)
}

// memoryLimit leaves room for garbage beside the bytes that are in use.
func memoryLimit(used uint64) int64 { return max(usualLimit, int64(used)*(100+collectAt)/100) }

// growth is how much the heap may grow between two collections when live bytes were left
// by the last one, percent, in few steps.
func growth(live uint64) int {
	percent := collectAt
	for percent < 8*collectAt && live*uint64(2*percent)/100 <= leastRoom {
		percent *= 2
	}
	return percent
}

// inUse is the memory that a collection would leave, and how much of that is the heap's,
// bytes.
func inUse() (used, live uint64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(s)
	v := func(i int) uint64 { return s[i].Value.Uint64() }
	return v(0) - min(v(1)+v(2)+v(3), v(0)) + v(4), v(4)
}
