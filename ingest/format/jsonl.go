package format

import "weir/ingest/event"

var jsonl = Format{
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
	stamp   stamp
	keys    keyCache
	path    [jsonEnter]entered // the objects entered, from 1
	depth   int
	scratch []byte // a path being looked up
	reject  event.Reject
}

// entered is an object that the parser is in.
type entered struct {
	id   uint64 // the cache's name of its path
	name span
	odd  bool
}

func newJSON(o Options, need marks) *jsonParser {
	return &jsonParser{options: o, need: need, stamp: stamp{loc: o.Location}}
}

// Parse reads one line, as Parser says.
func (p *jsonParser) Parse(line []byte, e *event.Event) *event.Reject {
	s, r := &p.scan, &p.record
	if !s.start(line) {
		if s.pos == len(line) {
			return p.no(event.Blank, "", 0)
		}
		return p.no(event.NoFormat, "", s.pos)
	}
	r.begin(line)
	p.depth = 0
	for {
		m, token := p.next()
		if token == jsonLeaf {
			r.put(m, s.val, s.kind)
			continue
		}
		if token == jsonEnd {
			break
		}
		switch s.bad {
		case jsonCut:
			return p.no(event.Truncated, "", s.pos)
		case jsonTrailing:
			return p.no(event.Trailing, "", s.pos)
		}
		return p.no(event.BadField, "", s.pos)
	}
	if r.marks&p.need != p.need {
		return p.no(event.NoFormat, "", 0)
	}
	if wrong := r.fill(e, &p.options, &p.stamp); wrong != "" {
		e.Reset()
		return p.no(event.NoTime, wrong, int(r.slots[slotTime].from))
	}
	if p.options.Keep {
		p.keep(e)
	}
	return nil
}

// next finds the next leaf and what its key means, or the end, or an error.
func (p *jsonParser) next() (meaning, jsonToken) {
	s := &p.scan
	for {
		token := s.next()
		switch token {
		case jsonLeaf:
			if k, ok := p.keys.at(s.line, s.key, p.path[p.depth].id); ok {
				return k.meaning, token
			}
			return p.learn().meaning, token
		case jsonOpen:
			k, ok := p.keys.at(s.line, s.key, p.path[p.depth].id)
			id := k.id
			if !ok {
				id = p.learn().id
			}
			p.depth++
			p.path[p.depth] = entered{name: s.key, odd: s.keyOdd, id: id}
		case jsonClose:
			p.depth = max(p.depth-1, 0)
		default:
			return meaning{}, token
		}
	}
}

func (p *jsonParser) no(reason event.Reason, field string, column int) *event.Reject {
	p.reject = event.Reject{Reason: reason, Field: field, Column: column}
	return &p.reject
}

// learn looks up the key that the scanner is at and remembers it.
func (p *jsonParser) learn() cachedKey {
	parent := p.path[p.depth].id
	p.scratch = p.joined(p.scratch[:0])
	learned := cachedKey{id: p.keys.fresh(), parent: parent, meaning: meaningOf(p.scratch)}
	key := p.scan.key.of(p.scan.line)
	if len(key) <= len(learned.name) {
		learned.length = uint8(copy(learned.name[:], key))
		k, _ := p.keys.at(p.scan.line, p.scan.key, parent)
		*k = learned
	}
	return learned
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
	s.start(r.line)
	p.depth = 0
	for {
		m, token := p.next()
		if token != jsonLeaf {
			return
		}
		if r.took(m, s.val, s.kind) {
			continue
		}
		a := event.Attribute{Key: s.key.of(r.line), Value: s.val.of(r.line), JSON: s.kind != jsonText && s.kind != jsonOdd}
		b := e.Scratch()
		if s.kind == jsonOdd {
			n := len(b)
			b = unescapeJSON(b, a.Value)
			a.Value = b[n:len(b):len(b)]
		}
		if p.depth > 0 || s.keyOdd {
			n := len(b)
			b = p.joined(b)
			a.Key = b[n:len(b):len(b)]
		}
		e.SetScratch(b)
		more := e.Extra()
		more.Attributes = append(more.Attributes, a)
	}
}
