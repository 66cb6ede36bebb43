package sketch

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// Entries returns the n keys with the most Hits (n < 0: all that are kept), most
// first and by key where they are equal. The entries are the caller's.
func (t *Top) Entries(n int) []Entry {
	b := t.live
	if b == nil {
		if n == 0 || t.Len() == 0 {
			return nil
		}
		b = t.read()
	}
	order := b.heaviest(n)
	if len(order) == 0 {
		return nil
	}
	size := 0
	for _, at := range order {
		size += int(b.entries[at].length)
	}
	keys := make([]byte, 0, size)
	for _, at := range order {
		keys = append(keys, b.key(&b.entries[at])...)
	}
	rest := string(keys) // one allocation for all keys
	out := make([]Entry, len(order))
	var scratch histogram
	for i, at := range order {
		out[i] = b.entry(int(at), &scratch)
		length := b.entries[at].length
		out[i].Key, rest = rest[:length], rest[length:]
	}
	return out
}

// heaviest returns the positions of the n entries with the most hits, in order.
func (b *table) heaviest(n int) []int32 {
	line := uint64(0)
	if n < 0 || n >= len(b.entries) {
		n = len(b.entries)
	} else {
		line = largest(len(b.entries), n, func(i int) uint64 { return b.entries[i].hits })
	}
	if n == 0 {
		return nil
	}
	order := make([]int32, 0, n)
	for i := range b.entries {
		if b.entries[i].hits >= line {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(i, j int32) int {
		x, y := &b.entries[i], &b.entries[j]
		if c := cmp.Compare(y.hits, x.hits); c != 0 {
			return c
		}
		return bytes.Compare(b.key(x), b.key(y))
	})
	return order[:n]
}

// entry returns the entry at a position, without its key. Scratch is reused for
// one entry after the other.
func (b *table) entry(at int, scratch *histogram) Entry {
	e := &b.entries[at]
	out := Entry{Hits: e.hits, Bytes: e.bytes, Errors: e.errors, Bound: b.missed(e)}
	out.setDurations(b.durations(at, scratch))
	return out
}

// setDurations fills in the quantiles of a histogram, which may be nil.
func (e *Entry) setDurations(h *histogram) {
	if h == nil || h.count == 0 {
		e.P50, e.P90, e.P95, e.P99 = math.NaN(), math.NaN(), math.NaN(), math.NaN()
		return
	}
	e.Timed = h.count
	e.P50 = centre(h.rank(rankOf(.5, h.count)))
	e.P90 = centre(h.rank(rankOf(.9, h.count)))
	e.P95 = centre(h.rank(rankOf(.95, h.count)))
	e.P99 = centre(h.rank(rankOf(.99, h.count)))
}
