//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// terminal is a pseudo terminal that answers no question, with weir in it.
type terminal struct {
	master, slave *os.File // the slave stays open, to see how it is left
	cmd           *exec.Cmd
	before        unix.Termios
	exited        chan struct{}

	mu     sync.Mutex
	output bytes.Buffer
	reads  []read
	reader sync.WaitGroup
}

// read is when the output had grown to a size.
type read struct {
	size int
	at   time.Time
}

func openTerminal(t *testing.T, program string, args ...string) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: 120, Rows: 40}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{master: master, slave: slave, exited: make(chan struct{})}
	term.before = term.settings(t)
	term.cmd = exec.Command(program, args...)
	term.cmd.Env = environment(t)
	term.cmd.Stdin, term.cmd.Stdout, term.cmd.Stderr = slave, slave, slave
	term.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	term.reader.Go(func() {
		chunk := make([]byte, 64<<10)
		for {
			n, err := master.Read(chunk)
			term.mu.Lock()
			term.output.Write(chunk[:n])
			term.reads = append(term.reads, read{term.output.Len(), time.Now()})
			term.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	go func() {
		term.cmd.Wait()
		close(term.exited)
	}()
	t.Cleanup(func() {
		term.cmd.Process.Kill()
		<-term.exited
		slave.Close()
		term.reader.Wait() // the last slave is closed, so reading ends
		master.Close()
	})
	return term
}

func (term *terminal) settings(t *testing.T) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(term.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.output.String()
}

func (term *terminal) shows(what string) bool { return strings.Contains(term.text(), what) }

func (term *terminal) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := term.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func (term *terminal) hasExited() bool {
	select {
	case <-term.exited:
		return true
	default:
		return false
	}
}

var mode = regexp.MustCompile(`\x1b\[\?([0-9;]+)([hl])`)

// modes returns the private modes that text leaves different from a terminal
// just opened, as "1049 on".
func modes(text string) []string {
	state := map[string]string{"25": "h"} // the cursor shows
	left := []string{}
	for _, found := range mode.FindAllStringSubmatch(text, -1) {
		for number := range strings.SplitSeq(found[1], ";") {
			state[number] = found[2]
		}
	}
	for number, s := range state {
		switch {
		case number == "25" && s == "l":
			left = append(left, "25 off")
		case number != "25" && s == "h":
			left = append(left, number+" on")
		}
	}
	return left
}

func (term *terminal) mustBeRestored(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(term.before, term.settings(t)); diff != "" {
		t.Errorf("the terminal's settings before (-) and after (+):\n%s", diff)
	}
	if left := modes(term.text()); len(left) > 0 {
		t.Errorf("modes left: %v", left)
	}
}

// quietLog is a log to which nothing is added.
func quietLog(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "192.0.2.%d - - [21/Nov/2025:07:%02d:%02d +0000] \"GET /s%d/page HTTP/1.1\" 200 %d \"-\" \"Mozilla/5.0\"\n", i%200, i/60%60, i%60, i%9, i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const enteredAltScreen, leftAltScreen = "\x1b[?1049h", "\x1b[?1049l"

func TestFirstFrameNeedsNoAnswerFromTheTerminal(t *testing.T) {
	start := time.Now()
	term := openTerminal(t, binary, quietLog(t))
	eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
	t.Logf("first frame after %v", time.Since(start).Round(time.Millisecond))
	for name, question := range map[string]string{
		"the background colour": "\x1b]11;?", "the foreground colour": "\x1b]10;?", "the cursor": "\x1b[6n", "its attributes": "\x1b[c",
	} {
		if term.shows(question) {
			t.Errorf("weir asked the terminal for %s", name)
		}
	}
}

func TestTerminalIsRestored(t *testing.T) {
	signal := func(s syscall.Signal) func(*testing.T, *terminal) {
		return func(t *testing.T, term *terminal) {
			if err := term.cmd.Process.Signal(s); err != nil {
				t.Error(err)
			}
		}
	}
	key := func(k string) func(*testing.T, *terminal) {
		return func(t *testing.T, term *terminal) { term.press(t, k) }
	}
	for name, end := range map[string]func(*testing.T, *terminal){
		"after q": key("q"), "after ctrl+c": key("\x03"),
		"after SIGTERM": signal(syscall.SIGTERM), "after SIGHUP": signal(syscall.SIGHUP), "after SIGINT": signal(syscall.SIGINT),
		"after SIGQUIT": signal(syscall.SIGQUIT),
	} {
		t.Run(name, func(t *testing.T) {
			term := openTerminal(t, binary, quietLog(t))
			eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
			if cmp.Equal(term.before, term.settings(t)) || !term.shows(enteredAltScreen) {
				t.Error("the terminal is not in raw mode and on its other screen: this test proves nothing")
			}
			end(t, term)
			eventually(t, "weir has left", term.hasExited)
			eventually(t, "the other screen is left", func() bool { return term.shows(leftAltScreen) })
			term.mustBeRestored(t)
		})
	}
}

func TestStacksAreToldOnTheShellsScreen(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			term := openTerminal(t, binary, quietLog(t))
			eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
			if err := term.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			eventually(t, "weir has left", term.hasExited)
			eventually(t, "all stacks are told after the screen is left", func() bool {
				_, after, _ := strings.Cut(term.text(), leftAltScreen)
				return strings.Contains(after, unix.SignalName(s)) && strings.Contains(after, "main.main()") && strings.Contains(after, "tui.Run")
			})
			term.mustBeRestored(t)
			if code := term.cmd.ProcessState.ExitCode(); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
		})
	}
}

// Where a panic is planted: at the beginning of a function.
var panics = []struct{ where, file, function string }{
	{"while counting", "ingest/pump.go", "(p *Pump) tick"},
	{"while drawing", "tui/view.go", "(m *Model) View"},
}

func TestTerminalIsRestoredAfterAPanic(t *testing.T) {
	for _, p := range panics {
		t.Run(p.where, func(t *testing.T) {
			term := openTerminal(t, buildBroken(t, p.file, p.function), quietLog(t))
			eventually(t, "the other screen is entered", func() bool { return term.shows(enteredAltScreen) })
			eventually(t, "weir has left", term.hasExited)
			eventually(t, "the other screen is left", func() bool { return term.shows(leftAltScreen) })
			term.mustBeRestored(t)
			if term.cmd.ProcessState.Success() {
				t.Error("weir says that all went well")
			}
			var after string
			eventually(t, "weir tells why it ended", func() bool {
				_, after, _ = strings.Cut(term.text(), leftAltScreen)
				return strings.Contains(after, "the dam broke")
			})
			t.Logf("%.300q", after)
		})
	}
}

// buildBroken builds weir with a panic a second after its start, in a function.
func buildBroken(t *testing.T, file, function string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(function) + `\(.*\{$`)
	if !head.Match(source) {
		t.Fatalf("%s has no function %s: name another to plant the panic in", file, function)
	}
	dir := t.TempDir()
	put := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	broken := put("broken.go", head.ReplaceAllString(string(source), "$0\n\tburst()\n"))
	burst := put("burst.go", "package "+filepath.Base(filepath.Dir(file))+`

import "time"

var damBuilt = time.Now()

func burst() {
	if time.Since(damBuilt) > time.Second {
		panic("the dam broke")
	}
}
`)
	replace := map[string]string{path: broken, filepath.Join(filepath.Dir(path), "burst.go"): burst}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "weir")
	if out, err := build(to, "-overlay", put("overlay.json", string(overlay))); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return to
}
