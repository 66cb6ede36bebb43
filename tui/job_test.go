package tui

import (
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// state is a process's state letter (proc(5)) as its parent learns it.
func stopped(t *testing.T, pid int) {
	t.Helper()
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the program is not stopped: %v, %v", status, err)
	}
}

// afresh waits until the whole screen is drawn again after so much output.
func (tt *terminal) afresh(t *testing.T, sent int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		_, after, entered := strings.Cut(tt.seen()[sent:], "\x1b[?1049h")
		if _, drawn, cleared := strings.Cut(after, "\x1b[2J"); entered && cleared && strings.Contains(drawn, "192.0.2.1") && strings.Contains(after, "\x1b[?1002h") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the screen is not drawn anew: %q", tt.seen()[sent:])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestShellStopsAndContinues(t *testing.T) {
	for name, c := range map[string]struct {
		kind string
		stop func(tt *terminal)
		left bool // the shell finds the terminal as it was
	}{
		"by ctrl+z":  {"job", func(tt *terminal) { io.WriteString(tt, "\x1a") }, true},
		"by SIGSTOP": {"job", func(tt *terminal) { tt.cmd.Process.Signal(syscall.SIGSTOP) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tt := start(t, c.kind, 80, 24)
			tt.until(t, "192.0.2.1")
			c.stop(tt)
			stopped(t, tt.cmd.Process.Pid)
			now, err := term.GetState(tt.slave.Fd())
			if err != nil {
				t.Fatal(err)
			}
			if c.left && *now != *tt.before {
				t.Errorf("the shell gets the terminal in modes %+v, want %+v", now, tt.before)
			}
			if c.left {
				tt.until(t, "\x1b[?1049l")
			}
			// A shell's own modes, whatever they are.
			if err := term.SetState(tt.slave.Fd(), tt.before); err != nil {
				t.Fatal(err)
			}
			sent := len(tt.seen())
			tt.cmd.Process.Signal(syscall.SIGCONT)
			tt.afresh(t, sent)
			io.WriteString(tt, "q")
			tt.ended(t, 0)
		})
	}
}

func TestProgramThatNoShellStopsGoesOn(t *testing.T) {
	tt := start(t, "plain", 80, 24)
	tt.until(t, "192.0.2.1")
	sent := len(tt.seen())
	io.WriteString(tt, "\x1a")
	tt.afresh(t, sent)
	io.WriteString(tt, "q")
	tt.ended(t, 0)
}
