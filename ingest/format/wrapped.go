package format

import (
	"bytes"

	"weir/ingest/event"
)

// wrapped is a line of any other format behind what a transport puts before it:
// syslog, a container runtime (CRI), docker compose, kubectl logs --prefix, a program's own logger, or a
// time stamp (docker logs -t, kubectl logs --timestamps). What syslog, CRI and loggers bring
// that no format explains is a Message.
var wrapped = Format{
	Prose: true,
	Name:  "wrapped", Title: "any of these behind syslog, CRI, docker compose, kubectl, a logger's level or a time stamp; other messages of those",
	New: func(o Options) Parser { return &wrappedParser{text: newText(o), inner: inner{options: o}} },
}

// The names of what may stand around a line and is told apart.
const (
	stampsName  = "time stamps"
	composeName = "docker compose"
	kubectlName = "kubectl"
)

// mostWraps bounds how many transports a line passed: docker compose with time
// stamps around what came by syslog are three.
const mostWraps = 3

type wrappedParser struct {
	text
	inner  inner
	rails  railsWrapped
	around string // the outermost transport of the line last explained
}

// wrap is what one transport put before a line.
type wrap struct {
	prefix
	name  string
	whole bool // what is within needs no format: the transport tells lines from anything else
}

// Parse implements Parser.
func (p *wrappedParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	if p.inner.options.within {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	if bytes.HasPrefix(body, []byte("-- ")) && bytes.HasSuffix(body, []byte(" --")) || // journalctl: "-- Boot … --"
		bytes.HasPrefix(body, []byte("==> ")) && bytes.HasSuffix(body, []byte(" <==")) { // tail of several files
		return p.reject(body, e, event.Directive, "", 0)
	}
	var outer wrap
	var ends [mostWraps]int // where each transport's part ends
	stamped := -1           // the first that is a time stamp alone, which may be a logger's
	n, at := 0, 0
	for ; n < mostWraps; n++ {
		w, size := p.unwrap(body[at:])
		if size == 0 || at+size >= len(body) {
			break
		}
		at += size
		ends[n] = at
		if stamped < 0 && w.name == stampsName {
			stamped = n
		}
		outer.merge(&w)
	}
	for i := n - 1; i >= 0; i-- {
		if p.inner.parse(body[ends[i]:], e) != nil {
			continue
		}
		if p.ownSyslog(&outer, n) {
			break
		}
		p.finish(&outer, line, e)
		return nil
	}
	if string(outer.program) != "haproxy" {
		for _, i := range [...]int{n, stamped} {
			from, around := 0, wrap{}
			if i > 0 {
				from, around = ends[i-1], outer
			}
			if i >= 0 && p.logged(&around, line, body[from:], e) {
				return nil
			}
		}
	}
	if n == 0 && body[0] == '[' && len(p.rails.line) > 0 { // the rest of what Rails' logger wrote in several lines
		outer.name = p.around
	}
	about, answered := false, false
	if outer.name != "" {
		about, answered = p.railsLine(&outer, nil, line, body[at:], e)
	}
	if answered {
		return nil
	}
	if !outer.whole && !about && !(outer.dated && (outer.name == composeName || outer.name == kubectlName)) || string(outer.program) == "haproxy" {
		return p.reject(body, e, event.NoFormat, "", at)
	}
	p.message(&outer, line, body[at:], e)
	return nil
}

// ownSyslog tells HAProxy's lines behind syslog alone, which its own format reads with the prefix.
func (p *wrappedParser) ownSyslog(w *wrap, n int) bool {
	if n > 1 || w.name != "syslog" || p.inner.auto.formats[p.inner.auto.last].Name != "haproxy" {
		return false
	}
	w.whole = false
	return true
}

// merge takes over what a transport further in says and those around it do not.
func (w *wrap) merge(in *wrap) {
	if w.name == "" {
		*w = *in
		return
	}
	if in.dated && !w.dated {
		w.time, w.zone, w.dated, w.zoned = in.time, in.zone, true, in.zoned
	}
	if len(w.host) == 0 {
		w.host = in.host
	}
	if len(in.program) > 0 {
		w.program, w.pid = in.program, in.pid
	}
	if in.severity != "" {
		w.severity = in.severity
	}
	w.whole = w.whole || in.whole
}

// finish gives an event from within what only the transport knows.
func (p *wrappedParser) finish(w *wrap, line []byte, e *event.Event) {
	p.around = w.name
	e.Raw = line
	if e.Flags&event.BadTime != 0 && w.dated || w.zoned && p.inner.errorLog() {
		e.Time, e.Zone = w.time, w.zone
		e.Flags &^= event.BadTime
	}
	if len(w.host) == 0 && len(w.program) == 0 {
		return
	}
	m := e.Extra()
	if len(m.Hostname) == 0 {
		m.Hostname = w.host
	}
	if len(m.Service) == 0 {
		m.Service = w.program
	}
}

// message makes an event of what the transport brought and no format explains.
func (p *wrappedParser) message(w *wrap, line, body []byte, e *event.Event) {
	p.around = w.name
	e.Reset()
	e.Raw, e.Kind = line, event.Message
	e.Time, e.Zone = w.time, w.zone
	if !w.dated {
		e.Flags |= event.BadTime
		e.Time = p.clock.lately()
	}
	if _, odd := survey(body); odd {
		e.Flags |= event.BinaryText
	}
	m := e.Extra()
	m.Body, m.Service, m.Hostname = body, w.program, w.host
	if w.severity != "" {
		m.Severity = own(e, w.severity, nil)
	} else {
		m.Severity = topic(body)
	}
	if len(m.Service) > 0 {
		login(e)
	}
	if len(w.pid) > 0 && p.keep {
		attribute(e, "process.pid", w.pid)
	}
}

// Inside implements Wrapper.
func (p *wrappedParser) Inside() string {
	switch name := p.inner.name(); {
	case p.around == "":
		return ""
	case name == "" && p.rails.met != "":
		return p.rails.met + " in " + p.around
	case name == "":
		return "messages in " + p.around
	default:
		return name + " in " + p.around
	}
}

// unwrap finds what one transport put before line, and where the rest begins; 0 where there is none.
func (p *wrappedParser) unwrap(line []byte) (wrap, int) {
	if n := digits(line, 0); n > 0 && n < 7 && len(line) > n+1 && line[n] == ' ' && line[n+1] == '<' { // RFC 6587 counts the octets of a message
		if w, size := p.unwrap(line[n+1:]); size > 0 {
			return w, n + 1 + size
		}
	}
	if pre, n := ciscoPrefix(&p.clock, line); n > 0 {
		return wrap{prefix: pre, name: "syslog", whole: true}, n
	}
	if pre, n := syslogPrefix(&p.clock, line); n > 0 {
		return wrap{prefix: pre, name: "syslog", whole: pre.dated}, n
	}
	t, zone, n := p.clock.iso(line)
	if n == 0 || n >= len(line) || line[n] != ' ' {
		return namedLine(line)
	}
	w := wrap{prefix: prefix{time: t, zone: zone, dated: true, zoned: true}, name: stampsName}
	for _, stream := range [...]string{" stdout ", " stderr "} {
		rest := line[n:]
		if len(rest) > len(stream)+2 && string(rest[:len(stream)]) == stream && (rest[len(stream)] == 'F' || rest[len(stream)] == 'P') && rest[len(stream)+1] == ' ' {
			w.name, w.whole = "CRI", true
			return w, n + len(stream) + 2
		}
	}
	return w, n + 1
}

// grepped returns the index behind "access.log:" or "/var/log/x/access.log.1:12:", as grep names the file
// and the line that it found, 0 where there is none.
func grepped(line []byte) int {
	head := line[:min(len(line), 512)]
	n := bytes.Index(head, []byte(".log"))
	if n < 0 {
		return 0
	}
	colon := bytes.IndexByte(head[n:], ':')
	if colon < 0 || bytes.ContainsAny(head[:n+colon], " \t\"{[=") {
		return 0
	}
	n += colon + 1
	if end := digits(line, n); end > n && end < len(line) && line[end] == ':' {
		n = end + 1
	}
	return n
}

// namedLine reads the "name-1  | " of docker compose and the "[pod/name/container] "
// of kubectl logs --prefix.
func namedLine(line []byte) (wrap, int) {
	if bytes.HasPrefix(line, []byte("[pod/")) {
		n := bytes.IndexByte(line, ' ')
		if n < 0 || line[n-1] != ']' {
			return wrap{}, 0
		}
		return wrap{name: kubectlName, prefix: prefix{program: line[len("[pod/") : n-1 : n-1]}}, n + 1
	}
	if n := grepped(line); n > 0 {
		return wrap{name: "grep"}, n
	}
	n := 0
	for n < len(line) && (line[n]|0x20-'a' < 26 || line[n]-'0' < 10 || line[n] == '-' || line[n] == '_' || line[n] == '.') {
		n++
	}
	i := n
	for i < len(line) && line[i] == ' ' {
		i++
	}
	if n == 0 || i == n || i+1 >= len(line) || line[i] != '|' || line[i+1] != ' ' || addressLike(line[:n]) || levelOf(line[:n], true) != nil {
		return wrap{}, 0
	}
	return wrap{name: composeName, prefix: prefix{program: line[:n:n]}}, i + 2
}
