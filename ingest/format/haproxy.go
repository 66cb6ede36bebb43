package format

import (
	"bytes"

	"weir/ingest/event"
)

// haproxy is HAProxy's log with option httplog, httpslog or tcplog, bare or
// behind syslog. What HAProxy says beside requests is a Message.
var haproxy = Format{
	Name: "haproxy", Title: "HAProxy HTTP and TCP log, bare or behind syslog",
	New: func(o Options) Parser { return &haproxyParser{text: newText(o), relay: newClock(o)} },
}

type haproxyParser struct {
	text
	relay clock // reads syslog's times
}

// Parse implements Parser.
func (p *haproxyParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	sys, from := syslogPrefix(&p.relay, line)
	f := fields{line: line, i: from, spaces: from > 0}
	b, ok := f.next()
	f.spaces = false
	peer, port, isPeer := splitLastPort(b)
	if !ok || !isPeer || !f.more() || line[f.i] != '[' {
		if string(sys.program) == "haproxy" && sys.dated && len(line) > from {
			return p.message(e, &sys, line[from:])
		}
		return p.reject(line, e, event.BadField, "client.address", f.at)
	}
	stamp, ok := f.next()
	var n int
	if e.Time, e.Zone, n = p.clock.common(stamp); !ok || n == 0 || n != len(stamp) {
		return p.reject(line, e, event.NoTime, "time", f.at)
	}
	zoned := len(stamp) > 6 && stamp[len(stamp)-6] == ' '
	if string(peer) != "unix" {
		e.Client = given(peer)
	}
	front, ok := f.next()
	if !ok {
		return p.reject(line, e, event.BadField, "frontend", f.at)
	}
	if len(front) > 1 && front[len(front)-1] == ':' { // "fe/1: SSL handshake failure"
		if !f.more() {
			return p.reject(line, e, event.Truncated, "body", len(line))
		}
		e.Kind = event.Message
		m := e.Extra()
		m.Body, m.Service, m.Hostname = line[f.i:], front[:len(front)-1], sys.host
		p.settle(e, &sys, zoned)
		return nil
	}
	back, ok := f.next()
	slash := bytes.IndexByte(back, '/')
	if !ok || slash <= 0 {
		return p.reject(line, e, event.BadField, "upstream.address", f.at)
	}
	if p.keep {
		attribute(e, "client.port", port)
		attribute(e, "frontend", front)
		attribute(e, "backend", back[:slash:slash])
	}
	if server := back[slash+1:]; len(server) > 0 && server[0] != '<' { // <NOSRV>, <STATS>
		e.Extra().Upstream = back
	}
	m := e.Extra()
	m.Service, m.Hostname = bytes.TrimSuffix(front, []byte("~")), sys.host

	timers, ok := f.next()
	parts := 1 + bytes.Count(timers, []byte{'/'})
	if ok && parts == 1 && hostName(timers) { // a log-format with the host or the server name of TLS
		e.Host = timers
		timers, ok = f.next()
		parts = 1 + bytes.Count(timers, []byte{'/'})
	}
	if !ok || parts != 5 && parts != 3 {
		return p.reject(line, e, event.BadField, "http.server.request.duration", f.at)
	}
	if !p.timers(e, timers, parts) {
		return p.reject(line, e, event.BadField, "http.server.request.duration", f.at)
	}
	if p.keep {
		attribute(e, "timers", timers)
	}
	http := parts == 5
	if http {
		if b, ok = f.next(); !ok {
			return p.reject(line, e, event.BadField, "http.response.status_code", f.at)
		}
		if e.Status, ok = status(b); !ok {
			return p.reject(line, e, event.BadField, "http.response.status_code", f.at)
		}
	}
	b, _ = f.next()
	if e.Bytes, ok = count(bytes.TrimPrefix(b, []byte("+"))); !ok {
		return p.reject(line, e, event.BadField, "http.response.body.size", f.at)
	}
	names := httpFields[:]
	if !http {
		names = httpFields[2:]
	}
	for _, name := range names {
		if b, ok = f.next(); !ok || len(b) > 64 && name != "request_cookie" && name != "response_cookie" {
			return p.reject(line, e, event.BadField, name, f.at)
		}
		if b = given(b); p.keep && len(b) > 0 {
			attribute(e, name, b)
		}
	}
	if http {
		if at := p.request(e, &f); at >= 0 {
			return p.reject(line, e, event.BadField, "http.request", at)
		}
	} else if f.more() {
		return p.reject(line, e, event.Trailing, "", f.i)
	}
	p.settle(e, &sys, zoned)
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

var httpFields = [...]string{"request_cookie", "response_cookie", "termination_state", "connections", "queues"}

// timers reads Tq/Tw/Tc/Tr/Tt of HTTP or Tw/Tc/Tt of TCP in milliseconds. The
// last may have a plus sign where the line was written before the end.
func (p *haproxyParser) timers(e *event.Event, b []byte, parts int) bool {
	for i := range parts {
		one := b
		if n := bytes.IndexByte(b, '/'); n >= 0 {
			one, b = b[:n], b[n+1:]
		}
		if i == parts-1 {
			one = bytes.TrimPrefix(one, []byte("+"))
		}
		ns, ok := lapse(one, millis)
		if !ok {
			return false
		}
		switch {
		case i == parts-1:
			e.Duration = ns
		case i == 3:
			e.Extra().UpstreamDuration = ns
		}
	}
	return true
}

// request reads the captured headers, the request between quotes and what
// httpslog adds. It returns -1, or the index of what is wrong.
func (p *haproxyParser) request(e *event.Event, f *fields) int {
	line := f.line
	for f.more() && line[f.i] == '{' {
		// Headers may hold anything, spaces too: a capture ends where another or the request begins.
		end := -1
		for i := f.i + 1; ; {
			n := bytes.IndexByte(line[i:], '}')
			if n < 0 {
				break
			}
			i += n + 1
			if i+1 < len(line) && line[i] == ' ' && (line[i+1] == '"' || line[i+1] == '{') {
				end = i
				break
			}
		}
		if end < 0 {
			return f.i
		}
		p.captured(e, line[f.i+1:end-1])
		f.i = end + 1
	}
	f.at = f.i
	if !f.more() || line[f.i] != '"' {
		return f.i
	}
	// HAProxy cuts a long request, and then its quote may be missing.
	f.escapes, _ = survey(line[f.i:])
	b, ok := f.next()
	if !ok {
		b, f.i = line[f.at+1:], len(line)+1
	}
	if string(b) == "<BADREQ>" {
		e.Flags |= event.Malformed
		e.Target = b
	} else {
		setRequest(e, unhash(e, b))
	}
	if !f.more() {
		return -1
	}
	// httpslog: errors/of/the/handshake/resumed sni/TLSv1.3/cipher
	if b, ok = f.next(); !ok || bytes.Count(b, []byte{'/'}) != 4 {
		return f.at
	}
	if p.keep {
		attribute(e, "tls.errors", b)
	}
	if b, ok = f.next(); !ok || bytes.Count(b, []byte{'/'}) != 2 || f.more() {
		return f.at
	}
	n := bytes.IndexByte(b, '/')
	if name := given(b[:n:n]); len(name) > 0 && len(e.Host) == 0 {
		e.Host = name
	}
	b = b[n+1:]
	n = bytes.IndexByte(b, '/')
	e.Extra().TLSVersion, e.More.TLSCipher = tlsNumber(e, given(b[:n:n])), given(b[n+1:])
	return -1
}

// captured places the headers of a capture, which the line does not name, by
// what they look like: a host, an agent.
func (p *haproxyParser) captured(e *event.Event, b []byte) {
	if len(b) == 0 {
		return
	}
	if p.keep {
		attribute(e, "captured", b)
	}
	for rest, one := b, []byte(nil); len(rest) > 0; {
		if n := bytes.IndexByte(rest, '|'); n >= 0 {
			one, rest = rest[:n:n], rest[n+1:]
		} else {
			one, rest = rest, nil
		}
		if host, _ := splitPort(one); len(e.Host) == 0 && hostName(host) {
			e.Host = host
		} else if len(e.Agent) == 0 && len(one) > 8 && (string(one[:8]) == "Mozilla/" || string(one[:5]) == "curl/") {
			e.Agent = one
		}
	}
}

// message keeps what HAProxy says beside requests.
func (p *haproxyParser) message(e *event.Event, sys *prefix, body []byte) *event.Reject {
	e.Kind, e.Time, e.Zone = event.Message, sys.time, sys.zone
	m := e.Extra()
	m.Body, m.Service, m.Hostname = body, sys.program, sys.host
	return nil
}

// settle corrects the zone of a time that names none by that of syslog, which
// wrote the line when the request had ended. So it does not matter which zone
// either of them keeps.
func (p *haproxyParser) settle(e *event.Event, sys *prefix, zoned bool) {
	if zoned || !sys.zoned {
		return
	}
	const quarter = 15 * 60 * 1e9 // all offsets are multiples of it
	wall := e.Time + int64(e.Zone)*1e9
	ahead := wall + max(e.Duration, 0) - sys.time
	shift := (ahead + quarter/2) / quarter
	if (ahead+quarter/2)%quarter < 0 {
		shift--
	}
	if shift < -14*4 || shift > 14*4 {
		return
	}
	e.Zone = int32(shift) * 15 * 60
	e.Time = wall - int64(e.Zone)*1e9
}

// unhash reads the escapes of HAProxy, #22 for a quote.
func unhash(e *event.Event, b []byte) []byte {
	if bytes.IndexByte(b, '#') < 0 {
		return b
	}
	scratch := e.Scratch()
	from := len(scratch)
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '#' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0 {
			if v := byte(unhex(b[i+1])<<4 | unhex(b[i+2])); v < ' ' || v >= 0x7f || v == '"' || v == '#' {
				c = v
				i += 2
			}
		}
		scratch = append(scratch, c)
	}
	e.SetScratch(scratch)
	b = scratch[from:len(scratch):len(scratch)]
	if oddText(b) {
		e.Flags |= event.BinaryText
	}
	return b
}
