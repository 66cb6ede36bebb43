package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/charmbracelet/x/term"

	"weir/archive/report"
	"weir/ingest"
	"weir/ingest/format"
	"weir/tui/paint"
	"weir/tui/theme"
)

// doctorCmd looks whether weir can do its work here.
type doctorCmd struct {
	Files []string `arg:"" optional:"" name:"file" help:"Files, globs or directories to look at (default: /tmp/access.log)."`
}

// finding is what a look at one thing gave. Where something is wrong, do says
// what to do about it.
type finding struct{ what, is, do string }

var errUnwell = errors.New("something is wrong: the lines with → say what to do")

// Run is the command.
func (c *doctorCmd) Run(ctx context.Context, s streams, settings *settings) error {
	found := append(terminal(s.out), wallClock(time.Now()), configuration(settings))
	files, err := c.files(ctx, s.in)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	var unwell error
	for _, f := range append(found, files...) {
		fmt.Fprintf(w, "%s\t%s\n", report.Visible(f.what), report.Visible(f.is))
		if f.do != "" {
			fmt.Fprintf(w, "\t→ %s\n", f.do)
			unwell = errUnwell
		}
	}
	return errors.Join(w.Flush(), unwell)
}

// terminal looks at the terminal and what the environment says of it.
func terminal(out *os.File) []finding {
	size := finding{what: "terminal", is: "none: weir prints text, as with --plain"}
	if w, h, err := term.GetSize(out.Fd()); err == nil {
		if size.is = fmt.Sprintf("%d columns, %d rows", w, h); w < 40 || h < 10 {
			size.do = "make it 40x10 or larger, better 80x24: so small it shows a line or two"
		}
	}
	t := theme.Detect(os.Getenv)
	colours := finding{what: "colours", is: t.Profile.Name() + " (TERM=" + os.Getenv("TERM") + ")"}
	if os.Getenv("NO_COLOR") != "" {
		colours.is += ", as NO_COLOR is set"
	}
	characters := finding{what: "characters", is: "Unicode"}
	if t.Glyphs == &paint.ASCII {
		characters.is = "ASCII, as TERM and the locale say"
		characters.do = "export LANG=C.UTF-8 for graphs and borders, in a terminal that shows them"
	}
	return []finding{size, colours, characters}
}

// written is a year that is over: a clock before it was never set.
const written = 2025

// wallClock tells the time as weir has it.
func wallClock(now time.Time) finding {
	f := finding{what: "clock", is: now.Format("2006-01-02 15:04:05 -0700 MST")}
	if now.Year() < written {
		f.do = "set the clock: it is in the past, and what a log says now is in its future"
	}
	return f
}

// configuration tells where settings come from; that they are right is proven.
func configuration(s *settings) finding {
	if len(s.files) == 0 {
		return finding{what: "settings", is: "no config file"}
	}
	return finding{what: "settings", is: strings.Join(s.files, ", ")}
}

// files looks whether logs can be read and understood.
func (c *doctorCmd) files(ctx context.Context, in *os.File) ([]finding, error) {
	if len(c.Files) == 0 {
		c.Files = []string{defaultLog}
	}
	names, err := ingest.Expand(c.Files)
	if err != nil {
		return nil, err
	}
	var all []finding
	for _, name := range names {
		f := finding{what: name}
		lines, err := ingest.Sample(ctx, name, in, 1000)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch found := format.Detect(lines, format.Options{}); {
		case err != nil:
			f.is, f.do = err.Error(), "mend that, or name another file; the dashboard waits for it"
		case len(lines) == 0:
			f.is = "empty: the dashboard waits for lines"
		case len(found) == 0 || found[0].Share == 0:
			f.is, f.do = "in no known format", "name its format with --format, or its nginx.conf with weir detect --nginx-conf"
		default:
			if f.is = fmt.Sprintf("%s, %.4g %% of its lines", found[0].Format, 100*found[0].Share); found[0].Share < 0.9 {
				f.do = "weir parse --bad shows the others, and why"
			}
		}
		all = append(all, f)
	}
	return all, nil
}
