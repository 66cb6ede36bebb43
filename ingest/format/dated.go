package format

import (
	"bytes"

	"weir/ingest/event"
)

// dated reads lines that begin with a time and say nothing else that is known: Go's log, Exim, the JVM's
// gc.log, dmesg. Lines of requests are none, that their format may be looked for.
var dated = Format{
	Prose: true,
	Name:  "dated", Title: "messages behind a time, in no other format; dmesg",
	New:  func(o Options) Parser { return &datedParser{text: newText(o), within: o.within} },
	Last: true,
}

type datedParser struct {
	text
	within bool
}

// Parse implements Parser.
func (p *datedParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	if p.within || requestIn(body) {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	t, zone, i := p.stamp(body)
	if i > 0 && refusal(body[i:]) {
		return p.reject(body, e, event.NoFormat, "", i)
	}
	var level []byte
	if i == 0 {
		if t, level = epochWithin(body); t > 0 {
			message(e, line, t, 0)
			m := e.Extra()
			m.Body, m.Severity = body, level
			return nil
		}
	}
	switch {
	case i > 0:
		message(e, line, t, zone)
	default:
		if level, i = p.lone(body); i == 0 {
			return p.reject(body, e, event.NoTime, "time", 0)
		}
		message(e, line, p.clock.lately(), 0)
		e.Flags |= event.BadTime
	}
	m := e.Extra()
	m.Severity = level
	if m.Body = bytes.TrimLeft(body[i:], " \t])|:,"); len(m.Body) == 0 || len(m.Body) > 1 && m.Body[0] == '-' && m.Body[1] == ' ' {
		m.Body = bytes.TrimLeft(m.Body, "- ")
	}
	if len(m.Body) == 0 {
		return p.reject(body, e, event.Truncated, "", i)
	}
	if kernelStamp(body) == i {
		m.Service = own(e, "kernel", nil)
	}
	return nil
}

// stamp reads the time at the start of line, in brackets or not, also as seconds since the epoch.
func (p *datedParser) stamp(line []byte) (ns int64, zone int32, n int) {
	i := 0
	if line[0] == '[' || line[0] == '(' {
		i = 1
	}
	if ns, zone, n = p.clock.leading(line[i:]); n > 0 {
		return ns, zone, n + i
	}
	end := digits(line, i)
	if end-i < 10 || end >= len(line) {
		return 0, 0, 0
	}
	if line[end] == '.' {
		end = digits(line, end+1)
	}
	if end >= len(line) || line[end] != ' ' && line[end] != '\t' && line[end] != ']' && line[end] != ':' {
		return 0, 0, 0
	}
	var ok bool
	if ns, ok = epoch(line[i:end]); !ok {
		return 0, 0, 0
	}
	return ns, 0, end
}

// epochWithin finds seconds since the epoch, of this century, among the first words of line, and a level among those
// behind it: "- 1131566461 2005.11.09 dn228 …" of supercomputers. The time is 0 where there are none.
func epochWithin(line []byte) (ns int64, level []byte) {
	rest := line
	for word := 0; word < 12 && len(rest) > 0; word++ {
		n := bytes.IndexByte(rest, ' ')
		if n < 0 {
			n = len(rest)
		}
		switch one := rest[:n:n]; {
		case ns > 0:
			if level = levelOf(one, false); level != nil {
				return ns, level
			}
		case word > 4:
			return 0, nil
		case n == 10 && one[0] == '1' && digits(one, 0) == n:
			ns, _ = epoch(one)
		case smallLetters(one):
			return 0, nil
		}
		rest = bytes.TrimLeft(rest[n:], " ")
	}
	return ns, nil
}

// smallLetters tells a word of prose.
func smallLetters(word []byte) bool {
	for _, c := range word {
		if c-'a' > 25 {
			return false
		}
	}
	return true
}

// lone reads what stands before a message that has no date: the kernel's seconds since it
// started, or the time of day and a level.
func (p *datedParser) lone(line []byte) (level []byte, n int) {
	if n = kernelStamp(line); n > 0 {
		return nil, n
	}
	return ofDay(line)
}

// ofDay reads the time of day at the start of line and the level behind it, of a thread as well: "[06:53:01] [main/INFO]: ".
// It returns the index behind that, 0 where there is none.
func ofDay(line []byte) (level []byte, n int) {
	i := 0
	if line[0] == '[' {
		i = 1
	}
	if n = digits(line, i); n == i || n > i+2 || n+5 > len(line) || line[n] != ':' || digits(line, n+1) != n+3 {
		return nil, 0
	}
	if n += 3; line[n] == ':' {
		if digits(line, n+1) != n+3 {
			return nil, 0
		}
		if n += 3; n < len(line) && (line[n] == ',' || line[n] == '.') {
			n = digits(line, n+1)
		}
	} else if n+2 < len(line) && line[n+1] == 'M' { // zerolog: "3:04PM INF"
		n += 2
	}
	for word := 0; word < 3 && n < len(line); {
		for n < len(line) && (line[n] == ' ' || line[n] == ']' || line[n] == '|') {
			n++
		}
		end := n
		for end < len(line) && line[end] != ' ' && line[end] != ']' && line[end] != '|' {
			end++
		}
		token := line[n:min(end+1, len(line))]
		if slash := bytes.LastIndexByte(token, '/'); slash > 0 && token[len(token)-1] == ']' {
			token = token[slash+1:]
		}
		if level = levelOf(token, false); level != nil {
			return level, end
		}
		if bytes.IndexByte(line[n:end], '=') < 0 { // Elixir's metadata stand before the level
			word++
		}
		n = end
	}
	return nil, 0
}

// kernelStamp returns the index behind "[12345.678901] ", with the priority before it or not, 0 where there is none.
func kernelStamp(line []byte) int {
	i := 0
	if line[0] == '<' {
		if i = digits(line, 1); i == 1 || i >= len(line)-1 || line[i] != '>' {
			return 0
		}
		i++
	}
	if line[i] != '[' {
		return 0
	}
	for i++; i < len(line) && line[i] == ' '; i++ {
	}
	point := digits(line, i)
	if point == i || point >= len(line) || line[point] != '.' {
		return 0
	}
	end := digits(line, point+1)
	if end != point+7 || end >= len(line) || line[end] != ']' {
		return 0
	}
	return end + 1
}

// refusal tells what File Browser writes of a request, " /api/login: 403 …".
func refusal(said []byte) bool {
	_, code, ok := bytes.Cut(said, []byte(": "))
	if n := len(said) - len(code); !ok || len(code) < 4 || code[3] != ' ' || said[0] != ' ' || said[1] != '/' || bytes.IndexByte(said[1:n-1], ' ') >= 0 {
		return false
	}
	_, ok = status(code[:3])
	return ok
}

// requestIn tells a line that holds a request.
func requestIn(line []byte) bool {
	if bytes.Contains(line, []byte(" HTTP/")) {
		return true
	}
	for rest := line; ; {
		n := bytes.IndexByte(rest, '/')
		if n < 4 || rest[n-1] != ' ' {
			if n < 0 {
				return false
			}
			rest = rest[n+1:]
			continue
		}
		before := rest[max(0, n-8) : n-1]
		for _, method := range [...]string{"GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"} {
			if bytes.HasSuffix(before, []byte(method)) {
				return true
			}
		}
		rest = rest[n+1:]
	}
}
