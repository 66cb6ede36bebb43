package format

import (
	"encoding/binary"
	"math/bits"

	"weir/ingest/event"
)

// ParseUsual reads the line that buf begins with, finding its end at the same time,
// where it is as nearly all are, and returns how many bytes it has with its end. It
// is 0 where the line is another one or that can't be told: then e has to be Reset,
// and the line is for Parse.
func (p *clf) ParseUsual(buf []byte, e *event.Event) int {
	if p.vhost {
		return 0
	}
	size, end := p.at.find(buf)
	if size == 0 || !p.marked(buf[:size], e) {
		return 0
	}
	e.Raw = buf[:size] // its capacity tells how much follows
	return size + end
}

// usual reads a line as nearly all are: a client, no user, nothing escaped and
// nothing odd. It is false where the line is another one or where it can't tell, and leaves nothing in e then that any would not write over.
func (p *clf) usual(line []byte, e *event.Event) bool {
	return !p.vhost && p.at.read(line) && p.marked(line, e)
}

// marked is usual for a line that is marked.
func (p *clf) marked(line []byte, e *event.Event) bool {
	client := bits.TrailingZeros64(p.at.spaces[0]) // 64 where there is none
	i := client + 1
	if client < 1 || len(line) < i+5 || string(line[i:i+5]) != "- - [" || line[0] == '#' || line[len(line)-1] == ' ' {
		return false
	}
	numbers := dottedNumbers(line, client) || colonNumbers(line[:client])
	if !numbers && (line[0] == '"' || line[0] == '{' || line[client-1] == ',' || !clientLike(line[:client])) { // before the clock is told a time
		return false
	}
	i += 5
	n := 0
	if e.Time, e.Zone, n = p.clock.common(line[i:]); n == 0 {
		return false
	}
	if i += n; len(line) < i+3 || string(line[i:i+3]) != `] "` {
		return false
	}

	from := i + 3
	rest := p.at.from(from)
	end := rest.next()
	question := end
	for end >= 0 && line[end] == '?' {
		end = rest.next()
	}
	if end < 0 || len(line) < end+7 {
		return false
	}
	status := line[end+1 : end+6 : end+6]
	hundreds, tens, ones := status[1]-'0', status[2]-'0', status[3]-'0'
	if status[0] != ' ' || status[4] != ' ' || hundreds > 9 || tens > 9 || ones > 9 {
		return false
	}
	e.Status = int32(hundreds)*100 + int32(tens)*10 + int32(ones)
	if p.agent {
		if i = rest.next() - 1; i < end+7 || line[i] != ' ' || line[i+1] != '"' {
			return false
		}
	} else if i = p.at.space(end + 6); i < 0 {
		i = len(line)
	}
	var ok bool
	if e.Bytes, ok = shortCount(line, end+6, i); !ok {
		return false
	}
	if p.agent {
		if e.Referrer, i = rest.closed(line, i+2); i < 0 {
			return false
		}
		if rest.next() != i+1 || line[i] != ' ' || line[i+1] != '"' {
			return false
		}
		if e.Agent, i = rest.closed(line, i+2); i < 0 {
			return false
		}
	}
	if p.tail == nil && i != len(line) || p.tail != nil && i == len(line) {
		return false
	}

	if request := line[from:end:end]; !usualRequest(e, request, question-from) {
		setRequest(e, request)
	}
	if e.Flags&event.Malformed != 0 {
		e.Flags, e.Method, e.Target, e.Path, e.Query, e.Proto, e.Host = 0, nil, nil, nil, nil, nil, nil
		return false
	}
	if numbers {
		e.Client = line[:client:client]
	} else if p.client(line, 0, e) != client {
		return false
	}
	return p.tail == nil || p.tail(&p.text, line, i+1, e, false) < 0
}

// usualRequest is setRequest for what nearly all requests are, where the first
// question mark is known; one behind b's end is none.
func usualRequest(e *event.Event, b []byte, question int) bool {
	n := len(b) - len(" HTTP/1.1")
	if n <= len("GET /") || string(b[:len("GET /")]) != "GET /" || !numbered(b[n:]) {
		return false
	}
	e.Method, e.Target, e.Path, e.Proto = b[:3:3], b[4:n:n], b[4:n:n], b[n+6:]
	if question < n {
		e.Path, e.Query = b[4:question:question], b[question+1:n:n]
	}
	return true
}

// dottedNumbers tells whether the first n bytes of b, 7 to 15 as in an IPv4
// address, are digits and dots. There are 16 at least.
func dottedNumbers(b []byte, n int) bool {
	if n < 7 || n > 15 {
		return false
	}
	low := binary.LittleEndian.Uint64(b)
	if n == 7 {
		return dotted8(low<<8 | '0')
	}
	return dotted8(low) && dotted8(binary.LittleEndian.Uint64(b[n-8:]))
}

// colonNumbers tells whether b is an IPv6 address without brackets, port and zone.
func colonNumbers(b []byte) bool {
	colons := 0
	for _, c := range b {
		if c == ':' {
			colons++
		} else if c-'0' > 9 && c|0x20-'a' > 5 {
			return false
		}
	}
	return colons > 1
}

// dotted8 tells whether eight bytes are digits and dots.
func dotted8(w uint64) bool {
	// What a borrow does to the byte above matters not: there is one only where a byte is wrong.
	slash := w ^ '/'*ones
	return (w|(w-'.'*ones)|(w+(0x7f-'9')*ones)|(slash-ones)&^slash)&tops == 0
}

// shortCount is count for the bytes of b from i to n, of up to eight digits.
func shortCount(b []byte, i, n int) (int64, bool) {
	size := n - i
	if size < 2 || size > 8 || n < 8 {
		return count(b[i:n])
	}
	before := 64 - 8*uint(size) // the bits that are not the number's become zeros in front of it
	w := binary.LittleEndian.Uint64(b[n-8:])>>before<<before | '0'*ones&(1<<before-1)
	if (w|(w-'0'*ones)|(w+(0x7f-'9')*ones))&tops != 0 {
		return 0, false
	}
	w -= '0' * ones
	w = w*10 + w>>8 // pairs of digits, in every other byte
	const pairs = 0x000000ff_000000ff
	return int64((w&pairs*(100+1_000_000<<32) + w>>16&pairs*(1+10_000<<32)) >> 32), true
}
