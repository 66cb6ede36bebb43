package format

import (
	"bytes"

	"weir/ingest/event"
)

// ltsv is Labeled Tab-separated Values (ltsv.org).
var ltsv = Format{
	Name: "ltsv", Title: "Labeled Tab-separated Values: label:value with tabs between, with the labels of ltsv.org and those of jsonl",
	New: func(o Options) Parser { return &ltsvParser{text: newText(o), options: o} },
}

type ltsvParser struct {
	text
	options Options
	record  record
	keys    *keyCache // nil before the first pair
	pairs   []logfmtPair
}

// fewestLabels is how many fields a line has at least.
const fewestLabels = 3

// Parse implements Parser.
func (p *ltsvParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if no := p.idle(body, e); no != nil {
		return no
	}
	r := &p.record
	r.begin(line)
	p.pairs = p.pairs[:0]
	n := 0
	for i := 0; i <= len(body); n++ {
		from := i
		for i < len(body) && keyByte(body[i]) {
			i++
		}
		if i == from || i == len(body) || body[i] != ':' {
			return p.reject(body, e, event.NoFormat, "", i)
		}
		end := bytes.IndexByte(body[i:], '\t')
		if end < 0 {
			end = len(body) - i
		}
		key, value := span{int32(from), int32(i)}, span{int32(i + 1), int32(i + end)}
		i += end + 1
		m := p.meaning(line, key)
		r.put(m, value, jsonText)
		if p.keep && len(p.pairs) < mostAttributes {
			p.pairs = append(p.pairs, logfmtPair{key, value, jsonText, m})
		}
	}
	if n < fewestLabels || !r.has(slotTime) {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	if wrong := r.fill(e, &p.options, &p.clock); wrong != "" {
		return p.reject(body, e, event.NoTime, wrong, int(r.slots[slotTime].from))
	}
	if e.Kind == event.Message && len(e.Client) > 0 && !addressLike(e.Client) {
		e.Extra().Hostname, e.Client = e.Client, nil
	}
	for _, pair := range p.pairs {
		if !r.took(pair.meaning, pair.value, pair.kind) {
			attribute(e, string(pair.key.of(line)), pair.value.of(line))
		}
	}
	return nil
}

func (p *ltsvParser) meaning(line []byte, key span) meaning {
	if p.keys == nil {
		p.keys = newKeyCache()
		p.keys.begin()
	}
	if k := p.keys.find(line, key, 0); k != nil {
		return k.meaning
	}
	m, ok := labels[string(key.of(line))]
	if !ok {
		m = meaningOf(key.of(line))
	}
	p.keys.learn(line, key, 0, m)
	return m
}

// labels are those of ltsv.org that mean something else, or nothing, in JSON.
var labels = map[string]meaning{
	"host":             {slot: slotClient, rank: 255},
	"reqtime":          {slot: slotDuration, unit: unitSecond, rank: 255},
	"reqtime_microsec": {slot: slotDuration, unit: unitMicro, rank: 254},
	"apptime":          {slot: slotUpstreamDuration, unit: unitSecond, rank: 255},
	"runtime":          {slot: slotUpstreamDuration, unit: unitSecond, rank: 254},
	"cache":            {slot: slotCache, rank: 255},
}
