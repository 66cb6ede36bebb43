package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAFullStandardOutputIsSaidOnceAndAtOnce(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, log, []int64{1_600_000_000})
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, args := range [][]string{{"--help"}, {"--once", log}, {"--once", "--json", log}, {"report", log}} {
		cmd := process(t, args...)
		var errs tape
		cmd.Stdout, cmd.Stderr = full, &errs
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitDiskFull || strings.Count(errs.String(), "no space left") != 1 {
			t.Errorf("%q: exit %d, %q, want %d and one message", args, code, errs.String(), exitDiskFull)
		}
	}
	cmd := process(t, "--plain", "--period=1s", log)
	var errs tape
	cmd.Stdout, cmd.Stderr = full, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is said while weir goes on", func() bool { return strings.Contains(errs.String(), "no space left") })
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitDiskFull {
		t.Errorf("ended with %d, want %d", code, exitDiskFull)
	}
}
