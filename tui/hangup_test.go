package tui

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/creack/pty"
)

func TestProgramEndsWithItsTerminal(t *testing.T) {
	for name, kind := range map[string]string{
		"where SIGHUP is ignored":                               "deaf",
		"where the keys are read from the controlling terminal": "deaf piped",
	} {
		t.Run(name, func(t *testing.T) {
			tt := start(t, kind, 80, 24)
			tt.until(t, "192.0.2.1")
			tt.hangUp(t)
			tt.cmd.Wait()
			if code := tt.cmd.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d (%s), want 1", code, tt.cmd.ProcessState)
			}
		})
	}
}

func TestHangupOfATerminalIsNoticed(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	ended := make(chan error)
	go func() { ended <- Hangup(t.Context(), slave) }()
	master.Close()
	if err := <-ended; !errors.Is(err, ErrHangup) {
		t.Errorf("the terminal is closed, and Hangup returns %v", err)
	}
}

func TestHangupIsNotSeenWhereThereIsNone(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	for name, f := range map[string]*os.File{"a terminal with keys to read": slave, "a file": file(t)} {
		if _, err := master.WriteString("typed\n"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- Hangup(ctx, f) }()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s: Hangup returns %v, want nil as its context is done", name, err)
		}
	}
}

func file(t *testing.T) *os.File {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
