package ingest

import (
	"bytes"
	"io"
	"sync"
)

// trailLength is how many bytes a trail keeps at least.
const trailLength = 2 << 20

// trail keeps the newest of what a compressed file decodes to, so that an alert
// that has just fired is explained without decoding the file once more.
type trail struct {
	source int // whose it is

	mu     sync.Mutex
	head   []byte   // the first of all
	blocks [][]byte // as they were decoded
	size   int      // bytes in blocks
	end    int64    // byte offset behind them in what is decoded
	done   bool     // no more will come
}

// take keeps the next block of what is decoded, and returns one to be used again:
// the oldest, once the others are enough.
func (t *trail) take(block []byte) (old []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := spanHead - len(t.head); n > 0 {
		t.head = append(t.head, block[:min(n, len(block))]...)
	}
	t.blocks = append(t.blocks, block)
	t.size += len(block)
	t.end += int64(len(block))
	if first := t.blocks[0]; t.size-len(first) >= trailLength {
		t.blocks = append(t.blocks[:0], t.blocks[1:]...)
		t.size -= len(first)
		return first[:cap(first)]
	}
	return make([]byte, blockSize)
}

// between returns a copy of the bytes [from, to), and of the first of all; ok is
// false where that is not kept.
func (t *trail) between(from, to int64) (head, part []byte, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.end - int64(t.size)
	if from < at || to > t.end || from > to {
		return nil, nil, false
	}
	part = make([]byte, 0, to-from)
	for _, block := range t.blocks {
		end := at + int64(len(block))
		if begin := max(from, at); begin < min(to, end) {
			part = append(part, block[begin-at:min(to, end)-at]...)
		}
		at = end
	}
	return bytes.Clone(t.head), part, true
}

// finish says that no more will come.
func (t *trail) finish() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = true
}

// open is store.open where the lines are still kept.
func (t *trail) open(s store, from, to int64, parser Parser) (*opened, bool) {
	begin := before(s.marks, from)
	head, part, ok := t.between(begin, s.end)
	if !ok {
		return nil, false
	}
	if begin > 0 {
		warm(head, parser)
	}
	return &opened{bytes.NewReader(part), io.NopCloser(nil), begin, s.size(begin, to), true}, true
}

// trailFor makes the trail of a compressed file, nil while another is being read:
// what they take together is bounded.
func (r *Reader) trailFor(s *source) *trail {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.newest; t != nil {
		t.mu.Lock()
		done := t.done
		t.mu.Unlock()
		if !done {
			return nil
		}
	}
	r.newest = &trail{source: s.index}
	return r.newest
}

// trail returns the trail of a source, nil where it has none.
func (r *Reader) trail(source int) *trail {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.newest; t != nil && t.source == source {
		return t
	}
	return nil
}
