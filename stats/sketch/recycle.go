package sketch

// Pack returns a compact Top with what t counted, as Compact would leave it, and
// empties t, which keeps its memory for the next slice of time.
func (t *Top) Pack(keep, timed int) *Top {
	live := t.live
	t.Compact(keep, timed)
	packed := &Top{packed: t.packed, capacity: t.capacity, durations: t.durations}
	t.packed = nil
	if live != nil {
		live.reset()
		t.live = live
	}
	return packed
}
