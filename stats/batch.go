package stats

import "weir/ingest/event"

// batch is some events on their way into the parts of summaries.
type batch struct {
	lot
	next int // the event that is being placed
	runs []run
}

// run is a stretch of a batch that goes into one summary.
type run struct {
	into     *Summary
	from, to int
}

// AddAll counts events in their order, as Add does one by one, but goes through
// them once for each part of the summaries, which is faster and lets several
// cores help. Rows are the events', from Prepare; where there are none they are made here.
func (g *Engine) AddAll(events []event.Event, rows *event.Rows) {
	b := &g.batch
	if rows == nil || rows.Len() != len(events) {
		rows = &g.rows
		rows.Clear()
		for i := range events {
			Prepare(&events[i], rows)
		}
	}
	all := rows.All()
	b.fill(events, rows)
	for b.next = 0; b.next < len(events); {
		if g.stretch() {
			continue
		}
		g.place(&events[b.next], &all[b.next])
		b.next++
	}
	g.flush()
	b.events, b.rows = nil, event.Rows{}
}

// stretch places the requests that come next in the batch and belong to the second that was
// added to last, which most do, and reports whether there were any. It counts them as
// tally and Counter.add do, but adds up first.
func (g *Engine) stretch() bool {
	b := &g.batch
	if g.open == nil || g.cfg.OnAdd != nil {
		return false
	}
	var (
		from    = b.next
		sum     Counter
		sized   uint64
		strange uint64
		rows    = b.rows.All()
	)
	for ; b.next < len(rows); b.next++ {
		r := &rows[b.next]
		if uint64(r.Time-g.openFrom) >= 1e9 || r.Kind != event.Request {
			break
		}
		if r.Bytes >= 0 {
			sum.Bytes += uint64(r.Bytes)
			sized++
		}
		sum.Classes[r.Class]++
		if r.Flags&event.Suspicious != 0 {
			strange++
		}
		if r.Duration >= 0 {
			at := latency(r.Duration)
			g.openC.Latency[at]++
			g.openM.Latency[at]++
		}
	}
	if b.next == from {
		return false
	}
	sum.Hits = uint64(b.next - from)
	for _, c := range []*Counter{g.openC, g.openM} {
		c.Hits += sum.Hits
		c.Bytes += sum.Bytes
		for i, n := range sum.Classes {
			c.Classes[i] += n
		}
	}
	s := g.open
	s.Hits += sum.Hits
	s.Bytes += sum.Bytes
	s.Sized += sized
	for i, n := range sum.Classes {
		s.Classes[i] += uint64(n)
	}
	s.Suspicious += strange
	b.count(s, from, b.next)
	return true
}

// count notes that the events from one to another go into s.
func (b *batch) count(s *Summary, from, to int) {
	if n := len(b.runs); n > 0 && b.runs[n-1].into == s && b.runs[n-1].to == from {
		b.runs[n-1].to = to
		return
	}
	b.runs = append(b.runs, run{s, from, to})
}

// into counts e in a summary: what has a key when the batch is flushed, the rest at once.
func (g *Engine) into(s *Summary, e *event.Event, r *event.Row) {
	b := &g.batch
	if b.next >= b.rows.Len() || r != b.rows.Row(b.next) { // alone, or from an earlier batch
		g.flush()
		s.Add(e)
		return
	}
	s.tally(e, r)
	b.count(s, b.next, b.next+1)
}

// spreadFrom is how many events are worth waking another core for.
const spreadFrom = 128

// flush gives the parts of the summaries what is in the batch. Whoever reads or
// closes a summary has to call it first.
func (g *Engine) flush() {
	b := &g.batch
	if len(b.runs) == 0 {
		return
	}
	if b.runs[len(b.runs)-1].to-b.runs[0].from >= spreadFrom {
		g.cfg.Spread(numParts, g.part)
	} else {
		oneByOne(numParts, g.part)
	}
	b.runs = b.runs[:0]
}

// countPart gives one part what is in the batch.
func (g *Engine) countPart(part int) {
	b := &g.batch
	for _, r := range b.runs {
		l := b.part(r.from, r.to)
		r.into.count(part, &l)
	}
}

func oneByOne(n int, do func(i int)) {
	for i := range n {
		do(i)
	}
}
