package ingest

import (
	"math"

	"weir/ingest/event"
)

// farAhead is the gap after which one line does not move time, seconds: as in stats.
const farAhead = 3600

// head is the newest second of the lines of one source. A line far ahead of all
// others waits for a second one that agrees.
type head struct {
	newest int64
	leap   int64 // second of the line that waits; 0 where none does
}

// begun is a head that has seen no line.
var begun = head{newest: math.MinInt64}

// see takes in a line's second and returns the newest.
func (h *head) see(second int64) int64 {
	switch {
	case second <= h.newest:
	case h.newest == math.MinInt64, second <= h.newest+farAhead:
		h.newest = second
	case h.leap != 0 && second >= h.leap-farAhead && second <= h.leap+farAhead:
		h.newest, h.leap = max(second, h.leap), 0
	default:
		h.leap = second
	}
	return h.newest
}

const (
	// markEvery is how many bytes lie between two marks at first.
	markEvery = 1 << 20
	// marksMost bounds the marks of a source; there are then half as many.
	marksMost = 2048
)

// index is what is known of where the lines of a source stand: what a stream or
// a compressed file can be read again by, as bisection can't be used there.
type index struct {
	offset int64 // bytes counted
	head   head
	marks  []mark
	every  int64 // bytes between two marks
}

// mark is a place on a line start, and the newest second of the lines before it.
type mark struct{ offset, newest int64 }

// add takes in a batch that is counted.
func (x *index) add(b *event.Batch) {
	if x.every == 0 || b.Offset < x.offset { // at first, and when the file begins anew
		*x = index{head: begun, every: markEvery}
	}
	if rows := b.Rows.All(); len(rows) == len(b.Events) { // they lie closer together
		for i := range rows {
			x.head.see(rows[i].Time / 1e9)
		}
	} else {
		for i := range b.Events {
			x.head.see(b.Events[i].Time / 1e9)
		}
	}
	x.offset = b.Offset
	if n := len(x.marks); n == 0 && b.Offset >= x.every || n > 0 && b.Offset-x.marks[n-1].offset >= x.every {
		x.marks = append(x.marks, mark{b.Offset, x.head.newest})
	}
	if len(x.marks) > marksMost {
		for i := range marksMost / 2 {
			x.marks[i] = x.marks[2*i+1]
		}
		x.marks, x.every = x.marks[:marksMost/2], 2*x.every
	}
}

// before returns the last place before which no line of from or later stands,
// the beginning where none is known.
func before(marks []mark, from int64) int64 {
	at := int64(0)
	for _, m := range marks {
		if m.newest >= from-disorder {
			break
		}
		at = m.offset
	}
	return at
}
