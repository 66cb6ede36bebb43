package sketch

// Bump counts for a key that t knows already, by its hash alone, and reports
// whether it does: otherwise nothing is counted, and Add wants the key. It saves
// the common case from looking at the key's bytes.
func (t *Top) Bump(hash uint64, hits, bytes uint64, errors uint32, duration int64) bool {
	b := t.live
	if b == nil {
		b = t.unpack()
	}
	at, _ := b.find(hash)
	if at < 0 {
		return false
	}
	e := &b.entries[at]
	e.hits += hits
	e.bytes += bytes
	e.errors += uint64(errors)
	b.total += hits
	if duration >= 0 && t.durations {
		b.addDuration(at, bucketOf(duration))
	}
	return true
}
