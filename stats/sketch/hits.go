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
		done := 0
		if len(b.entries) <= few && !(t.durations && anyTimed(whose[:n], lines)) {
			done = t.addFew(hashes[:n], whose[:n], lines, key)
		}
		if done < n {
			t.addSome(hashes[done:n], whose[done:n], lines, key)
		}
		hashes, whose = hashes[n:], whose[n:]
	}
}

// anyTimed tells whether any of lines says how long it took.
func anyTimed(whose []int32, lines []Line) bool {
	for _, i := range whose {
		if lines[i].Duration >= 0 {
			return true
		}
	}
	return false
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

// addFew is AddAll for lines that don't say how long they took, while there are few
// keys: it adds up first. It returns how many lines it has added.
func (t *Top) addFew(hashes []uint64, whose []int32, lines []Line, key func(i int) []byte) int {
	b := t.live
	whose = whose[:len(hashes)]
	var f tally
	f.note(b.entries)
	for done := 0; ; done++ {
		done += f.add(hashes[done:], whose[done:], lines)
		f.give(b)
		if done == len(hashes) || len(b.entries) > few {
			return done
		}
		keys := len(b.entries)
		at := t.place(hashes[done], int(whose[done]), key)
		l := &lines[whose[done]]
		b.count(at, 1, l.Bytes, uint64(l.Errors))
		switch hash := b.entries[at].hash; {
		case at == keys: // a new one
			f.know(hash)
		case f.hashes[at+1] != hash: // others have gone for it
			f.note(b.entries)
		}
	}
}

// tally adds up for few keys, by their places among the entries and 1.
type tally struct {
	notes  [256]uint8 // where a key is, by the lowest byte of its hash; 0 where it is not known
	keys   int
	hashes [few + 1]uint64
	sums   [few + 1]struct{ hits, bytes, errors uint64 }
}

// note takes note of the keys of entries.
func (f *tally) note(entries []entry) {
	f.notes, f.keys = [256]uint8{}, 0
	for i := range entries {
		f.know(entries[i].hash)
	}
}

// know takes note of one more key, at the next place. Where its byte is another's, or
// there are too many, it is left to be looked up.
func (f *tally) know(hash uint64) {
	if f.keys == few {
		return
	}
	f.keys++
	f.hashes[f.keys] = hash
	if note := &f.notes[uint8(hash)]; *note == 0 {
		*note = uint8(f.keys)
	}
}

// add adds up lines as far as their keys are known, and returns how many those are.
func (f *tally) add(hashes []uint64, whose []int32, lines []Line) int {
	for i, hash := range hashes {
		n := f.notes[uint8(hash)]
		if n == 0 || n > few || f.hashes[n] != hash {
			return i
		}
		l, sum := &lines[whose[i]], &f.sums[n]
		sum.hits++
		sum.bytes = plus(sum.bytes, l.Bytes)
		sum.errors += uint64(l.Errors)
	}
	return len(hashes)
}

// give adds what was added up to the entries, and begins anew.
func (f *tally) give(b *table) {
	for i := range f.keys {
		if sum := &f.sums[(i+1)%len(f.sums)]; sum.hits > 0 {
			b.count(i, sum.hits, sum.bytes, sum.errors)
			sum.hits, sum.bytes, sum.errors = 0, 0, 0
		}
	}
}

// addSome is AddAll for at most together hits.
func (t *Top) addSome(hashes []uint64, whose []int32, lines []Line, key func(i int) []byte) {
	b := t.live
	var places [together]uint32 // where their entries are, as it seems
	b.seek(hashes, &places)
	for i, hash := range hashes {
		at := int(places[i%together]) - 1
		if uint(at) >= uint(len(b.entries)) || b.entries[at].hash != hash { // as after others came or went, too
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

// seek writes where the entries of hashes are, behind 1, judging by what stands first
// where they belong in the index; 0 for what is a new key, as its tag tells
// without waiting for an entry's memory.
func (b *table) seek(hashes []uint64, places *[together]uint32) {
	if len(b.entries) <= few {
		var notes [256]uint8
		for i := range b.entries {
			notes[uint8(b.entries[i].hash)] = uint8(i + 1)
		}
		for i, hash := range hashes {
			places[i%together] = uint32(notes[uint8(hash)])
		}
		return
	}
	if len(b.index) == 0 {
		return
	}
	index, mask := b.index, uint64(len(b.index)-1)
	for i, hash := range hashes {
		place := index[hash&mask]
		if place>>positionBits != uint32(hash>>(32+positionBits)) {
			place = 0
		}
		places[i%together] = place & positionMask
	}
}
