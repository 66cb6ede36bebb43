package event

import "strings"

// Reject says why a line is not an Event. Reasons are few and fixed, so that
// lines can be counted by them; Field and Column say where the parser stopped.
type Reject struct {
	Reason Reason
	Field  string // the field that failed, by its OpenTelemetry name; "" when unknown
	Column int    // 0-based byte offset where parsing failed
}

// String says why in words: "bad time", "bad field client.address".
func (r *Reject) String() string {
	why := r.Reason.String()
	if r.Field == "" || strings.HasSuffix(why, " "+r.Field) {
		return why
	}
	return why + " " + r.Field
}

// Reason is a class of lines that did not parse.
type Reason uint8

// The reasons. The first four are expected and not counted as unparsed.
const (
	Blank      Reason = iota // nothing but white space
	Directive                // "#Fields:", a CSV header, a comment
	LeftOut                  // parsed, and not wanted: --ignore-bots
	Continued                // goes on with the record before it: a stack trace
	NoFormat                 // no known format explains the line
	BadField                 // a field does not hold what the format says
	NoTime                   // the time does not parse
	Truncated                // the line ends early
	Trailing                 // the line goes on after its last field
	Binary                   // NUL bytes or mostly control characters
	TooLong                  // longer than the reader's bound
	NumReasons = iota
)

var reasons = [NumReasons]string{"blank", "directive", "left out", "continued", "no known format", "bad field", "bad time", "truncated", "trailing text", "binary", "too long"}

// String is the reason as the screen says it.
func (r Reason) String() string {
	if int(r) < len(reasons) {
		return reasons[r]
	}
	return "unknown"
}

// Expected tells lines that are no events by design.
func (r Reason) Expected() bool { return r <= Continued }

// Bad is one line that did not parse, kept as a sample.
type Bad struct {
	Reject
	Line int64 // 1-based number in its source, counted from where reading began
	Text []byte
	Near string // the other format that comes furthest into it, "" where none does or nobody asked
}

// Batch is some lines of one source, parsed. The receiver hands it back with
// Recycle when it has taken what it needs; until then it owns the memory.
type Batch struct {
	Source   int             // index of the source, from 0
	Events   []Event         // in the order of the lines
	Rows     Rows            // of the events, where the source had the time to make them; else empty
	Bad      []Bad           // samples of what did not parse, at most a few a batch
	Rejected [NumReasons]int // lines that did not parse, by Reason
	Lines    int             // lines read, parsed or not
	Bytes    int             // bytes read, line ends included
	Offset   int64           // byte offset in the file after this batch
	Beyond   int             // bytes of the buffer that the events' Raw are in, behind the last line
	Replay   bool            // read from what was already there, from its first line at least, not as it came
	Anew     bool            // the index was of another source before; such a batch has no lines
	Recycle  func(*Batch)
}

// Reserve makes room for n events at once, in an empty b. Growing one by one copies
// them again and again.
func (b *Batch) Reserve(n int) {
	if cap(b.Events) < n {
		b.Events = make([]Event, 0, n)
		for i := range b.Events[:n] {
			b.Events[:n][i].Status = Unknown // memory that is read before it is written costs a second page fault
		}
	}
}

// Next appends a reset Event to b, reusing memory, and returns it. Drop undoes it.
func (b *Batch) Next() *Event {
	if n := len(b.Events); n < cap(b.Events) {
		b.Events = b.Events[:n+1]
	} else {
		b.Events = append(b.Events, Event{})
	}
	e := &b.Events[len(b.Events)-1]
	e.Reset()
	return e
}

// NextUsual is Next with an Event that is only reset as ResetRest does.
func (b *Batch) NextUsual() *Event {
	n := len(b.Events)
	if n == cap(b.Events) {
		return b.Next()
	}
	b.Events = b.Events[:n+1]
	e := &b.Events[n]
	e.ResetRest()
	return e
}

// Drop takes back the event that Next or NextUsual returned last.
func (b *Batch) Drop() { b.Events = b.Events[:len(b.Events)-1] }

// Clear empties b and keeps its memory.
func (b *Batch) Clear() {
	b.Rows.Clear()
	*b = Batch{Events: b.Events[:0], Rows: b.Rows, Bad: b.Bad[:0], Recycle: b.Recycle}
}
