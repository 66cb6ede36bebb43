package ingest

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/ingest/event"
	"weir/ingest/format"
)

// UsageError is a wrong flag or argument: the message says what to do.
type UsageError struct{ Err error }

// Error is the wrapped error's text.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.Err }

// Flags are what every command that reads logs can be told.
type Flags struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files, globs or directories; - is standard input."`
	Format   string   `default:"auto" placeholder:"NAME" help:"auto, the name of a format, or a custom one in nginx log_format, Apache LogFormat or GoAccess notation."`
	Timezone string   `default:"local" placeholder:"ZONE" help:"Zone of the times shown, and of log times that name none: local, UTC or a name like Europe/Berlin."`
	Since    string   `default:"all" placeholder:"WHEN" help:"How much of what is already there to read: all, end, a duration or a time."`
	Refine
	Skip     []string      `kong:"-"` // files that no glob or directory yields: weir's own
	Lateness time.Duration `default:"5s" help:"How much later than the newest line a line still counts in time."`
}

// Session is a Reader that feeds a Pump.
type Session struct {
	Reader   *Reader
	Pump     *Pump
	Location *time.Location

	batches chan *event.Batch
}

// Location returns the zone named by --timezone.
func (f *Flags) Location() (*time.Location, error) {
	if f.Timezone == "" || f.Timezone == "local" {
		return time.Local, nil
	}
	loc, err := time.LoadLocation(f.Timezone)
	if err != nil {
		return nil, UsageError{fmt.Errorf("--timezone %q is unknown: write local, UTC or a name like Europe/Berlin", f.Timezone)}
	}
	return loc, nil
}

// Parsers returns what makes a parser for each source.
func (f *Flags) Parsers(keep bool) (func() Parser, error) {
	loc, err := f.Location()
	if err != nil {
		return nil, err
	}
	o := format.Options{Location: loc, Now: time.Now(), Keep: keep}
	if f.Format == "" || f.Format == "auto" {
		return f.Refine.parser(func() Parser { return format.NewAuto(o) }, loc)
	}
	chosen, ok := format.Lookup(f.Format)
	if !ok {
		if chosen, err = format.Custom(f.Format); err != nil {
			return nil, UsageError{fmt.Errorf("--format %q: %w", f.Format, err)}
		}
	}
	return f.Refine.parser(func() Parser { return given{chosen.New(o), chosen.Name} }, loc)
}

// given is a parser whose format the user named.
type given struct {
	format.Parser
	name string
}

func (g given) Format() string { return g.name }

// Inside implements format.Wrapper.
func (g given) Inside() string {
	if w, ok := g.Parser.(format.Wrapper); ok {
		return w.Inside()
	}
	return ""
}

// Open prepares reading and counting; nothing runs before Run. With once, what
// is there is read to its end; otherwise what comes is followed.
func (f *Flags) Open(cfg PumpConfig, once bool, stdin io.Reader) (*Session, error) {
	loc, err := f.Location()
	if err != nil {
		return nil, err
	}
	parsers, err := f.Parsers(false)
	if err != nil {
		return nil, err
	}
	s := &Session{Location: loc, batches: make(chan *event.Batch, 8)}
	s.Reader, err = New(Config{Paths: f.Files, Once: once, Since: f.Since, Stdin: stdin, NewParser: parsers, Location: loc, Skip: f.Skip}, s.batches)
	if err != nil {
		return nil, err
	}
	if files, err := Expand(f.Files); err == nil && cfg.Horizon.IsZero() {
		cfg.Horizon = horizon(files, parsers)
	}
	cfg.Parsers = parsers
	cfg.Sources, cfg.Location, cfg.Stats.Lateness = s.Reader.Sources, loc, f.Lateness
	s.Pump = NewPump(cfg, s.batches)
	return s, nil
}

// Run reads and counts until everything is read or ctx ends.
func (s *Session) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(Protect(func() error {
		defer close(s.batches)
		return s.Reader.Run(ctx)
	}))
	group.Go(Protect(func() error { return s.Pump.Run(ctx) }))
	return group.Wait()
}
