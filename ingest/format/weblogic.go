package format

import (
	"bytes"

	"weir/ingest/event"
)

// weblogic is the log of Oracle WebLogic Server, and what it prints to standard output.
var weblogic = Format{
	Prose: true,
	Name:  "weblogic", Title: "Oracle WebLogic Server's log",
	New: func(o Options) Parser { return &weblogicParser{text: newText(o)} },
}

type weblogicParser struct{ text }

// weblogicHead is what a line in a file begins with, which is no comment.
var weblogicHead = []byte("####<")

// Where the fields of a line stand: time, severity, subsystem and, in a file, the machine and more, among them
// milliseconds since the epoch.
const (
	weblogicSeverity = 1
	weblogicService  = 2
	weblogicHost     = 3
	mostWeblogic     = 16
	fewestWeblogic   = 5
)

// Parse implements Parser.
func (p *weblogicParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	rest, filed := bytes.CutPrefix(body, []byte("####"))
	if r := p.idle(body, e); r != nil {
		return r
	}
	if len(rest) == 0 || rest[0] != '<' {
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	at := len(body) - len(rest) + 1
	t, zone, n := p.clock.leading(body[at:])
	if n == 0 {
		return p.reject(body, e, event.NoTime, "time", at)
	}
	var severity, service, host []byte
	fields := 0
	for fields < mostWeblogic {
		end := bytes.Index(body[at:], []byte("> <"))
		if end < 0 {
			break
		}
		field := body[at : at+end : at+end]
		switch {
		case fields == weblogicSeverity:
			severity = field
		case fields == weblogicService:
			service = field
		case fields == weblogicHost && filed:
			host = field
		case filed && len(field) == len("1795242540123") && digits(field, 0) == len(field): // says the zone, which the time may name in words
			if ns, ok := epoch(field); ok {
				t, zone = ns, 0
			}
		}
		at += end + len("> <")
		fields++
	}
	if fields+1 < fewestWeblogic || levelOf(severity, true) == nil {
		return p.reject(body, e, event.BadField, "severity", at)
	}
	message(e, line, t, zone)
	m := e.Extra()
	m.Severity, m.Service, m.Hostname = severity, service, host
	m.Body = bytes.TrimRight(bytes.TrimSuffix(body[at:], []byte{'>'}), " ")
	if len(m.Body) == 0 {
		return p.reject(body, e, event.Truncated, "", len(body))
	}
	return nil
}
