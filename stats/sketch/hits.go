package sketch

// Hit is a line to count under a key, by the hash of that key, or several with the
// same key and no durations.
type Hit struct {
	Hash     uint64
	Bytes    uint64
	Duration int64 // nanoseconds, below zero when it is not known
	Hits     uint32
	Errors   uint32
}

// together is how many keys are looked up at a time, so that their places are
// fetched from memory at the same time.
const together = 64

// AddAll is Add for one hit after the other. Key returns the key of hits[i]; it is
// asked only for those that t does not list, so most lines need not look for the
// bytes of their key.
func (t *Top) AddAll(hits []Hit, key func(i int) []byte) {
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	var places [together]int32
	for from := 0; from < len(hits); {
		next := hits[from:min(from+together, len(hits))]
		b.findAll(next, &places)
		for i := range next {
			h, at := &next[i], int(places[i])
			from++
			if at < 0 {
				slot := uint64(noSlot)
				if at, slot = b.find(h.Hash); at < 0 {
					if !t.add(key(from-1), h, slot) { // the places may have changed
						break
					}
					continue
				}
			}
			b.count(at, uint64(h.Hits), h.Bytes, h.Errors)
			if h.Duration >= 0 && t.durations {
				b.addDuration(at, bucketOf(h.Duration))
			}
		}
	}
}

// add is Add for one hit of a key that is not there; it reports whether the key is the only one that came or went.
func (t *Top) add(key []byte, h *Hit, slot uint64) bool {
	b := t.live
	before := len(b.entries)
	if len(key) > MaxKey || b.full(limit(b.capacity), len(key)) {
		t.Add(key, h.Hash, uint64(h.Hits), h.Bytes, h.Errors, h.Duration)
		return len(b.entries) == before+1
	}
	at := b.insert(key, h.Hash, slot)
	b.count(at, uint64(h.Hits), h.Bytes, h.Errors)
	if h.Duration >= 0 && t.durations {
		b.addDuration(at, bucketOf(h.Duration))
	}
	return true
}

// findAll writes the positions of the entries of some hashes, or -1 where they are
// not where they belong first, if they are anywhere.
func (b *table) findAll(hits []Hit, places *[together]int32) {
	if b.index == nil {
		for i := range hits {
			places[i] = -1
		}
		return
	}
	mask := uint64(len(b.index) - 1)
	for i := range hits {
		places[i] = int32(b.index[hits[i].Hash&mask])
	}
	for i := range hits {
		hash, found := hits[i].Hash, uint32(places[i])
		places[i] = -1
		if found&^positionMask == tagOf(hash) && found != 0 {
			if at := found&positionMask - 1; b.entries[at].hash == hash {
				places[i] = int32(at)
			}
		}
	}
}
