package format

import (
	"bytes"

	"weir/ingest/event"
)

var jsonl = Format{
	Prose:  true,
	Dated:  true,
	Name:   "jsonl",
	Title:  "JSON lines: one object a line, with the key names people use, nested or not",
	New:    func(o Options) Parser { return newJSON(o, 0) },
	Append: appendJSON,
}

// jsonParser reads JSON lines. Which keys it knows is in keyNames; what no key
// stands for is kept as an Attribute with Options.Keep. A nested object's
// members are named with dots, an array is one attribute in its JSON spelling.
type jsonParser struct {
	options Options
	need    marks // a dialect's: a line without them is of another format
	scan    jsonScan
	record  record
	clock   clock
	keys    *keyCache          // nil before the first line
	path    [jsonEnter]entered // the objects entered, from 1
	depth   int
	scratch []byte         // a path being looked up
	inner   inner          // for messages that are a line of a log themselves
	loggers *wrappedParser // nil before the first message without a level
	fastify *fastify       // nil before the first record of its kind
	wrapped bool           // the line last parsed was one
	reject  event.Reject
}

// mostAttributes bounds what is kept of one line: a hostile one holds hundreds of thousands.
const mostAttributes = 1024

// entered is an object that the parser is in.
type entered struct {
	id   uint64 // the cache's name of its path
	name span
	odd  bool
}

func newJSON(o Options, need marks) *jsonParser {
	return &jsonParser{options: o, need: need, clock: newClock(o), inner: inner{options: o}}
}

// Parse reads one line, as Parser says.
func (p *jsonParser) Parse(line []byte, e *event.Event) *event.Reject {
	if !p.read(line) {
		return &p.reject
	}
	r := &p.record
	if r.marks&p.need != p.need {
		return p.no(event.NoFormat, "", 0)
	}
	if p.wrapped = p.unwrap(e); p.wrapped {
		return nil
	}
	if wrong := r.fill(e, &p.options, &p.clock); wrong != "" {
		e.Reset()
		return p.no(event.NoTime, wrong, int(r.slots[slotTime].from))
	}
	if e.Kind == event.Message && r.has(slotBody) && !r.has(slotSeverity) && p.need == 0 && !p.options.within {
		p.level(e)
	}
	if r.marks&markReqID != 0 && p.need == 0 {
		p.pair(e)
	}
	if p.options.Keep {
		p.keep(e)
	}
	return nil
}

// pair joins records about one request, from the first of them on line by line.
func (p *jsonParser) pair(e *event.Event) {
	if p.fastify == nil {
		p.fastify = new(fastify)
	}
	if p.fastify.pair(&p.record, e) && p.options.past != nil {
		p.options.past.inner = true
	}
}

// level takes the level from a message that a program's logger wrote for people and a container's
// runtime put into JSON.
func (p *jsonParser) level(e *event.Event) {
	m := e.More
	if len(m.Body) < shortestInner {
		return
	}
	if p.loggers == nil {
		o := p.options
		o.past = nil // the times of messages are no times of the log
		p.loggers = &wrappedParser{text: newText(o)}
	}
	if w, level, at := p.loggers.logger(m.Body); level != nil && (w.dated || m.Body[len(level)] != ' ') {
		m.Severity = level
		if len(level) == 1 {
			m.Severity = own(e, letters[level[0]], level)
		}
		m.Body = bytes.TrimLeft(m.Body[at:], " \t:-]|,")
	}
}

// requestSlots are those that a request's own record has.
const requestSlots = 1<<slotStatus | 1<<slotMethod | 1<<slotTarget | 1<<slotPath | 1<<slotRequest

// shortestInner is the length below which no message is looked into for a request.
const shortestInner = 16

// unwrap parses the message of a record that is no request itself, when the
// message is one, or a line of a server's error log: what a server printed to Docker's json-file, to journald, or to
// a collector such as Filebeat or Fluentd.
func (p *jsonParser) unwrap(e *event.Event) bool {
	r := &p.record
	if p.options.within || p.need&^markECS != 0 || !r.has(slotBody) || r.seen&requestSlots != 0 {
		return false
	}
	v := &r.slots[slotBody]
	text := v.of(r.line)
	if len(text) < shortestInner || text[0] != '{' && text[0] != '[' && text[4] != '/' && text[5] != '/' && bytes.IndexByte(text, '"') < 0 {
		return false
	}
	no := p.within(v.kind, text, e)
	if no != nil {
		if n := programEnd(text); n > 0 {
			no = p.within(v.kind, text[n:], e)
		}
	}
	if no != nil || e.Kind != event.Request && !p.inner.errorLog() && (r.has(slotSeverity) || e.More == nil || len(e.More.Severity) == 0) {
		e.Reset()
		return false
	}
	r.used |= 1 << slotBody
	e.Raw = r.line
	if (e.Flags&event.BadTime != 0 || p.inner.errorLog()) && r.has(slotTime) {
		if at, zone, ok := p.clock.stampOf(r.slots[slotTime].of(r.line)); ok {
			e.Time, e.Zone = at, zone
			e.Flags &^= event.BadTime
			r.used |= 1 << slotTime
		}
	}
	if p.options.Keep {
		p.keep(e)
	}
	return true
}

func (p *jsonParser) within(kind jsonKind, text []byte, e *event.Event) *event.Reject {
	if kind == jsonOdd {
		return p.inner.escaped(text, e)
	}
	return p.inner.parse(strip(text), e)
}

// programEnd returns the index behind "host program: ", which nginx' syslog puts
// before its lines and journald keeps, and 0 where there is none.
func programEnd(text []byte) int {
	host := bytes.IndexByte(text, ' ')
	if host <= 0 {
		return 0
	}
	n := bytes.IndexByte(text[host+1:], ' ')
	if n < 2 || text[host+n] != ':' || !hostLike(text[:host]) || !hostLike(text[host+1:host+n]) {
		return 0
	}
	return host + n + 2
}

// Inside implements Wrapper.
func (p *jsonParser) Inside() string {
	if !p.wrapped {
		return ""
	}
	return p.inner.name() + " in JSON"
}

// read collects a line's values in the record. When it is false, reject says why.
func (p *jsonParser) read(line []byte) bool {
	s, r := &p.scan, &p.record
	if !p.begin(line) {
		if s.pos == len(line) {
			p.no(event.Blank, "", 0)
		} else {
			p.no(event.NoFormat, "", s.pos)
		}
		return false
	}
	r.begin(line)
	for {
		if p.stride() {
			return true
		}
		switch m, token := p.next(); token {
		case jsonLeaf:
			r.put(m, s.val, s.kind)
		case jsonEnd:
			return true
		default:
			reason := event.BadField
			if s.bad == jsonCut {
				reason = event.Truncated
			} else if s.bad == jsonTrailing {
				reason = event.Trailing
			}
			p.no(reason, "", s.pos)
			return false
		}
	}
}

// begin begins to walk a line. It is false when that is no object.
func (p *jsonParser) begin(line []byte) bool {
	if p.depth = 0; !p.scan.start(line) {
		return false
	}
	if p.keys == nil {
		p.keys = newKeyCache()
	}
	p.keys.begin()
	return true
}

// next finds the next leaf and what its key means, or the end, or an error.
func (p *jsonParser) next() (meaning, jsonToken) {
	s := &p.scan
	for {
		token := s.next()
		switch token {
		case jsonLeaf:
			_, m := p.key()
			return m, token
		case jsonOpen:
			id, _ := p.key()
			p.depth++
			p.path[p.depth] = entered{name: s.key, odd: s.keyOdd, id: id}
		case jsonClose:
			p.depth = max(p.depth-1, 0)
		default:
			return meaning{}, token
		}
	}
}

// key looks up the key that the scanner is at.
func (p *jsonParser) key() (id uint64, m meaning) {
	s, parent := &p.scan, p.path[p.depth].id
	if !s.keyOdd {
		if k := p.keys.find(s.line, s.key, parent); k != nil {
			return k.id, k.meaning
		}
	}
	if int(s.key.to-s.key.from) <= keyMax {
		p.scratch = p.joined(p.scratch[:0])
		m = meaningOf(p.scratch)
	}
	if s.keyOdd {
		p.keys.last++
		return p.keys.last, m
	}
	return p.keys.learn(s.line, s.key, parent, m), m
}

func (p *jsonParser) no(reason event.Reason, field string, column int) *event.Reject {
	p.reject = event.Reject{Reason: reason, Field: field, Column: column}
	return &p.reject
}

// joined appends the path of the key that the scanner is at, with dots.
func (p *jsonParser) joined(dst []byte) []byte {
	for _, o := range p.path[1 : p.depth+1] {
		dst = append(appendKey(dst, o.name.of(p.scan.line), o.odd), '.')
	}
	return appendKey(dst, p.scan.key.of(p.scan.line), p.scan.keyOdd)
}

func appendKey(dst, key []byte, odd bool) []byte {
	if odd {
		return unescapeJSON(dst, key)
	}
	return append(dst, key...)
}

// keep adds what fill did not use as attributes, in the line's order.
func (p *jsonParser) keep(e *event.Event) {
	s, r := &p.scan, &p.record
	p.begin(r.line)
	for {
		m, token := p.next()
		if token != jsonLeaf {
			return
		}
		if r.took(m, s.val, s.kind) {
			continue
		}
		if e.More != nil && len(e.More.Attributes) == mostAttributes {
			return
		}
		a := event.Attribute{Key: s.key.of(r.line), Value: s.val.of(r.line), JSON: s.kind != jsonText && s.kind != jsonOdd}
		if s.kind == jsonOdd {
			a.Value = unescape(e, s.kind, a.Value)
		}
		if p.depth > 0 || s.keyOdd {
			b := e.Scratch()
			n := len(b)
			b = p.joined(b)
			e.SetScratch(b)
			a.Key = b[n:len(b):len(b)]
		}
		more := e.Extra()
		more.Attributes = append(more.Attributes, a)
	}
}
