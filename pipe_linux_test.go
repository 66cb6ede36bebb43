package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAPipeWithoutAWriterIsToldOfAndWaitedForUntilInterrupted(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"detect"}, {"parse"}, {"doctor"}, {"report"}, {"rules", "test"}, {"--once"}} {
		t.Run(args[0], func(t *testing.T) {
			if args[0] == "--once" {
				args = append(args, quietLog(t)) // what is read is not what is waited for
			}
			cmd := process(t, append(args, pipe)...)
			var out, errs tape
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "it says that it waits", func() bool { return strings.Contains(errs.String(), "waiting for a writer of "+pipe) })
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // it ends as it was told to
			if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || strings.Contains(out.String(), pipe) || strings.Count(errs.String(), "\n") != 1 {
				t.Errorf("exit %d, %s%s", code, out.String(), errs.String())
			}
		})
	}
}

// What the kernel makes as it is read comes by the page, and is there as a whole.
func TestWhatTheKernelMakesIsReadWithoutNaps(t *testing.T) {
	const made, page, nap = "/proc/kallsyms", 4096, 10 * time.Millisecond
	text, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	code, out, errs := weir(t, "--once", "--json", "--format=combined", made) // to try every format on it takes longer than naps
	if took, naps := time.Since(begun), time.Duration(len(text)/page)*nap; took > naps {
		t.Errorf("%d bytes took %v, as with a nap of %v a page", len(text), took, naps)
	}
	if code != 0 || !strings.Contains(out, `"state":"done"`) || errs != "" {
		t.Errorf("exit %d, %.200s, %s", code, out, errs)
	}
}
