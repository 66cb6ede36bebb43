package stats

import (
	"weir/ingest/event"
	"weir/stats/sketch"
)

// A Summary falls into parts that know nothing of each other: one for each
// dimension, the durations and the clients. So the parts of one Summary can be
// worked on at the same time, and what each of them sees comes in order.
const (
	durationsPart = NumDims + iota
	clientsPart
	numParts
)

// Prepare fills r with what counting needs of e. It may run in another goroutine
// than what counts.
func Prepare(e *event.Event, r *event.Row) {
	*r = event.Row{Time: e.Time, Duration: e.Duration, Bytes: e.Bytes, Kind: e.Kind, Class: uint8(e.Class()), Flags: e.Flags}
	if e.Kind != event.Request {
		return
	}
	for d := range Dimensions {
		if key := Dimensions[d].Key(e); len(key) > 1 || len(key) == 1 && key[0] != '-' {
			r.Hashes[d] = sketch.Hash(key)
		}
	}
	if len(e.Client) > 0 {
		r.Stable = sketch.Stable(e.Client)
	}
}

// tally counts what has no key.
func (s *Summary) tally(e *event.Event, r *event.Row) {
	if r.Kind != event.Request {
		s.Messages++
		severity := Info
		if e.More != nil {
			severity = SeverityOf(e.More.Severity)
		}
		s.Severities[severity]++
		return
	}
	s.Hits++
	if r.Bytes >= 0 {
		s.Bytes += uint64(r.Bytes)
		s.Sized++
	}
	s.Classes[r.Class]++
	if r.Flags&event.Suspicious != 0 {
		s.Suspicious++
	}
}

// count adds events to one part; rows are theirs.
func (s *Summary) count(part int, events []event.Event, rows []event.Row) {
	switch part {
	case durationsPart:
		for i := range rows {
			if r := &rows[i]; r.Kind == event.Request {
				s.Durations.Add(r.Duration)
			}
		}
	case clientsPart:
		for i := range rows {
			if stable := rows[i].Stable; stable != 0 {
				s.Clients.Add(stable)
			}
		}
	default:
		var top *sketch.Top
		for i := range rows {
			if rows[i].Hashes[part] == 0 {
				continue
			}
			if top == nil {
				top = s.top(Dim(part))
			}
			rank(top, Dim(part), &events[i], &rows[i])
		}
	}
}

// rank counts one event in the ranking of a dimension in which it has a key.
func rank(top *sketch.Top, d Dim, e *event.Event, r *event.Row) {
	bytes, errors := uint64(max(r.Bytes, 0)), uint32(0)
	if r.Class == 5 {
		errors = 1
	}
	if !top.Bump(r.Hashes[d], 1, bytes, errors, r.Duration) {
		top.Add(Dimensions[d].Key(e), r.Hashes[d], 1, bytes, errors, r.Duration)
	}
}

// mergePart is Merge for one part.
func (s *Summary) mergePart(part int, o *Summary) {
	switch part {
	case durationsPart:
		s.Durations.Merge(&o.Durations)
	case clientsPart:
		s.Clients.Merge(&o.Clients)
	default:
		if top := o.tops[part]; top != nil && top.Total() > 0 {
			s.top(Dim(part)).Merge(top)
		}
	}
}

// compactPart is Compact for one part.
func (s *Summary) compactPart(part, keep int) {
	switch part {
	case durationsPart:
		s.Durations.Compact()
	case clientsPart:
	default:
		if top := s.tops[part]; top != nil {
			live := top.Live()
			s.tops[part] = top.Pack(keep, max(2, keep/16))
			if live {
				s.spare.give(Dim(part), top)
			}
		}
	}
}
