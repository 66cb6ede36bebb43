package sketch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// The encoding of a Top: a head, then the entries by rising key, each key
// without what it shares with the one before. Equal contents are equal bytes.

// head begins an encoding.
type head struct {
	timed    uint64 // keys with durations; when there are some every entry ends with its own
	capacity uint64
	total    uint64
	bound    uint64
	keys     uint64
}

// maxShared bounds how much longer keys get by being decoded.
const maxShared = 127

func (h *head) append(dst []byte) []byte {
	dst = append(dst, topV1)
	for _, v := range [...]uint64{h.capacity, h.total, h.bound, h.keys, h.timed} {
		dst = binary.AppendUvarint(dst, v)
	}
	return dst
}

func (d *decoder) head() head {
	d.version(topV1, "top")
	h := head{capacity: d.upTo(maxCapacity, "capacity"), total: d.uvarint()}
	h.bound = d.upTo(h.total, "bound")
	h.keys = d.upTo(min(2*maxCapacity, uint64(len(d.src))), "number of keys")
	h.timed = d.upTo(h.keys, "number of keys with durations")
	return h
}

// head returns the head of a Top that is not live.
func (t *Top) head() head {
	if len(t.packed) == 0 {
		return head{}
	}
	d := decoder{src: t.packed}
	return d.head()
}

// walk is one entry after the other of an encoding.
type walk struct {
	decoder
	head
	entry  entry // without hash and key
	left   uint64
	buffer [MaxKey]byte
}

func (w *walk) open(src []byte) {
	w.decoder.src = src
	w.head = w.decoder.head()
	w.left = w.keys
}

func (w *walk) name() []byte { return w.buffer[:w.entry.length] }

// next reads an entry, and its durations into times; it returns false after the
// last one and on an error.
func (w *walk) next(times *histogram) bool {
	if !w.nextKey() {
		return false
	}
	times.reset()
	if w.timed > 0 {
		times.decode(&w.decoder)
	}
	return w.err == nil
}

// nextKey is next as far as the durations.
func (w *walk) nextKey() bool {
	if w.left == 0 || w.err != nil {
		return false
	}
	w.left--
	shared := w.upTo(min(maxShared, uint64(w.entry.length)), "length of a shared prefix")
	rest := w.bytes(w.upTo(MaxKey-shared, "length of a key"))
	copy(w.buffer[shared:], rest)
	w.entry = entry{
		hits:   w.uvarint(),
		bytes:  w.uvarint(),
		errors: w.uvarint(),
		since:  w.bound - w.upTo(w.bound, "what a key has missed"),
		length: uint32(shared) + uint32(len(rest)),
	}
	return w.err == nil
}

// append appends the encoding of b to dst.
func (b *table) append(dst []byte, durations bool) []byte {
	order := make([]int32, len(b.entries))
	h := head{capacity: uint64(b.capacity), total: b.total, bound: b.bound, keys: uint64(len(order))}
	for i := range order {
		order[i] = int32(i)
		if durations && i < len(b.timings) && b.timings[i] != (timing{}) {
			h.timed++
		}
	}
	slices.SortFunc(order, func(i, j int32) int { return bytes.Compare(b.key(&b.entries[i]), b.key(&b.entries[j])) })
	dst = h.append(dst)
	var before []byte
	var scratch histogram
	for _, at := range order {
		e := &b.entries[at]
		key := b.key(e)
		dst = appendEntry(dst, before, key, e, b.missed(e))
		before = key
		if h.timed == 0 {
			continue
		}
		if d := b.durations(int(at), &scratch); d != nil {
			dst = d.append(dst)
		} else {
			dst = append(dst, 0)
		}
	}
	return dst
}

// pack forgets all but the heaviest entries and durations and returns the
// encoding of what is left; nil when there is nothing to tell.
func (b *table) pack(keep, timed int, durations bool) []byte {
	if len(b.entries) > keep {
		b.drop(keep, keep)
	}
	b.thinDurations(timed)
	if len(b.entries) == 0 && b.total == 0 {
		return nil
	}
	return bytes.Clone(b.append(make([]byte, 0, len(b.arena)+16*len(b.entries)+64), durations)) // without the room that appending left
}

// Append appends the encoding of t to dst.
func (t *Top) Append(dst []byte) []byte {
	switch {
	case t.live != nil:
		return t.live.append(dst, t.durations)
	case len(t.packed) > 0:
		return append(dst, t.packed...)
	}
	h := head{capacity: uint64(t.capacity)}
	return h.append(dst)
}

// Decode replaces the contents of t by the encoding at the start of src and
// returns what follows it. A zero Top takes its capacity from the encoding and
// keeps durations if it has some. On an error t is unchanged.
func (t *Top) Decode(src []byte) (rest []byte, err error) {
	var w walk
	var times histogram
	var before []byte
	w.open(src)
	sum, timed, length := uint64(0), uint64(0), 0
	for first := true; w.next(&times); first = false {
		switch {
		case !first && bytes.Compare(before, w.name()) >= 0:
			w.fail(errors.New("keys out of order"))
		case w.entry.hits > w.total-sum:
			w.fail(errors.New("more hits than the total"))
		}
		sum += w.entry.hits
		length += len(w.name())
		if times.count > 0 {
			timed++
		}
		before = append(before[:0], w.name()...)
	}
	if w.err == nil && timed != w.timed {
		w.fail(errors.New("the number of keys with durations is wrong"))
	}
	if w.err != nil {
		return nil, fmt.Errorf("decode top: %w", w.err)
	}
	if t.capacity == 0 {
		t.capacity, t.durations = max(int(w.capacity), 1), w.timed > 0
	}
	n := len(src) - len(w.src)
	t.live, t.packed = nil, bytes.Clone(src[:n])
	if w.keys > uint64(limit(t.capacity)) || length > arenaPerKey*t.capacity {
		t.unpack() // the lightest have to go
	}
	return src[n:], nil
}

// unpack makes t live.
func (t *Top) unpack() *table {
	t.live = t.read()
	t.packed = nil
	return t.live
}

// read returns a table of what t holds packed.
func (t *Top) read() *table {
	b := &table{capacity: max(t.capacity, 1)}
	if len(t.packed) > 0 {
		b.mergePacked(t.packed, t.durations)
	}
	return b
}

// mergePacked adds what an encoding holds. The encoding is known to be good.
func (b *table) mergePacked(src []byte, durations bool) {
	var w walk
	w.open(src)
	b.absent(w.bound, w.total)
	for w.next(&b.scratch) {
		at := b.meet(w.name(), Hash(w.name()), w.entry.since, &w.entry)
		if durations && b.scratch.count > 0 {
			b.addDurations(at, &b.scratch)
		}
	}
	b.settle()
}

// addDurations adds a histogram to the durations of the entry at a position.
func (b *table) addDurations(at int, h *histogram) {
	if len(b.timings) < len(b.entries) {
		b.addTimings()
	}
	if b.timings[at].wide != 0 || h.count > uint64(len(b.timings[at].few)) {
		if wide := b.widen(at); wide != nil {
			wide.merge(h)
		}
		return
	}
	h.each(func(bucket int, n uint64) bool {
		for range n {
			b.addDuration(at, bucket)
		}
		return true
	})
}

// getPacked is Get of a Top that is not live.
func (t *Top) getPacked(key []byte) (Entry, bool) {
	none := Entry{P50: math.NaN(), P90: math.NaN(), P95: math.NaN(), P99: math.NaN()}
	if len(t.packed) == 0 {
		return none, false
	}
	var w walk
	var times histogram
	w.open(t.packed)
	for w.next(&times) {
		switch c := bytes.Compare(w.name(), key); {
		case c > 0:
			return Entry{Bound: w.bound, P50: none.P50, P90: none.P90, P95: none.P95, P99: none.P99}, false
		case c == 0:
			e := Entry{Key: string(key), Hits: w.entry.hits, Bytes: w.entry.bytes, Errors: w.entry.errors, Bound: w.bound - w.entry.since}
			if !t.durations {
				times.reset()
			}
			e.setDurations(&times)
			return e, true
		}
	}
	none.Bound = w.bound
	return none, false
}
