package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"weir/ingest/event"
)

// sampler is a Parser that keeps the first lines instead of parsing them.
type sampler struct {
	lines  [][]byte
	most   int
	enough context.CancelFunc
	reject event.Reject
}

func (s *sampler) Format() string { return "" }

func (s *sampler) Parse(line []byte, _ *event.Event) *event.Reject {
	if len(s.lines) < s.most {
		s.lines = append(s.lines, bytes.Clone(line))
	} else {
		s.enough()
	}
	s.reject = event.Reject{Reason: event.Directive}
	return &s.reject
}

// Sample returns the first n lines of a file as the Reader cuts them, decoded
// where the file is compressed. "-" is stdin. Of a named
// pipe that has no writer it tells on standard error.
func Sample(ctx context.Context, path string, stdin io.Reader, n int) ([][]byte, error) {
	reading, enough := context.WithCancel(ctx)
	defer enough()
	s := &sampler{most: n, enough: enough}
	batches := make(chan *event.Batch, 1)
	reader, err := New(Config{Paths: []string{path}, Once: true, Stdin: stdin, NewParser: func() Parser { return s }, Waits: tellWait}, batches)
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() {
		defer close(batches)
		done <- reader.Run(reading)
	}()
	for b := range batches {
		if b.Recycle != nil {
			b.Recycle(b)
		}
	}
	if err := <-done; ctx.Err() != nil {
		return nil, ctx.Err()
	} else if err != nil && reading.Err() == nil {
		return nil, err
	}
	return s.lines, unreadable(reader.Sources())
}

// tellWait tells on standard error of a pipe that is waited for.
func tellWait(pipe string) { fmt.Fprintf(os.Stderr, "weir: waiting for a writer of %s\n", pipe) }
