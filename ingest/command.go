package ingest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"weir/ingest/event"
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
	zone, err := c.Location()
	if err != nil {
		return err
	}
	if len(c.Files) == 0 {
		c.Files = []string{"-"}
	}
	batches := make(chan *event.Batch, 4)
	reader, err := New(Config{Paths: c.Files, Once: !c.Follow, Since: c.Since, Location: zone, Stdin: os.Stdin, NewParser: parsers, AllBad: c.Bad, Waits: tellWait}, batches)
	if err != nil {
		return err
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(batches)
		return reader.Run(running)
	})
	group.Go(func() error { return c.print(batches, reader, bufio.NewWriterSize(out, 64<<10)) })
	if err := group.Wait(); err != nil {
		return err
	}
	if !c.Follow && ctx.Err() != nil {
		return ctx.Err()
	}
	if !c.Bad {
		tellUnknown(reader.Sources())
	}
	return unreadable(reader.Sources())
}

// tellUnknown says of which sources no line parses.
func tellUnknown(sources []event.Source) {
	for i := range sources {
		s := &sources[i]
		if n := s.Unparsed(); n > 0 && s.Parsed == 0 {
			fmt.Fprintf(os.Stderr, "weir: no line of %s parses, of %d: weir detect says where they stop, --bad of each, --format names a format\n", s.Path, n)
		}
	}
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
				fmt.Fprintf(os.Stderr, "%s:%d:%d: %s: %q\n", source.Path, bad.Line, bad.Column+1, &bad.Reject, bad.Text)
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
