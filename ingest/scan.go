package ingest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"time"

	"weir/ingest/event"
	"weir/stats/filter"
)

// Record is one line of a log, copied out of it. A line that is no event has
// only Raw, Source and the time of the line before it.
type Record struct {
	*event.Event
	Reason event.Reason // why the line is no event, where Bad
	Bad    bool
	Format string
	At     int64 // byte offset in its log
	End    int64 // of the line after it

	tape int
}

// keptText is how much of a long text a Record keeps.
const keptText = 16 << 10

// cost is about how much memory r takes.
func (r *Record) cost() int { return 700 + 2*len(r.Raw) }

// edge is a place in one log: between two lines.
type edge struct {
	at   int64 // byte offset
	mark int64 // forward no line from here on is earlier, backward none before is later; nanoseconds
}

// atEnd is the offset of an edge at the end of a log whose size is not known.
const atEnd = math.MaxInt64

// lane is one log in a scan.
type lane struct {
	tape
	edge
	parser Parser
	name   []byte
	block  int64
	held   []*Record // read and not taken yet, the next one first
}

// scan goes through all logs at once, forward or back, in the order of the
// lines' times as far as each log is in order itself. It is read by steps, each
// of which ends when its time is over.
type scan struct {
	deck   *deck
	lanes  []*lane
	back   bool
	only   *filter.Filter            // nil takes lines that are no events, too
	probe  func(line []byte) bool    // nil, or false for lines that need not be parsed
	accept func(record *Record) bool // nil, or false for records that are passed over
	limit  int64                     // nanoseconds beyond which nothing is read; 0 is none
	read   int64                     // bytes
	err    error
}

// over reports that a lane has nothing more to give.
func (s *scan) over(l *lane) bool {
	switch {
	case len(l.held) > 0:
		return false
	case s.limit != 0 && (s.back && l.mark < s.limit || !s.back && l.mark > s.limit):
		return true
	case s.back:
		return l.at <= l.begin
	}
	return l.at >= l.size && (l.in != nil || l.at == atEnd)
}

// head is the time of what a lane gives next, or a bound for it.
func (l *lane) head() int64 {
	if len(l.held) > 0 {
		return l.held[0].Time
	}
	return l.mark
}

// before reports that a comes before b in the direction of the scan. Where the
// times are the same the lane that was not read yet comes first, to be read.
func (s *scan) before(a, b *lane) bool {
	x, y := a.head(), b.head()
	if s.back {
		x, y = -x, -y
	}
	if x != y {
		return x < y
	}
	if (len(a.held) == 0) != (len(b.held) == 0) {
		return len(a.held) == 0
	}
	return (a.index < b.index) != s.back
}

// skip gives a lane up.
func (l *lane) skip(back bool) {
	if l.at = 0; !back {
		l.at = atEnd
	}
}

// next returns the next record; nil with ended where there is none, and nil
// without where the time is over: then it can be called again.
func (s *scan) next(ctx context.Context, until time.Time) (record *Record, ended bool) {
	for {
		var first *lane
		for _, l := range s.lanes {
			if !s.over(l) && (first == nil || s.before(l, first)) {
				first = l
			}
		}
		if first == nil {
			return nil, true
		}
		if len(first.held) > 0 {
			r := first.held[0]
			first.held = first.held[1:]
			if s.accept == nil || s.accept(r) {
				return r, false
			}
			continue
		}
		if ctx.Err() != nil || time.Now().After(until) {
			return nil, false
		}
		if err := s.fill(ctx, first); err != nil {
			if ctx.Err() != nil {
				return nil, false
			}
			if s.err == nil || !errors.Is(err, errNoRoom) { // which Lost tells
				s.err = err
			}
			first.skip(s.back)
		}
	}
}

// fill reads the next block of a lane.
func (s *scan) fill(ctx context.Context, l *lane) error {
	if l.tape.in == nil {
		if err := s.deck.records.unpack(ctx, &l.tape); err != nil {
			return err
		}
	}
	if l.parser == nil {
		l.parser = s.deck.parser(&l.tape)
	}
	from, to := l.at, min(l.at, l.size)
	if s.back {
		from = l.startOf(max(to-l.block, 0))
		if from >= to && from > 0 { // never: a line begins before its end
			from = 0
		}
	} else {
		to = min(l.size, from+l.block)
	}
	held := l.held[:0:0]
	last := l.mark
	if s.back {
		last = math.MinInt64
	}
	end := to
	p := parsing{last: last, low: math.MaxInt64, high: math.MinInt64}
	err := l.lines(from, l.size, s.deck.in, func(line []byte, at, after int64) bool {
		if at >= to {
			return false
		}
		end = after
		if r := s.parse(l, line, &p); r != nil {
			r.At, r.End = at, after
			held = append(held, r)
		}
		return true
	})
	if err != nil {
		return err
	}
	s.read += end - from
	if s.back {
		l.at = from
		for i, j := 0, len(held)-1; i < j; i, j = i+1, j-1 {
			held[i], held[j] = held[j], held[i]
		}
		if p.low != math.MaxInt64 {
			l.mark = p.low
		}
		for _, r := range held { // no line before them had a time
			if r.Time == math.MinInt64 {
				r.Time = l.mark
			}
		}
	} else {
		l.at = max(end, to)
		if p.high != math.MinInt64 {
			l.mark = p.high
		}
	}
	if l.block = l.block * 2; len(held) > 0 {
		l.block = tapeBlock
	}
	l.block = min(l.block, tapeMost)
	l.held = held
	return nil
}

// parsing is what the lines of a block say of their times, in nanoseconds.
type parsing struct {
	e         event.Event
	last      int64 // of the newest line that has one
	low, high int64 // of the first such line, and of the last
}

// parse makes a record of a line where it is wanted.
func (s *scan) parse(l *lane, line []byte, p *parsing) *Record {
	wanted := s.probe == nil || s.probe(line)
	if !wanted && p.low != math.MaxInt64 {
		return nil
	}
	e := &p.e
	e.Reset()
	reject := l.parser.Parse(line, e)
	reason := event.Blank
	switch {
	case reject != nil:
		if reason = reject.Reason; reason.Expected() && reason != event.Continued || s.only != nil {
			return nil
		}
		e.Reset()
		e.Kind, e.Time = event.Message, p.last
	case e.Flags&event.BadTime != 0:
		e.Time = p.last
	default:
		if p.low == math.MaxInt64 {
			p.low = e.Time
		}
		p.last, p.high = e.Time, e.Time
	}
	e.Raw, e.Source = line, l.name
	if !wanted || reject == nil && (e.Time < s.deck.records.cfg.After || !s.only.Match(e)) {
		return nil
	}
	if e.Shown != nil {
		if e.Raw, e.Shown = e.Shown, nil; s.probe != nil && !s.probe(e.Raw) {
			return nil
		}
	}
	return &Record{Event: e.Clone(keptText), Format: l.parser.Format(), Bad: reject != nil, Reason: reason, tape: l.index}
}

// edges are where the scan has got to: every record given lies behind them.
func (s *scan) edges(into []edge) {
	for _, l := range s.lanes {
		e := l.edge
		if len(l.held) > 0 {
			r := l.held[0]
			e = edge{r.At, r.Time}
			if s.back {
				e.at = r.End
			}
		}
		into[l.index] = e
	}
}

// share is how much of what there was to read is read, 0 to 1.
func (s *scan) share(from []edge) float64 {
	done, all := int64(0), int64(0)
	for _, l := range s.lanes {
		begin, at := min(from[l.index].at, l.size), min(l.at, l.size)
		if s.back {
			all, done = all+begin, done+begin-at
		} else {
			all, done = all+l.size-begin, done+at-begin
		}
	}
	if all <= 0 {
		return 1
	}
	return float64(done) / float64(all)
}

// Holds returns a test for one goroutine whether a line holds a text: in whichever letters where
// the text has no capital ones.
func Holds(text string) func(line []byte) bool {
	needle := []byte(text)
	if !bytes.Equal(needle, bytes.ToLower(needle)) {
		return func(line []byte) bool { return bytes.Contains(line, needle) }
	}
	var scratch []byte
	return func(line []byte) bool {
		scratch = scratch[:0]
		for _, c := range line {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			scratch = append(scratch, c)
		}
		return bytes.Contains(scratch, needle)
	}
}
