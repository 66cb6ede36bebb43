package format

import (
	"bytes"

	"weir/ingest/event"
)

// turns is by how many lines another format must be ahead of the one in force
// before Auto changes over, so that a stray line changes nothing.
const turns = 3

// The format in force may be a loose one, such as jsonl, where an earlier one of
// the table knows the lines better. So the earlier ones are asked too: for the
// first lines and then for one line of every so many.
const (
	askFirst = 8
	askEvery = 512
	askOften = 32 * askEvery // lines; from then on it is asked an eighth as often
	askLast  = 8             // where the one in force is the last resort
)

// Auto is a Parser that finds the format by itself, line by line: a line that
// the format in force rejects is offered to the others, so that a file may mix
// formats or change them. Every format keeps what it has learned.
type Auto struct {
	formats []Format
	parsers []Parser // nil until first needed
	options Options

	current int // index of the format in force, -1 before any
	last    int // the format that explained the last line explained
	other   int // the format that explained a line last where the current did not
	lead    int // by how many lines it is ahead
	lines   int // explained by the current format since it is in force, counted to askFirst
	better  int // the earlier format that explained the line asked last, -1 for none
	agreed  int // how many lines asked in a row it explained
	bad     event.Reject

	eager  bool // the last resort is asked at once
	missed int  // lines in a row that no format explained
	behind int  // lines that no format explained before the first that one did, for a fork
	met    bool // there was such a one

	seen   int // lines so far
	moves  int // how often something of the above changed for later lines
	past   *past
	taught bool                      // a format that learns from lines may have learned something
	fork   struct{ seen, moves int } // where it was forked off
}

// NewAuto returns an Auto over Formats.
func NewAuto(o Options) *Auto {
	o.past = new(past)
	return &Auto{formats: Formats, parsers: make([]Parser, len(Formats)), options: o, past: o.past, current: -1, other: -1, better: -1}
}

// Format names the format in force, "" before any line was explained.
func (a *Auto) Format() string {
	if a.current < 0 {
		return ""
	}
	return a.formats[a.current].Name
}

// Inside names the format within the lines and what is around it where the
// format in force is a Wrapper, as Wrapper's does, and "" elsewhere.
func (a *Auto) Inside() string {
	if a.current >= 0 {
		if w, ok := a.parsers[a.current].(Wrapper); ok {
			return w.Inside()
		}
	}
	return ""
}

// Parse implements Parser. A line that no format explains costs one try of
// each, and most fail within the first bytes.
func (a *Auto) Parse(line []byte, e *event.Event) *event.Reject {
	var first *event.Reject
	a.seen++
	if a.current >= 0 {
		if first = a.parser(a.current).Parse(line, e); first == nil {
			now := &a.formats[a.current]
			due := a.lines < askFirst || asks(a.seen) || now.Last && a.seen%askLast == 0
			if due && a.current > 0 && !now.Paired && a.ask(line, e) {
				return nil
			}
			a.last = a.current
			a.lead = max(a.lead-1, 0)
			a.lines = min(a.lines+1, askFirst)
			a.missed, a.met = 0, true
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
		if a.prose() && indented(line) && !bytes.Contains(line, []byte(" /")) && !bytes.Contains(line, []byte(" HTTP/")) { // Koa and ASP.NET Core indent requests
			a.bad = event.Reject{Reason: event.Continued}
			return &a.bad
		}
		if a.other >= 0 && (!a.formats[a.other].Last || a.lead > 0) && a.parser(a.other).Parse(line, e) == nil {
			a.explained(a.other)
			return nil
		}
	}
	directive := false
	for i := range a.formats {
		if i == a.current || i == a.other && a.current >= 0 && !a.formats[i].Last || a.formats[i].Last && a.current >= 0 && a.missed < turns && !a.eager && !a.resorts(i) {
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
	if !directive && a.prose() && continued(line) {
		a.bad = event.Reject{Reason: event.Continued}
		return &a.bad
	}
	if directive {
		a.learned()
	} else {
		if !a.met {
			a.behind++
		}
		a.missed++
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

// ParseUsual is Parse for a line like most of a format that has a short way for them: the
// one that buf begins with. It returns how many bytes that has with its end, and 0 where it is for Parse.
func (a *Auto) ParseUsual(buf []byte, e *event.Event) int {
	if a.lines < askFirst || asks(a.seen+1) {
		return 0
	}
	p, ok := a.parsers[a.current].(*clf) // which none is that is a last resort
	if !ok {
		return 0
	}
	n := p.ParseUsual(buf, e)
	if n > 0 {
		a.seen++
		a.last = a.current
		a.lead = max(a.lead-1, 0)
		a.missed, a.met = 0, true
	}
	return n
}

// asks tells whether formats before the one in force are asked for a line, counted from 1.
func asks(line int) bool {
	return uint(line)%askEvery == 0 && (line <= askOften || line%(8*askEvery) == 0)
}

// ask tries the formats before the one in force, which has explained the line. It is true
// when one of them has explained a second line in a row, or the loosest was in force, and so is in force now.
func (a *Auto) ask(line []byte, e *event.Event) bool {
	before := a.better
	a.better = -1
	for i := range a.current {
		e.Reset()
		if a.parser(i).Parse(line, e) != nil {
			continue
		}
		a.moves++
		if i != before {
			a.agreed = 0
		}
		a.better = i
		if a.agreed++; a.agreed > 1 || a.loose() {
			a.change(i)
			return true
		}
		break
	}
	e.Reset()
	a.parser(a.current).Parse(line, e)
	return false
}

// change puts format i in force.
func (a *Auto) change(i int) {
	a.last = i
	a.moves++
	a.current, a.other = i, a.current
	if a.other >= 0 && a.formats[a.other].Last {
		a.other = -1
	}
	a.lead, a.lines, a.better = 0, 0, -1
}

// tell lets every format that learns from directives see one.
func (a *Auto) tell(line []byte, e *event.Event) {
	a.learned()
	for i := range a.formats {
		if a.formats[i].Stateful && i != a.current {
			a.parser(i).Parse(line, e)
		}
	}
	e.Reset()
}

// explained notes that format i explained a line.
func (a *Auto) explained(i int) {
	a.last = i
	a.missed, a.met = 0, true
	a.moves++
	a.taught = a.taught || a.formats[i].Stateful
	if i != a.other {
		a.other, a.lead = i, 0
	}
	a.lead++
	if a.current < 0 || a.lead >= turns || a.loose() {
		a.change(i)
	}
}

// loose tells whether the format in force is the one that any other goes before.
func (a *Auto) loose() bool { return a.formats[a.current].Name == dated.Name }

// resorts tells whether the last resort i is asked for any line that the format in force does not explain.
func (a *Auto) resorts(i int) bool {
	now := &a.formats[a.current]
	return i > a.current && (now.Name == wrapped.Name || now.Dated && a.formats[i].Name == dated.Name)
}

// prose tells whether the format in force holds messages.
func (a *Auto) prose() bool { return a.current >= 0 && a.formats[a.current].Prose }

func (a *Auto) learned() {
	a.moves++
	a.taught = true
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
