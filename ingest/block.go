package ingest

import (
	"slices"
	"sync"

	"weir/ingest/event"
)

// block is a batch with the memory its events point into.
type block struct {
	event.Batch
	buf     []byte // len is what is filled, cap what may be
	swollen bool   // an unusual line made an event's memory large
	core    int    // that got it last
}

// weigh looks at an event of b that was just parsed: later it is in another core's cache.
func (b *block) weigh(e *event.Event) {
	if large(e) {
		b.swollen = true
	}
}

// large tells whether an event has more memory than most lines need.
func large(e *event.Event) bool {
	return cap(e.Scratch()) > 1<<10 || e.More != nil && cap(e.More.Attributes) > 64
}

// pool keeps a few blocks for reuse.
type pool struct {
	mu   sync.Mutex
	free []*block
	size int // of a new block's buffer
}

// pooled is how many blocks wait for reuse at most.
const pooled = 8

func (p *pool) get() *block {
	core := coreNow()
	p.mu.Lock()
	size := p.size
	b := p.of(core)
	p.mu.Unlock()
	if b == nil || cap(b.buf) < size {
		b = &block{buf: make([]byte, 0, size)}
		b.Recycle = func(*event.Batch) { p.put(b) }
	}
	b.core = core
	return b
}

// fewBlocks is from how many free blocks on one that another core got last is taken.
const fewBlocks = 2

// of takes the free block that core got last. Memory that another core has written
// costs more to write than new memory, most where the two share no cache. So nil is
// returned where there is none, unless fewBlocks of others are free.
func (p *pool) of(core int) *block {
	n := len(p.free)
	i := n - 1
	for i >= 0 && p.free[i].core != core {
		i--
	}
	if i < 0 {
		if n < fewBlocks {
			return nil
		}
		i = 0
	}
	b := p.free[i]
	p.free = slices.Delete(p.free, i, i+1)
	return b
}

// put takes b back. Memory that an unusual line made large is let go.
func (p *pool) put(b *block) {
	if b.swollen {
		for i := range b.Events {
			if e := &b.Events[i]; large(e) {
				*e = event.Event{}
			}
		}
		b.swollen = false
	}
	b.Clear()
	b.buf = b.buf[:0]
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < pooled && cap(b.buf) <= 2*p.size {
		p.free = append(p.free, b)
	}
}

// resize sets the size of the blocks from now on.
func (p *pool) resize(size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size, p.free = size, nil
}

// grow makes b hold up to size bytes.
func (b *block) grow(size int) {
	if cap(b.buf) >= size {
		return
	}
	buf := make([]byte, len(b.buf), size)
	copy(buf, b.buf)
	b.buf = buf
}
