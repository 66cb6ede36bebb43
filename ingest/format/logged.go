package format

import (
	"bytes"

	"weir/ingest/event"
)

// logged tries line as what a program's own logger wrote: a time and a level, names and
// numbers between them, and the message. A request within the message is what e becomes;
// otherwise e is a Message. w is what is around line already.
func (p *wrappedParser) logged(w *wrap, raw, line []byte, e *event.Event) bool {
	head, level, at := p.logger(line)
	if at == 0 {
		return false
	}
	w.merge(&head) // a transport's time names its zone
	clocked := line[0]-'0' <= 9 || line[0] == '[' && len(line) > 1 && line[1]-'0' <= 9
	timed := w.dated || clocked
	rest := bytes.TrimPrefix(bytes.TrimLeft(line[at:], " \t"), []byte("- "))
	if n := partEnd(rest); n > 0 && rest[0] == ':' { // "INFO:werkzeug:"
		rest = rest[n:]
	}
	for tries := 0; len(rest) >= shortestInner && tries < mostStarts; tries++ {
		if p.inner.parse(rest, e) == nil && e.Kind == event.Request && (timed || e.Flags&event.BadTime == 0) {
			if p.inner.explained() == access.Name { // which takes a logger's name for one
				e.Host = nil
			}
			p.finish(w, raw, e)
			return true
		}
		e.Reset()
		n := partEnd(rest)
		if end := quoteEnd(rest, 1, false); rest[0] == '"' && end > 0 && end+2 < len(rest) { // Kubernetes: "HTTP" verb="GET" …
			n = end + 2
		}
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	if n := pairs(line[at:]); n > 0 && (timed || line[at-1] == ']') && p.inner.parse(line[at+n:], e) == nil && e.Kind == event.Request && e.Status != event.Unknown {
		p.finish(w, raw, e)
		return true
	}
	e.Reset()
	if !timed && (line[len(level)] == ' ' || bytes.Contains(line, []byte(" HTTP/"))) { // prose, uvicorn's requests
		return false
	}
	if pid, said := rubyLogger(line, at); said != nil {
		if _, answered := p.railsLine(w, pid, raw, said, e); answered {
			return true
		}
	}
	said := spoken(line[at:])
	if p.phoenixLine(w, phoenixNumber(line[:at]), raw, said, e) {
		return true
	}
	p.message(w, raw, said, e)
	if e.More.Severity = level; len(level) == 1 {
		e.More.Severity = own(e, letters[level[0]], level)
	}
	return true
}

// pairs returns where key=value pairs begin that are about a request, as slog and zerolog write them
// behind the message; 0 where there are none.
func pairs(b []byte) int {
	if !bytes.Contains(b, []byte(" method=")) && !bytes.Contains(b, []byte(" status=")) {
		return 0
	}
	n := bytes.IndexByte(b, '=')
	return bytes.LastIndexByte(b[:max(n, 0)], ' ') + 1
}

// mostStarts bounds at how many places of a message a request is looked for.
const mostStarts = 6

// partEnd returns the index behind the first of what loggers part a message's head with,
// 0 where there is none.
func partEnd(b []byte) int {
	for i := 1; i < len(b) && i < 256; i++ {
		switch b[i] {
		case '\t':
			return i + 1
		case ' ':
			if c := b[i-1]; c == ':' || c == ']' || c == '-' && i > 1 && b[i-2] == ' ' {
				return i + 1
			}
		case ':':
			if i+1 < len(b) && b[i-1]|0x20-'a' < 26 && b[i+1] > ' ' { // "INFO:werkzeug:"
				return i + 1
			}
		}
	}
	return 0
}

// logger reads "2026-11-21 06:53:01.123 [main] INFO ", "[2026-11-21 06:53:01 +0000] [7] [INFO] ",
// "I, [2026-11-21T06:53:01.123456 #7]  INFO ", "INFO  [main] 2026-11-21 06:53:01,123 " or, without a time, "INFO:" at
// the start of line. It returns the level and the index behind it, 0 where there is none.
func (p *wrappedParser) logger(line []byte) (w wrap, level []byte, at int) {
	w.name = "log records"
	if n := p.klog(&w, line); n > 0 {
		return w, line[:1:1], n
	}
	if n := p.tornado(&w, line); n > 0 {
		return w, line[1:2:2], n
	}
	if n := p.passenger(&w, line); n > 0 {
		return w, line[2:3:3], n
	}
	if level, at = p.logrus(&w, line); at > 0 {
		return w, level, at
	}
	head, i, opened := p.logHead(&w, line)
	switch {
	case !w.dated:
		if level, at = undated(line); at > 0 {
			return w, level, at
		}
		return w, nil, 0
	case len(head) > 1:
		return w, head, i
	}
	i = behindColours(line, i)
	behind := i
	opened = opened && i < len(line) && line[i] != ']'
	if level = redisLevel(line, i); level != nil {
		return w, level, i + 2
	}
	numbers := true // so far there were but numbers: of processes, of threads
	thread := false // the word before was a thread as WebSphere writes it, a name follows
	for word := range 8 {
		from := i
		for i < len(line) && (bytes.IndexByte([]byte(" \t]:|,"), line[i]) >= 0 || behindColours(line, i) > i) {
			opened = opened && line[i] != ']'
			i = max(i+1, behindColours(line, i))
		}
		end := i
		for end < len(line) && line[end] != ' ' && line[end] != '\t' && line[end] != '|' && line[end] != ']' {
			end++
		}
		if end == i {
			break
		}
		token := line[i:min(end+1, len(line))]
		if word == 0 && isDpkg(line[i:end]) {
			return w, nil, i
		}
		if level = levelOf(token, word == 0 && i > from); level == nil && (numbers || token[0] == '[') {
			level = letterOf(token)
		}
		if level != nil {
			if end < len(line) && line[end] == ']' {
				opened = false
				end++
			}
			if n := bytes.IndexAny(line[i+1:end], "[:"); n > 0 { // "NOTICE[2217] ", "INFO:name: "
				if end = i + 1 + n; line[end-1] == 0x1b {
					end--
				}
			}
			if n := bytes.IndexByte(line[end:], ']'); opened && n > 0 { // "[2026-11-21T06:53:01Z ERROR module] "
				w.program = bytes.TrimSpace(line[end : end+n])
				end += n + 1
			}
			return w, level, end
		}
		numbers = numbers && (thread || digits(line, i) == end || word == 0 && isHex(line[i:end], 8))
		thread = word == 0 && numbers && end-i == 8
		i = end
	}
	if head != nil {
		return w, head, behind
	}
	return w, nil, 0
}

// logrus reads "INFO[2026-11-21T06:53:01+01:00] ". It returns the index behind it, 0 where line does not begin so.
func (p *wrappedParser) logrus(w *wrap, line []byte) (level []byte, at int) {
	n := bytes.IndexByte(line[:min(len(line), longestLevel+1)], '[')
	if n < 3 || n+1 == len(line) || line[n+1]-'0' > 9 {
		return nil, 0
	}
	if level = levelOf(line[:n+1], true); level == nil {
		return nil, 0
	}
	t, zone, size := p.clock.leading(line[n+1:])
	if at = n + 1 + size; size == 0 || at == len(line) || line[at] != ']' {
		return nil, 0
	}
	w.time, w.zone, w.dated = t, zone, true
	return level, at + 1
}

// isHex tells n hexadecimal digits.
func isHex(b []byte, n int) bool {
	for _, c := range b {
		if unhex(c) < 0 {
			return false
		}
	}
	return len(b) == n
}

// mostHead and longestHead bound what stands before the time of a line.
const (
	mostHead    = 6
	longestHead = 96
)

// logHead reads what stands before a logger's time, and the time. It returns the index behind the time
// and the level, where that stood before it, and tells whether a bracket stood there.
func (p *wrappedParser) logHead(w *wrap, line []byte) (level []byte, i int, opened bool) {
	client := false
	for word := range mostHead {
		i = behindColours(line, i)
		from := i
		if i < len(line) && (line[i] == '[' || line[i] == '(') {
			i++
		}
		if b := line[i:]; len(level) == 1 || !accessStamp(b) { // CUPS: "E [21/Nov/2026:…] "
			if t, zone, n := p.clock.leading(b); n > 0 {
				if word == 0 && i == from && b[0]-'0' > 9 { // syslog's own
					break
				}
				w.time, w.zone, w.dated = t, zone, true
				return level, i + n, i > from
			}
		}
		end := i
		for end < len(line) && line[end] != ' ' && line[end] != '"' && line[end] != '=' && end-i < longestHead/2 && !(line[end] == '[' && line[max(end-1, 0)] == ']') {
			end++
		}
		if end == i || end >= len(line) || line[end] != ' ' && line[end] != '[' {
			break
		}
		token := line[from:end]
		if client && len(token) == 1 && token[0] == '-' { // an access log's line
			break
		}
		client = addressLike(token)
		if one := levelOf(token, word == 0); one != nil && level == nil {
			level = one
		} else if one = letterOf(line[from : end+1]); one != nil && word == 0 && one[0] >= 'A' {
			level = one
		} else if word == 0 && hostLike(token) && digits(token, 0) == 0 && level == nil && bytes.IndexByte(token, '.') < 0 && len(token) > 1 {
			break // prose
		}
		for i = end; i < len(line) && (line[i] == ' ' || line[i] == '|'); i++ {
		}
		if i > longestHead {
			break
		}
	}
	return nil, 0, false
}

// longestColour is the length of the longest sequence that sets a colour, and some more.
const longestColour = 24

// behindColours is the index behind the sequences at i that set colours.
func behindColours(line []byte, i int) int {
	for i < len(line) && line[i] == 0x1b {
		n := bytes.IndexByte(line[i:min(i+longestColour, len(line))], 'm')
		if n < 0 {
			break
		}
		i += n + 1
	}
	return i
}

// spoken is b without what loggers part a message with, and without the colours around that.
func spoken(b []byte) []byte {
	for n := 1; n > 0; b = b[n:] {
		b = bytes.TrimLeft(b, " \t:-]|,")
		n = behindColours(b, 0)
	}
	if n := bytes.LastIndexByte(b, 0x1b); n >= 0 && behindColours(b, n) == len(b) {
		b = b[:n]
	}
	return b
}

// accessStamp tells a time as access logs have it.
func accessStamp(b []byte) bool {
	return len(b) > 11 && b[2] == '/' && b[6] == '/'
}

// hour is the length of the time of day in a bracket that line begins with, "[06:53:01 INF]", 0 where there is none.
func hour(line []byte) int {
	if len(line) < len("[06:53:01 ") || line[0] != '[' || digits(line, 1) != 3 || line[3] != ':' || digits(line, 4) != 6 || line[6] != ':' || digits(line, 7) != 9 {
		return 0
	}
	n := 9
	if line[n] == '.' {
		n = digits(line, n+1)
	}
	if n == len(line) || line[n] != ' ' {
		return 0
	}
	return n
}

// undated reads the level at the start of a line without a date: "INFO:", "INFO[0000] ", "[INFO] ", "[06:53:01 INF] ".
func undated(line []byte) (level []byte, at int) {
	if n := hour(line); n > 0 {
		end := bytes.IndexByte(line[n:min(len(line), n+longestLevel+2)], ']')
		if end < 0 {
			return nil, 0
		}
		end += n
		if level = levelOf(line[n+1:end], true); level == nil {
			return nil, 0
		}
		return level, end + 1
	}
	if level, at = ofDay(line); at > 0 {
		return level, at
	}
	if line[0] == '[' {
		n := bytes.IndexByte(line[:min(len(line), 16)], ']')
		if n < 0 || n+1 == len(line) || line[n+1] != ' ' {
			return nil, 0
		}
		if level = levelOf(line[1:n], true); level == nil {
			return nil, 0
		}
		return level, n + 1
	}
	n := 0
	for n < len(line) && line[n]|0x20-'a' < 26 {
		n++
	}
	if n == len(line) || line[n] != ':' && line[n] != '[' && line[n] != ' ' {
		return nil, 0
	}
	if level = levelOf(line[:n+1], line[n] != ' '); level == nil {
		return nil, 0
	}
	if line[n] == '[' {
		if n = digits(line, n+1); n == len(line) || line[n] != ']' {
			return nil, 0
		}
		n++
	}
	return level, n
}

// klog reads "I1121 06:53:01.123456    1234 file.go:132" of Kubernetes and other programs in Go, and the
// bracket behind it. It returns the length, 0 where line does not begin so.
func (p *wrappedParser) klog(w *wrap, line []byte) int {
	if len(line) < 30 || bytes.IndexByte([]byte("IWEFC"), line[0]) < 0 {
		return 0
	}
	if digits(line, 1) == 9 && line[9] == ' ' && line[12] == ':' { // glog with the year
		var n int
		end := bytes.IndexByte(line[:min(len(line), 128)], ']')
		if w.time, w.zone, n = p.clock.laidOut(line[1:], "YOD h:m:s"); n == 0 || end < 0 {
			return 0
		}
		w.dated = true
		return min(end+2, len(line))
	}
	if digits(line, 1) != 5 || line[5] != ' ' || line[8] != ':' {
		return 0
	}
	end := bytes.IndexByte(line[:min(len(line), 128)], ']')
	month, ok := twoDigits(line[1:])
	if end < 0 || !ok || month < 1 || month > 12 {
		return 0
	}
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	var stamp [40]byte
	b := append(stamp[:0], names[3*month-3:3*month]...)
	b = append(append(append(b, ' '), line[3:5]...), line[5:22]...)
	var n int
	if w.time, w.zone, n = p.clock.syslog(b); n == 0 {
		return 0
	}
	w.dated = true
	return min(end+2, len(line))
}

// passenger reads "[ E 2026-11-21 06:53:01.1234 77/T1 age/Cor/App.cpp:221 ]: ". It returns the length, 0 where line does not begin so.
func (p *wrappedParser) passenger(w *wrap, line []byte) int {
	if len(line) < len("[ E 2026-11-21 06:53:01") || string(line[:2]) != "[ " || line[3] != ' ' || letters[line[2]] == "" {
		return 0
	}
	end := bytes.Index(line[:min(len(line), 160)], []byte(" ]: "))
	if end < 0 {
		return 0
	}
	t, zone, n := p.clock.leading(line[4:])
	if n == 0 {
		return 0
	}
	w.time, w.zone, w.dated = t, zone, true
	return end + len(" ]: ")
}

// tornado reads "[I 2026-11-21 06:53:01.123 ServerApp] " of Tornado and Jupyter, whose requests are not
// for this parser. It returns the length, 0 where line does not begin so.
func (p *wrappedParser) tornado(w *wrap, line []byte) int {
	if len(line) < len("[I 06:53:01.123 ") || line[0] != '[' || line[2] != ' ' || bytes.IndexByte([]byte("DIWEC"), line[1]) < 0 || line[3]-'0' > 9 {
		return 0
	}
	t, zone, n := p.clock.leading(line[3:])
	if n == 0 && line[5] == ':' && line[8] == ':' { // the time of day alone
		n = max(0, bytes.IndexByte(line[3:], ' '))
	} else if n > 0 {
		w.time, w.zone, w.dated = t, zone, true
	}
	end := bytes.Index(line[:min(len(line), 128)], []byte("] "))
	if n == 0 || end < 3+n {
		return 0
	}
	w.program = bytes.TrimSpace(line[3+n : end])
	end += len("] ")
	if rest := line[end:]; digits(rest, 0) == 3 && len(rest) > 4 && rest[3] == ' ' {
		if m := tokenEnd(rest[4:]); m > 0 && m+5 < len(rest) && rest[4+m] == ' ' && rest[5+m] == '/' {
			return 0
		}
	}
	return end
}

// isDpkg tells what the lines of dpkg's log begin with, which have no level.
func isDpkg(word []byte) bool {
	switch string(word) {
	case "startup", "status", "install", "upgrade", "configure", "trigproc", "remove", "purge", "conffile":
		return true
	}
	return false
}
