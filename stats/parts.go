package stats

import (
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
// The name of a Source is not written over while events of it come.
type Preparer struct {
	source []byte // of the event before, and its hash
	hash   uint64
}

// Prepare appends what counting needs of e to rows. It may run in another goroutine
// than what counts.
func Prepare(e *event.Event, rows *event.Rows) { new(Preparer).Prepare(e, rows) }

// Prepare is the function of that name, faster where it is called again and again.
// It says what the keys of Dimensions say, without a call for each.
func (p *Preparer) Prepare(e *event.Event, rows *event.Rows) {
	i := rows.Next()
	setRow(rows.Row(i), e)
	h := rows.Hashes(i)
	if e.Kind != event.Request {
		for d := range event.MaxDimensions {
			h.Set(d, 0)
		}
		rows.Lack(1<<event.MaxDimensions - 1)
		return
	}
	holes := uint32(0)
	set := func(d Dim, key []byte) uint64 {
		hash := uint64(0)
		if NoKey(key) {
			holes |= 1 << d
		} else {
			hash = sketch.Hash(key)
		}
		h.Set(int(d), hash)
		return hash
	}
	path := set(Path, e.Path)
	if section := event.Section(e.Path); len(section) != len(e.Path) {
		set(Section, section)
	} else if h.Set(int(Section), path); path == 0 {
		holes |= 1 << Section
	}
	set(Client, e.Client)
	set(Agent, e.Agent)
	set(Referrer, e.Referrer)
	set(Host, e.Host)
	set(Country, e.Country)
	status := uint64(0)
	if uint(e.Status) < uint(len(codes)) {
		status = codes[e.Status].hash
	}
	if h.Set(int(Status), status); status == 0 {
		holes |= 1 << Status
	}
	if string(e.Method) == "GET" {
		h.Set(int(Method), get)
	} else {
		set(Method, e.Method)
	}
	if len(e.Source) != len(p.source) || len(e.Source) > 0 && &e.Source[0] != &p.source[0] {
		p.source, p.hash = e.Source, hashOf(e.Source)
	}
	if h.Set(int(Source), p.hash); p.hash == 0 {
		holes |= 1 << Source
	}
	for d := Country + 1; int(d) < NumDims; d++ { // what was added to the table
		set(d, Dimensions[d].Key(e))
	}
	rows.Lack(holes)
	rows.SetTexts(i, e.Client, e.Path)
}

// rowOf is what counting needs of e beside its keys.
func rowOf(e *event.Event) (r event.Row) {
	setRow(&r, e)
	return r
}

// setRow sets r field by field: a copy of the whole would wait for each of its parts.
func setRow(r *event.Row, e *event.Event) {
	r.Time, r.Duration, r.Bytes = e.Time, e.Duration, e.Bytes
	r.Kind, r.Class, r.Flags = e.Kind, uint8(e.Class()), e.Flags
}

var get = sketch.Hash([]byte("GET"))

// NoKey reports whether a key says that there is none: it is empty, or - as in a log.
func NoKey(key []byte) bool { return len(key) == 0 || len(key) == 1 && key[0] == '-' }

// hashOf is the hash of a key, 0 where there is none.
func hashOf(key []byte) uint64 {
	if NoKey(key) {
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

// lot is some events, with their rows and what rankings want of each.
type lot struct {
	events []event.Event
	rows   event.Rows
	lines  []sketch.Line
	timed  bool // some may say how long they took
}

// fill makes l hold events, of which rows are the rows.
func (l *lot) fill(events []event.Event, rows *event.Rows) {
	rows.Seal()
	l.events, l.rows = events, *rows
	all := rows.All()
	if cap(l.lines) < len(all) {
		l.lines = make([]sketch.Line, len(all))
	}
	l.lines, l.timed = l.lines[:len(all)], false
	for i := range all {
		r := &all[i]
		l.timed = l.timed || r.Duration >= 0
		l.lines[i] = sketch.Line{Bytes: uint64(max(r.Bytes, 0)), Duration: r.Duration, Errors: failed(r)}
	}
}

// part is those from one to another.
func (l *lot) part(from, to int) lot {
	if from == 0 && to == len(l.events) {
		return *l
	}
	return lot{l.events[from:to], l.rows.Part(from, to), l.lines[from:to], l.timed}
}

// count adds events to one part.
func (s *Summary) count(part int, l *lot) {
	switch part {
	case durationsPart:
		if !l.timed {
			return
		}
		rows := l.rows.All()
		for i := range rows {
			if r := &rows[i]; r.Kind == event.Request {
				s.Durations.Add(r.Duration)
			}
		}
	case clientsPart: // with the ranking of clients
	default:
		s.rank(Dim(part), l)
	}
}

// rank counts events in the ranking of one dimension.
func (s *Summary) rank(d Dim, l *lot) {
	hash, same := l.rows.Same(int(d))
	if same && hash == 0 {
		return
	}
	first := 0 // of the lines that are counted together
	ofEvent := Dimensions[d].Key
	key := func(i int) []byte { return ofEvent(&l.events[first+i]) }
	switch d {
	case Client:
		key = func(i int) []byte { return s.newClient(l.rows.Client(first+i, &l.events[first+i])) }
	case Path:
		key = func(i int) []byte { return l.rows.Path(first+i, &l.events[first+i]) }
	}
	if same {
		s.top(d).AddSame(hash, l.lines, key)
		return
	}
	holes := l.rows.Holes(int(d))
	for first < l.rows.Len() {
		hashes, lines := l.rows.Column(int(d), first), l.lines[first:]
		if !holes {
			s.top(d).AddAll(hashes, inOrder[:], lines, key)
			first += len(hashes)
			continue
		}
		var (
			known [len(inOrder)]uint64
			whose [len(inOrder)]int32
			n     int
		)
		for i, hash := range hashes {
			known[n%len(known)], whose[n%len(whose)] = hash, int32(i)
			n += int((hash | -hash) >> 63) // 1 where there is a key
		}
		if n > 0 {
			s.top(d).AddAll(known[:n], whose[:n], lines, key)
		}
		first += len(hashes)
	}
}

// inOrder are the indexes of lines that all have a key.
var inOrder = func() (all [64]int32) {
	for i := range all {
		all[i] = int32(i)
	}
	return all
}()

// newClient counts a client that its ranking lacks, and returns it.
func (s *Summary) newClient(client []byte) []byte {
	s.Clients.Add(sketch.Stable(client))
	return client
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
