package sketch

import "math"

// MaxKey is how many bytes of a key tell it from others. Longer keys are cut,
// and counted together where they agree that far.
const MaxKey = 1024

// maxCapacity is the largest capacity of a Top.
const maxCapacity = 1 << 18

// Top counts by key and keeps the heaviest keys: all of them, exactly, until
// there are more than its capacity; beyond that the lightest are forgotten and
// Bound says how much any key can be missing (Misra–Gries in its mergeable form;
// Agarwal et al., Mergeable Summaries, 2012; a purge frees many places at once).
// The bound is at most all hits divided by the capacity, and usually far below,
// unless Compact is used or keys are longer than 128 bytes on average.
//
// Numbers never overstate. Unlike in the textbook a purge takes nothing from the
// keys that stay: what each of them may have lost before it was (last) let in is
// kept beside its count. A key that was there from the start is exact for good.
//
// A Top that has counted little is little. At most it holds 300 bytes for each
// key of its capacity, and up to 6 KB of durations for a sixteenth of them. Keys
// are told apart by 64-bit hashes.
type Top struct {
	live      *table
	packed    []byte // the encoding, when live is nil: a Top that is only kept to be read
	capacity  int
	durations bool
}

// NewTop returns an empty Top that keeps every key until there are more than
// capacity (at most 262,144). With durations it also keeps how long they took: up
// to seven durations of every key, and all of the heaviest sixteenth.
func NewTop(capacity int, durations bool) *Top {
	return &Top{capacity: min(max(capacity, 1), maxCapacity), durations: durations}
}

// Add counts hits, bytes and errors for a key; hash is Hash(key). A duration is
// in nanoseconds and below zero when it is not known. The key is copied when it
// is new. Nothing is allocated for a known key, and next to nothing for others.
func (t *Top) Add(key []byte, hash uint64, hits, bytes uint64, errors uint32, duration int64) {
	if len(key) > MaxKey {
		key = key[:MaxKey]
		hash = Hash(key)
	}
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	at, slot := b.find(hash)
	if at < 0 {
		at = b.admit(key, hash, slot)
	}
	b.count(at, hits, bytes, uint64(errors))
	if duration >= 0 && t.durations {
		b.addDuration(at, bucketOf(duration))
	}
}

// Merge adds what o counted; o is unchanged. Numbers and bounds add up, and the
// result is exact where both were and their keys together fit t.
func (t *Top) Merge(o *Top) {
	if o.live == nil && len(o.packed) == 0 {
		return
	}
	if o == t {
		o = &Top{packed: t.Append(nil)}
	}
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	if o.live != nil {
		b.merge(o.live, t.durations && o.durations)
	} else {
		b.mergePacked(o.packed, t.durations)
	}
}

// Reset empties t and keeps its memory.
func (t *Top) Reset() {
	t.packed = nil
	if t.live != nil {
		t.live.reset()
	}
}

// Compact makes t as small as it can be while nothing is added: only the keep
// heaviest keys stay, and only the timed heaviest of those keep their durations.
// Bound grows to the heaviest key that went; with keep not below Len no key is
// lost. A compact Top merges and is read like any other, if slower, and becomes
// large again when something is added.
func (t *Top) Compact(keep, timed int) {
	keep, timed = max(keep, 0), max(timed, 0)
	if t.live == nil {
		if h := t.head(); h.keys <= uint64(keep) && h.timed <= uint64(timed) {
			return
		}
		t.packed = shrink(t.packed, keep, timed)
		return
	}
	t.packed = t.live.pack(keep, timed, t.durations)
	t.live = nil
}

// Pack returns a compact Top that holds what Compact would leave, and empties t,
// which keeps its memory for the next slice of time.
func (t *Top) Pack(keep, timed int) *Top {
	packed := &Top{packed: t.packed, capacity: t.capacity, durations: t.durations}
	if t.live != nil {
		packed.packed = t.live.pack(max(keep, 0), max(timed, 0), t.durations)
	} else {
		packed.Compact(keep, timed)
	}
	t.Reset()
	return packed
}

// Live tells whether t holds what adding needs, other than when it is compact.
func (t *Top) Live() bool { return t.live != nil }

// Len returns how many keys t keeps.
func (t *Top) Len() int {
	if t.live != nil {
		return len(t.live.entries)
	}
	return int(t.head().keys)
}

// Total returns the sum of all hits ever added, forgotten keys included. It is exact.
func (t *Top) Total() uint64 {
	if t.live != nil {
		return t.live.total
	}
	return t.head().total
}

// Bound returns the most hits that a key which t does not list can have had, and
// the largest Bound of any Entry.
func (t *Top) Bound() uint64 {
	if t.live != nil {
		return t.live.bound
	}
	return t.head().bound
}

// Exact tells whether every key ever added is listed with its true numbers: no
// key was forgotten here nor in anything merged.
func (t *Top) Exact() bool { return t.Bound() == 0 }

// Size returns about how many bytes t holds.
func (t *Top) Size() int {
	n := 64 + cap(t.packed)
	if t.live != nil {
		n += t.live.size()
	}
	return n
}

// Entry is what a Top knows of one key.
type Entry struct {
	Key string

	// Hits, Bytes and Errors never overstate. Hits is exact when Bound is 0, and
	// so are the others then; the true number of hits is at most Hits + Bound.
	Hits, Bytes, Errors uint64
	Bound               uint64

	// P50, P90, P95 and P99 are quantiles, in seconds and within 1 %, of the Timed
	// durations that are kept for the key; NaN when there are none. Timed is
	// less than the durations added where memory was short.
	P50, P90, P95, P99 float64
	Timed              uint64
}

// Get returns the entry of a key, and whether t lists it. Of a key that it does
// not list it knows the Bound.
func (t *Top) Get(key []byte) (Entry, bool) {
	key = key[:min(len(key), MaxKey)]
	if t.live == nil {
		return t.getPacked(key)
	}
	at, _ := t.live.find(Hash(key))
	if at < 0 {
		return Entry{Bound: t.live.bound, P50: math.NaN(), P90: math.NaN(), P95: math.NaN(), P99: math.NaN()}, false
	}
	var scratch histogram
	e := t.live.entry(at, &scratch)
	e.Key = string(key)
	return e, true
}
