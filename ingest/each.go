package ingest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"weir/ingest/event"
)

// Stretch is the events in a stretch of time that match an expression. The zero
// value is all there are.
type Stretch struct {
	From, To   int64 // nanoseconds, [From, To); To 0 is no end
	Expression string
	Fields     bool // the fields without names of their own are wanted, too
}

func (s *Stretch) end() int64 {
	if s.To == 0 {
		return math.MaxInt64 - disorder*int64(time.Second)
	}
	return s.To
}

// Each calls take for every event of a stretch, log by log, each in its own
// order, and progress now and then with the share that is read. Keep, called
// during take, makes a Record of the event, which is the caller's. Logs that can't
// be read again are passed over, and an error where nothing else is there to take.
func (r *Records) Each(ctx context.Context, s Stretch, take func(e *event.Event, keep func() *Record), progress func(share float64)) error {
	only, err := r.compile(s.Expression)
	if err != nil {
		return err
	}
	d := r.deck()
	d.lean = !s.Fields && !only.Attributes()
	tapes, _ := r.look()
	taken := false
	for i := range tapes {
		t := &tapes[i]
		if t.first >= s.end()+disorder*int64(time.Second) || s.From > 0 && t.latest() < s.From {
			continue
		}
		if t.in == nil {
			if err := r.unpack(ctx, t); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				continue // what can't be decoded has no events
			}
		}
		parser := d.parser(t)
		begin := t.begin
		if s.From > 0 {
			begin = t.seek(s.From-disorder*int64(time.Second), parser, d.in)
		}
		d.each(ctx, t, begin, parser, func(e *event.Event, keep func() *Record) bool {
			if e.Time > s.end()+disorder*int64(time.Second) {
				return false
			}
			if e.Time >= max(s.From, r.cfg.After) && e.Time < s.end() && only.Match(e) {
				taken = true
				take(e, keep)
			}
			return true
		}, func(share float64) { progress((float64(i) + share) / float64(len(tapes))) })
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if !taken {
		return r.Lost()
	}
	return nil
}

// progressEvery is after how many bytes progress is told.
const progressEvery = 1 << 20

// each goes through the events of one tape from an offset on.
func (d *deck) each(ctx context.Context, t *tape, begin int64, parser Parser, take func(e *event.Event, keep func() *Record) bool, progress func(share float64)) {
	var (
		e     event.Event
		start int64
		after int64
		told  = begin
		name  = []byte(t.path)
	)
	keep := func() *Record {
		c := e
		if c.Shown != nil {
			c.Raw, c.Shown = c.Shown, nil
		}
		return &Record{Event: c.Clone(keptText), Format: parser.Format(), At: start, End: after, tape: t.index}
	}
	_ = t.lines(begin, t.size, d.in, func(line []byte, at, end int64) bool {
		if at-told >= progressEvery {
			told = at
			progress(float64(at-begin) / float64(max(t.size-begin, 1)))
			if ctx.Err() != nil {
				return false
			}
		}
		e.Reset()
		if parser.Parse(line, &e) != nil || e.Flags&event.BadTime != 0 {
			return true
		}
		e.Raw, e.Source, start, after = line, name, at, end
		return take(&e, keep)
	})
}

// Walk calls take for every record of a stretch in the order of their times,
// until it returns an error. Lines that are no events are left out, and logs that
// can't be read again as in Each.
func (r *Records) Walk(ctx context.Context, s Stretch, take func(*Record) error, progress func(share float64)) error {
	only, err := r.compile(s.Expression)
	if err != nil {
		return err
	}
	d := r.deck()
	tapes, _ := r.look()
	taken := false
	from := starts(tapes)
	if s.From > 0 {
		if from, err = d.at(ctx, tapes, s.From-disorder*int64(time.Second), nil); err != nil {
			return err
		}
	}
	begin := append([]edge(nil), from...)
	scan := d.scan(tapes, from, false, only)
	scan.limit = s.end() + disorder*int64(time.Second)
	for ended := false; !ended; {
		var record *Record
		record, ended = scan.next(ctx, time.Now().Add(50*time.Millisecond))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case record == nil:
			progress(scan.share(begin))
		case !record.Bad && record.Time >= max(s.From, 0) && record.Time < s.end():
			taken = true
			if err := take(record); err != nil {
				return err
			}
		}
	}
	if errors.Is(scan.err, errNoRoom) { // as Lost says
		scan.err = nil
	}
	if !taken {
		return cmp.Or(scan.err, r.Lost())
	}
	return scan.err
}
