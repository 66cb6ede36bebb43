// Command weir is a full-screen terminal monitor for logs: point it at an
// access log and see at a glance what is going on, whether it is bad, why, and
// which lines say so.
package main

import (
	"weir/tui/quiet"

	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the image has no zone files

	"github.com/alecthomas/kong"

	"weir/archive"
	"weir/archive/report"
	"weir/ingest"
	"weir/stats"
	"weir/tui/theme"
)

// Exit codes, the same everywhere.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitDiskFull    = 4
	exitInterrupted = 130
)

// exits says what the exit codes mean.
var exits = []struct {
	code  int
	means string
}{
	{0, "done"}, {exitFailed, "failed"}, {exitUsage, "usage or config"}, {3, "credentials or endpoint"}, {exitDiskFull, "disk full"},
	{5, "verification failed"}, {75, "another instance holds the lock"}, {exitInterrupted, "interrupted"},
}

// patience is how long a signal waits for a clean end.
const patience = 5 * time.Second

// cli is the command line: one field a command, each owned by its package.
type cli struct {
	Watch      watchCmd           `cmd:"" default:"withargs" help:"The dashboard; what weir does when no command is named."`
	Parse      ingest.ParseCmd    `cmd:"" help:"Print one JSON object for each parsed line."`
	Detect     ingest.DetectCmd   `cmd:"" help:"Name each file's format, the share of lines it explains and the runner-up." brief:"Name each file's format, and how many lines it explains."`
	Report     reportCmd          `cmd:"" help:"Print a report of files."`
	Analyse    analyseCmd         `cmd:"" help:"Explore the records of everything: fresh logs and restored ones."`
	Play       playCmd            `cmd:"" help:"Show again what a session file says."`
	Rules      rulesCmd           `cmd:"" help:"The rules in force, and what they would have found in logs."`
	Archive    archive.Cmd        `cmd:"" help:"Compress complete logs, upload them, prove it, then delete them."`
	Restore    archive.RestoreCmd `cmd:"" help:"Bring archived logs back."`
	Clean      archive.CleanCmd   `cmd:"" help:"Delete restored files, and nothing else."`
	Config     configCmd          `cmd:"" help:"Print every effective setting and where it comes from."`
	Doctor     doctorCmd          `cmd:"" help:"Look whether weir can do its work here, and say what to do."`
	Version    versionCmd         `cmd:"" help:"Print the version."`
	Completion completionCmd      `cmd:"" help:"Print a completion script for bash, zsh or fish."`
	Man        manCmd             `cmd:"" help:"Print the manual page: weir man | man -l -"`

	ConfigFile  string      `name:"config" placeholder:"FILE" help:"Read settings from FILE instead of the usual places."`
	ShowVersion versionFlag `name:"version" short:"V" env:"-" hidden:"" help:"Print the version."`
}

const (
	description = `A full-screen terminal monitor for logs.`
	precedence  = `Settings: flag, then environment (WEIR_…), then config file ($XDG_CONFIG_HOME/weir/config.toml, /etc/weir/config.toml), then default.`
)

func main() {
	lavish()
	quiet.Restore()
	signal.Ignore(syscall.SIGXFSZ) // a file at its limit (ulimit -f) is an error of the write
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup means it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	go func() { // whatever hangs must not keep the process: the screen has long been restored
		<-ctx.Done()
		time.Sleep(patience)
		os.Exit(exitFailed)
	}()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args []string, stdin *os.File, stdout, stderr *os.File) int {
	var c cli
	settings := &settings{}
	exited := -1
	c.Archive.Push.NewSummary, c.Archive.Upload.NewSummary = newSummary, newSummary
	parser, err := newParser(c.grammar(args), settings, stdout, stderr, func(code int) { exited = code })
	if err != nil {
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return exitFailed
	}
	if err := settings.load(parser, args, stderr); err != nil && !asksForHelp(args) {
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return exitUsage
	}
	if len(args) > 0 && args[0] == "help" { // as in other programs: weir help report
		args = append(slices.Clone(args[1:]), "--help")
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help printed what was asked for
		return exited
	}
	if bad, ok := errors.AsType[*badValue](err); ok { // kong says the flag again before it
		err = bad
	}
	if full(err) { // where help was to go
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return exitDiskFull
	}
	if err != nil {
		fmt.Fprintf(stderr, "weir: %v\n(%s)\n", err, whereHelpIs(parser, args))
		return exitUsage
	}
	frugal()
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(stdout, (*io.Writer)(nil))
	command.Bind(streams{stdin, stdout, stderr}, settings, parser)
	switch err := command.Run(); {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, new(ingest.UsageError)):
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return exitUsage
	case full(err):
		fmt.Fprintf(stderr, "weir: %v\n", err)
		return exitDiskFull
	default:
		fmt.Fprintf(stderr, "weir: %s\n", report.VisibleLines(err.Error()))
		return archive.ExitCode(err)
	}
}

// full reports whether err is of a disk that is full.
func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// newSummary returns what counts a file for its manifest.
func newSummary() archive.Summary { return stats.NewRollup() }

// newParser returns the parser of the command line, every flag under its rule.
func newParser(grammar any, s *settings, stdout, stderr io.Writer, exit func(int)) (*kong.Kong, error) {
	parser, err := kong.New(grammar, kong.Name("weir"), kong.Description(description), kong.DefaultEnvars("WEIR"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(help), kong.Writers(stdout, stderr),
		kong.Exit(exit), durations, kong.Resolvers(s), kong.Vars{"themes": strings.Join(theme.Names(), ",")})
	if err != nil {
		return nil, err
	}
	guard(parser)
	return parser, nil
}

// whereHelpIs says what lists the flags that args may have.
func whereHelpIs(parser *kong.Kong, args []string) string {
	if len(args) > 0 {
		for _, command := range parser.Model.Children {
			if command.Name == args[0] {
				return "weir " + command.Name + " --help lists its flags"
			}
		}
	}
	return "weir --help lists every command, weir watch --help the flags of the monitor"
}

// asksForHelp reports whether help or the version is asked for, which is given in any case.
func asksForHelp(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--help", "-h", "--version", "-V":
			return true
		}
	}
	return false
}

// streams are the process's own.
type streams struct{ in, out, err *os.File }
