// Package stats counts events over a sliding window. It is pure: no I/O, no
// goroutines, no clock. Callers say what time it is.
package stats

import (
	"math"

	"weir/ingest/event"
	"weir/stats/sketch"
)

// Summary is the mergeable summary of the requests in one slice of time
// (Agarwal et al., Mergeable Summaries, 2012): merging the summaries of two
// slices gives the summary of both. Its memory is bounded whatever the traffic;
// totals are always exact, rankings up to the stated bound.
type Summary struct {
	From, To int64 // the slice, unix seconds, [From, To)

	Hits       uint64    // requests
	Bytes      uint64    // body bytes, of the requests that say
	Sized      uint64    // requests that say how many bytes
	Classes    [6]uint64 // by status class; 0 is anything but 1xx to 5xx
	Suspicious uint64    // probes: TLS on a plain port, empty or malformed requests
	Messages   uint64    // events that are no requests
	Severities [4]uint64 // of those, by Severity

	Durations sketch.Quantiles // nanoseconds
	Clients   sketch.Distinct

	tops     [NumDims]*sketch.Top
	capacity int
	size     int    // bytes, when last weighed
	spare    *spare // where emptied rankings go to and come from; may be nil
}

// Severity is how grave a Message is; it indexes Summary.Severities.
type Severity uint8

// The severities.
const (
	Debug Severity = iota
	Info
	Warning
	Error
)

// SeverityOf reads the level names that loggers use; an unknown one is Info.
func SeverityOf(level []byte) Severity {
	if len(level) == 0 {
		return Info
	}
	second := byte(0)
	if len(level) > 1 {
		second = level[1] | 0x20
	}
	switch level[0] | 0x20 {
	case 't', 'd':
		return Debug
	case 'w':
		return Warning
	case 'f':
		if second == 'i' { // Java's FINE, FINER and FINEST
			return Debug
		}
		return Error
	case 'c':
		if second == 'o' { // Java's CONFIG, PostgreSQL's CONTEXT
			return Info
		}
		return Error
	case 's':
		if len(level) > 2 && second == 'e' && level[2]|0x20 == 'v' { // Java's SEVERE
			return Error
		}
	case 'e', 'a', 'p':
		return Error
	}
	return Info
}

// Capacity is the number of keys that a Summary keeps exactly in each dimension
// unless told otherwise.
const Capacity = 4096

// NewSummary returns an empty Summary that keeps at most capacity keys in each
// dimension (0: Capacity).
func NewSummary(capacity int) *Summary {
	if capacity <= 0 {
		capacity = Capacity
	}
	return &Summary{capacity: capacity}
}

// Add counts e. It allocates nothing for keys it knows.
func (s *Summary) Add(e *event.Event) {
	r := rowOf(e)
	s.tally(e, &r)
	if r.Kind != event.Request {
		return
	}
	for d := range Dimensions {
		key := Dimensions[d].Key(e)
		if hash := hashOf(key); hash != 0 {
			s.top(Dim(d)).Add(key, hash, 1, uint64(max(r.Bytes, 0)), failed(&r), r.Duration)
		}
	}
	s.Durations.Add(r.Duration)
	if hashOf(e.Client) != 0 {
		s.Clients.Add(sketch.Stable(e.Client))
	}
}

func (s *Summary) top(d Dim) *sketch.Top {
	if s.tops[d] == nil {
		if s.tops[d] = s.spare.take(d); s.tops[d] == nil {
			s.tops[d] = sketch.NewTop(s.capacity, Dimensions[d].Durations)
		}
	}
	return s.tops[d]
}

// Merge adds what o counted to s; o is unchanged. The slice grows to cover both.
func (s *Summary) Merge(o *Summary) {
	s.mergeTotals(o)
	for p := range numParts {
		s.mergePart(p, o)
	}
}

// mergeTotals is Merge for what has no key.
func (s *Summary) mergeTotals(o *Summary) {
	if o.To > o.From {
		if s.To <= s.From {
			s.From, s.To = o.From, o.To
		}
		s.From, s.To = min(s.From, o.From), max(s.To, o.To)
	}
	s.Hits += o.Hits
	s.Bytes += o.Bytes
	s.Sized += o.Sized
	for i := range s.Classes {
		s.Classes[i] += o.Classes[i]
	}
	s.Suspicious += o.Suspicious
	s.Messages += o.Messages
	for i := range s.Severities {
		s.Severities[i] += o.Severities[i]
	}
}

// Reset empties s and keeps its memory.
func (s *Summary) Reset() {
	tops, durations, clients, capacity, spare := s.tops, s.Durations, s.Clients, s.capacity, s.spare
	durations.Reset()
	clients.Reset()
	for _, top := range tops {
		if top != nil {
			top.Reset()
		}
	}
	*s = Summary{tops: tops, Durations: durations, Clients: clients, capacity: capacity, spare: spare}
}

// Compact gives back memory: only the keep heaviest keys of each dimension
// stay, and percentiles only for a sixteenth of them.
func (s *Summary) Compact(keep int) {
	for p := range numParts {
		s.compactPart(p, keep)
	}
}

// spare keeps emptied rankings for the next slice of the same length, whose
// keys will be about as many.
type spare struct{ tops [NumDims][]*sketch.Top }

// mostSpare is how many are kept in each dimension.
const mostSpare = 16

func (p *spare) take(d Dim) *sketch.Top {
	if p == nil || len(p.tops[d]) == 0 {
		return nil
	}
	last := len(p.tops[d]) - 1
	top := p.tops[d][last]
	p.tops[d] = p.tops[d][:last]
	return top
}

func (p *spare) give(d Dim, top *sketch.Top) {
	if p != nil && len(p.tops[d]) < mostSpare {
		p.tops[d] = append(p.tops[d], top)
	}
}

// Top returns the n heaviest keys of a dimension (n < 0: all that are kept),
// heaviest first. The entries are copies.
func (s *Summary) Top(d Dim, n int) []sketch.Entry {
	if s.tops[d] == nil {
		return nil
	}
	return s.tops[d].Entries(n)
}

// Key returns what is known of one key of a dimension.
func (s *Summary) Key(d Dim, key string) (sketch.Entry, bool) {
	if s.tops[d] == nil {
		return sketch.Entry{}, false
	}
	return s.tops[d].Get([]byte(key))
}

// Keys is the number of keys kept in a dimension, and whether that is all there were.
func (s *Summary) Keys(d Dim) (n int, exact bool) {
	if s.tops[d] == nil {
		return 0, true
	}
	return s.tops[d].Len(), s.tops[d].Exact()
}

// Forgotten is the most hits that a key of a dimension can have had that is not kept.
func (s *Summary) Forgotten(d Dim) uint64 {
	if s.tops[d] == nil {
		return 0
	}
	return s.tops[d].Bound()
}

// Quantile returns the q-quantile (0 ≤ q ≤ 1) of the durations in seconds,
// within 1 % of the true value. It is NaN when no request said how long it took.
func (s *Summary) Quantile(q float64) float64 { return s.Durations.Quantile(q) }

// Seconds is the length of the slice.
func (s *Summary) Seconds() float64 { return float64(s.To - s.From) }

// Rate is requests per second over the slice; 0 for an empty slice.
func (s *Summary) Rate() float64 { return per(s.Hits, s.To-s.From) }

// ErrorRatio is the share of 5xx among all requests, NaN when there are none.
func (s *Summary) ErrorRatio() float64 {
	if s.Hits == 0 {
		return math.NaN()
	}
	return float64(s.Classes[5]) / float64(s.Hits)
}

func per(n uint64, seconds int64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / float64(seconds)
}

// cover widens the slice to hold [from, to).
func (s *Summary) cover(from, to int64) {
	if s.To <= s.From {
		s.From, s.To = from, to
		return
	}
	s.From, s.To = min(s.From, from), max(s.To, to)
}

// Size is about how many bytes s holds.
func (s *Summary) Size() int {
	n := 512 + s.Durations.Size() + s.Clients.Size()
	for _, top := range s.tops {
		if top != nil {
			n += top.Size()
		}
	}
	return n
}
