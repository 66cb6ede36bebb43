package format

import (
	"weir/ingest/event"
)

// turns is how many lines in a row another format must explain, with none that
// the format in force explains between, before Auto changes over.
const turns = 3

// Auto is a Parser that finds the format by itself, line by line: a line that
// the format in force rejects is offered to the others, so that a file may mix
// formats or change them. Every format keeps what it has learned.
type Auto struct {
	formats []Format
	parsers []Parser // nil until first needed
	options Options

	current int // index of the format in force, -1 before any
	other   int // the format that explained a line last where the current did not
	streak  int // how many it explained since the current explained one
	bad     event.Reject
}

// NewAuto returns an Auto over Formats.
func NewAuto(o Options) *Auto {
	return &Auto{formats: Formats, parsers: make([]Parser, len(Formats)), options: o, current: -1, other: -1}
}

// Format names the format in force, "" before any line was explained.
func (a *Auto) Format() string {
	if a.current < 0 {
		return ""
	}
	return a.formats[a.current].Name
}

// Parse implements Parser. A line that no format explains costs one try of
// each, and most fail within the first bytes.
func (a *Auto) Parse(line []byte, e *event.Event) *event.Reject {
	var first *event.Reject
	if a.current >= 0 {
		if first = a.parser(a.current).Parse(line, e); first == nil {
			a.streak = 0
			return nil
		}
		if first.Reason == event.Blank {
			return first
		}
		a.bad = *first
		if first.Reason == event.Directive {
			a.tell(line, e)
			return &a.bad
		}
		if a.other >= 0 && a.parser(a.other).Parse(line, e) == nil {
			a.explained(a.other)
			return nil
		}
	}
	directive := false
	for i := range a.formats {
		if i == a.current || i == a.other && a.current >= 0 {
			continue
		}
		r := a.parser(i).Parse(line, e)
		if r == nil {
			a.explained(i)
			return nil
		}
		if r.Reason == event.Blank {
			a.bad = *r
			return &a.bad
		}
		directive = directive || r.Reason == event.Directive
	}
	switch {
	case directive:
		a.bad = event.Reject{Reason: event.Directive}
	case first == nil:
		a.bad = event.Reject{Reason: event.NoFormat}
		if binaryLine(line) {
			a.bad.Reason = event.Binary
		}
	}
	return &a.bad
}

// tell lets every format that learns from directives see one.
func (a *Auto) tell(line []byte, e *event.Event) {
	for i := range a.formats {
		if a.formats[i].Stateful && i != a.current {
			a.parser(i).Parse(line, e)
		}
	}
	e.Reset()
}

// explained notes that format i explained a line.
func (a *Auto) explained(i int) {
	if i != a.other {
		a.other, a.streak = i, 0
	}
	a.streak++
	if a.current < 0 || a.streak >= turns {
		a.current, a.other, a.streak = i, a.current, 0
	}
}

func (a *Auto) parser(i int) Parser {
	if a.parsers[i] == nil {
		a.parsers[i] = a.formats[i].New(a.options)
	}
	return a.parsers[i]
}

// binaryLine tells lines of NUL bytes or mostly control characters, judged by their
// first 512 bytes.
func binaryLine(line []byte) bool {
	line = line[:min(len(line), 512)]
	odd := 0
	for _, c := range line {
		if c == 0 {
			return true
		}
		if c < ' ' && c != '\t' && c != '\r' || c == 0x7f {
			odd++
		}
	}
	return odd*2 > len(line)
}
