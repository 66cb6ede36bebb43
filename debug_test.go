package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// session is weir in a terminal, its standard error too.
type session struct {
	*os.File
	cmd *exec.Cmd
	end chan struct{}
	mu  sync.Mutex
	out bytes.Buffer
}

func inTerminal(t *testing.T, args ...string) *session {
	t.Helper()
	return inTerminalOf(t, 80, 24, args...)
}

func inTerminalOf(t *testing.T, w, h uint16, args ...string) *session {
	t.Helper()
	s := &session{cmd: process(t, args...), end: make(chan struct{})}
	s.cmd.Env = append(s.cmd.Env, "LANG=C.UTF-8")
	var err error
	if s.File, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: h, Cols: w}); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.end)
		buf := make([]byte, 64<<10)
		for {
			n, err := s.Read(buf)
			s.mu.Lock()
			s.out.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.Close()
		<-s.end
	})
	return s
}

func (s *session) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// until waits for what is written there.
func (s *session) until(t *testing.T, what string) {
	t.Helper()
	eventually(t, "the terminal sees "+what, func() bool { return strings.Contains(s.text(), what) })
}

// left waits for the end and returns all that was written, times made equal.
func (s *session) left(t *testing.T) string {
	t.Helper()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("weir left with %v", err)
	}
	<-s.end
	return s.text()
}

var (
	sequence = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)
	figures  = regexp.MustCompile(`[0-9]+([.][0-9]+)?`)
)

// rows are the distinct rows that were drawn, without colours and figures: those
// that change with time come in any order and number.
func rows(out string) map[string]bool {
	seen := make(map[string]bool)
	for row := range strings.SplitSeq(sequence.ReplaceAllString(out, ""), "\n") {
		seen[strings.Join(strings.Fields(figures.ReplaceAllString(row, "0")), " ")] = true
	}
	return seen
}

func quietLog(t *testing.T) string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "access.log")
	var times []int64
	for i := range int64(300) {
		times = append(times, 1_600_000_000+i/10)
	}
	writeLog(t, log, times)
	return log
}

func TestDebugNeverTouchesTheScreen(t *testing.T) {
	log := quietLog(t)
	debug := filepath.Join(t.TempDir(), "debug.log")
	play := func(args ...string) string {
		s := inTerminal(t, append(args, "--timezone=UTC", log)...)
		s.until(t, "log ends") // which the screen says once all is read
		io.WriteString(s, "\tz?")
		s.until(t, "Places")
		before := len(s.text())
		if err := pty.Setsize(s.File, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all is drawn anew", func() bool {
			_, anew, cleared := strings.Cut(s.text()[before:], "\x1b[2J")
			return cleared && strings.Contains(anew, "Places")
		})
		io.WriteString(s, "\x03")
		return s.left(t)
	}
	last := func(out string) map[string]bool { return rows(out[strings.LastIndex(out, "\x1b[2J"):]) }
	without := last(play())
	for _, flags := range [][]string{{"--debug", "--debug-file", debug}, {"--debug-color", "--debug-file", debug}, {"--debug"}} {
		out := play(flags...)
		for _, word := range []string{"level=", "msg=", "INFO", "DEBUG"} {
			if strings.Contains(out, word) {
				t.Errorf("%q: the terminal saw %q", flags, word)
			}
		}
		if diff := cmp.Diff(without, last(out)); diff != "" {
			t.Errorf("%q: the screen is another (-without, +with)\n%s", flags, diff)
		}
	}
	text, err := os.ReadFile(debug)
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"msg=start version=", "msg=settings", " alert=10 ", "msg=input path=" + log + " mode=-rw------- size=", "msg=terminal columns=80 rows=24",
		"colours=ANSI256", "msg=focus tab=Overview panel=", "msg=action key=z", "msg=end took=", "lines=300", "format=common",
	} {
		if !strings.Contains(string(text), words) {
			t.Errorf("the debug log has no %q:\n%s", words, text)
		}
	}
	if plain, coloured, _ := strings.Cut(string(text), "\x1b["); strings.Contains(plain, "\x1b") || coloured == "" {
		t.Error("--debug is coloured, or --debug-color is not")
	}
}

func TestDebugNamesTheSignal(t *testing.T) {
	log, debug := quietLog(t), filepath.Join(t.TempDir(), "debug.log")
	s := inTerminal(t, "--debug-file", debug, "--debug", log)
	s.until(t, "/s2")
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.left(t)
	if text, err := os.ReadFile(debug); err != nil || !strings.Contains(string(text), `msg=signal cause="terminated signal received"`) {
		t.Errorf("the debug log names no signal: %v\n%s", err, text)
	}
}

func TestDebugIsRefusedOnTheScreensTerminal(t *testing.T) {
	s := inTerminal(t, "--debug-file=/dev/tty", quietLog(t))
	s.until(t, "is a terminal")
	if err := s.cmd.Wait(); s.cmd.ProcessState.ExitCode() != exitUsage {
		t.Errorf("left with %v, want %d", err, exitUsage)
	}
}

func TestDebugWithoutScreenIsOnStandardError(t *testing.T) {
	log := quietLog(t)
	_, want, _ := weir(t, "--once", log)
	code, out, errs := weir(t, "--once", "--debug", log)
	if code != 0 || out != want || !strings.Contains(errs, "msg=end") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestDemoWithFilesIsRefused(t *testing.T) {
	refused(t, []string{"--demo", "leave it out", "access.log"}, "--demo", "access.log")
	refused(t, []string{"--demo never ends"}, "--demo", "--once")
}
