// Package format turns a line into an Event and tells which format a file is
// in. One file a format; Formats is the table of them all. It is pure: no I/O,
// no goroutines, no clock.
package format

import (
	"time"

	"weir/ingest/event"
)

// Options are what a parser needs to know beside the line. The zero value works.
type Options struct {
	Location *time.Location // for times without a zone; nil is UTC
	Now      time.Time      // about when the lines were written: picks the year of year-less dates
	Keep     bool           // keep further fields as Attributes (slower; weir parse and Explore want it)

	within bool  // the lines stand within others, which hold no further ones
	past   *past // shared by the parsers of one stream; nil for one of its own
}

// Parser reads the lines of one stream in order. It may remember what earlier
// lines said (a #Fields: header, the minute last parsed), so every stream has
// its own. It allocates nothing per line.
type Parser interface {
	// Parse fills e, which has been Reset, from line, which has no line end. It
	// returns nil, or why the line is no event: then e is Reset again, never
	// half filled. The Reject is the parser's own and valid until the next call.
	Parse(line []byte, e *event.Event) *event.Reject
}

// Format is a way to write log lines.
type Format struct {
	Name  string // as --format takes it and weir detect prints it
	Title string // one line for a person
	New   func(Options) Parser
	// Append writes e as a line of this format, without line end. It is nil for
	// formats that weir only reads. Parse of what Append wrote gives e again.
	Append func(dst []byte, e *event.Event) []byte
	// Last is a format for lines that are in no other: it is not asked while another is in force.
	Last bool
	// Prose formats hold messages, which may go on over further lines.
	Prose bool
	// Dated formats have messages behind a time alone between their lines, as Go's log writes them.
	Dated bool
	// Stateful formats parse a line by what earlier lines said.
	Stateful bool
	// Paired formats tell of one event in two lines, so that each line is parsed only once.
	Paired bool
}
