//go:build e2e && measure

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestMeasureScreen takes the screen's work from two weirs over the same log, one
// with a screen of 200x60 and one without.
func TestMeasureScreen(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	term := openTerminal(t, binary, log)
	if err := pty.Setsize(term.master, &pty.Winsize{Cols: 200, Rows: 60}); err != nil {
		t.Fatal(err)
	}
	headless := exec.Command(binary, "--plain", "--period", "5s", log)
	headless.Env = environment(t)
	if err := headless.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { headless.Process.Kill(); headless.Wait() }()
	var written atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		write(file, 50_000, &written, stop)
	}()
	defer func() { close(stop); <-stopped }()
	eventually(t, "some seconds of lines are written and weir follows", func() bool { return written.Load() > 3*50_000 && term.shows("LIVE") })

	const over = 20 * time.Second
	without := make(chan float64)
	go func() { without <- cpuShare(t, headless.Process.Pid, over) }()
	start := time.Now()
	before := len(term.text())
	with := cpuShare(t, term.cmd.Process.Pid, over)
	plain := <-without
	sent := len(term.text()) - before
	t.Logf("50 000 lines/s, 200x60: %.2f %% of a core with the screen, %.2f %% without; the screen's work (goal < 5 %%): %.2f %%", 100*with, 100*plain, 100*(with-plain))
	t.Logf("%d lines were written", written.Load())
	t.Logf("frames (goal at most 10/s): %.1f/s, %d bytes/s to the terminal", float64(term.frames(start))/over.Seconds(), sent/int(over.Seconds()))

	var took []time.Duration
	for range 20 {
		took = append(took, term.answers(t, "t", "theme "))
	}
	t.Logf("a key is answered (goal < 50 ms): %s", spread(took))
}

// frames counts the bursts of output since a time.
func (term *terminal) frames(since time.Time) int {
	term.mu.Lock()
	defer term.mu.Unlock()
	n, last := 0, time.Time{}
	for _, r := range term.reads {
		if r.at.Before(since) {
			continue
		}
		if r.at.Sub(last) > 10*time.Millisecond {
			n++
		}
		last = r.at
	}
	return n
}

// answers is how long after a key a text came.
func (term *terminal) answers(t *testing.T, key, text string) time.Duration {
	t.Helper()
	from := len(term.text())
	start := time.Now()
	term.press(t, key)
	for {
		if term.has(from, text) {
			return time.Since(start)
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("%q shows no %q", key, text)
		}
		time.Sleep(time.Millisecond) // what is measured is real time
	}
}

// has reports whether a text has come after the first bytes.
func (term *terminal) has(from int, text string) bool {
	term.mu.Lock()
	defer term.mu.Unlock()
	return from <= term.output.Len() && bytes.Contains(term.output.Bytes()[from:], []byte(text))
}
