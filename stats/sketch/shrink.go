package sketch

import (
	"bytes"
	"encoding/binary"
)

// shrink returns an encoding with only the keep heaviest keys of src, and the
// durations of the timed heaviest of those: what unpacking it, forgetting and
// packing again gives, without making a table.
func shrink(src []byte, keep, timed int) []byte {
	entries, h := lay(src)
	upper, hits := make([]uint64, len(entries)), make([]uint64, len(entries))
	for i := range entries {
		upper[i], hits[i] = plus(entries[i].hits, entries[i].missed), entries[i].hits
	}
	kept, line := heaviest(upper, keep)
	for i := range hits {
		if !kept[i] {
			hits[i] = 0
		}
	}
	times, _ := heaviest(hits, timed)
	keys := h.keys
	h.keys, h.timed = 0, 0
	for i := range entries {
		times[i] = times[i] && kept[i] && entries[i].end-entries[i].durations > 1
		if kept[i] {
			h.keys++
		}
		if times[i] {
			h.timed++
		}
	}
	if h.keys < keys {
		h.bound = max(h.bound, line)
	}
	dst := h.append(make([]byte, 0, len(src)))
	var key [MaxKey]byte
	common := 0 // bytes that the key shares with the last one that stayed
	for i := range entries {
		e := &entries[i]
		copy(key[e.shared:], src[e.rest:e.numbers])
		common = min(common, e.shared)
		if !kept[i] {
			continue
		}
		length := e.shared + e.numbers - e.rest
		dst = binary.AppendUvarint(dst, uint64(common))
		dst = binary.AppendUvarint(dst, uint64(length-common))
		dst = append(dst, key[common:length]...)
		dst = append(dst, src[e.numbers:e.durations]...)
		switch common = maxShared; {
		case h.timed == 0:
		case times[i]:
			dst = append(dst, src[e.durations:e.end]...)
		default:
			dst = append(dst, 0)
		}
	}
	return bytes.Clone(dst)
}

// laid is where an entry stands in an encoding, and what it weighs.
type laid struct {
	hits, missed uint64

	shared                        int // bytes of the key that the one before has too
	rest, numbers, durations, end int // offsets: of the rest of the key, and behind it
}

// lay finds the entries of an encoding, which is known to be good.
func lay(src []byte) ([]laid, head) {
	d := decoder{src: src}
	h := d.head()
	out := make([]laid, h.keys)
	at := func() int { return len(src) - len(d.src) }
	for i := range out {
		e := &out[i]
		e.shared = int(d.uvarint())
		length := d.uvarint()
		e.rest = at()
		d.bytes(length)
		e.numbers = at()
		e.hits = d.uvarint()
		d.uvarint()
		d.uvarint()
		e.missed = d.uvarint()
		e.durations = at()
		if h.timed > 0 {
			for range 2 * d.uvarint() {
				d.uvarint()
			}
		}
		e.end = at()
	}
	return out, h
}

// heaviest chooses the n heaviest values, of equal ones the first. No other is
// heavier than line.
func heaviest(values []uint64, n int) (chosen []bool, line uint64) {
	chosen = make([]bool, len(values))
	if len(values) <= n {
		for i := range chosen {
			chosen[i] = true
		}
		return chosen, 0
	}
	line = largest(len(values), n, func(i int) uint64 { return values[i] })
	ties := n
	for _, v := range values {
		if v > line {
			ties--
		}
	}
	for i, v := range values {
		if v > line || v == line && ties > 0 {
			chosen[i] = true
			if v == line {
				ties--
			}
		}
	}
	return chosen, line
}

// appendEntry appends an entry without its durations; before is the key that came before.
func appendEntry(dst, before, key []byte, e *entry, missed uint64) []byte {
	shared, most := 0, min(len(key), len(before), maxShared)
	for shared < most && key[shared] == before[shared] {
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
