package alert

import (
	"math"

	"weir/ingest/event"
)

// tally is an amount and of how many samples.
type tally struct{ amount, samples uint64 }

func (t *tally) plus(o tally)  { t.amount += o.amount; t.samples += o.samples }
func (t *tally) minus(o tally) { t.amount -= o.amount; t.samples -= o.samples }

// tallies is a window of tallies. Its cost does not depend on its length.
type tallies struct {
	sliding
	ring []tally
	sum  tally
}

func newTallies(over, slots int64) tallies {
	s := newSliding(over, slots)
	return tallies{sliding: s, ring: make([]tally, s.slots)}
}

func (w *tallies) move(second int64) {
	w.sliding.move(second, func(place int64) {
		w.sum.minus(w.ring[place])
		w.ring[place] = tally{}
	})
}

func (w *tallies) plus(second int64, t tally) {
	if place, ok := w.at(second); ok {
		w.ring[place].plus(t)
		w.sum.plus(t)
	}
}

// ratio is the amount of a sample, NaN without any.
func (w *tallies) ratio() float64 { return float64(w.sum.amount) / float64(w.sum.samples) }

func (w *tallies) reset() {
	clear(w.ring)
	w.sum, w.started = tally{}, false
}

// counting adds up: requests, bytes, durations, and shares of them.
type counting struct {
	amount func(e *event.Event, hit bool) (amount uint64, counts bool)
	read   func(w *tallies) float64
	open   opened[tally]
	window tallies
	fresh  uint64 // samples in open seconds
}

func newCounting(r *Rule, s shape) meter {
	c := &counting{open: opened[tally]{seconds: make([]tally, s.open)}, window: newTallies(r.Over, s.slots)}
	c.amount = one
	switch r.Metric.Unit {
	case Hits:
		c.read = func(w *tallies) float64 { return float64(w.sum.amount) / w.seconds() }
	case Share:
		c.amount, c.read = match, (*tallies).ratio
	case Seconds:
		c.amount, c.read = took, func(w *tallies) float64 { return w.ratio() / 1e9 }
	case Amount, Volume, Increase, Multiple, Quiet:
		c.read = func(w *tallies) float64 { return float64(w.sum.amount) }
		if r.PerSecond {
			c.read = func(w *tallies) float64 { return float64(w.sum.amount) / w.seconds() }
		}
		if r.Metric.Unit == Volume {
			c.amount = size
		}
	}
	return c
}

func one(*event.Event, bool) (uint64, bool) { return 1, true }

func match(_ *event.Event, hit bool) (uint64, bool) {
	if hit {
		return 1, true
	}
	return 0, true
}

func size(e *event.Event, _ bool) (uint64, bool) { return uint64(max(e.Bytes, 0)), e.Bytes >= 0 }

func took(e *event.Event, _ bool) (uint64, bool) { return uint64(max(e.Duration, 0)), e.Duration >= 0 }

func (c *counting) add(second int64, e *event.Event, hit bool) {
	amount, counts := c.amount(e, hit)
	if !counts {
		return
	}
	if t := c.open.at(second); t != nil {
		t.amount += amount
		t.samples++
		c.fresh++
		return
	}
	c.window.plus(second, tally{amount, 1})
}

func (c *counting) close(second int64) {
	c.open.close(second, func(s int64, t *tally) {
		c.window.move(s)
		c.window.plus(s, *t)
		c.fresh -= t.samples
		*t = tally{}
	})
}

func (c *counting) value() (float64, uint64) { return c.read(&c.window), c.window.sum.samples }

func (c *counting) empty() bool { return c.fresh == 0 && c.window.sum.samples == 0 }

func (c *counting) reset() {
	clear(c.open.seconds)
	c.open.begun, c.fresh = false, 0
	c.window.reset()
}

// burning measures how fast the error budget is spent, over several pairs of windows.
type burning struct {
	budget float64 // the share that may fail
	burns  []Burn
	open   opened[tally]
	long   []tallies
	short  []tallies
	min    uint64
	fresh  uint64
	first  int64 // oldest second
	now    int64
	worst  int     // the pair that says most
	rate   float64 // of it, both windows taken together
}

func newBurning(r *Rule, s shape) meter {
	b := &burning{budget: r.Objective, burns: r.Burns, open: opened[tally]{seconds: make([]tally, s.open)}, min: r.Min}
	for _, pair := range r.Burns {
		b.long = append(b.long, newTallies(pair.Long, s.slots))
		b.short = append(b.short, newTallies(pair.Short, s.slots))
	}
	return b
}

func (b *burning) plus(second int64, t tally) {
	for i := range b.burns {
		b.long[i].plus(second, t)
		b.short[i].plus(second, t)
	}
}

func (b *burning) add(second int64, e *event.Event, hit bool) {
	bad, _ := match(e, hit)
	if t := b.open.at(second); t != nil {
		t.plus(tally{bad, 1})
		b.fresh++
		return
	}
	b.plus(second, tally{bad, 1})
}

func (b *burning) close(second int64) {
	if !b.open.begun {
		b.first = second
	}
	b.now = second
	b.open.close(second, func(s int64, t *tally) {
		for i := range b.burns {
			b.long[i].move(s)
			b.short[i].move(s)
		}
		b.plus(s, *t)
		b.fresh -= t.samples
		*t = tally{}
	})
}

// value is the burn rate of the pair that is furthest beyond its factor, as a
// multiple of the factor: above 1 it is broken.
func (b *burning) value() (float64, uint64) {
	most, samples := math.NaN(), uint64(0)
	for i := range b.burns {
		n := b.long[i].sum.samples
		if n < max(b.min, 1) || b.short[i].sum.samples == 0 || b.now-b.first < b.burns[i].Short {
			continue // too little, or too short, to say anything of so long a time
		}
		burn := min(b.long[i].ratio(), b.short[i].ratio()) / b.budget
		if of := burn / b.burns[i].Factor; !(of <= most) {
			most, samples, b.worst, b.rate = of, n, i, burn
		}
	}
	return most, samples
}

func (b *burning) empty() bool {
	for i := range b.burns {
		if b.long[i].sum.samples > 0 {
			return false
		}
	}
	return b.fresh == 0
}

func (b *burning) reset() {
	clear(b.open.seconds)
	b.open.begun, b.fresh = false, 0
	for i := range b.burns {
		b.long[i].reset()
		b.short[i].reset()
	}
}

// silence measures for how long nothing came.
type silence struct {
	open  opened[bool]
	last  int64 // newest closed second with an event
	known bool
	now   int64
}

func newSilence(_ *Rule, s shape) meter {
	return &silence{open: opened[bool]{seconds: make([]bool, s.open)}}
}

func (q *silence) add(second int64, _ *event.Event, _ bool) {
	if came := q.open.at(second); came != nil {
		*came = true
		return
	}
	q.last = max(q.last, second)
}

func (q *silence) close(second int64) {
	q.open.close(second, func(s int64, came *bool) {
		if *came || !q.known { // the wait begins with the log
			q.last, q.known = s, true
		}
		*came = false
	})
	q.now = second
}

func (q *silence) value() (float64, uint64) { return float64(q.now - q.last), 1 }

func (q *silence) empty() bool { return false }

func (q *silence) reset() { clear(q.open.seconds); *q = silence{open: q.open}; q.open.begun = false }
