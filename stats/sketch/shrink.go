package sketch

import (
	"bytes"
	"encoding/binary"
)

// shrink returns an encoding with only the keep heaviest keys of src, and the
// durations of the timed heaviest of those: what unpacking it, forgetting and
// packing again gives, in two passes over the bytes.
func shrink(src []byte, keep, timed int) []byte {
	var w walk
	w.open(src)
	n := int(w.keys)
	upper, hits := make([]uint64, 0, n), make([]uint64, 0, n)
	for {
		if _, ok := w.skim(); !ok {
			break
		}
		upper = append(upper, plus(w.entry.hits, w.bound-w.entry.since))
		hits = append(hits, w.entry.hits)
	}
	keys := heavier(upper, keep)
	for i := range hits {
		if !keys.keeps(i) {
			hits[i] = 0
		}
	}
	times := heavier(hits, timed)

	h := w.head
	h.keys, h.timed = 0, 0
	w.open(src)
	for i := range n {
		durations, _ := w.skim()
		if !keys.keeps(i) {
			h.bound = max(h.bound, keys.line)
			continue
		}
		h.keys++
		if len(durations) > 1 && times.keeps(i) {
			h.timed++
		}
	}
	dst := h.append(make([]byte, 0, len(src)))
	before := make([]byte, 0, MaxKey)
	w.open(src)
	for i := range n {
		durations, _ := w.skim()
		if !keys.keeps(i) {
			continue
		}
		dst = appendEntry(dst, before, w.name(), &w.entry, w.bound-w.entry.since)
		before = append(before[:0], w.name()...)
		switch {
		case h.timed == 0:
		case len(durations) > 1 && times.keeps(i):
			dst = append(dst, durations...)
		default:
			dst = append(dst, 0)
		}
	}
	return bytes.Clone(dst)
}

// appendEntry appends an entry without its durations; before is the key that came before.
func appendEntry(dst, before, key []byte, e *entry, missed uint64) []byte {
	shared := 0
	for shared < min(len(key), len(before), maxShared) && key[shared] == before[shared] {
		shared++
	}
	dst = binary.AppendUvarint(dst, uint64(shared))
	dst = binary.AppendUvarint(dst, uint64(len(key)-shared))
	dst = append(dst, key[shared:]...)
	dst = binary.AppendUvarint(dst, e.hits)
	dst = binary.AppendUvarint(dst, e.bytes)
	dst = binary.AppendUvarint(dst, e.errors)
	return binary.AppendUvarint(dst, missed)
}

// choice is which of some values are the heaviest.
type choice struct {
	line uint64 // what is heavier stays
	kept []bool
}

// heavier chooses the n heaviest values, of equal ones the first.
func heavier(values []uint64, n int) choice {
	c := choice{kept: make([]bool, len(values))}
	if len(values) <= n {
		for i := range c.kept {
			c.kept[i] = true
		}
		return c
	}
	c.line = largest(len(values), n, func(i int) uint64 { return values[i] })
	ties := n
	for _, v := range values {
		if v > c.line {
			ties--
		}
	}
	for i, v := range values {
		switch {
		case v > c.line:
			c.kept[i] = true
		case v == c.line && ties > 0:
			c.kept[i] = true
			ties--
		}
	}
	return c
}

func (c *choice) keeps(i int) bool { return c.kept[i] }

// skim is next without reading the durations: it returns their encoding, nil
// where the keys have none.
func (w *walk) skim() (durations []byte, ok bool) {
	if !w.nextKey() {
		return nil, false
	}
	if w.timed == 0 {
		return nil, true
	}
	from := w.src
	for range 2 * w.uvarint() {
		w.uvarint()
	}
	return from[:len(from)-len(w.src)], w.err == nil
}
