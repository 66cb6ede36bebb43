package format

import (
	"bytes"
	"encoding/binary"

	"weir/ingest/event"
)

// ParseUsual reads the line that buf begins with, finding its end at the same time,
// where it is as nearly all are, and returns how many bytes it has with its end. It
// is 0 where the line is another one or that can't be told: then e has to be Reset,
// and the line is for Parse. E is reset as ResetRest does.
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
	client := p.at.space
	i := client + 1
	if client < 1 || len(line) < i+8 || binary.LittleEndian.Uint64(line[i:])<<24 != nobody || line[len(line)-1] == ' ' {
		return false
	}
	// An address of IPv4, or of IPv6.
	numbers := client == p.at.numbers && client >= 7 && client <= 15 || colonNumbers(line[:client])
	if !numbers && (line[0] == '#' || line[0] == '"' || line[0] == '{' || line[client-1] == ',' || !clientLike(line[:client])) { // before the clock is told a time
		return false
	}
	i += 5
	n := 0
	if e.Time, e.Zone, n = p.clock.common(line[i:]); n == 0 {
		return false
	}
	if i += n; len(line) < i+4 || binary.LittleEndian.Uint32(line[i:])<<8 != opening {
		return false
	}

	from := i + 3
	n = p.at.from(from)
	end := p.at.stop(n)
	question := end
	for end >= 0 && line[end] == '?' {
		n++
		end = p.at.stop(n)
	}
	n++
	if end < 0 || len(line) < end+7 {
		return false
	}
	status := binary.LittleEndian.Uint32(line[end+1:]) ^ (' ' | '0'<<8 | '0'<<16 | '0'<<24)
	if line[end+5] != ' ' || status&0xff != 0 || (status|(status+(0x7f-9)<<8*0x010101))&(tops&0xffffffff) != 0 {
		return false
	}
	e.Status = int32(status>>8&0xff)*100 + int32(status>>16&0xff)*10 + int32(status>>24)
	if p.agent {
		if i = p.at.stop(n) - 1; i < end+7 || line[i] != ' ' || line[i+1] != '"' {
			return false
		}
	} else {
		e.Referrer, e.Agent = nil, nil
		if i = bytes.IndexByte(line[end+6:], ' ') + end + 6; i < end+6 {
			i = len(line)
		}
	}
	var ok bool
	if e.Bytes, ok = shortCount(line, end+6, i); !ok {
		return false
	}
	if p.agent {
		if e.Referrer, i, n = p.at.closed(line, i+2, n+1); i < 0 {
			return false
		}
		if p.at.stop(n) != i+1 || line[i] != ' ' || line[i+1] != '"' {
			return false
		}
		if e.Agent, i, _ = p.at.closed(line, i+2, n+1); i < 0 {
			return false
		}
	}
	if p.tail == nil && i != len(line) || p.tail != nil && i == len(line) {
		return false
	}

	if request := line[from:end:end]; !usualRequest(e, request, question-from) {
		e.Method, e.Target, e.Path, e.Proto = nil, nil, nil, nil
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

// What stands before and behind the time of nearly all lines, in the upper bytes of a word.
const (
	nobody  = '-'<<24 | ' '<<32 | '-'<<40 | ' '<<48 | '['<<56
	opening = ']'<<8 | ' '<<16 | '"'<<24
)

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
