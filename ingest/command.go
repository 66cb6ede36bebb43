package ingest

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"weir/ingest/event"
	"weir/ingest/format"
)

// ParseCmd prints one JSON object for each parsed line.
type ParseCmd struct {
	Flags
	Bad    bool `help:"Print the lines that do not parse, and why, on standard error."`
	Follow bool `short:"f" help:"Go on as the files grow."`
}

// Run is the command.
func (c *ParseCmd) Run(ctx context.Context, out io.Writer) error {
	parsers, err := c.Parsers(true)
	if err != nil {
		return err
	}
	if len(c.Files) == 0 {
		c.Files = []string{"-"}
	}
	batches := make(chan *event.Batch, 4)
	reader, err := New(Config{Paths: c.Files, Once: !c.Follow, Since: c.Since, Stdin: os.Stdin, NewParser: parsers, AllBad: c.Bad}, batches)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		return reader.Run(ctx)
	})
	group.Go(func() error { return c.print(batches, reader, bufio.NewWriterSize(out, 64<<10)) })
	if err := group.Wait(); err != nil {
		return err
	}
	return unreadable(reader.Sources())
}

func (c *ParseCmd) print(batches <-chan *event.Batch, reader *Reader, out *bufio.Writer) error {
	var line []byte
	for b := range batches {
		source := reader.Sources()[b.Source]
		for i := range b.Events {
			e := &b.Events[i]
			line = AppendJSON(line[:0], e, Place{Path: source.Path, Line: e.Line, Format: source.Format})
			if _, err := out.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("write to standard output: %w", err)
			}
		}
		if c.Bad {
			for i := range b.Bad {
				bad := &b.Bad[i]
				fmt.Fprintf(os.Stderr, "%s:%d:%d: %s %s: %q\n", source.Path, bad.Line, bad.Column+1, bad.Reason, bad.Field, bad.Text)
			}
		}
		if b.Recycle != nil {
			b.Recycle(b)
		}
		if len(batches) == 0 {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("write to standard output: %w", err)
			}
		}
	}
	return out.Flush()
}

// unreadable is the first source that could not be read, as an error.
func unreadable(sources []event.Source) error {
	for i := range sources {
		if sources[i].State == event.Unreadable {
			return fmt.Errorf("%s", sources[i].Err)
		}
	}
	return nil
}

// DetectCmd names each file's format.
type DetectCmd struct {
	Files    []string `arg:"" optional:"" name:"file" help:"Files, globs or directories; - is standard input."`
	Timezone string   `default:"local" hidden:""`
	Lines    int      `default:"1000" help:"How many lines of each file to look at."`

	NginxConf string `placeholder:"FILE" help:"Read the formats and the logs from an nginx configuration and what it includes."`
}

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
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "FILE\tFORMAT\tEXPLAINS\tRUNNER-UP\n")
	for _, file := range files {
		lines, err := Sample(ctx, file, os.Stdin, c.Lines)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			fmt.Fprintf(w, "%s\tempty\t-\t-\n", file)
			continue
		}
		found := format.Detect(lines, format.Options{})
		best, share, next := "unknown", "0 %", "-"
		if len(found) > 0 && found[0].Share > 0 {
			best, share = cmp.Or(found[0].Inside, found[0].Format), percent(found[0].Share)
		}
		if len(found) > 1 && found[1].Share > 0 {
			next = found[1].Format + " " + percent(found[1].Share)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", file, best, share, next)
	}
	return w.Flush()
}

func percent(share float64) string { return fmt.Sprintf("%.4g %%", 100*share) }
