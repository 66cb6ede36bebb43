package tui

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"
)

// job is the program as a shell's job: ctrl+z stops it, fg continues it. Bubble
// Tea's own Suspend waits for ever where no shell is there to stop a job.
type job struct {
	keys    *os.File // a terminal; nil is none
	out     *synchronised
	resumed func() // called as the screen is to be drawn anew

	stop        chan struct{}
	cooked, raw *term.State
	held        bool // nothing is drawn
}

const (
	toShell   = "\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?25h\x1b[?1049l" + reordered
	fromShell = "\x1b[?1049h\x1b[?25l"
)

// unstopped is how long after asking to be stopped it is clear that nobody does:
// the kernel does not stop a program without a shell.
const unstopped = 200 * time.Millisecond

// newJob must be called before the terminal is in raw mode.
func newJob(keys io.Reader, out *synchronised) *job {
	j := &job{out: out, stop: make(chan struct{}, 1)}
	if f, ok := keys.(*os.File); ok && term.IsTerminal(f.Fd()) {
		j.keys = f
		j.cooked, _ = term.GetState(f.Fd()) // nil is left as it is
	}
	return j
}

// suspend asks for the stop and returns at once.
func (j *job) suspend() {
	select {
	case j.stop <- struct{}{}:
	default:
	}
}

// start serves the shell until the function it returns is called.
func (j *job) start(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-continued: // stopped by another hand
				j.back()
			case <-j.stop:
				j.leave()
				if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
					slog.Warn("not suspended", "error", err)
				}
				select {
				case <-continued:
				case <-time.After(unstopped):
				}
				j.back()
			}
		}
	})
	return func() {
		cancel()
		serving.Wait()
		signal.Stop(continued)
	}
}

// leave gives the terminal to the shell as it was.
func (j *job) leave() {
	j.out.mu.Lock()
	j.held = true
	if j.keys != nil {
		j.raw, _ = term.GetState(j.keys.Fd())
	}
	j.restore()
}

// restore is called with the screen locked, so that nothing is drawn after it.
func (j *job) restore() {
	j.write(toShell)
	if j.keys != nil && j.cooked != nil {
		j.set(j.cooked)
	}
}

// back takes the terminal again, in whatever state it comes.
func (j *job) back() {
	if !j.held {
		j.out.mu.Lock()
		j.raw = j.out.raw
	}
	if j.keys != nil && j.raw != nil {
		j.set(j.raw)
	}
	j.write(fromShell)
	j.held = false
	j.out.mu.Unlock()
	j.resumed()
}

func (j *job) set(state *term.State) {
	if err := term.SetState(j.keys.Fd(), state); err != nil {
		slog.Warn("terminal mode not set", "error", err)
	}
}

func (j *job) write(sequence string) {
	if _, err := j.out.File.WriteString(sequence); err != nil && gone(err) {
		j.out.lost()
	}
}

// continued is the message that the shell has given the terminal back.
type continued struct{}

// redraw shows everything anew and turns on what a shell has turned off.
func (m *Model) redraw() tea.Cmd {
	all := []tea.Cmd{tea.HideCursor, tea.EnableBracketedPaste, tea.ClearScreen, tea.WindowSize()}
	if !m.cfg.NoMouse {
		all = append(all, tea.EnableMouseCellMotion)
	}
	return tea.Sequence(all...)
}
