package sketch

// Line is what a line that is counted under a key says beside it.
type Line struct {
	Bytes    uint64
	Duration int64 // nanoseconds, below zero when it is not known
	Errors   uint32
}

// together is how many keys are looked up at a time, so that their places are
// fetched from memory at the same time.
const together = 64

// mixedFor is how many times so many are counted one by one after few keys came
// in no order.
const mixedFor = 16

// AddAll is Add for one hit after the other: of the keys with these hashes, in
// lines[whose[0]], lines[whose[1]] and so on. Key returns the key of lines[i]; it is
// asked only for those that t does not list, so most lines need not look for the
// bytes of their key.
func (t *Top) AddAll(hashes []uint64, whose []int32, lines []Line, key func(i int) []byte) {
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	for len(hashes) > 0 {
		n := min(len(hashes), len(whose), together)
		if b.mixed == 0 && len(b.entries) <= few {
			if runs := t.addRuns(hashes[:n], whose[:n], lines, key); runs > n/4 {
				b.mixed = mixedFor
			}
		} else {
			t.addSome(hashes[:n], whose[:n], lines, key)
			b.mixed = max(b.mixed, 1) - 1
		}
		hashes, whose = hashes[n:], whose[n:]
	}
}

// AddSame is AddAll where all lines, of which there is one at least, have the same key.
func (t *Top) AddSame(hash uint64, lines []Line, key func(i int) []byte) {
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	at := t.place(hash, 0, key)
	if t.durations { // hit by hit: whether there is room for them depends on the hits so far
		for i := range lines {
			l := &lines[i]
			b.count(at, 1, l.Bytes, uint64(l.Errors))
			if l.Duration >= 0 {
				b.addDuration(at, bucketOf(l.Duration))
			}
		}
		return
	}
	bytes, errors := uint64(0), uint64(0)
	for i := range lines {
		bytes = plus(bytes, lines[i].Bytes)
		errors += uint64(lines[i].Errors)
	}
	b.count(at, uint64(len(lines)), bytes, errors)
}

// addRuns is AddAll for few keys, of which the same one often comes twice in a
// row: those are counted at once. It returns how many such runs there are.
func (t *Top) addRuns(hashes []uint64, whose []int32, lines []Line, key func(i int) []byte) (runs int) {
	b := t.live
	for i := 0; i < len(hashes); runs++ {
		hash := hashes[i]
		at := t.place(hash, int(whose[i]), key)
		hits, bytes, errors := uint64(0), uint64(0), uint64(0)
		for ; i < len(hashes) && hashes[i] == hash; i++ {
			l := &lines[whose[i]]
			hits++
			bytes = plus(bytes, l.Bytes)
			errors += uint64(l.Errors)
			if l.Duration >= 0 && t.durations {
				b.addDuration(at, bucketOf(l.Duration))
			}
		}
		b.count(at, hits, bytes, errors)
	}
	return runs
}

// addSome is AddAll for at most together hits.
func (t *Top) addSome(hashes []uint64, whose []int32, lines []Line, key func(i int) []byte) {
	b := t.live
	var places [together]uint32 // what the index has for them, as it seems
	b.seek(hashes, &places)
	for i, hash := range hashes {
		at := int(places[i]&positionMask) - 1
		// That the tag is another tells a new key without waiting for an entry's memory.
		if places[i]&^positionMask != tagOf(hash) || uint(at) >= uint(len(b.entries)) || b.entries[at].hash != hash { // as after others came or went, too
			at = t.place(hash, int(whose[i]), key)
		}
		l, e := &lines[whose[i]], &b.entries[at]
		e.hits = plus(e.hits, 1)
		e.bytes = plus(e.bytes, l.Bytes)
		e.errors = plus(e.errors, uint64(l.Errors))
		if l.Duration >= 0 && t.durations {
			b.addDuration(at, bucketOf(l.Duration))
		}
	}
	b.total = plus(b.total, uint64(len(hashes)))
}

// place returns the position of the entry for the key of lines[i], making it.
func (t *Top) place(hash uint64, i int, key func(i int) []byte) int {
	b := t.live
	at, slot := b.find(hash)
	if at < 0 {
		name := key(i)
		if len(name) > MaxKey {
			name = name[:MaxKey]
			hash = Hash(name)
			at, slot = b.find(hash)
		}
		if at < 0 {
			at = b.admit(name, hash, slot)
		}
	}
	return at
}

// few is how many keys are so few that where they are is noted in a table of one byte each.
const few = 16

// seek writes what stands first where hashes belong in the index.
func (b *table) seek(hashes []uint64, places *[together]uint32) {
	if len(b.entries) <= few {
		var notes [256]uint8
		for i := range b.entries {
			notes[uint8(b.entries[i].hash)] = uint8(i + 1)
		}
		for i, hash := range hashes {
			places[i%together] = tagOf(hash) | uint32(notes[uint8(hash)])
		}
		return
	}
	if len(b.index) == 0 {
		return
	}
	index, mask := b.index, uint64(len(b.index)-1)
	for i, hash := range hashes {
		places[i%together] = index[hash&mask]
	}
}
