package format

import (
	"bytes"

	"weir/ingest/event"
)

// apacheError is Apache's error log, of 2.4 and of the servers before it:
//
//	[Sat Nov 21 06:53:01.123456 2026] [core:error] [pid 12:tid 34] [client 203.0.113.7:52344] AH00128: File does not exist: /x
//	[Sat Nov 21 06:53:01 2026] [error] [client 203.0.113.7] client denied by server configuration: /x
var apacheError = Format{
	Prose: true,
	Name:  "apache_error", Title: "Apache's error log",
	New: func(o Options) Parser { return &apacheErrorParser{text: newText(o)} },
}

type apacheErrorParser struct {
	text
}

// Parse implements Parser.
func (p *apacheErrorParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	if body[0] != '[' {
		return p.reject(body, e, event.BadField, "time", 0)
	}
	t, zone, n := p.clock.ctime(body[1:])
	if n == 0 && bytes.Contains(body, []byte("] [pid ")) { // ErrorLogFormat "[%{cuz}t] …"
		t, zone, n = p.clock.iso(body[1:])
	}
	if n == 0 || !hasAt(body, n+1, "] ") {
		return p.reject(body, e, event.NoTime, "time", 1)
	}
	level, i := bracketed(body, n+2)
	if i == 0 {
		return p.reject(body, e, event.BadField, "severity", n+3)
	}
	var module []byte // since 2.4, which writes the client's port
	if colon := bytes.IndexByte(level, ':'); colon >= 0 {
		module, level = level[:colon:colon], level[colon+1:]
	}
	if !lowerCase(level) {
		return p.reject(body, e, event.BadField, "severity", n+4)
	}
	message(e, line, t, zone)
	m := e.Extra()
	m.Severity = level
	if p.keep && len(module) > 0 {
		attribute(e, "module", module)
	}
	for {
		group, next := bracketed(body, i)
		if next == 0 {
			break
		}
		if !p.group(e, group, len(module) > 0) {
			break
		}
		i = next
	}
	m.Body = body[i:]
	if at := bytes.Index(m.Body, []byte("[client ")); at >= 0 && len(e.Client) == 0 { // behind what the system said
		if group, next := bracketed(m.Body, at); next > 0 {
			p.group(e, group, len(module) > 0)
		}
	}
	if at := bytes.LastIndex(m.Body, []byte(", referer: ")); at >= 0 {
		e.Referrer = m.Body[at+len(", referer: "):]
		m.Body = m.Body[:at:at]
	}
	return nil
}

// group reads "pid 12:tid 34" or "client 203.0.113.7:52344", the port where ports are
// written. It is false for anything else.
func (p *apacheErrorParser) group(e *event.Event, b []byte, ports bool) bool {
	key, value, ok := bytes.Cut(b, []byte{' '})
	switch {
	case !ok:
		return false
	case string(key) == "client" || string(key) == "remote":
		if host, _, ok := splitLastPort(value); ok && ports {
			value = host
		}
		e.Client = bare(value)
	case string(key) != "pid":
		return false
	case p.keep:
		pid, _, _ := bytes.Cut(value, []byte{':'})
		attribute(e, "process.pid", pid)
	}
	return true
}
