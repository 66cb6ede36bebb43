package format

import (
	"bytes"
	"os"
	"runtime/debug"
	"testing"

	"golang.org/x/sys/unix"

	"weir/ingest/event"
)

// What stands before a line and behind it may be no memory at all.
func TestTheShortWayLooksAtNothingButTheLine(t *testing.T) {
	page := os.Getpagesize()
	memory, err := unix.Mmap(-1, 0, 3*page, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	if err := unix.Mprotect(memory[page:2*page], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		t.Fatal(err)
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	wide := canWide
	defer func() { canWide = wide }()
	room := memory[page : 2*page : 2*page]
	for n := 1; n <= longestMarked+1; n++ {
		for _, line := range [][]byte{room[:n:n], room[page-n:]} {
			copy(line, bytes.Repeat([]byte{'x'}, n))
			copy(line, `1.1.1.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 12345678 "-" "x"`)
			for _, f := range []Format{common, combined, combinedTail} {
				sameEitherWay(t, f, line, Options{})
			}
			for _, end := range []int{n - 1, n} {
				if end > 0 && end < n {
					line[end] = '\n'
				}
				for _, canWide = range []bool{wide, false} {
					var e event.Event
					e.Reset()
					combined.New(Options{}).(*clf).ParseUsual(line, &e)
				}
			}
		}
	}
}
