package format

import (
	"bytes"
	"slices"

	"weir/ingest/event"
)

// rails is the log of Ruby on Rails without a logger's time and level, as in development and from Rails 8 on in
// containers. It writes a request as two lines: what was asked and, below what was done about it, what was answered.
// The request counts once, where it was answered, at the time it came. Where others are told of meanwhile, tags tell
// which is which.
var rails = Format{
	Name: "rails", Title: `Ruby on Rails (Started GET "/" for …, Completed 200 OK in …), also with tags`,
	New:      func(o Options) Parser { return &railsParser{text: newText(o)} },
	Prose:    true,
	Stateful: true,
	Paired:   true,
}

type railsParser struct {
	text
	open  railsOpen
	begun bool // a request was told of
	trace bool // an error was told of, what follows is about it
}

// railsRequest is a request as it came.
type railsRequest struct {
	key                    []byte // the tags of its lines, or whatever else tells them
	time                   int64
	zone                   int32
	untimed                bool // no line told the time
	texts                  []byte
	method, target, client span // in texts
	host                   span // empty where it was not told
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
	tags, said := railsTags(body)
	before := p.open.newest(tags)
	switch {
	case bytes.HasPrefix(said, railsStarted):
		asked, at := railsAsked(&p.clock, said)
		if at > 0 {
			return p.reject(body, e, event.BadField, "http.request", len(tags)+at)
		}
		if before >= 0 {
			p.open.asked[before].into(e)
			p.open.end(before)
		}
		p.open.begin(tags, asked)
		p.begun, p.trace = true, false
		if before < 0 {
			return p.reject(body, e, event.Directive, "", 0)
		}
	case before >= 0 && railsAnswer(said, e):
		p.open.asked[before].into(e)
		p.open.end(before)
		p.trace = e.Status >= 500 || bytes.HasPrefix(said, railsUnrouted)
	case len(p.open.asked) > 0 || p.trace || p.begun && indented(body):
		return p.reject(body, e, event.Continued, "", 0)
	case bytes.HasPrefix(said, railsCompleted): // what was asked stands in an older file
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

// railsTags parts a line from the tags before it, "[3b8c9f4e-…] [203.0.113.7] ".
func railsTags(line []byte) (tags, said []byte) {
	at := 0
	for at < min(len(line), longestKey-longestTag) && line[at] == '[' {
		n := bytes.IndexByte(line[at:min(len(line), at+longestTag)], ']')
		if n < 0 || at+n+1 >= len(line) || line[at+n+1] != ' ' {
			break
		}
		at += n + 2
	}
	return line[:at], line[at:]
}

// longestTag and longestKey bound a tag with its brackets and all that tells a request's lines from others', bytes.
const (
	longestTag = 128
	longestKey = 1024
)

// mostRails is how many requests may be open. Beyond that the oldest is taken for one that is never answered, as
// where a process was killed. And longestAsked bounds the line that begins one, bytes.
const (
	mostRails    = 64
	longestAsked = 16 << 10
)

// railsOpen are requests that were not answered yet, the newest last. Behind them is memory of others.
type railsOpen struct{ asked []railsRequest }

// newest is the one of a key that came last, -1 where there is none.
func (o *railsOpen) newest(key []byte) int {
	for i, a := range slices.Backward(o.asked) {
		if bytes.Equal(a.key, key) {
			return i
		}
	}
	return -1
}

// begin adds a request, of which it copies the texts.
func (o *railsOpen) begin(key []byte, r railsRequest) {
	if len(o.asked) == mostRails {
		o.end(0)
	}
	n := len(o.asked)
	if n == cap(o.asked) {
		o.asked = append(o.asked, railsRequest{})
	}
	o.asked = o.asked[:n+1]
	a := &o.asked[n]
	r.key, r.texts = append(a.key[:0], key...), append(a.texts[:0], r.texts...)
	*a = r
}

// end removes a request.
func (o *railsOpen) end(i int) {
	gone := o.asked[i]
	last := len(o.asked) - 1
	copy(o.asked[i:], o.asked[i+1:])
	o.asked[last] = gone
	o.asked = o.asked[:last]
}

// railsAsked reads `Started GET "/a" for 127.0.0.1 at 2026-11-21 06:53:01 +0100`, also with "[WebSocket]" behind the
// target. It returns where line is wrong, or 0. The texts are those of line.
func railsAsked(c *clock, line []byte) (a railsRequest, wrong int) {
	from := len(railsStarted)
	if len(line) > longestAsked {
		return a, longestAsked
	}
	n := bytes.IndexByte(line[from:], ' ')
	if n <= 0 || !token(line[from:from+n]) {
		return a, from
	}
	q := from + n + 1
	if q >= len(line) || line[q] != '"' {
		return a, q
	}
	q++
	end := bytes.LastIndex(line, []byte(" for "))
	if end < q {
		return a, len(line)
	}
	quote := bytes.LastIndexByte(line[q:end], '"')
	if quote < 0 {
		return a, q
	}
	client := end + len(" for ")
	at := bytes.IndexByte(line[client:], ' ')
	if at <= 0 || !bytes.HasPrefix(line[client+at:], []byte(" at ")) {
		return a, client
	}
	at += client
	when, zone, n := c.iso(line[at+len(" at "):])
	if n == 0 || at+len(" at ")+n != len(line) {
		return a, at
	}
	return railsRequest{
		time: when, zone: zone, texts: line[:at],
		method: span{int32(from), int32(q - 2)}, target: span{int32(q), int32(q + quote)}, client: span{int32(client), int32(at)},
	}, 0
}

// railsAnswer reads the line that says how a request ended; false where it is none.
func railsAnswer(line []byte, e *event.Event) bool {
	if code, took, ok := phoenixAnswer(line); ok {
		e.Status, e.Duration = code, took
		return true
	}
	switch {
	case bytes.HasPrefix(line, railsUpgraded):
		e.Status = 101
		return true
	case bytes.HasPrefix(line, railsUnrouted):
		e.Status = 404
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
	if !a.host.empty() {
		e.Host = a.host.of(texts)
	}
	setTarget(e, a.target.of(texts))
}
