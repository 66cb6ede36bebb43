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
	rest := bytes.TrimLeft(line[at:], " \t")
	if n := partEnd(rest); n > 0 && rest[0] == ':' { // "INFO:werkzeug:"
		rest = rest[n:]
	}
	for tries := 0; len(rest) >= shortestInner && tries < mostStarts; tries++ {
		if p.inner.parse(rest, e) == nil && e.Kind == event.Request && (w.dated || e.Flags&event.BadTime == 0) {
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
	if n := pairs(line[at:]); n > 0 && w.dated && p.inner.parse(line[at+n:], e) == nil && e.Kind == event.Request && e.Status != event.Unknown {
		p.finish(w, raw, e)
		return true
	}
	e.Reset()
	if !w.dated {
		return false
	}
	p.message(w, raw, bytes.TrimLeft(line[at:], " \t:-"), e)
	if e.More.Severity = level; len(level) == 1 {
		e.More.Severity = own(e, klogLevels[level[0]], level)
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
// "I, [2026-11-21T06:53:01.123456 #7]  INFO " or, without a time, "INFO:" at the start of line. It
// returns the level and the index behind it, 0 where there is none.
func (p *wrappedParser) logger(line []byte) (w wrap, level []byte, at int) {
	w.name = "log records"
	if n := p.klog(&w, line); n > 0 {
		return w, line[:1:1], n
	}
	i := 0
	if len(line) > 4 && line[1] == ',' && line[2] == ' ' { // Ruby
		i = 3
	}
	if i < len(line) && line[i] == '[' {
		i++
	}
	if t, zone, n := p.clock.iso(line[i:]); n > 0 {
		w.time, w.zone, w.dated = t, zone, true
		i += n
	} else if i > 0 || len(line) == 0 || line[0]-'A' > 25 {
		return w, nil, 0
	}
	for word := range 7 {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == ']' || line[i] == ':' && w.dated) {
			i++
		}
		end := i
		for end < len(line) && line[end] != ' ' && line[end] != '\t' && (w.dated || line[end] != ':') {
			end++
		}
		if end == i {
			break
		}
		token := line[i:end]
		if word == 0 && w.dated && isDpkg(token) {
			return w, nil, i
		}
		if level = levelOf(token, word == 0); level != nil {
			if n := bytes.IndexByte(token, ']') + 1; n > 0 && n < len(token) { // Fly: "[info]127.0.0.1"
				end = i + n
			}
			return w, level, end
		}
		if !w.dated {
			break
		}
		i = end
	}
	return w, nil, 0
}

// klogLevels are the levels of klog by their letters.
var klogLevels = map[byte]string{'I': "INFO", 'W': "WARNING", 'E': "ERROR", 'F': "FATAL"}

// klog reads "I1121 06:53:01.123456    1234 file.go:132" of Kubernetes and other programs in Go, and the
// bracket behind it. It returns the length, 0 where line does not begin so.
func (p *wrappedParser) klog(w *wrap, line []byte) int {
	if len(line) < 30 || bytes.IndexByte([]byte("IWEF"), line[0]) < 0 || digits(line, 1) != 5 || line[5] != ' ' || line[8] != ':' {
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

// levels are what loggers call them, in capitals.
var levels = map[string]bool{
	"TRACE": true, "DEBUG": true, "INFO": true, "INFORMATION": true, "NOTICE": true, "NOTE": true, "LOG": true, "SYSTEM": true, "STATEMENT": true,
	"WARN": true, "WARNING": true, "ERROR": true, "ERR": true, "SEVERE": true, "CRITICAL": true, "CRIT": true, "ALERT": true, "FATAL": true,
	"PANIC": true, "EMERG": true,
	"VRB": true, "DBG": true, "INF": true, "WRN": true, "FTL": true, // Serilog, zerolog
}

// longestLevel is the length of the longest of levels.
const longestLevel = len("INFORMATION")

// levelOf is the level that a word names, without brackets, colours and what follows a slash; nil
// where it names none. In prose, small letters name none, except for the first word.
func levelOf(word []byte, first bool) []byte {
	marked := first
	if n := bytes.IndexByte(word, 'm'); len(word) > 2 && word[0] == 0x1b && word[1] == '[' && n > 0 { // in colour
		word, marked = word[n+1:], true
	}
	if len(word) > 0 && (word[0] == '[' || word[0] == '(') {
		word, marked = word[1:], true
	}
	n := 0
	for n < len(word) && word[n]|0x20-'a' < 26 {
		n++
	}
	if n < 3 || n > longestLevel || n < len(word) && !bytes.ContainsRune([]byte("])/:|,\x1b"), rune(word[n])) {
		return nil
	}
	marked = marked || n < len(word) && word[n] == ':'
	var upper [longestLevel]byte
	for i, c := range word[:n] {
		if c >= 'a' {
			if !marked {
				return nil
			}
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	if !levels[string(upper[:n])] {
		return nil
	}
	return word[:n:n]
}

// isDpkg tells what the lines of dpkg's log begin with, which have no level.
func isDpkg(word []byte) bool {
	switch string(word) {
	case "startup", "status", "install", "upgrade", "configure", "trigproc", "remove", "purge", "conffile":
		return true
	}
	return false
}
