package stats

import (
	"bytes"

	"weir/ingest/event"
	"weir/stats/sketch"
)

// A Summary falls into parts that know nothing of each other: one for each
// dimension, the durations and the clients. So the parts of one Summary can be
// worked on at the same time, and what each of them sees comes in order. Only
// counting takes two together: a client that is ranked has been counted, so the
// number of clients changes only where the ranking has a new one.
const (
	durationsPart = NumDims + iota
	clientsPart
	numParts
)

// Preparer makes rows of events. It is for one goroutine; the zero value is ready.
type Preparer struct {
	source []byte // of the event before, and its hash
	hash   uint64
}

// Prepare fills r with what counting needs of e. It may run in another goroutine
// than what counts.
func Prepare(e *event.Event, r *event.Row) { new(Preparer).Prepare(e, r) }

// Prepare is the function of that name, faster where it is called again and again.
// It says what the keys of Dimensions say, without a call for each.
func (p *Preparer) Prepare(e *event.Event, r *event.Row) {
	*r = event.Row{Time: e.Time, Duration: e.Duration, Bytes: e.Bytes, Kind: e.Kind, Class: uint8(e.Class()), Flags: e.Flags}
	if e.Kind != event.Request {
		return
	}
	h := &r.Hashes
	h[Path] = hashOf(e.Path)
	if section := event.Section(e.Path); len(section) == len(e.Path) {
		h[Section] = h[Path]
	} else {
		h[Section] = hashOf(section)
	}
	h[Client], h[Agent], h[Referrer], h[Host], h[Country] = hashOf(e.Client), hashOf(e.Agent), hashOf(e.Referrer), hashOf(e.Host), hashOf(e.Country)
	if uint(e.Status) < uint(len(codes)) {
		h[Status] = codes[e.Status].hash
	}
	if string(e.Method) == "GET" {
		h[Method] = get
	} else {
		h[Method] = hashOf(e.Method)
	}
	if !bytes.Equal(e.Source, p.source) {
		p.source, p.hash = append(p.source[:0], e.Source...), hashOf(e.Source)
	}
	h[Source] = p.hash
	for d := Country + 1; int(d) < NumDims; d++ { // what was added to the table
		h[d] = hashOf(Dimensions[d].Key(e))
	}
}

var get = sketch.Hash([]byte("GET"))

// hashOf is the hash of a key, 0 where there is none.
func hashOf(key []byte) uint64 {
	if len(key) == 0 || len(key) == 1 && key[0] == '-' {
		return 0
	}
	return sketch.Hash(key)
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
	case clientsPart: // with the ranking of clients
	default:
		s.rank(Dim(part), events, rows)
	}
}

// rank counts events in the ranking of one dimension.
func (s *Summary) rank(d Dim, events []event.Event, rows []event.Row) {
	key, timed := Dimensions[d].Key, Dimensions[d].Durations
	if d == Client {
		key = s.newClient
	}
	var hits [64]sketch.Hit
	var whose [len(hits)]int32
	n, last := 0, uint64(0)
	for i := range rows {
		r := &rows[i]
		hash := r.Hashes[d]
		if hash == 0 {
			continue
		}
		if hash == last && !(timed && r.Duration >= 0) { // the key of the line before
			h := &hits[n-1]
			h.Hits++
			h.Errors += failed(r)
			h.Bytes += uint64(max(r.Bytes, 0))
			continue
		}
		if n == len(hits) {
			s.top(d).AddAll(hits[:n], func(i int) []byte { return key(&events[whose[i]]) })
			n = 0
		}
		h := &hits[n]
		// Field by field: read as a whole, what was just written in parts is waited for.
		h.Hash, h.Hits, h.Errors = hash, 1, failed(r)
		h.Bytes, h.Duration = uint64(max(r.Bytes, 0)), r.Duration
		whose[n] = int32(i)
		n, last = n+1, hash
	}
	if n > 0 {
		s.top(d).AddAll(hits[:n], func(i int) []byte { return key(&events[whose[i]]) })
	}
}

// hitOf is what a ranking wants to know of an event.
func hitOf(d Dim, r *event.Row) sketch.Hit {
	return sketch.Hit{Hash: r.Hashes[d], Hits: 1, Bytes: uint64(max(r.Bytes, 0)), Duration: r.Duration, Errors: failed(r)}
}

// newClient counts the client of e, and returns it as the key that its ranking lacks.
func (s *Summary) newClient(e *event.Event) []byte {
	s.Clients.Add(sketch.Stable(e.Client))
	return e.Client
}

func failed(r *event.Row) uint32 {
	if r.Class == 5 {
		return 1
	}
	return 0
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
