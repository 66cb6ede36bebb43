package filter

import (
	"bytes"

	"weir/ingest/event"
)

func compareNumbers(operator string, l, r number) truth {
	a, b, c := l.at, r.at, r.value
	if r.constant {
		switch operator {
		case "==":
			return func(e *event.Event) bool { return a(e) == c }
		case "!=": // false for NaN
			return func(e *event.Event) bool { v := a(e); return v < c || v > c }
		case "<":
			return func(e *event.Event) bool { return a(e) < c }
		case "<=":
			return func(e *event.Event) bool { return a(e) <= c }
		case ">":
			return func(e *event.Event) bool { return a(e) > c }
		case ">=":
			return func(e *event.Event) bool { return a(e) >= c }
		}
		return nil
	}
	switch operator {
	case "==":
		return func(e *event.Event) bool { return a(e) == b(e) }
	case "!=":
		return func(e *event.Event) bool { v, w := a(e), b(e); return v < w || v > w }
	case "<":
		return func(e *event.Event) bool { return a(e) < b(e) }
	case "<=":
		return func(e *event.Event) bool { return a(e) <= b(e) }
	case ">":
		return func(e *event.Event) bool { return a(e) > b(e) }
	case ">=":
		return func(e *event.Event) bool { return a(e) >= b(e) }
	}
	return nil
}

func compareTimes(operator string, a, b func(e *event.Event) int64) truth {
	switch operator {
	case "==":
		return func(e *event.Event) bool { return a(e) == b(e) }
	case "!=":
		return func(e *event.Event) bool { return a(e) != b(e) }
	case "<":
		return func(e *event.Event) bool { return a(e) < b(e) }
	case "<=":
		return func(e *event.Event) bool { return a(e) <= b(e) }
	case ">":
		return func(e *event.Event) bool { return a(e) > b(e) }
	case ">=":
		return func(e *event.Event) bool { return a(e) >= b(e) }
	}
	return nil
}

func compareTexts(operator string, l, r text) truth {
	if l.lower != nil && r.constant && len(r.value) <= longest {
		if made := compareLowered(operator, l.lower, r.value); made != nil {
			return made
		}
	}
	a, b, literal := l.at, r.at, string(r.value)
	switch operator {
	case "==":
		if r.constant {
			return func(e *event.Event) bool { return string(a(e)) == literal }
		}
		return func(e *event.Event) bool { return bytes.Equal(a(e), b(e)) }
	case "!=":
		return func(e *event.Event) bool { return !bytes.Equal(a(e), b(e)) }
	case "<":
		return func(e *event.Event) bool { return bytes.Compare(a(e), b(e)) < 0 }
	case "<=":
		return func(e *event.Event) bool { return bytes.Compare(a(e), b(e)) <= 0 }
	case ">":
		return func(e *event.Event) bool { return bytes.Compare(a(e), b(e)) > 0 }
	case ">=":
		return func(e *event.Event) bool { return bytes.Compare(a(e), b(e)) >= 0 }
	case "contains":
		return func(e *event.Event) bool { return bytes.Contains(a(e), b(e)) }
	case "startsWith":
		return func(e *event.Event) bool { return bytes.HasPrefix(a(e), b(e)) }
	case "endsWith":
		return func(e *event.Event) bool { return bytes.HasSuffix(a(e), b(e)) }
	}
	return nil
}

// longest is the longest text that compareLowered looks for, and window how
// much of an event's text it looks at a time, on the stack.
const (
	longest = 64
	window  = 512
)

// compareLowered compares a text in small letters with a literal and allocates
// nothing as long as the text is ASCII.
func compareLowered(operator string, of func(e *event.Event) []byte, literal []byte) truth {
	switch operator {
	case "==":
		return func(e *event.Event) bool {
			b := of(e)
			if !ascii(b) {
				return bytes.Equal(bytes.ToLower(b), literal)
			}
			return len(b) == len(literal) && sameLowered(b, literal)
		}
	case "startsWith":
		return func(e *event.Event) bool {
			b := of(e)
			if !ascii(b) {
				return bytes.HasPrefix(bytes.ToLower(b), literal)
			}
			return len(b) >= len(literal) && sameLowered(b[:len(literal)], literal)
		}
	case "endsWith":
		return func(e *event.Event) bool {
			b := of(e)
			if !ascii(b) {
				return bytes.HasSuffix(bytes.ToLower(b), literal)
			}
			return len(b) >= len(literal) && sameLowered(b[len(b)-len(literal):], literal)
		}
	case "contains":
		return func(e *event.Event) bool {
			b := of(e)
			if !ascii(b) {
				return bytes.Contains(bytes.ToLower(b), literal)
			}
			return containsLowered(b, literal)
		}
	}
	return nil
}

func containsLowered(b, literal []byte) bool {
	var small [window]byte
	for {
		n := copy(small[:], b)
		for i, c := range small[:n] {
			small[i] = lowerByte(c)
		}
		if bytes.Contains(small[:n], literal) {
			return true
		}
		if n == len(b) {
			return false
		}
		b = b[n-max(len(literal)-1, 0):]
	}
}

func sameLowered(b, literal []byte) bool {
	for i, c := range b {
		if lowerByte(c) != literal[i] {
			return false
		}
	}
	return true
}

// lowered is b in small letters: b itself where it is so already.
func lowered(b []byte) []byte {
	for _, c := range b {
		if c >= 0x80 || c >= 'A' && c <= 'Z' {
			return bytes.ToLower(b)
		}
	}
	return b
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
