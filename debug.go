package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/x/term"

	"weir/ingest"
)

// log sends slog where it can't touch the screen.
func (c *watchCmd) log(stderr *os.File, screen bool) (func(), error) {
	if !c.Debug && !c.DebugColor && c.DebugFile == "" {
		slog.SetDefault(slog.New(slog.DiscardHandler))
		return func() {}, nil
	}
	out := stderr
	if c.DebugFile == "" && screen {
		c.DebugFile = filepath.Join(os.TempDir(), "weir-debug.log")
	}
	closeLog := func() {}
	if c.DebugFile != "" {
		f, err := os.OpenFile(c.DebugFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the debug log: %w", err)
		}
		if screen && term.IsTerminal(f.Fd()) {
			f.Close()
			return nil, ingest.UsageError{Err: fmt.Errorf("--debug-file %s is a terminal, and the screen is on one: name a file, or add --plain", c.DebugFile)}
		}
		out, closeLog = f, func() { f.Close() }
	}
	var w io.Writer = out
	if c.DebugColor {
		w = colored{out}
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return closeLog, nil
}

// logStart says what runs, with which settings and on what, and, as soon as
// there is one, which signal has come, until the function it returns is called.
func logStart(ctx context.Context, parser *kong.Kong, files []string, screen bool) func() bool {
	slog.Info("start", "version", versionText(), "go", runtime.Version(), "system", runtime.GOOS+"/"+runtime.GOARCH,
		"cores", runtime.NumCPU(), "pid", os.Getpid(), "screen", screen)
	var settings []any
	for _, f := range parser.Model.DefaultCmd.Flags {
		settings = append(settings, f.Name, f.Target.Interface())
	}
	slog.Info("settings", settings...)
	for _, path := range files {
		switch info, err := os.Stat(path); {
		case path == "-":
			slog.Info("input", "path", path)
		case err != nil:
			slog.Info("input", "path", path, "problem", err)
		default:
			slog.Info("input", "path", path, "mode", info.Mode().String(), "size", info.Size(), "changed", info.ModTime())
		}
	}
	return context.AfterFunc(ctx, func() { slog.Info("signal", "cause", context.Cause(ctx)) })
}

// logEnd says what was read since the start, and why that ends.
func logEnd(ctx context.Context, s *ingest.Session, start time.Time) {
	attributes := []any{"took", time.Since(start).Round(time.Millisecond), "cause", context.Cause(ctx)}
	if m := s.Pump.Moment(); m != nil {
		attributes = append(attributes, "lines", m.Total.Lines, "parsed", m.Total.Parsed, "unparsed", m.Total.Unparsed,
			"late", m.Total.Late, "future", m.Total.Future, "dropped", m.Total.Dropped, "alerts", len(m.Alerts))
		for i := range m.Sources {
			source := &m.Sources[i]
			slog.Info("input read", "path", source.Path, "format", source.Format, "state", source.State, "lines", source.Lines)
		}
	}
	slog.Info("end", attributes...)
}

// colored colours a debug log by its level.
type colored struct{ out io.Writer }

func (c colored) Write(line []byte) (int, error) {
	colour := "\x1b[2m"
	switch {
	case bytes.Contains(line, []byte("level=ERROR")):
		colour = "\x1b[31m"
	case bytes.Contains(line, []byte("level=WARN")):
		colour = "\x1b[33m"
	case bytes.Contains(line, []byte("level=INFO")):
		colour = "\x1b[32m"
	}
	if _, err := fmt.Fprintf(c.out, "%s%s\x1b[0m\n", colour, bytes.TrimSuffix(line, []byte("\n"))); err != nil {
		return 0, err
	}
	return len(line), nil
}
