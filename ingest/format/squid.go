package format

import (
	"bytes"

	"weir/ingest/event"
)

// squid is the native access log of Squid, which its manual writes
// "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt".
var squid = Format{
	Name: "squid", Title: "Squid native access log",
	New: func(o Options) Parser { return &squidParser{text: newText(o)} },
}

type squidParser struct {
	text
}

// Parse implements Parser.
func (p *squidParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	f := fields{line: line, spaces: true}
	bad := func(field string) *event.Reject { return p.reject(line, e, event.BadField, field, f.at) }
	var ok bool
	if n := p.dated(line, e); n > 0 { // a logformat with %tl
		f.i = n
	} else {
		b, _ := f.next()
		point := bytes.IndexByte(b, '.')
		if point < 9 || point > 11 || digits(b, 0) != point {
			return p.reject(line, e, event.NoTime, "time", 0)
		}
		if e.Time, ok = epoch(b); !ok {
			return p.reject(line, e, event.NoTime, "time", 0)
		}
	}
	b, _ := f.next()
	if e.Duration, ok = lapse(b, millis); !ok {
		return bad("http.server.request.duration")
	}
	if b, ok = f.next(); !ok {
		return bad("client.address")
	}
	host, port := splitPort(b) // %>a:%>p
	if e.Client = given(bare(host)); p.keep && len(port) > 0 {
		attribute(e, "client.port", port)
	}
	b, _ = f.next()
	slash := bytes.LastIndexByte(b, '/')
	if slash <= 0 {
		return bad("cache.status")
	}
	if e.Status, ok = status(b[slash+1:]); !ok {
		return bad("http.response.status_code")
	}
	e.Extra().CacheStatus = b[:slash:slash]
	b, _ = f.next()
	if e.Bytes, ok = count(b); !ok {
		return bad("http.response.body.size")
	}
	if b, ok = f.next(); !ok || !token(b) {
		return bad("http.request.method")
	}
	e.Method = given(b)
	if b, ok = f.next(); !ok {
		return bad("url.original")
	}
	switch target := given(b); {
	case len(target) > 6 && string(target[:6]) == "error:": // Squid's own name for what was no request
		e.Flags |= event.Malformed
		if string(e.Method) == "NONE" {
			e.Method = nil
		}
		e.Target = target
	case len(target) == 0 && len(e.Method) == 0:
		e.Flags |= event.EmptyRequest
	default:
		setTarget(e, target)
	}
	if b, ok = f.next(); !ok {
		return bad("user.name")
	}
	e.User = given(b)
	b, _ = f.next()
	slash = bytes.IndexByte(b, '/')
	if slash <= 0 {
		return bad("upstream.address")
	}
	if p.keep {
		attribute(e, "hierarchy", b[:slash:slash])
	}
	e.More.Upstream = given(b[slash+1:])
	if b, ok = f.next(); !ok {
		return bad("http.response.header.content-type")
	}
	if b = given(b); p.keep && len(b) > 0 {
		attribute(e, "http.response.header.content-type", b)
	}
	names := squidRest
	if f.more() && line[f.i] != '[' { // a logformat with more behind
		names = nil
	}
	for f.more() && line[f.i] == '"' {
		rest := f
		if b, ok = rest.next(); !ok || len(given(b)) > 0 && !header(e, b) {
			break
		}
		f = rest
	}
	if at := p.keepRest(&f, e, names); at >= 0 {
		return p.reject(line, e, event.BadField, "", at)
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// dated reads a time that people can read at the beginning of line, between brackets or not. It
// returns the index behind it, 0 where there is none.
func (p *squidParser) dated(line []byte, e *event.Event) (n int) {
	i := 0
	if line[0] == '[' {
		i = 1
	}
	if e.Time, e.Zone, n = p.clock.common(line[i:]); n == 0 {
		return 0
	}
	if n += i; i == 1 {
		if n == len(line) || line[n] != ']' {
			return 0
		}
		n++
	}
	return n
}

// squidRest are what log_mime_hdrs adds, in brackets.
var squidRest = []string{"http.request.headers", "http.response.headers"}
