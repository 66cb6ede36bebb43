package alert

import "weir/ingest/event"

// meter measures one number over a window that ends with the newest closed
// second. Seconds are counted while they are open, from the newest closed one
// up to the lateness ahead, and enter the window when they close; what comes for
// a closed second enters it at once.
type meter interface {
	// add counts an event of a second; hit tells whether it matches the filter
	// or only what the share is of.
	add(second int64, e *event.Event, hit bool)
	// close moves the window on to end with a second. Seconds only grow.
	close(second int64)
	// value is the number, NaN when unknown, and how many samples it is of.
	value() (v float64, samples uint64)
	// empty tells whether nothing is left, not in open seconds either.
	empty() bool
	// reset forgets everything.
	reset()
}

// shape is how finely a meter counts.
type shape struct {
	open  int   // seconds that may be open at once
	slots int64 // of the window, at most
	keys  bool  // there is one meter for each key, so that each must be small
}

// step returns the seconds of a slot so that a window has at most so many.
func step(over, slots int64) int64 {
	for _, s := range [...]int64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600} {
		if over <= s*slots {
			return s
		}
	}
	return (over + slots - 1) / slots
}

// sliding says which slots of a ring a window covers: the step and the number of
// slots, and the newest one. A window of one-second slots is exact; a longer one
// ends with the newest second and begins up to a step late.
type sliding struct {
	step, slots int64
	head        int64 // newest slot
	second      int64 // newest second
	started     bool
}

func newSliding(over, slots int64) sliding {
	s := step(over, slots)
	return sliding{step: s, slots: max((over+s-1)/s, 1)}
}

// at returns the place in the ring of a second, false where the window has moved on.
func (s *sliding) at(second int64) (int64, bool) {
	slot := quotient(second, s.step)
	if !s.started || slot > s.head || slot <= s.head-s.slots {
		return 0, false
	}
	return slot - quotient(slot, s.slots)*s.slots, true
}

// move ends the window with a second and calls leave for every place that is to be emptied.
func (s *sliding) move(second int64, leave func(place int64)) {
	slot := quotient(second, s.step)
	s.second = second
	if !s.started {
		s.started, s.head = true, slot
		return
	}
	for from := max(s.head, slot-s.slots); from < slot; from++ {
		leave((from + 1) - quotient(from+1, s.slots)*s.slots)
	}
	s.head = slot
}

// seconds is how long the window is.
func (s *sliding) seconds() float64 { return float64(s.second + 1 - (s.head-s.slots+1)*s.step) }

// quotient is a/b rounded down, for b > 0.
func quotient(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// opened is the ring of open seconds. The zero value is not ready: open must be
// made as long as seconds can be open at once.
type opened[T any] struct {
	seconds []T
	closed  int64 // seconds up to this are closed
	begun   bool
}

// at returns where to count a second, nil when it is closed.
func (o *opened[T]) at(second int64) *T {
	if o.begun && second <= o.closed {
		return nil
	}
	n := int64(len(o.seconds))
	return &o.seconds[second-quotient(second, n)*n]
}

// close calls take for each second that closes, oldest first; take empties it.
func (o *opened[T]) close(second int64, take func(second int64, of *T)) {
	n := int64(len(o.seconds))
	from := second
	if o.begun {
		from = max(o.closed+1, second-n+1)
	}
	for s := from; s <= second; s++ {
		take(s, &o.seconds[s-quotient(s, n)*n])
	}
	o.closed, o.begun = second, true
}
