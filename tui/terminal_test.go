package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"weir/alert"
	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
	"weir/tui/quiet"
)

// TestMain lets the test binary be the program in a terminal: started with
// WEIR_SCREEN set it shows a screen and does nothing else.
func TestMain(m *testing.M) {
	quiet.Restore()
	if kind := os.Getenv("WEIR_SCREEN"); kind != "" {
		os.Exit(screen(kind))
	}
	os.Exit(m.Run())
}

// still is a backend whose one Moment holds a few requests.
type still struct{ moment *ingest.Moment }

func (s still) Moment() *ingest.Moment { return s.moment }
func (s still) Ask(ingest.Query)       {}

func stillLife() still {
	g := stats.New(stats.Config{})
	for i := range int64(200) {
		g.Add(&event.Event{Time: (1000 + i/20) * 1e9, Status: 200, Bytes: 10, Duration: 1e6, Path: []byte("/a/b"), Client: []byte("192.0.2.1"), Agent: []byte("agent")})
	}
	return still{&ingest.Moment{
		Seq: 1, Now: time.Unix(1010, 0), At: 1010, Live: true, Span: 10 * time.Second, Step: 1,
		Window: g.Window(1000, 1010), Before: g.Window(990, 1000), Series: g.Series(410, 1010, 1),
		Threshold: 10, AlertPeriod: 2 * time.Minute,
		Sources: []event.Source{{Path: "access.log", State: event.Live}},
		Alerts:  []alert.Change{},
		Total:   ingest.Totals{Backlog: 1, Lines: 200, Parsed: 200},
	}}
}

func screen(kind string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	stdin := os.Stdin
	if strings.HasPrefix(kind, "deaf") {
		signal.Ignore(syscall.SIGHUP)
	}
	if strings.HasSuffix(kind, "piped") {
		stdin, _, _ = os.Pipe()
	}
	cfg := Config{Title: []string{"access.log"}, Location: time.UTC}
	if kind == "panic" {
		cfg.Label = func(string) string { panic("a panel is broken") }
	}
	if log, ok := strings.CutPrefix(kind, "explore "); ok {
		parsers, err := (&ingest.Flags{Timezone: "UTC"}).Parsers(true)
		if err != nil {
			panic(err)
		}
		sources := []event.Source{{Path: log, State: event.Live}}
		cfg.Records = ingest.NewRecords(ingest.RecordsConfig{Sources: func() []event.Source { return sources }, Parsers: parsers})
	}
	if err := Run(ctx, cfg, stillLife(), stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// terminal is a pseudo terminal with the program in it. It answers no query.
type terminal struct {
	*os.File
	cmd    *exec.Cmd
	before *term.State
	slave  *os.File

	mu   sync.Mutex
	out  bytes.Buffer
	last bool // after the next read nobody reads any more
	end  chan struct{}
}

func start(t *testing.T, kind string, w, h int, env ...string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: uint16(h), Cols: uint16(w)}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), "WEIR_SCREEN="+kind, "TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=", "CI="), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if kind == "job" { // in the session of a shell, which is what stops jobs
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tt := &terminal{File: master, cmd: cmd, before: before, slave: slave, end: make(chan struct{})}
	go func() {
		defer close(tt.end)
		buf := make([]byte, 64<<10)
		for {
			n, err := master.Read(buf)
			tt.mu.Lock()
			tt.out.Write(buf[:n])
			last := tt.last
			tt.mu.Unlock()
			if err != nil || last {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		slave.Close()
		master.Close()
		<-tt.end
	})
	return tt
}

// hangUp closes the terminal under the program. Closing waits for whoever reads
// from it, so that ends first, with what the program draws at another size.
func (tt *terminal) hangUp(t *testing.T) {
	t.Helper()
	tt.mu.Lock()
	tt.last = true
	tt.mu.Unlock()
	if err := pty.Setsize(tt.File, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	<-tt.end
	if err := tt.Close(); err != nil {
		t.Fatal(err)
	}
}

func (tt *terminal) seen() string {
	tt.mu.Lock()
	defer tt.mu.Unlock()
	return tt.out.String()
}

// until waits for a text to be sent, and returns everything sent so far.
func (tt *terminal) until(t *testing.T, text string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if got := tt.seen(); strings.Contains(got, text) {
			return got
		}
	}
	t.Fatalf("the terminal never saw %q but\n%q", text, tt.seen())
	return ""
}

// ended waits for the program and checks that the terminal is as it was.
func (tt *terminal) ended(t *testing.T, wantCode int) string {
	t.Helper()
	err := tt.cmd.Wait()
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if code != wantCode {
		t.Errorf("exit code %d, want %d", code, wantCode)
	}
	out := tt.until(t, "\x1b[?1049l")
	if strings.LastIndex(out, placed) >= 0 {
		out = tt.until(t, reordered)
	}
	for _, on := range []string{"\x1b[?1049h", "\x1b[?25l", "\x1b[?1002h", "\x1b[?2004h"} {
		off := strings.NewReplacer("25l", "25h", "h", "l").Replace(on)
		if strings.Contains(on, "25l") {
			off = "\x1b[?25h"
		}
		if last := strings.LastIndex(out, on); last >= 0 && strings.LastIndex(out, off) < last {
			t.Errorf("%q was sent and never taken back by %q", on, off)
		}
	}
	after, err := term.GetState(tt.slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	if *after != *tt.before {
		t.Errorf("terminal modes %+v, want %+v", after, tt.before)
	}
	return out
}

func TestTerminalThatAnswersNothingGetsAFrameAndNoQuestion(t *testing.T) {
	tt := start(t, "plain", 80, 24)
	out := tt.until(t, "192.0.2.1")
	for name, query := range map[string]string{"background colour": "\x1b]11;?", "foreground colour": "\x1b]10;?", "cursor position": "\x1b[6n", "attributes": "\x1b[c", "version": "\x1b[>q"} {
		if strings.Contains(out, query) {
			t.Errorf("asked for the %s", name)
		}
	}
	io.WriteString(tt, "q")
	tt.ended(t, 0)
}

func TestFramesAreSentWhole(t *testing.T) {
	tt := start(t, "plain", 80, 24)
	tt.until(t, "192.0.2.1")
	io.WriteString(tt, "q")
	out := tt.ended(t, 0)
	if opened, closed := strings.Count(out, "\x1b[?2026h"), strings.Count(out, "\x1b[?2026l"); opened == 0 || opened != closed {
		t.Errorf("%d frames begun and %d ended", opened, closed)
	}
}

func TestLettersThatGoLeftStayInTheirCells(t *testing.T) {
	tt := start(t, "plain", 80, 24)
	out := tt.until(t, "192.0.2.1")
	if at := strings.Index(out, placed); at < 0 || at > strings.Index(out, "192.0.2.1") {
		t.Error("the first frame comes before the terminal is told to leave cells where they are")
	}
	io.WriteString(tt, "q")
	if out = tt.ended(t, 0); strings.LastIndex(out, placed) > strings.LastIndex(out, reordered) {
		t.Error("the terminal is left so")
	}
}

func TestTerminalIsRestored(t *testing.T) {
	for name, end := range map[string]struct {
		kind string
		how  func(tt *terminal)
		code int
	}{
		"by q":       {"plain", func(tt *terminal) { io.WriteString(tt, "q") }, 0},
		"by ctrl+c":  {"plain", func(tt *terminal) { io.WriteString(tt, "\x03") }, 0},
		"by SIGTERM": {"plain", func(tt *terminal) { tt.cmd.Process.Signal(syscall.SIGTERM) }, 0},
		"by SIGHUP":  {"plain", func(tt *terminal) { tt.cmd.Process.Signal(syscall.SIGHUP) }, 0},
		"by SIGQUIT": {"plain", func(tt *terminal) { tt.cmd.Process.Signal(syscall.SIGQUIT) }, 2},
		"by SIGABRT": {"plain", func(tt *terminal) { tt.cmd.Process.Signal(syscall.SIGABRT) }, 2},
		"by a panic": {"panic", func(tt *terminal) { pty.Setsize(tt.File, &pty.Winsize{Rows: 40, Cols: 120}) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tt := start(t, end.kind, 80, 24)
			tt.until(t, "192.0.2.1")
			end.how(tt)
			tt.ended(t, end.code)
		})
	}
}

func TestResizeIsDrawnAnew(t *testing.T) {
	tt := start(t, "plain", 80, 24)
	tt.until(t, "192.0.2.1")
	for _, size := range [][2]int{{120, 40}, {60, 12}, {20, 5}, {80, 24}} {
		before := len(tt.seen())
		if err := pty.Setsize(tt.File, &pty.Winsize{Rows: uint16(size[1]), Cols: uint16(size[0])}); err != nil {
			t.Fatal(err)
		}
		m := New(Config{Title: []string{"access.log"}, Location: time.UTC}, stillLife(), size[0], size[1])
		last := strings.TrimRight(strings.Split(strings.TrimRight(plain(m), "\n"), "\n")[0], " ")
		word := strings.Fields(last)[0]
		deadline := time.Now().Add(20 * time.Second)
		for !strings.Contains(tt.seen()[before:], "\x1b[2J") || !strings.Contains(tt.seen()[before:], word) {
			if time.Now().After(deadline) {
				t.Fatalf("no new picture at %dx%d", size[0], size[1])
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	io.WriteString(tt, "q")
	tt.ended(t, 0)
}
