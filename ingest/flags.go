package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/alert"
	"weir/ingest/event"
	"weir/ingest/format"
)

// UsageError is a wrong flag or argument: the message says what to do.
type UsageError struct{ Err error }

// Error is the wrapped error's text.
func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.Err }

// UnreadError says which of the files that were named could not be read. All
// others were.
type UnreadError struct{ Err error }

// Error is the wrapped error's text.
func (e UnreadError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e UnreadError) Unwrap() error { return e.Err }

// Flags are what every command that reads logs can be told.
type Flags struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files, globs or directories; - is standard input."`
	Format   string   `group:"Input:" default:"auto" placeholder:"auto" brief:"A format's name, or nginx', Apache's or GoAccess' string." help:"auto, the name of a format, or a custom one in nginx log_format, Apache LogFormat or GoAccess notation."`
	Timezone string   `group:"Input:" default:"local" placeholder:"local" brief:"Zone of times, as in UTC or Europe/Berlin." help:"Zone of the times shown, and of log times that name none: local, UTC or a name like Europe/Berlin."`
	Since    string   `group:"Input:" default:"all" placeholder:"all" brief:"How much to read of what is there: all, end, 2h, a time." help:"How much of what is already there to read: all, end, a duration or a time."`
	Refine
	Spool    int64         `kong:"-"` // bytes kept of what a stream brings, to be read again
	Waits    func(string)  `kong:"-"` // told, with once, of a named pipe that has no writer; may be nil
	Skip     []string      `kong:"-"` // files that no glob or directory yields: weir's own
	Lateness time.Duration `group:"Input:" default:"5s" brief:"How late a line may be; --spool keeps what is piped in." help:"How much later than the newest line a line still counts in time."`
}

// Session is a Reader that feeds a Pump.
type Session struct {
	Reader   *Reader
	Pump     *Pump
	Records  *Records // the lines, to be read again
	Location *time.Location

	batches chan *event.Batch
}

// Location returns the zone named by --timezone.
func (f *Flags) Location() (*time.Location, error) {
	loc, err := zoneOf(f.Timezone)
	if err != nil {
		return nil, UsageError{fmt.Errorf("--timezone %q: %w", f.Timezone, err)}
	}
	return loc, nil
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "local" {
		return time.Local, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("no such zone: write local, UTC or a name like Europe/Berlin")
	}
	return loc, nil
}

// Parsers returns what makes a parser for each source. Without keep its events
// come without their further fields, even where --filter asks for some.
func (f *Flags) Parsers(keep bool) (func() Parser, error) {
	loc, err := f.Location()
	if err != nil {
		return nil, err
	}
	o := format.Options{Location: loc, Now: time.Now(), Keep: keep}
	if detects(f.Format) {
		return f.Refine.parser(func() Parser { return format.NewAuto(o) }, loc)
	}
	chosen, err := named(f.Format)
	if err != nil {
		return nil, UsageError{fmt.Errorf("--format %q: %w", f.Format, err)}
	}
	return f.Refine.parser(func() Parser { return given{format.NewOne(chosen, o)} }, loc)
}

// detects reports whether a --format leaves the choice to weir.
func detects(spec string) bool { return spec == "" || spec == "auto" }

// named is the format of that name, or the custom one that spec describes.
func named(spec string) (format.Format, error) {
	if f, ok := format.Lookup(spec); ok {
		return f, nil
	}
	return format.Custom(spec)
}

// CheckFormat says what is wrong with a --format, and what to write.
func CheckFormat(spec string) error {
	if detects(spec) {
		return nil
	}
	_, err := named(spec)
	return err
}

// CheckTimezone says what is wrong with a --timezone, and what to write.
func CheckTimezone(name string) error {
	_, err := zoneOf(name)
	return err
}

// CheckSince says what is wrong with a --since, and what to write.
func CheckSince(text string) error {
	_, err := parseSince(text, time.UTC)
	return err
}

// CheckFilter says what is wrong with a --filter, and where.
func CheckFilter(expression string) error {
	if expression == "" {
		return nil
	}
	_, err := compile(expression, time.UTC)
	return err
}

// CheckNetworks says what is wrong with a --client-from.
func CheckNetworks(list string) error {
	_, err := prefixes(list)
	return err
}

// given is a parser whose format the user named.
type given struct {
	*format.One
}

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
	keep := f.further(loc, cfg.Rules)
	parsers, err := f.Parsers(keep)
	if err != nil {
		return nil, err
	}
	s := &Session{Location: loc, batches: make(chan *event.Batch, 1)}
	s.Reader, err = New(Config{Paths: f.Files, Once: once, Since: f.Since, Stdin: stdin, NewParser: parsers, Location: loc, Skip: f.Skip, Spool: f.Spool, Waits: f.Waits}, s.batches)
	if err != nil {
		return nil, err
	}
	if files, err := Expand(f.Files); err == nil && cfg.Horizon.IsZero() {
		cfg.Horizon = horizon(files, parsers)
	}
	keeping, err := f.Parsers(true)
	if err != nil {
		return nil, err
	}
	s.Records = NewRecords(RecordsConfig{Sources: s.Reader.Sources, Restored: func() []event.Source { return s.Pump.Restored() }, Parsers: keeping, Lean: parsers, Location: loc, After: s.Reader.since.from(time.Now()), spool: s.Reader.spool, closeSpools: s.Reader.closeSpools})
	if !keep {
		cfg.Keeping = keeping
	}
	cfg.Parsers, cfg.spool, cfg.trail = parsers, s.Reader.spool, s.Reader.trail
	cfg.dropped = s.Reader.dropped.Load
	cfg.Sources, cfg.Location, cfg.Stats.Lateness = s.Reader.Sources, loc, max(f.Lateness, 1) // 0 would be the default
	s.Pump = NewPump(cfg, s.batches)
	return s, nil
}

// further tells whether --filter or a rule asks for further fields: then every
// event has to come with them.
func (f *Flags) further(zone *time.Location, rules []alert.Rule) bool {
	only, _ := compile(f.Filter, zone) // Parsers says what is wrong
	return only.Attributes() || slices.ContainsFunc(rules, func(r alert.Rule) bool { return r.Attributes })
}

// Run reads and counts until everything is read or ctx ends. After an
// UnreadError all that could be read is counted.
func (s *Session) Run(ctx context.Context) error {
	var unread error
	group, ctx := errgroup.WithContext(ctx)
	group.Go(Protect(func() error {
		defer close(s.batches)
		err := s.Reader.Run(ctx)
		if errors.As(err, new(UnreadError)) {
			unread, err = err, nil // the Pump goes on to the end
		}
		return err
	}))
	group.Go(Protect(func() error { return s.Pump.Run(ctx) }))
	return errors.Join(group.Wait(), unread)
}

// Partly reports whether err, which Run returned, leaves something to report on.
func (s *Session) Partly(err error) bool {
	return errors.As(err, new(UnreadError)) && slices.ContainsFunc(s.Reader.Sources(), func(s event.Source) bool {
		return s.State == event.Done || s.Lines > 0
	})
}
