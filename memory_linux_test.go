package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// large returns how many KiB of memory are to be had in large pages.
func large(t *testing.T) (kib int) {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
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

// nap is how much longer a thread may sleep than it wants to, nanoseconds.
func nap(t *testing.T, thread string) string {
	b, err := os.ReadFile("/proc/" + thread + "/timerslack_ns")
	if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func TestThreadsThatCountMuchAreWokenAtOnce(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, want := strconv.Itoa(unix.Gettid()), "1000"
	if nap(t, own) == "" { // a kernel that does not tell, and where there is nothing to set
		want = ""
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	awake()
	if got := nap(t, own); got != want {
		t.Errorf("this thread may sleep %s ns longer than it wants to", got)
	}
	for _, thread := range threads {
		if got := nap(t, thread.Name()); os.Geteuid() == 0 && got != want && got != "" {
			t.Errorf("thread %s may sleep %s ns longer than it wants to", thread.Name(), got)
		}
	}
}

// allocated is how many bytes of the heap nothing else can have.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemoryForMuchIsInLargePagesAndNotInUse(t *testing.T) {
	_, none := os.Stat("/sys/kernel/mm/transparent_hugepage") // on a kernel built without them
	log := filepath.Join(t.TempDir(), "access.log")
	before := large(t)
	for name, text := range map[string]string{
		"an empty log": "", "a short one": strings.Repeat(someLines, 100), "one of a long line": strings.Repeat(someLines, 1000) + strings.Repeat("x", 20<<20),
	} {
		write(t, log, text, 0o600)
		if generous([]string{log, "no such file"}); large(t) != before {
			t.Errorf("%d KiB in large pages for %s", large(t)-before, name)
		}
	}
	write(t, log, strings.Repeat(someLines, manyLines), 0o600)
	runtime.GC()
	used := allocated()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // as in the first second
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(usualLimit))
	generous([]string{log})
	if got := large(t); none == nil && got < manyNeed>>10 { // some may have been before
		t.Errorf("%d KiB in large pages, want %d", got, manyNeed>>10)
	}
	more := func() int64 { return int64(allocated()) - int64(used) }
	for end := time.Now().Add(10 * time.Second); more() > 4<<20 && time.Now().Before(end); {
		runtime.Gosched()
	}
	if more() > 4<<20 {
		t.Errorf("%d bytes more in use, want next to none", more())
	}
}
