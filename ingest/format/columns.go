package format

import (
	"bytes"

	"weir/ingest/event"
)

// columns are values under a line of their names, as spreadsheets, databases and Zeek write them: parted
// by commas, tabs, semicolons or bars, between quotes where need be. The names mean what keys mean in jsonl.
var columns = Format{
	Name: "columns", Title: "CSV or TSV below a line of column names, with the names people use (exports, Zeek's http.log)",
	New:      func(o Options) Parser { return &columnsParser{text: newText(o), options: o} },
	Stateful: true,
}

// cloudfrontRealtime has all fields of Amazon CloudFront's real-time logs in their order.
var cloudfrontRealtime = Format{
	Name: "cloudfront_realtime", Title: "Amazon CloudFront real-time log with all fields",
	New: func(o Options) Parser {
		p := &columnsParser{text: newText(o), options: o, fixed: true, by: '\t'}
		p.learn([]byte(realtimeFields), ' ')
		return p
	},
}

const realtimeFields = "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header " +
	"time-taken cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher " +
	"x-edge-result-type fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end c-port x-edge-detailed-result-type c-country " +
	"cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count"

type columnsParser struct {
	text
	options Options
	record  record
	fixed   bool // the columns are given
	by      byte // parts them
	columns []namedColumn
	names   []byte // of the columns
	cells   []cellSpan
}

type namedColumn struct {
	name    []byte
	meaning meaning
}

// cellSpan is a cell without its quotes.
type cellSpan struct {
	span
	kind jsonKind
}

// mostColumns bounds what a line may hold.
const mostColumns = 256

// Parse implements Parser.
func (p *columnsParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := bytes.TrimRight(line, "\r\n")
	if names, ok := bytes.CutPrefix(body, []byte("#fields\t")); ok && !p.fixed { // Zeek
		p.learn(names, '\t')
		for i := range p.columns {
			if string(p.columns[i].name) == "version" {
				p.columns[i].meaning = meaningOf([]byte("http.version"))
			}
		}
	}
	if r := p.idle(strip(line), e); r != nil {
		return r
	}
	if !p.fixed && p.header(body) {
		return p.reject(body, e, event.Directive, "", 0)
	}
	if len(p.columns) == 0 {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	if at := p.split(body, p.by); at >= 0 {
		return p.reject(body, e, event.BadField, "", at)
	}
	switch n := len(p.cells); {
	case p.fixed && n > len(p.columns): // AWS adds fields at the end
		p.cells = p.cells[:len(p.columns)]
	case n < len(p.columns):
		return p.reject(body, e, event.Truncated, "", len(body))
	case n > len(p.columns):
		return p.reject(body, e, event.Trailing, "", int(p.cells[len(p.columns)].from))
	}
	r := &p.record
	r.begin(line)
	for i, cell := range p.cells {
		if string(cell.of(line)) != "(empty)" {
			r.put(p.columns[i].meaning, cell.span, cell.kind)
		}
	}
	if wrong := r.fill(e, &p.options, &p.clock); wrong != "" || e.Flags&event.BadTime != 0 {
		return p.reject(body, e, event.NoTime, "time", int(r.slots[slotTime].from))
	}
	for _, c := range [...]struct {
		slot slot
		bad  bool
		name string
	}{
		{slotStatus, e.Status == event.Unknown, "http.response.status_code"},
		{slotBytes, e.Bytes == event.Unknown, "http.response.body.size"},
	} {
		if r.has(c.slot) && c.bad {
			return p.reject(body, e, event.BadField, c.name, int(r.slots[c.slot].from))
		}
	}
	if _, odd := survey(body); odd && p.by != '\t' {
		e.Flags |= event.BinaryText
	}
	for i, cell := range p.cells {
		if b := given(cell.of(line)); p.keep && len(b) > 0 && !r.took(p.columns[i].meaning, cell.span, cell.kind) {
			if cell.kind == csvOdd {
				b = undouble(e, b)
			}
			m := e.Extra()
			m.Attributes = append(m.Attributes, event.Attribute{Key: p.columns[i].name, Value: b})
		}
	}
	return nil
}

// header learns from a line of names: of three things that records of requests have, the time among them.
func (p *columnsParser) header(line []byte) bool {
	if len(line) == 0 || line[0]|0x20-'a' > 25 && line[0] != '"' && line[0] != '@' || bytes.HasPrefix(bytes.TrimLeft(line, `"`), []byte("remotehost")) { // that is csv's
		return false
	}
	for _, by := range []byte(",\t;|") {
		if bytes.IndexByte(line, by) < 0 || p.split(line, by) >= 0 || len(p.cells) < 3 {
			continue
		}
		slots, names := uint64(0), true
		for _, cell := range p.cells {
			name := cell.of(line)
			names = names && columnName(name)
			slots |= 1 << meaningOf(name).slot
		}
		const request = 1<<slotMethod | 1<<slotTarget | 1<<slotPath | 1<<slotRequest | 1<<slotStatus
		if names && slots&(1<<slotTime) != 0 && slots&request != 0 && slots&^(1<<slotNone|1<<slotTime|request) != 0 {
			p.by = by
			p.name(line)
			return true
		}
	}
	return false
}

// columnName tells whether b may name a column.
func columnName(b []byte) bool {
	letter := false
	for _, c := range b {
		letter = letter || c|0x20-'a' < 26
		if c|0x20-'a' > 25 && c-'0' > 9 && bytes.IndexByte([]byte("_-. ()@$"), c) < 0 {
			return false
		}
	}
	return letter && len(b) <= keyMax
}

// learn takes over the names of the columns.
func (p *columnsParser) learn(names []byte, by byte) {
	if p.split(names, by) < 0 {
		p.name(names)
	}
	if !p.fixed {
		p.by = by
	}
}

// name takes the cells of line for names.
func (p *columnsParser) name(line []byte) {
	p.names = append(p.names[:0], line...)
	line = p.names
	p.columns = p.columns[:0]
	for _, cell := range p.cells {
		name := cell.of(line)
		p.columns = append(p.columns, namedColumn{name, meaningOf(name)})
	}
}

// split cuts a line into p.cells. It returns where a quote is wrong or there are too many, or -1.
func (p *columnsParser) split(line []byte, by byte) int {
	p.cells = p.cells[:0]
	for i := 0; ; i++ {
		if len(p.cells) == mostColumns {
			return i
		}
		for by != '\t' && i < len(line) && line[i] == ' ' {
			i++
		}
		from, kind := i, jsonText
		if i < len(line) && line[i] == '"' && by != '\t' {
			for i++; ; i++ {
				n := bytes.IndexByte(line[i:], '"')
				if n < 0 {
					return len(line)
				}
				if i += n + 1; i == len(line) || line[i] != '"' {
					break
				}
				kind = csvOdd
			}
			if i < len(line) && line[i] != by {
				return i
			}
			p.cells = append(p.cells, cellSpan{span{int32(from + 1), int32(i - 1)}, kind})
		} else {
			if n := bytes.IndexByte(line[i:], by); n >= 0 {
				i += n
			} else {
				i = len(line)
			}
			p.cells = append(p.cells, cellSpan{span{int32(from), int32(i)}, kind})
		}
		if i == len(line) {
			return -1
		}
	}
}
