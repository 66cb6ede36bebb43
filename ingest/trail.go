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

	mu   sync.Mutex
	head []byte // the first of all
	buf  []byte
	end  int64 // byte offset behind buf in what is decoded
	done bool  // no more will come
}

func (t *trail) write(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := spanHead - len(t.head); n > 0 {
		t.head = append(t.head, p[:min(n, len(p))]...)
	}
	if t.buf == nil {
		t.buf = make([]byte, 0, 2*trailLength)
	}
	if drop := len(t.buf) - trailLength; drop > 0 && len(t.buf)+len(p) > cap(t.buf) {
		t.buf = t.buf[:copy(t.buf, t.buf[drop:])]
	}
	t.buf = append(t.buf, p...)
	t.end += int64(len(p))
}

// between returns a copy of the bytes [from, to), and of the first of all; ok is
// false where that is not kept.
func (t *trail) between(from, to int64) (head, part []byte, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	begin := t.end - int64(len(t.buf))
	if from < begin || to > t.end || from > to {
		return nil, nil, false
	}
	return bytes.Clone(t.head), bytes.Clone(t.buf[from-begin : to-begin]), true
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
