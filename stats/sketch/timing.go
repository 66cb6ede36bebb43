package sketch

import "slices"

// timing holds the durations of one key: the buckets of the first few as they
// are, later a histogram from the pool.
type timing struct {
	wide uint16    // histogram in the pool + 1, or 0
	few  [7]uint16 // bucket + 1 of each duration, 0 after the last
}

// pool holds the histograms of the keys that have more than a few durations.
type pool struct {
	wide  []histogram
	free  []uint16
	floor uint64 // when it was last full, a key needed more hits than this to displace another
}

// mostWide is how many histograms a table may have: together with the spread
// that a histogram can have this bounds their memory.
func (b *table) mostWide() int { return min(max(b.capacity/16, 16), 512) }

// addTimings makes timings as long as entries.
func (b *table) addTimings() {
	n := len(b.entries)
	if cap(b.timings) < n {
		b.timings = append(make([]timing, 0, cap(b.entries)), b.timings...)
	}
	for len(b.timings) < n {
		b.timings = append(b.timings, timing{})
	}
}

// addDuration counts one duration for the entry at a position.
func (b *table) addDuration(at, bucket int) {
	if len(b.timings) < len(b.entries) {
		b.addTimings()
	}
	t := &b.timings[at]
	if t.wide != 0 {
		b.pool.wide[t.wide-1].one(bucket)
		return
	}
	for i := range t.few {
		if t.few[i] == 0 {
			t.few[i] = uint16(bucket + 1)
			return
		}
	}
	if h := b.widen(at); h != nil {
		h.one(bucket)
	}
}

// widen gives the entry at a position a histogram; nil when none can be had, and
// then it keeps the durations that it has.
func (b *table) widen(at int) *histogram {
	t := &b.timings[at]
	if t.wide != 0 {
		return &b.pool.wide[t.wide-1]
	}
	p := &b.pool
	if len(p.free) == 0 && len(p.wide) == b.mostWide() && !b.displace(b.entries[at].hits) {
		return nil
	}
	if n := len(p.free); n > 0 {
		t.wide = p.free[n-1] + 1
		p.free = p.free[:n-1]
	} else {
		p.wide = append(p.wide, histogram{})
		t.wide = uint16(len(p.wide))
	}
	h := &p.wide[t.wide-1]
	for i, f := range t.few {
		if f != 0 {
			h.add(int(f-1), 1)
			t.few[i] = 0
		}
	}
	return h
}

// displace makes room in a full pool for a key with that many hits, by forgetting
// the durations of the lighter half. It takes twice their hits: among equals
// everyone keeps what they have.
func (b *table) displace(hits uint64) bool {
	if hits <= b.pool.floor {
		return false
	}
	var all [512]uint64
	holders := all[:0]
	for i := range b.timings {
		if b.timings[i].wide != 0 {
			holders = append(holders, b.entries[i].hits)
		}
	}
	slices.Sort(holders)
	median := holders[len(holders)/2]
	b.pool.floor = plus(median, median)
	if hits <= b.pool.floor {
		return false
	}
	for i := range b.timings {
		if b.timings[i].wide != 0 && b.entries[i].hits <= median {
			b.pool.release(&b.timings[i])
		}
	}
	return true
}

// release empties a timing; its histogram can be had by another.
func (p *pool) release(t *timing) {
	if t.wide != 0 {
		p.wide[t.wide-1].reset()
		p.free = append(p.free, t.wide-1)
	}
	*t = timing{}
}

// mergeTiming adds the durations of entry i of o to the entry at a position.
func (b *table) mergeTiming(at int, o *table, i int) {
	t := &o.timings[i]
	if t.wide == 0 {
		for _, f := range t.few {
			if f == 0 {
				return
			}
			b.addDuration(at, int(f-1))
		}
		return
	}
	if len(b.timings) < len(b.entries) {
		b.addTimings()
	}
	if h := b.widen(at); h != nil {
		h.merge(&o.pool.wide[t.wide-1])
	}
}

// thinDurations keeps the durations of the keep heaviest entries only.
func (b *table) thinDurations(keep int) {
	if len(b.timings) <= keep {
		return
	}
	line := largest(len(b.timings), keep, func(i int) uint64 { return b.entries[i].hits })
	ties := keep
	for i := range b.timings {
		if b.entries[i].hits > line {
			ties--
		}
	}
	for i := range b.timings {
		switch hits := b.entries[i].hits; {
		case hits == line && ties > 0:
			ties--
		case hits <= line:
			b.pool.release(&b.timings[i])
		}
	}
}

// durations returns the durations of the entry at a position, in scratch where
// they are few; nil when it has none.
func (b *table) durations(at int, scratch *histogram) *histogram {
	if at >= len(b.timings) {
		return nil
	}
	t := &b.timings[at]
	if t.wide != 0 {
		return &b.pool.wide[t.wide-1]
	}
	scratch.reset()
	for _, f := range t.few {
		if f != 0 {
			scratch.add(int(f-1), 1)
		}
	}
	if scratch.count == 0 {
		return nil
	}
	return scratch
}

func (p *pool) size() int {
	n := 2 * cap(p.free)
	for i := range p.wide {
		n += 72 + p.wide[i].size()
	}
	return n
}
