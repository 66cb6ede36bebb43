package stats

import (
	"math"
	"sort"

	"weir/ingest/event"
)

// Rollup counts the events of one file for the archive, so that the file's time
// can be drawn again without its lines: requests by the second, Counters by the
// minute, and Summaries of slices of whole minutes, each with at least 32,768
// lines but the last. Events may come in any order. It holds less than 40 MB
// while it counts, whatever comes.
//
// An event that is more than an hour away from all others counts in the total
// only, as in an Engine, and one without a time of its own with the one before it.
type Rollup struct {
	slices  []*Summary // in order, from minute to minute, not overlapping
	loose   []*Summary // those of them that are not compact, the one last added to first
	minutes []packed   // in order; the open one is not among them until it is put away
	open    minute
	at      int // where in minutes the open one belongs, and whether it was there
	known   bool
	stray   *Summary // what counts in the total only

	started     bool
	first, last int64  // oldest and newest second
	lines, raw  uint64 // added, and their bytes
	depth       uint64 // events from which on a slice ends with its minute
	reopened    int

	rows    event.Rows // of the events that are being added
	prepare Preparer
	lot     lot

	leap   *event.Event // far from all others, waiting for company
	leapAt uint64       // which line it was
}

const (
	sliceEvents   = 1 << 15
	mostSlices    = 512
	mostLoose     = 4
	mostReopened  = 64
	mostMinutes   = 50_000 // a month has 44,640
	rollupKeys    = 2048   // a slice keeps exactly while it is counted
	leastRollup   = 32 << 10
	rawPerEncoded = 1200
)

// NewRollup returns an empty Rollup.
func NewRollup() *Rollup {
	return &Rollup{stray: NewSummary(rollupKeys), depth: sliceEvents}
}

// AddAll counts events in their order.
func (r *Rollup) AddAll(events []event.Event) {
	r.rows.Clear()
	from := 0 // those from here on are of one slice and not in its parts yet
	flush := func(to int) {
		if from < to {
			rows := r.rows.Part(from, to)
			r.lot.fill(events[from:to], &rows)
			for part := range numParts {
				r.loose[0].count(part, &r.lot)
			}
		}
	}
	for i := range events {
		e := &events[i]
		r.prepare.Prepare(e, &r.rows)
		row := r.rows.Row(i)
		sec := floor(e.Time)
		if r.started && e.Flags&event.BadTime != 0 {
			sec = r.last
		}
		r.lines++
		r.raw += uint64(len(e.Raw)) + 1
		if uint64(sec-r.open.At) < 60 && len(r.loose) > 0 && sec >= r.loose[0].From && sec < r.loose[0].To { // most lines
			r.loose[0].tally(e, row)
			r.tally(sec, row)
			continue
		}
		flush(i)
		from = i + 1
		if r.started && (sec < r.first-farAhead || sec > r.last+farAhead) {
			r.addLeap(sec, e)
			continue
		}
		r.place(sec, e)
	}
	flush(len(events))
}

// addLeap counts a line that is far from all others once there are two.
func (r *Rollup) addLeap(sec int64, e *event.Event) {
	if r.leap == nil {
		r.leap, r.leapAt = clone(e), r.lines
		return
	}
	before := r.leap
	if p := floor(before.Time); sec >= p-farAhead && sec <= p+farAhead {
		r.leap = nil
		r.place(p, before)
		r.place(sec, e)
		return
	}
	r.stray.Add(before)
	r.leap, r.leapAt = clone(e), r.lines
}

// settle ends the counting.
func (r *Rollup) settle() {
	if r.leap != nil {
		if r.leapAt == r.lines { // the last line after a gap
			r.place(floor(r.leap.Time), r.leap)
		} else {
			r.stray.Add(r.leap)
		}
		r.leap = nil
	}
	r.putAway()
	r.compact(0)
}

func (r *Rollup) place(sec int64, e *event.Event) {
	if !r.started {
		r.started, r.first, r.last = true, sec, sec
	}
	r.first, r.last = min(r.first, sec), max(r.last, sec)
	if at := align(sec, 60); r.open.At != at || r.open.Hits == 0 {
		r.putAway()
		r.take(at)
	}
	r.enter(sec)
	row := rowOf(e)
	r.loose[0].Add(e)
	r.tally(sec, &row)
}

// tally counts a line of the open minute as far as it has no key.
func (r *Rollup) tally(sec int64, row *event.Row) {
	r.first, r.last = min(r.first, sec), max(r.last, sec)
	if row.Kind == event.Request {
		r.open.add(row)
		r.open.seconds[sec-r.open.At]++
	}
}

// take opens the minute at a second.
func (r *Rollup) take(at int64) {
	r.at = sort.Search(len(r.minutes), func(i int) bool { return r.minutes[i].at >= at })
	if r.known = r.at < len(r.minutes) && r.minutes[r.at].at == at; r.known {
		r.minutes[r.at].read(&r.open)
		return
	}
	r.open = minute{Counter: Counter{At: at}}
}

// putAway packs the open minute.
func (r *Rollup) putAway() {
	if r.open.Hits == 0 || len(r.minutes) > mostMinutes {
		return
	}
	if !r.known {
		r.minutes = append(r.minutes, packed{})
		copy(r.minutes[r.at+1:], r.minutes[r.at:])
		r.known = true
	}
	r.minutes[r.at] = packed{r.open.At, r.open.append(nil)}
}

// enter makes the slice of a second the first of the loose ones.
func (r *Rollup) enter(sec int64) {
	s := r.slice(sec)
	for i, l := range r.loose {
		if l == s {
			copy(r.loose[1:i+1], r.loose[:i])
			r.loose[0] = s
			return
		}
	}
	if s.size > 0 { // it was compact
		if r.reopened++; r.reopened%mostReopened == 0 { // the file is out of order: fewer slices
			r.coarsen()
			s = r.slice(sec)
		}
	}
	r.loose = append([]*Summary{s}, r.loose...)
	r.compact(mostLoose)
}

// slice returns the slice of a second, making or widening it.
func (r *Rollup) slice(sec int64) *Summary {
	from := align(sec, 60)
	i := sort.Search(len(r.slices), func(i int) bool { return r.slices[i].From > sec }) - 1
	switch {
	case i < 0 && len(r.slices) > 0 && r.slices[0].From-from <= farAhead && !r.full(r.slices[0]):
		r.slices[0].From = from
		return r.slices[0]
	case i >= 0 && sec < r.slices[i].To:
		return r.slices[i]
	case i >= 0 && !r.full(r.slices[i]):
		r.slices[i].To = from + 60
		return r.slices[i]
	}
	if len(r.slices) == mostSlices {
		r.coarsen()
		return r.slice(sec)
	}
	s := NewSummary(rollupKeys)
	s.From, s.To = from, from+60
	r.slices = append(r.slices, nil)
	copy(r.slices[i+2:], r.slices[i+1:])
	r.slices[i+1] = s
	return s
}

func (r *Rollup) full(s *Summary) bool { return s.Hits+s.Messages >= r.depth }

// coarsen merges slices until there are at most half as many.
func (r *Rollup) coarsen() {
	r.compact(0)
	most := max(len(r.slices)/2, 1)
	for len(r.slices) > most {
		r.depth *= 2
		kept := r.slices[:1]
		for _, s := range r.slices[1:] {
			if last := kept[len(kept)-1]; last.Hits+last.Messages+s.Hits+s.Messages <= r.depth {
				last.Merge(s)
			} else {
				kept = append(kept, s)
			}
		}
		clear(r.slices[len(kept):])
		r.slices = kept
	}
	for _, s := range r.slices {
		s.Compact(mostKept)
		s.size = s.Size()
	}
}

// compact makes all but the first few loose slices compact.
func (r *Rollup) compact(loose int) {
	for len(r.loose) > loose {
		last := len(r.loose) - 1
		s := r.loose[last]
		r.loose = r.loose[:last]
		s.Compact(mostKept)
		s.Clients.Compact()
		s.size = s.Size()
	}
}

// Span returns the oldest and the newest second of any event; ok is false where there is none.
func (r *Rollup) Span() (first, last int64, ok bool) { return r.first, r.last, r.started }

// Total returns the summary of everything counted. It is the caller's.
func (r *Rollup) Total() *Summary {
	t := NewSummary(Capacity)
	t.Merge(r.stray)
	for _, s := range r.slices {
		t.Merge(s)
	}
	if r.started {
		t.From, t.To = r.first, r.last+1
	}
	return t
}

// bound is how many bytes the encoding may take.
func (r *Rollup) bound() int {
	return int(min(max(leastRollup, r.raw/rawPerEncoded), math.MaxInt32))
}
