package main

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// large returns how many KiB of memory are to be had in large pages.
func large(t *testing.T) (kib int) {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	size := 0
	for line := range strings.Lines(string(maps)) {
		field, value, _ := strings.Cut(line, ":")
		switch field {
		case "Size":
			size = number(value)
		case "VmFlags":
			if strings.Contains(value, " hg") {
				kib += size
			}
		}
	}
	return kib
}

func number(s string) (n int) {
	for _, c := range s {
		if '0' <= c && c <= '9' {
			n = 10*n + int(c-'0')
		}
	}
	return n
}

func TestMemoryForMuchIsInLargePagesAndNotInUse(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no large pages")
	}
	log := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	before := large(t)
	generous([]string{log, "no such file"})
	if got := large(t) - before; got != 0 {
		t.Errorf("%d KiB in large pages for an empty log", got)
	}
	if err := os.Truncate(log, muchFrom); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	used := inUse()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(usualLimit))
	generous([]string{log})
	if got := large(t); got < muchNeeds>>10 { // some may have been before
		t.Errorf("%d KiB in large pages, want %d", got, muchNeeds>>10)
	}
	more := func() int64 { return int64(inUse()) - int64(used) }
	for end := time.Now().Add(10 * time.Second); more() > 4<<20 && time.Now().Before(end); {
		runtime.Gosched()
	}
	if more() > 4<<20 {
		t.Errorf("%d bytes more in use, want next to none", more())
	}
}
