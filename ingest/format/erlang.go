package format

import (
	"bytes"

	"weir/ingest/event"
)

// erlang is the log of Erlang's own reports, as RabbitMQ wrote it before version 3.7: a line of the severity and
// the time, and the text below.
var erlang = Format{
	Name: "erlang", Title: "Erlang's reports (RabbitMQ before 3.7)",
	New:      func(o Options) Parser { return &erlangParser{text: newText(o)} },
	Prose:    true,
	Stateful: true,
	Paired:   true,
}

type erlangParser struct {
	text
	time     int64
	zone     int32
	severity string
	headed   bool // the text comes next
	told     bool // the text began
}

// erlangSeverities are by the names of reports.
var erlangSeverities = map[string]string{
	"DEBUG": "DEBUG", "INFO": "INFO", "NOTICE": "NOTICE", "WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "ALERT": "ALERT",
	"EMERGENCY": "EMERGENCY", "CRASH": "ERROR", "SUPERVISOR": "ERROR", "PROGRESS": "INFO",
}

// Parse implements Parser.
func (p *erlangParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	switch {
	case len(body) == 0:
		return p.reject(body, e, event.Blank, "", 0)
	case body[0] == '=':
		if at := p.head(body); at > 0 {
			return p.reject(body, e, event.BadField, "severity", at)
		}
		return p.reject(body, e, event.Directive, "", 0)
	case p.headed:
		p.headed, p.told = false, true
		message(e, line, p.time, p.zone)
		m := e.Extra()
		m.Severity = own(e, p.severity, nil)
		m.Body = bytes.TrimLeft(body, " \t")
		return nil
	case p.told:
		return p.reject(body, e, event.Continued, "", 0)
	}
	return p.reject(body, e, event.NoFormat, "", 0)
}

// head reads "=INFO REPORT==== 21-Nov-2026::06:53:01 ===". It returns where line is something else, or 0.
func (p *erlangParser) head(line []byte) int {
	const behind = " REPORT==== "
	n := bytes.Index(line, []byte(behind))
	if n < 0 {
		return 1
	}
	severity, ok := erlangSeverities[string(line[1:n])]
	if !ok {
		return 1
	}
	n += len(behind)
	t, zone, size := p.clock.leading(line[n:])
	if size == 0 || !bytes.HasSuffix(line[n+size:], []byte(" ===")) {
		return n
	}
	p.time, p.zone, p.severity, p.headed, p.told = t, zone, severity, true, false
	return 0
}
