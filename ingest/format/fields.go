package format

import (
	"bytes"

	"weir/ingest/event"
)

// fields walks the fields of a line that are parted by single spaces. A field
// may stand between quotes or brackets, which are not part of it.
type fields struct {
	line    []byte
	i       int // where the next field starts; beyond the line when there is none
	at      int // where the field read last starts
	n       int // fields read
	escapes bool
	spaces  bool // fields may be parted by more than one space
}

// next returns the next field. It is false where there is none, or where a
// quote or bracket does not close; then at is where that is.
func (f *fields) next() ([]byte, bool) {
	line, i := f.line, f.i
	for f.spaces && i < len(line) && line[i] == ' ' {
		i++
	}
	f.at = i
	if i >= len(line) {
		return nil, false
	}
	from, end := i, 0
	switch c := line[i]; {
	case c == '"':
		from++
		if end = quoteEnd(line, from, f.escapes); end < 0 {
			return nil, false
		}
		i = end + 1
	case c == '[' && !hostPort(line[i:]):
		from++
		n := bytes.IndexByte(line[from:], ']')
		if n < 0 {
			return nil, false
		}
		end = from + n
		i = end + 1
		if i < len(line) && line[i] != ' ' {
			f.at = i
			return nil, false
		}
	default:
		n := bytes.IndexByte(line[i:], ' ')
		if n < 0 {
			n = len(line) - i
		}
		if n == 0 {
			return nil, false
		}
		end = i + n
		i = end
	}
	f.i = i + 1
	f.n++
	return line[from:end:end], true
}

// hostPort tells whether a bracket opens an address, as in "[::1]:80".
func hostPort(b []byte) bool {
	n := bytes.IndexByte(b[:min(len(b), 64)], ']')
	return n > 0 && n+1 < len(b) && b[n+1] == ':'
}

// more tells whether another field follows.
func (f *fields) more() bool { return f.i < len(f.line) }

// keepRest keeps the fields that are left as attributes, named in their order
// and by number beyond the names. It returns the index of a field that is not
// one, or -1.
func (t *text) keepRest(f *fields, e *event.Event, names []string) int {
	for n := 0; f.more(); n++ {
		b, ok := f.next()
		if !ok {
			return f.at
		}
		if !t.keep {
			continue
		}
		if b = given(b); len(b) == 0 {
			continue
		}
		name := "field." + number(f.n)
		if n < len(names) {
			name = names[n]
		}
		attribute(e, name, plain(e, b, f.escapes))
	}
	return -1
}
