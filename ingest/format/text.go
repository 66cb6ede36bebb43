package format

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"weir/ingest/event"
)

// text is what every parser of a text format embeds.
type text struct {
	clock clock
	keep  bool
	bad   event.Reject
}

func newText(o Options) text {
	return text{clock: newClock(o), keep: o.Keep}
}

// reject empties e and says why. A line that ends where it should go on is Truncated.
func (t *text) reject(line []byte, e *event.Event, reason event.Reason, field string, column int) *event.Reject {
	if reason == event.BadField {
		if column >= len(line) {
			reason = event.Truncated
		} else if bytes.IndexByte(line[:min(len(line), 512)], 0) >= 0 {
			reason = event.Binary
		}
	}
	e.Reset()
	t.bad = event.Reject{Reason: reason, Field: field, Column: min(column, len(line))}
	return &t.bad
}

// strip takes trailing white space off a line.
func strip(line []byte) []byte {
	for n := len(line); n > 0; n-- {
		if c := line[n-1]; c != ' ' && c != '\r' && c != '\t' && c != '\n' {
			return line[:n:n]
		}
	}
	return nil
}

// comment tells lines that say something about others. WebLogic's only begin like one.
func comment(line []byte) bool { return line[0] == '#' && !bytes.HasPrefix(line, weblogicHead) }

// idle tells lines that are no events by design.
func (t *text) idle(line []byte, e *event.Event) *event.Reject {
	if len(line) == 0 {
		return t.reject(line, e, event.Blank, "", 0)
	}
	if comment(line) {
		return t.reject(line, e, event.Directive, "", 0)
	}
	return nil
}

// survey passes over b once. It says whether b has a backslash, and whether it
// has control characters or bytes that are no UTF-8.
func survey(b []byte) (escapes, odd bool) {
	if clean(b) {
		return false, false
	}
	var slash, control, high uint64
	whole := b
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		s := w ^ ones*'\\'
		slash |= (s - ones) &^ s
		control |= (w - ones*' ') &^ w
		high |= w
	}
	for _, c := range b {
		if c == '\\' {
			slash = tops
		}
		if c < ' ' {
			control = tops
		}
		high |= uint64(c)
	}
	odd = control&tops != 0
	if high&tops != 0 && !odd {
		odd = !utf8.Valid(whole)
	}
	return slash&tops != 0, odd
}

// clean tells whether b is ASCII without backslashes and control characters, as
// most lines are. It looks at the last bytes of b twice.
func clean(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	var seen uint64
	look := func(b []byte) {
		v, w := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		// A borrow goes only to bytes above one that is found anyway.
		seen |= v | (v - ones*' ') | ((v ^ ones*'\\') - ones) | w | (w - ones*' ') | ((w ^ ones*'\\') - ones)
	}
	look(b[len(b)-16:])
	for ; len(b) > 16; b = b[16:] {
		look(b)
	}
	return seen&tops == 0
}

// quoteEnd returns the index of the quote that ends the text starting at i: the
// first that is not escaped and stands before a space or at the end of the line,
// as some writers let bare quotes through. It is -1 when there is none.
func quoteEnd(line []byte, i int, escapes bool) int {
	for from := i; ; {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 == len(line) || line[i+1] == ' ' {
			if !escapes || !escaped(line[from:i]) {
				return i
			}
		}
		i++
	}
}

// escaped tells whether what follows b is escaped: b ends in an odd number of
// backslashes.
func escaped(b []byte) bool {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// plain takes the escapes of Apache and nginx (\" \\ \n \t \xHH …) out of a
// logged text, into the event's scratch where there are any. What is no escape
// stays as it is.
func plain(e *event.Event, b []byte, escapes bool) []byte {
	if !escapes || bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	scratch := e.Scratch()
	from := len(scratch)
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c != '\\' || i+1 == len(b) {
			scratch = append(scratch, c)
			continue
		}
		i++
		switch c = b[i]; c {
		case '"', '\\':
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		case 'b':
			c = '\b'
		case 'v':
			c = '\v'
		case 'f':
			c = '\f'
		case 'x':
			if i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0 {
				c = byte(unhex(b[i+1])<<4 | unhex(b[i+2]))
				i += 2
				break
			}
			fallthrough
		default:
			scratch = append(scratch, '\\')
		}
		scratch = append(scratch, c)
	}
	e.SetScratch(scratch)
	out := scratch[from:len(scratch):len(scratch)]
	if _, odd := survey(out); odd {
		e.Flags |= event.BinaryText
	}
	return out
}

// appendEscaped is the inverse of plain.
func appendEscaped(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	for len(b) > 0 {
		c := b[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(b)
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			} else {
				dst = append(dst, b[:n]...)
			}
			b = b[n:]
			continue
		}
		b = b[1:]
	}
	return dst
}

// given is b, or nothing where the line says "-" for nothing.
func given(b []byte) []byte {
	if len(b) == 1 && b[0] == '-' {
		return nil
	}
	return b
}

// status reads a status code: three digits, 0, or "-" and -1 for none.
func status(b []byte) (int32, bool) {
	switch {
	case len(b) == 3 && b[0]-'0' <= 9 && b[1]-'0' <= 9 && b[2]-'0' <= 9:
		return int32(b[0]-'0')*100 + int32(b[1]-'0')*10 + int32(b[2]-'0'), true
	case len(b) == 1 && b[0] == '0':
		return 0, true
	case len(b) == 1 && b[0] == '-', len(b) == 2 && b[0] == '-' && b[1] == '1':
		return event.Unknown, true
	}
	return 0, false
}

// count reads a number of bytes: digits, or "-" for none.
func count(b []byte) (int64, bool) {
	if len(b) == 1 && b[0] == '-' {
		return event.Unknown, true
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	v := int64(0)
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	return v, true
}

// span reads a duration written as a decimal number of units of that many
// nanoseconds. A negative number, as HAProxy, ELB and others log for what did
// not happen, and "-" are Unknown.
func lapse(b []byte, unit int64) (int64, bool) {
	if len(b) == 0 || b[0] == '+' {
		return 0, false
	}
	if len(b) == 1 && b[0] == '-' {
		return event.Unknown, true
	}
	d, n := decimalOf(b)
	if n != len(b) || n == 0 || b[n-1] == '.' {
		return 0, false
	}
	if d.negative && d.digits > 0 {
		return event.Unknown, true
	}
	power := 0
	for ; unit > 1; unit /= 10 {
		power++
	}
	return d.scaled(power)
}

// Units of lapse, in nanoseconds.
const (
	micros  = 1_000
	millis  = 1_000_000
	seconds = 1_000_000_000
)
