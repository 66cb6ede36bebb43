package format

import (
	"bytes"
	"unicode/utf8"

	"weir/ingest/event"
)

var logfmt = Format{
	Prose: true,
	Dated: true,
	Name:  "logfmt",
	Title: "logfmt: key=value pairs, with the key names people use",
	New:   func(o Options) Parser { return newLogfmt(o) },
}

// logfmtParser reads key=value pairs with spaces between, values with spaces in
// quotes. Every word must be a pair, except for a time that may stand first
// without a key, and there are two pairs at least; so prose is not taken for it.
// Keys mean what they mean in jsonl.
type logfmtParser struct {
	text
	options Options
	record  record
	keys    *keyCache    // nil before the first pair
	pairs   []logfmtPair // the line's, with Options.Keep
}

type logfmtPair struct {
	key, value span
	kind       jsonKind
	meaning    meaning
}

func newLogfmt(o Options) *logfmtParser {
	return &logfmtParser{text: newText(o), options: o}
}

// Parse reads one line, as Parser says.
func (p *logfmtParser) Parse(line []byte, e *event.Event) *event.Reject {
	r := &p.record
	body := strip(line)
	if no := p.idle(body, e); no != nil {
		return no
	}
	r.begin(line)
	p.pairs = p.pairs[:0]
	i, n := 0, 0
	if at := bytes.IndexByte(body, ' '); at > 0 && body[0]-'0' <= 9 {
		if _, _, ok := p.clock.stampOf(body[:at]); ok {
			r.put(meaning{slot: slotTime}, span{0, int32(at)}, jsonText)
			i = at
		}
	}
	for ; i < len(body); n++ {
		for i < len(body) && (body[i] == ' ' || body[i] == '\t') {
			i++
		}
		from := i
		for i < len(body) && keyByte(body[i]) {
			i++
		}
		if i == from || i == len(body) || body[i] != '=' || !utf8.Valid(body[from:i]) {
			return p.reject(body, e, event.NoFormat, "", i)
		}
		key := span{int32(from), int32(i)}
		value, kind, end := logfmtValue(body, i+1)
		if end < 0 {
			return p.reject(body, e, event.Truncated, "", len(body))
		}
		if end < len(body) && body[end] != ' ' && body[end] != '\t' {
			return p.reject(body, e, event.BadField, "", end)
		}
		i = end
		m := p.meaning(line, key)
		r.put(m, value, kind)
		if p.keep && len(p.pairs) < mostAttributes {
			p.pairs = append(p.pairs, logfmtPair{key, value, kind, m})
		}
	}
	if n < 2 {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	if wrong := r.fill(e, &p.options, &p.clock); wrong != "" {
		return p.reject(body, e, event.NoTime, wrong, int(r.slots[slotTime].from))
	}
	if _, odd := survey(body); odd {
		e.Flags |= event.BinaryText
	}
	for _, pair := range p.pairs {
		if r.took(pair.meaning, pair.value, pair.kind) {
			continue
		}
		a := event.Attribute{Key: pair.key.of(line), Value: pair.value.of(line)}
		if pair.kind == logfmtOdd {
			a.Value = unescape(e, pair.kind, a.Value)
		}
		m := e.Extra()
		m.Attributes = append(m.Attributes, a)
	}
	return nil
}

func (p *logfmtParser) meaning(line []byte, key span) meaning {
	if p.keys == nil {
		p.keys = newKeyCache()
		p.keys.begin()
	}
	if k := p.keys.find(line, key, 0); k != nil {
		return k.meaning
	}
	m := meaningOf(key.of(line))
	p.keys.learn(line, key, 0, m)
	return m
}

// keyByte tells whether a key may hold c.
func keyByte(c byte) bool {
	return c|0x20-'a' < 26 || c-'0' < 10 || c == '_' || c == '.' || c == '-' || c == '@' || c == '$' || c >= utf8.RuneSelf
}

// logfmtValue reads the value at i and returns where it ends, -1 when the quote
// that ends it is missing.
func logfmtValue(line []byte, i int) (value span, kind jsonKind, end int) {
	from := i
	if i < len(line) && line[i] == '\'' { // Lograge's error='…'
		if n := bytes.IndexByte(line[i+1:], '\''); n >= 0 && (i+n+2 == len(line) || line[i+n+2] == ' ') {
			return span{int32(i + 1), int32(i + 1 + n)}, jsonText, i + n + 2
		}
	}
	if i == len(line) || line[i] != '"' {
		for i < len(line) && line[i] > ' ' {
			i++
		}
		return span{int32(from), int32(i)}, jsonText, i
	}
	kind = jsonText
	for i++; i < len(line); i++ {
		switch line[i] {
		case '"':
			return span{int32(from + 1), int32(i)}, kind, i + 1
		case '\\':
			kind = logfmtOdd
			i++
		}
	}
	return span{}, kind, -1
}

// unescapeLogfmt appends the value of a quoted text to dst: the escapes of JSON
// and of Go's %q. What is no escape stays as it is.
func unescapeLogfmt(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = text[i]; {
		case c == 'x' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			dst = append(dst, byte(unhex(text[i+1])<<4|unhex(text[i+2])))
			i += 2
		case c == 'u' && i+4 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0 && unhex(text[i+3]) >= 0 && unhex(text[i+4]) >= 0:
			end := i + 5
			if end+6 <= len(text) && text[end] == '\\' && text[end+1] == 'u' && unhex(text[end+2]) >= 0 && unhex(text[end+3]) >= 0 && unhex(text[end+4]) >= 0 && unhex(text[end+5]) >= 0 {
				end += 6
			}
			dst = unescapeJSON(dst, text[i-1:end])
			i = end - 1
		case c == '"' || c == '\\' || c == '/' || c == '\'':
			dst = append(dst, c)
		case c == 'n' || c == 't' || c == 'r' || c == 'b' || c == 'f':
			dst = append(dst, unescaped(c))
		default:
			dst = append(dst, '\\', c)
		}
	}
	return dst
}
