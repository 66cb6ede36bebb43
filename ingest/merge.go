package ingest

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"weir/ingest/event"
)

// mergeSlack is by how much the lines of one file may run ahead of another's,
// so that a piece of a batch is more than a line or two.
const mergeSlack = int64(time.Second)

// merge sends what was there at the start, and what was written until all of it
// is read, in the order of the lines' times across the files, as far as each is
// in order itself, to within mergeSlack.
func (r *Reader) merge(ctx context.Context, sources []*source) {
	defer close(r.merged)
	m := merger{out: r.out}
	for _, s := range sources {
		m.inputs = append(m.inputs, &input{queue: s.queue})
	}
	for m.step(ctx) {
	}
}

// merger takes batches from its inputs and sends pieces of them.
type merger struct {
	inputs []*input
	out    chan<- *event.Batch
}

// input is one file's batches, and how far the first of them is sent.
type input struct {
	queue <-chan *event.Batch
	rests bool // at the end of its file for now
	ended bool
	head  *event.Batch
	sent  int           // events of head
	lines int           // lines of head
	parts *atomic.Int32 // pieces of head that are not recycled; nil while it is whole
}

// step sends one piece; it returns false when there is no more, or when every
// input has come to its end for now.
func (m *merger) step(ctx context.Context) bool {
	if !m.fill(ctx) {
		return false
	}
	var next *input
	limit := int64(math.MaxInt64) // when the first line of any other file was written
	for _, in := range m.inputs {
		switch {
		case in.head == nil:
		case next == nil:
			next = in
		case in.first() < next.first():
			next, limit = in, min(limit, next.first())
		default:
			limit = min(limit, in.first())
		}
	}
	if next == nil {
		return false
	}
	if limit < math.MaxInt64-mergeSlack {
		limit += mergeSlack
	}
	select {
	case m.out <- next.piece(limit):
		return true
	case <-ctx.Done():
		return false
	}
}

// fill gives every input a head, but those that have none for now and those
// that have ended. It returns false when ctx ends.
func (m *merger) fill(ctx context.Context) bool {
	for _, resting := range []bool{false, true} { // those to wait for first, as meanwhile the others may get something
		for _, in := range m.inputs {
			if in.head == nil && in.rests == resting && !in.ended && !in.fill(ctx) {
				return false
			}
		}
	}
	m.inputs = slices.DeleteFunc(m.inputs, func(in *input) bool { return in.ended })
	return true
}

// fill waits for a head, except where the input rests.
func (in *input) fill(ctx context.Context) bool {
	var b *event.Batch
	open := true
	if in.rests {
		select {
		case b, open = <-in.queue:
		default:
			return true
		}
	} else {
		select {
		case b, open = <-in.queue:
		case <-ctx.Done():
			return false
		}
	}
	in.rests, in.ended = open && b == nil, !open
	in.head, in.sent, in.lines, in.parts = b, 0, 0, nil
	return true
}

// first is the time of the first event that is not sent. A batch without any goes ahead.
func (in *input) first() int64 {
	if in.sent == len(in.head.Events) {
		return math.MinInt64
	}
	return in.head.Events[in.sent].Time
}

// piece takes from the head the events up to the first later than limit. What
// is no event goes with the last piece.
func (in *input) piece(limit int64) *event.Batch {
	b := in.head
	end := in.sent
	for end < len(b.Events) && (b.Events[end].Time <= limit || end == in.sent) {
		end++
	}
	last := end == len(b.Events)
	if last {
		in.head = nil
		if in.parts == nil {
			return b
		}
	} else if in.parts == nil {
		in.parts = &atomic.Int32{}
		in.parts.Add(1) // the last piece
	}
	piece := &event.Batch{}
	if last {
		*piece = *b
		piece.Lines -= in.lines
	} else {
		in.parts.Add(1)
		piece.Source, piece.Replay, piece.Offset, piece.Lines = b.Source, b.Replay, startOf(b, end), end-in.sent
		in.lines += end - in.sent
	}
	piece.Events = b.Events[in.sent:end]
	if b.Rows.Len() == len(b.Events) {
		piece.Rows = b.Rows.Part(in.sent, end)
	}
	in.sent = end
	parts := in.parts
	piece.Recycle = func(*event.Batch) {
		if parts.Add(-1) == 0 {
			b.Recycle(b)
		}
	}
	return piece
}

// startOf is the byte offset in its file of the line of an event of b: lines
// stand in one buffer, so their capacity tells how much of it follows.
func startOf(b *event.Batch, i int) int64 {
	return b.Offset - int64(min(max(cap(b.Events[i].Raw)-b.Beyond, 0), b.Bytes))
}
