package sketch

import "math"

// table is a Top that can be added to: entries in the order in which their keys
// came, their keys one after the other in an arena, and an index that finds an
// entry by hash. Being walked in that order, and never in that of the index, it
// can be merged into any other table without its keys arriving sorted by hash,
// which would pile them up there.
type table struct {
	entries []entry
	timings []timing // for every entry, nil before the first duration
	pool    pool
	index   []uint32 // open addressing: tag and position + 1; 0 is free; nil while a glance at the entries is enough
	arena   []byte

	scratch histogram // durations being merged

	total    uint64 // hits ever added
	bound    uint64 // no forgotten key had more hits
	capacity int
}

type entry struct {
	hash   uint64
	hits   uint64
	bytes  uint64
	errors uint64
	since  uint64 // how much of the table's bound came up while the key was there: it may have missed the rest
	key    uint32 // where in the arena
	length uint32
}

const (
	glance       = 8 // entries that need no index
	positionBits = 20
	positionMask = 1<<positionBits - 1
	noSlot       = math.MaxUint64
	arenaPerKey  = 128 // bytes; longer keys on average mean fewer keys
	arenaLeast   = 4 * MaxKey
)

// missed returns how many hits of a key may have been forgotten.
func (b *table) missed(e *entry) uint64 { return b.bound - min(e.since, b.bound) }

// upper returns the most hits that a key can have had. A purge keeps the largest.
func (b *table) upper(i int) uint64 { return plus(b.entries[i].hits, b.missed(&b.entries[i])) }

// tagOf returns the bits of a hash that stand beside the position in the index,
// so that a probe seldom has to look at a wrong entry.
func tagOf(hash uint64) uint32 { return uint32(hash>>(32+positionBits)) << positionBits }

// find returns the position of the entry of a hash, or -1 and the free place in
// the index where it belongs.
func (b *table) find(hash uint64) (at int, slot uint64) {
	if b.index == nil {
		for i := range b.entries {
			if b.entries[i].hash == hash {
				return i, noSlot
			}
		}
		return -1, noSlot
	}
	mask, tag := uint64(len(b.index)-1), tagOf(hash)
	for slot = hash & mask; ; slot = (slot + 1) & mask {
		found := b.index[slot]
		if found == 0 {
			return -1, slot
		}
		if found&^positionMask == tag {
			if i := int(found&positionMask) - 1; b.entries[i].hash == hash {
				return i, slot
			}
		}
	}
}

// limit is how many keys Add and Merge leave. It is above the capacity so that a
// purge, back to the capacity, frees many places at once.
func limit(capacity int) int { return capacity + max(capacity/2, 1) }

// full tells whether another key makes more than limit, or outgrows the arena.
func (b *table) full(limit, key int) bool {
	return len(b.entries) >= limit ||
		len(b.arena)+key > arenaPerKey*b.capacity+arenaLeast
}

// insert adds an entry for a key that is not there, and may have missed as much
// as any, and returns its position; slot is where find said it belongs.
func (b *table) insert(key []byte, hash, slot uint64) int {
	at := len(b.entries)
	if at == cap(b.entries) {
		b.entries = append(make([]entry, 0, b.room(at)), b.entries...)
	}
	b.entries = append(b.entries, entry{hash: hash, key: uint32(len(b.arena)), length: uint32(len(key))})
	if size := len(b.arena) + len(key); size > cap(b.arena) { // append alone would copy large ones four times as often
		b.arena = append(make([]byte, 0, max(min(2*cap(b.arena), arenaPerKey*b.capacity+arenaLeast), size)), b.arena...)
	}
	b.arena = append(b.arena, key...)
	if b.timings != nil {
		b.addTimings()
	}
	switch {
	case b.index == nil && at < glance:
	case 2*(at+1) > len(b.index):
		b.reindex(at + 1)
	default:
		if slot == noSlot {
			_, slot = b.find(hash)
		}
		b.index[slot] = tagOf(hash) | uint32(at+1)
	}
	return at
}

// admit makes room for a key that is not there, if need be, and returns the
// position of its entry; slot is where find said it belongs.
func (b *table) admit(key []byte, hash, slot uint64) int {
	if b.full(limit(b.capacity), len(key)) {
		b.purge(b.capacity)
		slot = noSlot
	}
	return b.insert(key, hash, slot)
}

// count adds to the entry at a position.
func (b *table) count(at int, hits, bytes, errors uint64) {
	e := &b.entries[at]
	e.hits = plus(e.hits, hits)
	e.bytes = plus(e.bytes, bytes)
	e.errors = plus(e.errors, errors)
	b.total = plus(b.total, hits)
}

// room is the next size of the entries: they double up to the most that Add
// needs, and then to the most that Merge needs.
func (b *table) room(n int) int {
	room := max(2*n, 4)
	switch most := limit(b.capacity); {
	case n < most:
		return min(room, most)
	case n <= 2*b.capacity:
		return 2*b.capacity + 1
	}
	return room
}

// reindex builds the index of all entries, with room for n.
func (b *table) reindex(n int) {
	size := 4 * glance
	for 2*n > size {
		size *= 2
	}
	if size > len(b.index) {
		b.index = make([]uint32, size)
	} else {
		clear(b.index)
	}
	mask := uint64(len(b.index) - 1)
	for i := range b.entries {
		hash := b.entries[i].hash
		slot := hash & mask
		for b.index[slot] != 0 {
			slot = (slot + 1) & mask
		}
		b.index[slot] = tagOf(hash) | uint32(i+1)
	}
}

// purge forgets the lightest keys until at most keep are left and the arena has
// room. Where many keys are equally light all of them go, but a quarter stays,
// so that there is something to show.
func (b *table) purge(keep int) {
	keep = min(keep, len(b.entries)-1)
	b.drop(keep, (b.capacity+3)/4)
	for len(b.arena) > arenaPerKey*b.capacity*3/4+arenaLeast-MaxKey {
		b.drop(len(b.entries)/2, 0)
	}
}

// drop forgets all but the keep heaviest keys. Of the keys that are exactly as
// heavy as the heaviest that goes, it keeps enough to have least in all.
func (b *table) drop(keep, least int) {
	line, above := b.divide(keep)
	ties, before := min(least, keep)-above, b.bound
	kept, end, gone := 0, 0, false
	for i := range b.entries {
		e := &b.entries[i]
		if upper := b.upper(i); upper < line || upper == line && ties <= 0 {
			gone = true
			if b.timings != nil {
				b.pool.release(&b.timings[i])
			}
			continue
		} else if upper == line {
			ties--
		}
		if gone { // all before stand where they stood
			copy(b.arena[end:], b.key(e))
			e.key = uint32(end)
			b.entries[kept] = *e
			if b.timings != nil {
				b.timings[kept] = b.timings[i]
			}
		}
		end += int(e.length)
		kept++
	}
	b.entries, b.arena = b.entries[:kept], b.arena[:end]
	if b.timings != nil {
		b.timings = b.timings[:kept]
	}
	if gone && line > before {
		b.bound = line
		for i := range b.entries {
			b.entries[i].since += line - before // they were not dropped
		}
	}
	if b.index != nil {
		b.reindex(kept)
	}
}

// divide returns the value of upper that keep entries are above, or as high as, and
// how many are above it.
func (b *table) divide(keep int) (line uint64, above int) {
	var counts [1 << 10]int32 // of the values below the last, and of all others
	for i := range b.entries {
		counts[min(b.upper(i), uint64(len(counts)-1))]++
	}
	for value := len(counts) - 1; value >= 0; value-- {
		n := int(counts[value])
		if keep < above+n {
			if value < len(counts)-1 {
				return uint64(value), above
			}
			break // among the others
		}
		above += n
	}
	line, above = largest(len(b.entries), keep, b.upper), 0
	for i := range b.entries {
		if b.upper(i) > line {
			above++
		}
	}
	return line, above
}

func (b *table) key(e *entry) []byte { return b.arena[e.key : e.key+e.length] }

// merge adds what o counted.
func (b *table) merge(o *table, durations bool) {
	b.absent(o.bound, o.total)
	for i := range o.entries {
		e := &o.entries[i]
		at := b.meet(o.key(e), e.hash, o.bound-o.missed(e), e)
		if durations && o.timings != nil {
			b.mergeTiming(at, o, i)
		}
	}
	b.settle()
}

// absent adds a table with that bound as if none of its keys were here: all of
// them may have missed so much more.
func (b *table) absent(bound, total uint64) {
	b.bound = plus(b.bound, bound)
	b.total = plus(b.total, total)
}

// meet adds an entry of another table, after absent, and returns where it is now.
// Since is what it has of that table's bound.
func (b *table) meet(key []byte, hash, since uint64, e *entry) int {
	at, slot := b.find(hash)
	if at < 0 {
		if b.full(2*b.capacity+1, len(key)) {
			b.purge(b.capacity)
			slot = noSlot
		}
		at = b.insert(key, hash, slot)
	}
	to := &b.entries[at]
	to.hits = plus(to.hits, e.hits)
	to.bytes = plus(to.bytes, e.bytes)
	to.errors = plus(to.errors, e.errors)
	to.since = plus(to.since, since)
	return at
}

// settle ends a merge.
func (b *table) settle() {
	if len(b.entries) > limit(b.capacity) {
		b.purge(b.capacity)
	}
}

func (b *table) reset() {
	for i := range b.timings {
		b.pool.release(&b.timings[i])
	}
	b.entries, b.arena, b.timings = b.entries[:0], b.arena[:0], b.timings[:0]
	b.pool.floor = 0
	clear(b.index)
	b.total, b.bound = 0, 0
}

func (b *table) size() int {
	return 256 + 48*cap(b.entries) + 16*cap(b.timings) + 4*cap(b.index) + cap(b.arena) + b.pool.size()
}

// largest returns the value that rank others of n values are larger than, or as
// large as, in time n: it counts by one byte at a time, the highest first.
func largest(n, rank int, value func(i int) uint64) uint64 {
	most := uint64(0)
	for i := range n {
		most = max(most, value(i))
	}
	shift := 0
	for shift < 56 && most>>shift > 255 {
		shift += 8
	}
	prefix := uint64(0)
	for ; shift >= 0; shift -= 8 {
		var counts [256]int
		for i := range n {
			if v := value(i); v>>(shift+8) == prefix {
				counts[byte(v>>shift)]++
			}
		}
		for digit := 255; digit >= 0; digit-- {
			if rank < counts[digit] {
				prefix = prefix<<8 | uint64(digit)
				break
			}
			rank -= counts[digit]
		}
	}
	return prefix
}
