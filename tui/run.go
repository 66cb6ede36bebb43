package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/term"

	"weir/tui/paint"
	"weir/tui/theme"
)

// Run shows the screen on out until the user quits or ctx ends; both return
// nil. It returns ErrHangup when the terminal is gone. The terminal is as it was
// before in every case, a panic included. Where in is no terminal (a log is
// piped in), keys come from the controlling one.
func Run(ctx context.Context, cfg Config, backend Backend, in io.Reader, out *os.File) error {
	w, h, err := term.GetSize(out.Fd())
	if err != nil {
		return fmt.Errorf("the screen needs a terminal (use --plain without one): %w", err)
	}
	if w <= 0 || h <= 0 { // a terminal that nobody has given a size yet
		w, h = 80, 24
	}
	if cfg.Terminal.Glyphs == nil {
		cfg.Terminal = theme.Detect(os.Getenv)
	}
	cfg.Copy = clipboard(out)
	slog.Info("terminal", "columns", w, "rows", h, "term", os.Getenv("TERM"), "colours", cfg.Terminal.Profile.Name(),
		"ascii", cfg.Terminal.Glyphs == &paint.ASCII, "mute", cfg.Terminal.Mute)
	keys, release := keyboard(in)
	defer release()
	var terminal line
	screen := &synchronised{File: out, lost: terminal.cut}
	shell := newJob(keys, screen)
	cfg.Suspend = shell.suspend
	screen.keys = shell.keys
	options := []tea.ProgramOption{
		tea.WithInput(keys), tea.WithOutput(screen),
		tea.WithAltScreen(), tea.WithoutSignalHandler(), tea.WithFilter(sift), tea.WithFPS(25),
	}
	if !cfg.NoMouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	model := New(cfg, backend, w, h)
	defer model.room.Close()
	defer model.vault.Close()
	program := tea.NewProgram(model, options...)
	terminal.end = program.Kill
	defer terminal.watch(ctx, out)()
	shell.resumed = func() { program.Send(continued{}) }
	defer shell.start(ctx)()
	defer shell.catch()()
	// Quit and not tea.WithContext: that ends the program under the goroutine
	// that reads the keys, which then reads from a closed descriptor.
	defer context.AfterFunc(ctx, program.Quit)()
	_, err = program.Run()
	if !terminal.lost.Load() {
		out.WriteString(reordered) //nolint:errcheck // the shell reads on where it was not heard
	}
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
	case terminal.lost.Load() || gone(err):
		slog.Error("terminal lost", "error", err)
		return ErrHangup
	case err != nil && ctx.Err() != nil:
		return nil // quit from outside
	}
	if err != nil {
		return fmt.Errorf("the screen stopped: %w", err)
	}
	return nil
}

// keyboard returns in where it is a terminal, otherwise the controlling
// terminal, and no keys at all where there is none.
func keyboard(in io.Reader) (io.Reader, func()) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(f.Fd()) {
		return f, func() {}
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return nil, func() {}
	}
	return tty, func() { tty.Close() }
}

// sift hides the size from Bubble Tea's renderer (see resize) and drops the
// movements of the mouse, which nothing here is interested in.
func sift(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return resize{msg.Width, msg.Height}
	case tea.MouseMsg:
		if msg.Action == tea.MouseActionMotion || msg.Action == tea.MouseActionRelease {
			return nil
		}
	}
	return msg
}

// A terminal that orders letters itself would turn a row around with its borders
// where it holds Hebrew or Arabic ones. It is told that every cell stands where it
// is put (ECMA-48's BDSM; others ignore it).
const (
	placed    = "\x1b[8l"
	reordered = "\x1b[8h" // as it was
)

// synchronised brackets each frame, so that a terminal shows it all at once
// (DEC private mode 2026; others ignore it).
type synchronised struct {
	*os.File
	lost func() // called when there is no terminal any more

	mu   sync.Mutex // held while a shell has the terminal
	keys *os.File   // the terminal that the keys come from; nil is none
	raw  *term.State
}

// Write writes one frame.
func (s *synchronised) Write(frame []byte) (int, error) {
	var b strings.Builder
	b.Grow(len(frame) + 20)
	b.WriteString("\x1b[?2026h" + placed)
	b.Write(frame)
	b.WriteString("\x1b[?2026l")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys != nil && s.raw == nil { // Bubble Tea has made it raw before it writes
		s.raw, _ = term.GetState(s.keys.Fd())
	}
	if _, err := s.File.WriteString(b.String()); err != nil {
		if gone(err) {
			s.lost()
		}
		return 0, err
	}
	return len(frame), nil
}

// clipboard returns what puts a text on the terminal's clipboard (OSC 52).
func clipboard(out io.Writer) func(string) {
	return func(text string) {
		seq := osc52.New(text)
		if strings.HasPrefix(os.Getenv("TERM"), "screen") && os.Getenv("TMUX") == "" {
			seq = seq.Screen()
		}
		seq.WriteTo(out) //nolint:errcheck // a clipboard that does not answer is no reason to stop
	}
}
