package stats

import (
	"math"
	"math/bits"

	"weir/ingest/event"
)

// counterSpan is how many seconds of Counters are kept.
const counterSpan = 2 * 3600

// minuteSpan is how many minutes of Counters are kept: nine days.
const minuteSpan = 9 * 24 * 60

// NumLatencies is the number of buckets of a latency heat map: bucket 0 is
// below 1 ms, bucket i is [2^(i-1), 2^i) ms and the last everything slower.
const NumLatencies = 16

// Counter is what is counted for one slice of time without any key.
type Counter struct {
	At      int64 // unix seconds at which the slice begins
	Hits    uint64
	Bytes   uint64
	Classes [6]uint32
	Latency [NumLatencies]uint32
}

func (c *Counter) add(r *event.Row) {
	c.Hits++
	if r.Bytes > 0 {
		c.Bytes += uint64(r.Bytes)
	}
	c.Classes[r.Class]++
	if r.Duration >= 0 {
		c.Latency[latency(r.Duration)]++
	}
}

func latency(nanos int64) int {
	return min(bits.Len64(uint64(nanos)/1e6), NumLatencies-1)
}

// Merge adds what o counted to c; c stays where it is in time.
func (c *Counter) Merge(o *Counter) {
	c.Hits += o.Hits
	c.Bytes += o.Bytes
	for i := range c.Classes {
		c.Classes[i] += o.Classes[i]
	}
	for i := range c.Latency {
		c.Latency[i] += o.Latency[i]
	}
}

// counters are a ring of Counters, whose memory is made as they are needed.
type counters [][]Counter

// counterPage is how many Counters get their memory together; it divides what a ring spans.
const counterPage = 60

func newCounters(span int) counters { return make(counters, span/counterPage) }

// known is the counter at a place of the ring, nil where nothing was ever counted near it.
func (c counters) known(at int64) *Counter {
	if page := c[at/counterPage]; page != nil {
		return &page[at%counterPage]
	}
	return nil
}

// at is the counter at a place of the ring.
func (c counters) at(at int64) *Counter {
	page := &c[at/counterPage]
	if *page == nil {
		*page = make([]Counter, counterPage)
	}
	return &(*page)[at%counterPage]
}

// counter returns the counter of sec, nil where the ring has moved on.
func (g *Engine) counter(sec int64) *Counter {
	if sec <= g.head-counterSpan {
		return nil
	}
	c := g.counters.at(mod(sec, counterSpan))
	if c.At != sec {
		*c = Counter{At: sec}
	}
	return c
}

// minute returns the counter of the minute of sec, nil where the ring has moved on.
func (g *Engine) minute(sec int64) *Counter {
	at := align(sec, 60)
	if at <= align(g.head, 60)-60*minuteSpan {
		return nil
	}
	c := g.minutes.at(mod(at/60, minuteSpan))
	if c.At != at {
		*c = Counter{At: at}
	}
	return c
}

// Hits returns the requests of [from, to), seconds that are at most two hours old
// or restored.
func (g *Engine) Hits(from, to int64) uint64 {
	var n uint64
	switch w := &g.recent; {
	case !g.closing || to > g.closed+1 || to-from > counterSpan/2: // what is open grows
		n = g.hits(from, to)
	case from == w.from+1 && to == w.to+1: // as alerts ask second by second
		n = w.hits + g.hits(w.to, to) - g.hits(w.from, from)
		*w = recent{from, to, n}
	default:
		n = g.hits(from, to)
		*w = recent{from, to, n}
	}
	for _, o := range g.restored {
		n += o.rollup.hits(from, to)
	}
	return n
}

// recent is a stretch of seconds, all closed, whose counters were added up.
type recent struct {
	from, to int64
	hits     uint64
}

// hits adds up the counters of [from, to).
func (g *Engine) hits(from, to int64) uint64 {
	n, at := uint64(0), mod(from, counterSpan)
	for t := from; t < to; t++ {
		if c := g.counters.known(at); c != nil && c.At == t {
			n += c.Hits
		}
		if at++; at == counterSpan {
			at = 0
		}
	}
	return n
}

// Known returns from which second on Series knows counted lines by the second, and
// by the minute; both are math.MaxInt64 before the first line.
func (g *Engine) Known() (bySecond, byMinute int64) {
	if !g.started {
		return math.MaxInt64, math.MaxInt64
	}
	return g.head - counterSpan + 60, g.head - 60*minuteSpan + 3600
}

// Series returns the counters of [from, to) in slices of step seconds; empty
// slices are zero. What is older than two hours is known by the minute, what is
// older than nine days by the hour; what is restored is known by the minute.
func (g *Engine) Series(from, to, step int64) []Counter {
	if step <= 0 || to <= from {
		return nil
	}
	g.flush()
	out := make([]Counter, 0, (to-from+step-1)/step)
	for t := from; t < to; t += step {
		out = append(out, Counter{At: t})
	}
	into := func(t int64, c *Counter) {
		at := &out[(max(t, from)-from)/step]
		at.Merge(c)
	}
	bySecond, byMinute := g.Known()
	seconds, minutes := align(bySecond, 60), align(byMinute, 3600)
	for t := max(from, seconds); t < to && t <= g.head; t++ {
		if c := g.counters.known(mod(t, counterSpan)); c != nil && c.At == t {
			into(t, c)
		}
	}
	for t := align(max(from, minutes, g.first), 60); t < min(to, seconds); t += 60 {
		if c := g.minutes.known(mod(t/60, minuteSpan)); c != nil && c.At == t {
			into(t, c)
		}
	}
	for t := align(max(from, g.first), 3600); t < min(to, minutes); t += 3600 {
		if s := g.find(numLevels-1, t); s != nil {
			c := s.counter()
			into(t, &c)
		}
	}
	var m minute
	for _, o := range g.restored {
		for _, p := range o.rollup.between(from, to) {
			p.read(&m)
			into(p.at, &m.Counter)
		}
	}
	return out
}

// counter reads a summary as a Counter.
func (s *Summary) counter() Counter {
	c := Counter{At: s.From, Hits: s.Hits, Bytes: s.Bytes}
	for i := range c.Classes {
		c.Classes[i] = uint32(s.Classes[i])
	}
	s.Durations.Buckets(func(low, high int64, n uint64) {
		c.Latency[latency((low+high)/2)] += uint32(n)
	})
	return c
}
