package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
	"weir/ingest/format"
)

// fetched is how many bytes the process has read.
func fetched(t *testing.T) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManyCoresReadNoFurtherAheadThanAFew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	line := `192.0.2.7 - - [29/Nov/2026:12:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"` + "\n"
	if err := os.WriteFile(path, []byte(strings.Repeat(line, 200_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(64))
	out := make(chan *event.Batch)
	r, err := New(Config{Paths: []string{path}, Once: true, NewParser: func() Parser { return format.NewAuto(format.Options{}) }}, out)
	if err != nil {
		t.Fatal(err)
	}
	before := fetched(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	for range rushFrom { // until it is in a rush
		b := <-out
		b.Recycle(b)
	}
	const most = (2*rushFrom + mostWorkers + 2*spareChunks) * blockSize
	ahead, still := int64(0), 0
	for end := time.Now().Add(20 * time.Second); still < 10 && time.Now().Before(end); still++ { // it is at rest
		time.Sleep(20 * time.Millisecond)
		if n := fetched(t) - before; n > ahead+blockSize/2 {
			ahead, still = n, 0
		}
	}
	if ahead > most {
		t.Errorf("%d KiB are read, want at most %d", ahead>>10, most>>10)
	}
	cancel()
	<-ended
}

// isOpen reports whether the process has the file open that path names.
func isOpen(path string) bool {
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if name, err := os.Readlink(fd); err == nil && name == path {
			return true
		}
	}
	return false
}

func TestRenamedWhileSeveralRead(t *testing.T) {
	log := place(t)
	var want []string
	write := func(n int) {
		var text strings.Builder
		for range n {
			line := lineKinds[0](time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), len(want))
			want = append(want, line[:min(len(line), 64)])
			text.WriteString(line + "\n")
		}
		put(t, log, text.String())
	}
	write(5000)
	out := make(chan *event.Batch)
	r, err := New(Config{Paths: []string{log}, NewParser: func() Parser { return format.NewAuto(format.Options{}) }, Poll: time.Millisecond, block: 1000, workers: 3}, out)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	var got []string
	take := func() {
		select {
		case b := <-out:
			for i := range b.Events {
				raw := b.Events[i].Raw
				got = append(got, string(raw[:min(len(raw), 64)]))
			}
			b.Recycle(b)
		case <-time.After(20 * time.Second):
			t.Fatalf("%d of %d lines came", len(got), len(want))
		}
	}
	for range 4 * rushFrom {
		take()
	}
	must(t, os.Rename(log, log+".1")) // the others wait to be taken
	write(100)
	for end := time.Now().Add(20 * time.Second); !isOpen(log) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	for len(got) < len(want) {
		take()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	cancel()
	<-ended
}
