package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A limit on the size of files tears lines as a full disk does, and can be
// raised while weir runs.
func TestFullDiskTearsNoLineAndLosesNone(t *testing.T) {
	dir := t.TempDir()
	log, path := filepath.Join(dir, "access.log"), filepath.Join(dir, "alerts.jsonl")
	writeLog(t, log, nil)
	cmd := process(t, "--plain", "--json", "--alert=10", "--alert-period=1s", "--lateness=1s", "--alert-file="+path, log)
	var told tape
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const most = 2500
	limit := func(bytes uint64) {
		if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	limit(most)
	writeLog(t, log, surges(6))
	eventually(t, "weir says that the file is full", func() bool {
		return strings.Contains(told.String(), "can't be written: file too large") && strings.Contains(told.String(), "ulimit -f")
	})
	// A retry may just be taking back what it tore, so the file is read until it is at rest.
	eventually(t, "the full file has whole lines only", func() bool {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) == 0 || len(text) > most {
			t.Fatalf("the full file has %d bytes, want 1 to %d", len(text), most)
		}
		return text[len(text)-1] == '\n'
	})
	limit(unix.RLIM_INFINITY)
	eventually(t, "all is written", func() bool { return len(values(t, path)) == 12 && strings.Contains(told.String(), "is written again") })
	for i, v := range values(t, path) {
		if _, whole := v.(int); !whole {
			t.Errorf("line %d is torn: %q", i+1, v)
		}
	}
	if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("weir ended with %v: %s", err, told.String())
	}
}
