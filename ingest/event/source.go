package event

import "time"

// State is how a source is doing.
type State uint8

// The states of a source.
const (
	Waiting    State = iota // named but not there yet
	Empty                   // there, with nothing in it yet
	Reading                 // catching up with what is already there
	Live                    // at the end, following
	Rotated                 // draining the old file before switching to the new one
	Gone                    // removed; waiting for it to come back
	Unreadable              // there, but it cannot be opened or read
	Done                    // read to its end and closed
)

var states = [...]string{"waiting", "empty", "reading", "live", "rotated", "gone", "unreadable", "done"}

// String is the state as the screen says it.
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return "unknown"
}

// Source is what is known of one input at one moment. It is a value: copies
// are immutable pictures.
type Source struct {
	Path      string // as shown: a path, "-" for standard input
	Format    string // name of the detected format, "" before detection
	How       string // how the format was found: "detected", "given"
	State     State
	Err       string // what went wrong and what to do, for Unreadable; what is waited for, for Waiting
	Since     time.Time
	Lines     int64 // lines read
	Parsed    int64
	Bytes     int64
	Rejected  [NumReasons]int64
	Bad       []Bad // the first few lines that did not parse
	Rotations int64
	Truncated int64  // times the file was truncated in place
	Behind    int64  // bytes not read yet
	Late      uint64 // lines of a second that was closed already
}

// Unparsed is the number of lines that should have been events and are not.
func (s *Source) Unparsed() int64 {
	n := int64(0)
	for r, c := range s.Rejected {
		if !Reason(r).Expected() {
			n += c
		}
	}
	return n
}
