package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"weir/ingest/format"
)

// DetectCmd names each file's format.
type DetectCmd struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files, globs or directories; - is standard input."`
	Timezone string   `default:"local" hidden:""`
	Lines    int      `default:"1000" help:"How many lines of each file to look at."`
	JSON     bool     `help:"One JSON object a file."`

	NginxConf string `placeholder:"FILE" help:"Read the formats and the logs from an nginx configuration and what it includes."`
}

// detected is what is known of one file's format.
type detected struct {
	Path     string       `json:"path"`
	Format   string       `json:"format,omitempty"` // absent when no format explains a line
	Share    float64      `json:"share"`            // of the lines that should be events
	RunnerUp string       `json:"runner_up,omitempty"`
	Next     float64      `json:"runner_up_share,omitempty"`
	Lines    int          `json:"lines"`           // looked at
	First    *unexplained `json:"first,omitempty"` // the first line that the format does not explain
	Err      string       `json:"error,omitempty"`
}

// unexplained is a line that a format does not explain, and where it stops.
type unexplained struct {
	Line   int    `json:"line"`   // 1-based
	Column int    `json:"column"` // 1-based
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
	Near   string `json:"nearest,omitempty"` // the other format that comes furthest
	Text   string `json:"text"`
}

// shownText is how much of a line is shown, in bytes.
const shownText = 200

// Run is the command.
func (c *DetectCmd) Run(ctx context.Context, out io.Writer) error {
	if c.NginxConf != "" {
		return c.nginx(ctx, out)
	}
	files, err := Expand(c.Files)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	var found []detected
	var errs []error
	for _, file := range files {
		lines, err := Sample(ctx, file, os.Stdin, c.Lines)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f := find(file, lines)
		if err != nil {
			f.Err = err.Error()
			errs = append(errs, err)
		}
		found = append(found, f)
	}
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		for i := range found {
			if err := encoder.Encode(&found[i]); err != nil {
				return fmt.Errorf("write to standard output: %w", err)
			}
		}
		return errors.Join(errs...)
	}
	return errors.Join(append(errs, tell(out, found))...)
}

// find says what format lines are in.
func find(path string, lines [][]byte) detected {
	f := detected{Path: path, Lines: len(lines)}
	o := format.Options{Now: time.Now()}
	all := format.Detect(lines, o)
	var first *unexplained
	if len(all) == 0 {
		if n, reject := format.Unexplained(lines, o); reject != nil {
			first = &unexplained{Line: n + 1, Column: reject.Column + 1, Reason: reject.Reason.String(), Field: reject.Field}
		}
	} else {
		best := &all[0]
		f.Format, f.Share = cmp.Or(best.Inside, best.Format), best.Share
		if len(all) > 1 {
			f.RunnerUp, f.Next = all[1].Format, all[1].Share
		}
		if r := best.First; r != nil {
			first = &unexplained{Line: best.Line + 1, Column: r.Column + 1, Reason: r.Reason.String(), Field: r.Field}
		}
	}
	if first != nil {
		line := lines[first.Line-1]
		first.Near = format.Nearest(line, f.Format, first.Column-1)
		first.Text = string(line[:min(len(line), shownText)])
		f.First = first
	}
	return f
}

// tell prints a table, and below it what is not explained, as weir parse --bad does.
func tell(out io.Writer, found []detected) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "FILE\tFORMAT\tEXPLAINS\tRUNNER-UP\n")
	for i := range found {
		f := &found[i]
		best, next := cmp.Or(f.Format, "unknown"), "-"
		if f.RunnerUp != "" {
			next = f.RunnerUp + " " + percent(f.Next)
		}
		switch {
		case f.Err != "":
			fmt.Fprintf(w, "%s\tnot readable\t-\t-\n", f.Path)
		case f.Lines == 0:
			fmt.Fprintf(w, "%s\tempty\t-\t-\n", f.Path)
		default:
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Path, best, percent(f.Share), next)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	head := "\nNot explained, the first line of each:\n"
	for i := range found {
		u := found[i].First
		if u == nil {
			continue
		}
		why := u.Reason
		if u.Field != "" && !strings.HasSuffix(why, " "+u.Field) {
			why += " " + u.Field
		}
		if u.Near != "" && found[i].Format == "" {
			why += ", nearest format " + u.Near
		} else if u.Near != "" {
			why += ", nearest other format " + u.Near
		}
		fmt.Fprintf(out, "%s%s:%d:%d: %s: %q\n", head, found[i].Path, u.Line, u.Column, why, u.Text)
		head = ""
	}
	return nil
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }
