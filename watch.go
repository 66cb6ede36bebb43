package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/charmbracelet/x/term"
	"golang.org/x/sync/errgroup"

	"weir/alert/notify"
	"weir/demo"
	"weir/ingest"
	"weir/ingest/format"
	"weir/tui"
	"weir/tui/theme"
	"weir/typo"
)

// watchCmd is the dashboard, with a screen or without.
type watchCmd struct {
	ingest.Flags

	ingest.RuleFlags
	AlertFile string `group:"Dashboard:" placeholder:"FILE" help:"Append alerts and recoveries to FILE as JSON lines."`

	Period  time.Duration `group:"Dashboard:" default:"10s" help:"Statistics window." brief:"Statistics window; --refresh=500ms is the screen's."`
	Refresh time.Duration `group:"Dashboard:" default:"500ms" help:"Screen refresh." brief:"-"`
	Spool   string        `group:"Dashboard:" default:"256MB" placeholder:"256MB" help:"Disk space, in a temporary file, for what comes from standard input or a pipe, so that filters look back there too; or off." brief:"-"`
	Theme   string        `group:"Dashboard:" default:"dark" placeholder:"dark" enum:"${themes}" help:"Colours, one of ${themes}."`
	NoMouse bool          `group:"Dashboard:" help:"Leave the mouse to the terminal, so that text can be selected." brief:"Leave the mouse to the terminal, to select text."`
	Demo    bool          `group:"Dashboard:" help:"Show generated traffic with faults on a schedule; needs nothing." brief:"Show generated traffic; another --seed is another day."`
	Seed    int64         `group:"Dashboard:" default:"1" help:"The demo's random seed: the same seed gives the same traffic." brief:"-"`

	vaultFlags

	Plain    bool `group:"No screen:" help:"No screen: a block of statistics every period, alerts as lines (the default when standard output is no terminal)." brief:"Statistics every period, alerts as lines; --no-curses too."`
	NoCurses bool `group:"No screen:" help:"The same as --plain." brief:"-"`
	Oneline  bool `group:"No screen:" help:"Only the status line, whenever it changes, for the status bar of tmux; with --once a single one." brief:"Only the status line, as for the status bar of tmux."`
	Once     bool `group:"No screen:" help:"Read to the end, print the report and leave." brief:"Read to the end, print a report, leave; --json as JSON."`
	JSON     bool `group:"No screen:" help:"With --plain or --once: JSON, one object a period." brief:"-"`

	History    string `default:"off" placeholder:"off" help:"Where history is kept: off, as this version keeps none." brief:"-"`
	Debug      bool   `help:"Log what weir does, to --debug-file." brief:"Log to --debug-file; --debug-color colours it."`
	DebugFile  string `placeholder:"FILE" help:"Where --debug writes (default: standard error, or weir-debug.log in the temporary directory while the screen is up)." brief:"-"`
	DebugColor bool   `help:"Colour the debug log (implies --debug)." brief:"-"`

	play []string // commands for the screen
}

// defaultLog is what weir reads when nothing is named.
const defaultLog = "/tmp/access.log"

// face shows what is counted.
type face interface {
	// attach has cfg tell the face what it shows.
	attach(cfg *ingest.PumpConfig)
	// rest shows what has come since the face was last told.
	rest(s *ingest.Session)
	// final shows everything that was read.
	final(s *ingest.Session)
	// failure is the first error of showing, or nil.
	failure() error
}

// Run is the command.
func (c *watchCmd) Run(ctx context.Context, s streams, command *kong.Context, settings *settings) (err error) {
	if err := errors.Join(c.contradiction(), c.misplaced(command.Kong)); err != nil {
		return err
	}
	screen := !c.Plain && !c.NoCurses && !c.Oneline && !c.Once && !c.JSON && term.IsTerminal(s.out.Fd())
	rules, err := c.Rules(settings.rules, screen)
	if err != nil {
		return err
	}
	closeLog, err := c.log(s.err, screen)
	if err != nil {
		return err
	}
	defer closeLog()
	if len(c.Files) == 0 && !c.Demo {
		file, err := usual(s.in, defaultLog)
		if err != nil {
			return err
		}
		c.Files = []string{file}
	}
	defer logStart(ctx, command.Kong, c.Files, screen)()

	title := c.Files
	var generator *demo.Generator
	if c.Demo {
		scratch, err := demo.NewScratch()
		if err != nil {
			return err
		}
		defer func() { _ = scratch.Close() }() // what stays is taken away by the next demo
		if generator, err = c.prepareDemo(command, scratch.Dir); err != nil {
			return err
		}
	}
	archived := make(chan struct{}) // what the demo has in its archive
	vault, err := c.vault(screen, archived)
	if err != nil {
		return err
	}
	alerts, err := c.alertsFile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, alerts.Close()) }()
	cfg := ingest.PumpConfig{
		Window: c.Period, Refresh: c.Refresh, Threshold: c.Alert, AlertPeriod: c.AlertPeriod, Replay: c.Once, Stay: screen, Rules: rules,
	}
	if c.AlertFile != "" {
		cfg.OnChange = alerts.Write // otherwise nobody waits for it
	}
	shown, news, err := c.face(s, screen)
	if err != nil {
		return err
	}
	if !screen {
		alerts.Tell = func(text string) { fmt.Fprintf(s.err, "weir: %s\n", text) }
	}
	shown.attach(&cfg)
	session, err := c.open(cfg, s.in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Records.Close()) }()
	defer logEnd(ctx, session, time.Now())

	// From here on nothing fails before all is waited for that has begun.
	outer := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, running := errgroup.WithContext(ctx)
	if c.Demo {
		group.Go(ingest.Protect(func() error { return generator.Run(running) }))
	}
	group.Go(func() error {
		defer close(archived)
		if c.Demo && screen {
			c.archiveDemo(running)
		}
		return nil
	})
	reading, stop := context.WithCancel(running)
	group.Go(func() error {
		defer stop()
		return session.Run(running)
	})
	if !screen && term.IsTerminal(s.out.Fd()) {
		group.Go(func() error { return tui.Hangup(reading, s.out) })
	}
	if screen {
		if vault != nil {
			vault.Timeline, vault.Location = session.Pump, session.Location
		}
		agents := format.NewAgents(1024)
		group.Go(func() error {
			defer cancel()
			return tui.Run(running, tui.Config{
				Title: title, Refresh: c.Refresh, Theme: c.Theme, NoMouse: c.NoMouse, Demo: c.Demo, News: news, Trouble: alerts.Trouble,
				Records: session.Records, Vault: vault, Play: c.play, Location: session.Location, Label: func(agent string) string { return agents.Label([]byte(agent)) },
			}, session.Pump, s.in, s.out)
		})
	}
	err = group.Wait()
	switch {
	case c.Once && ctx.Err() == nil && (err == nil || session.Partly(err)):
		shown.final(session)
	case !c.Once && err == nil:
		shown.rest(session)
	}
	if c.Once && err == nil && outer.Err() != nil { // there is no report
		err = outer.Err()
	}
	if screen && errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, shown.failure())
}

// face returns what shows the moments, and, of the screen, how it hears of new ones.
func (c *watchCmd) face(s streams, screen bool) (face, <-chan struct{}, error) {
	zone, err := c.Location()
	switch {
	case err != nil:
		return nil, nil, err
	case screen:
		news := make(chan struct{}, 1)
		return bell(news), news, nil
	case c.Oneline:
		return &oneLine{out: s.out, glyphs: theme.Detect(os.Getenv).Glyphs, once: c.Once}, nil, nil
	}
	return &printer{out: &lines{Writer: s.out}, err: s.err, json: c.JSON, once: c.Once, zone: zone}, nil, nil
}

// bell tells the screen of new moments. What it has not yet looked at it finds with the next.
type bell chan<- struct{}

func (b bell) attach(cfg *ingest.PumpConfig) {
	cfg.OnMoment = func(*ingest.Moment) {
		select {
		case b <- struct{}{}:
		default:
		}
	}
}

func (bell) rest(*ingest.Session)  {}
func (bell) final(*ingest.Session) {}
func (bell) failure() error        { return nil }

// alertsFile opens --alert-file. A full disk is no wrong usage.
func (c *watchCmd) alertsFile() (*notify.File, error) {
	alerts, err := notify.Open(c.AlertFile)
	if err != nil && !full(err) {
		err = ingest.UsageError{Err: err}
	}
	return alerts, err
}

// open makes ready to read and to count. What weir itself writes is no input.
func (c *watchCmd) open(cfg ingest.PumpConfig, stdin *os.File) (session *ingest.Session, err error) {
	for _, own := range []string{c.AlertFile, c.DebugFile} {
		if own != "" {
			c.Skip = append(c.Skip, own)
		}
	}
	if c.Flags.Spool, err = ingest.SpoolSize(c.Spool); err != nil {
		return nil, ingest.UsageError{Err: fmt.Errorf("--spool: %w", err)}
	}
	return c.Flags.Open(cfg, c.Once, stdin)
}

// contradiction is the error of flags and arguments that exclude each other.
func (c *watchCmd) contradiction() error {
	switch {
	case c.Oneline && c.JSON:
		return ingest.UsageError{Err: errors.New("--oneline is text: leave out it, or --json")}
	case c.Demo && c.Once:
		return ingest.UsageError{Err: errors.New("--demo never ends: leave out --once, or name a file in its place")}
	case c.Demo && len(c.Files) > 0:
		return ingest.UsageError{Err: fmt.Errorf("--demo shows traffic of its own: leave it out, or %q", c.Files[0])}
	}
	return nil
}

// misplaced is the error of files that are none, and look like commands.
func (c *watchCmd) misplaced(parser *kong.Kong) error {
	var commands []string
	for _, n := range parser.Model.Children {
		if !n.Hidden {
			commands = append(commands, n.Name)
		}
	}
	for i, file := range c.Files {
		if strings.ContainsAny(file, "./*?[") {
			continue
		}
		if _, err := os.Lstat(file); err == nil {
			continue
		}
		near := typo.Nearest(file, commands)
		if begun := slices.IndexFunc(commands, func(name string) bool { return strings.HasPrefix(name, file) }); near == "" && begun >= 0 && len(file) > 1 {
			near = commands[begun]
		}
		switch {
		case near == file:
			return ingest.UsageError{Err: fmt.Errorf("%s is a command, and no file: write weir %s first (or ./%s to wait for such a file)", file, file, file)}
		case near != "" && i == 0:
			return ingest.UsageError{Err: fmt.Errorf("there is no command and no file %q: did you mean weir %s? (or ./%s to wait for such a file)", file, near, file)}
		}
	}
	return nil
}

// usual is what is read where nothing is named: what is piped in, or log. A file on standard input may be meant for others, as in a shell's loop, so
// it is not read; nor is it waited for another in its place.
func usual(in *os.File, log string) (string, error) {
	info, err := in.Stat()
	switch {
	case err != nil:
		return log, nil
	case info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0:
		return "-", nil
	case info.Mode().IsRegular() && info.Size() > 0:
		if _, err := os.Stat(log); errors.Is(err, fs.ErrNotExist) {
			return "", ingest.UsageError{Err: fmt.Errorf("no file is named, and %s is not there: write weir - to read the file on standard input", log)}
		}
	}
	return log, nil
}

// suitDemo sets what nobody chose to what the demo's traffic is made for.
func (c *watchCmd) suitDemo(command *kong.Context) {
	if !chosen(command, "alert") {
		c.Alert = demo.AlertThreshold
	}
	if !chosen(command, "alert-period") {
		c.AlertPeriod = demo.AlertPeriod
	}
}

// chosen reports whether a flag, the environment or a config file says what a setting is.
func chosen(command *kong.Context, name string) bool {
	for _, path := range command.Path {
		if path.Flag != nil && path.Flag.Name == name {
			return true
		}
	}
	_, ok := os.LookupEnv("WEIR_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
	return ok
}

// prepareDemo writes the demo's history to dir, and reads that. The generator has yet to run.
func (c *watchCmd) prepareDemo(command *kong.Context, dir string) (*demo.Generator, error) {
	generator := demo.New(demo.Config{Seed: c.Seed, Start: time.Now(), Dir: dir})
	slog.Debug("demo started", "seed", c.Seed, "directory", dir)
	if err := generator.Backfill(); err != nil {
		return nil, err
	}
	c.Files = generator.Files()
	c.suitDemo(command)
	return generator, nil
}
