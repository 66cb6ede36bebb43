package main

import (
	"fmt"
	"io"

	"weir/ingest"
	"weir/tui/paint"
	"weir/tui/panel"
)

// oneLine prints the status line wherever it changes.
type oneLine struct {
	out    io.Writer
	glyphs *paint.Glyphs
	once   bool // the last line is all there is
	last   string
	failed error // the first failure to write
}

// moment prints the line of a Moment unless that was printed last.
func (o *oneLine) moment(m *ingest.Moment) {
	if m == nil || m.Seq == 1 { // at first nobody has looked yet
		return
	}
	line := panel.OneLine(m, o.glyphs)
	if line == o.last {
		return
	}
	o.last = line
	if _, err := fmt.Fprintln(o.out, line); err != nil && o.failed == nil {
		o.failed = fmt.Errorf("write to standard output: %w", err)
	}
}

func (o *oneLine) attach(cfg *ingest.PumpConfig) {
	if !o.once {
		cfg.OnMoment = o.moment
	}
}

// rest prints nothing: a status line is of now.
func (o *oneLine) rest(*ingest.Session) {}

func (o *oneLine) failure() error { return o.failed }

// final prints the line of everything read.
func (o *oneLine) final(s *ingest.Session) {
	m := *s.Pump.Moment()
	m.Total.Backlog = 1
	o.moment(&m)
}
