package format

import (
	"bytes"

	"weir/ingest/event"
)

// rails is the log of Ruby on Rails in development, which writes a request as two lines: what was asked and,
// below what was done about it, what was answered. The request counts once, where it was answered, at the time it came.
var rails = Format{
	Name: "rails", Title: `Ruby on Rails in development (Started GET "/" for …, Completed 200 OK in …)`,
	New:      func(o Options) Parser { return &railsParser{text: newText(o)} },
	Prose:    true,
	Stateful: true,
	Paired:   true,
}

type railsParser struct {
	text
	asked railsRequest
	open  bool // asked was not answered yet
	trace bool // an error was told of, what follows is about it
}

// railsRequest is a request as it came.
type railsRequest struct {
	time                   int64
	zone                   int32
	texts                  []byte
	method, target, client span // in texts
}

// What the lines begin with.
var (
	railsStarted   = []byte("Started ")
	railsCompleted = []byte("Completed ")
	railsUpgraded  = []byte("Successfully upgraded to WebSocket")
	railsUnrouted  = []byte("ActionController::RoutingError ")
)

// Parse implements Parser. A request that nothing was told of until the next one began counts there, without a status.
func (p *railsParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if len(body) == 0 {
		return p.reject(body, e, event.Blank, "", 0)
	}
	switch {
	case bytes.HasPrefix(body, railsStarted):
		before, open := p.asked, p.open
		if open {
			before.into(e)
		}
		if at := p.started(body); at > 0 {
			p.asked, p.open = before, open
			return p.reject(body, e, event.BadField, "http.request", at)
		}
		if p.trace = false; !open {
			return p.reject(body, e, event.Directive, "", 0)
		}
	case p.open && p.answered(body, e):
		p.asked.into(e)
		p.open = false
	case p.open || p.trace || len(p.asked.texts) > 0 && indented(body):
		return p.reject(body, e, event.Continued, "", 0)
	case bytes.HasPrefix(body, railsCompleted): // what was asked stands in an older file
		return p.reject(body, e, event.NoTime, "time", 0)
	default:
		return p.reject(body, e, event.NoFormat, "", 0)
	}
	e.Raw = line
	if _, odd := survey(body); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// started reads `Started GET "/a" for 127.0.0.1 at 2026-11-21 06:53:01 +0100`, also with "[WebSocket]" behind the
// target. It returns where line is wrong, or 0.
func (p *railsParser) started(line []byte) int {
	from := len(railsStarted)
	n := bytes.IndexByte(line[from:], ' ')
	if n <= 0 || !token(line[from:from+n]) {
		return from
	}
	q := from + n + 1
	if q >= len(line) || line[q] != '"' {
		return q
	}
	q++
	end := bytes.LastIndex(line, []byte(" for "))
	if end < q {
		return len(line)
	}
	quote := bytes.LastIndexByte(line[q:end], '"')
	if quote < 0 {
		return q
	}
	client := end + len(" for ")
	at := bytes.IndexByte(line[client:], ' ')
	if at <= 0 || !bytes.HasPrefix(line[client+at:], []byte(" at ")) {
		return client
	}
	at += client
	t, zone, n := p.clock.iso(line[at+len(" at "):])
	if n == 0 || at+len(" at ")+n != len(line) {
		return at
	}
	a := &p.asked
	a.time, a.zone = t, zone
	a.texts = append(a.texts[:0], line[:at]...)
	a.method = span{int32(from), int32(q - 2)}
	a.target = span{int32(q), int32(q + quote)}
	a.client = span{int32(client), int32(at)}
	p.open = true
	return 0
}

// answered reads the line that says how a request ended; false where it is none.
func (p *railsParser) answered(line []byte, e *event.Event) bool {
	switch {
	case bytes.HasPrefix(line, railsUpgraded):
		e.Status = 101
		return true
	case bytes.HasPrefix(line, railsUnrouted):
		e.Status, p.trace = 404, true
		return true
	case !bytes.HasPrefix(line, railsCompleted):
		return false
	}
	rest := line[len(railsCompleted):]
	n := bytes.IndexByte(rest, ' ')
	if n < 0 {
		n = len(rest)
	}
	var ok bool
	if e.Status, ok = status(rest[:n]); !ok {
		e.Status = event.Unknown
		return false
	}
	p.trace = e.Status >= 500
	if in := bytes.Index(rest, []byte(" in ")); in > 0 {
		took := rest[in+len(" in "):]
		if end := bytes.IndexByte(took, ' '); end > 0 {
			took = took[:end]
		}
		e.Duration = spelled(took)
	}
	return true
}

// into fills e.
func (a *railsRequest) into(e *event.Event) {
	e.Time, e.Zone = a.time, a.zone
	scratch := e.Scratch()
	from := len(scratch)
	scratch = append(scratch, a.texts...)
	e.SetScratch(scratch)
	texts := scratch[from:len(scratch):len(scratch)]
	e.Method, e.Client = a.method.of(texts), bare(a.client.of(texts))
	setTarget(e, a.target.of(texts))
}
