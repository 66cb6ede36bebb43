package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
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

func TestObjectsStayApartFromOneThatAFullDiskTore(t *testing.T) {
	dir := t.TempDir()
	log, printed := filepath.Join(dir, "access.log"), filepath.Join(dir, "printed")
	writeLog(t, log, []int64{1_600_000_000})
	out, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := process(t, "--plain", "--json", "--period=1s", log)
	var errs tape
	cmd.Stdout, cmd.Stderr = out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := func(bytes uint64) {
		if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	limit(100)
	eventually(t, "an object is torn", func() bool { return strings.Contains(errs.String(), "file too large") })
	limit(unix.RLIM_INFINITY)
	whole := func() (n int) {
		for line := range strings.Lines(content(t, printed)) {
			if json.Valid([]byte(line)) {
				n++
			}
		}
		return n
	}
	eventually(t, "it comes again, whole", func() bool { return whole() >= 1 })
	more, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	if _, err := more.WriteString(content(t, log)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the next one is whole", func() bool { return whole() >= 2 })
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if text := content(t, printed); strings.Index(text, "\n") != 100 || strings.Count(text, "\n") != whole()+1 {
		t.Errorf("want the first 100 bytes of one object, then whole ones:\n%s", text)
	}
}
