package format

import (
	"bytes"

	"weir/ingest/event"
)

// uwsgi is what uWSGI logs of a request by default, such as "[pid: 12|app: 0|req: 1/3]
// 127.0.0.1 (user) {40 vars in 600 bytes} [Wed Feb 12 10:22:58 2014] GET / => generated 6
// bytes in 1 msecs (HTTP/1.1 200) 2 headers in 88 bytes (1 switches on core 0)".
var uwsgi = Format{
	Name: "uwsgi", Title: "uWSGI request log",
	New: func(o Options) Parser { return &uwsgiParser{text: newText(o)} },
}

type uwsgiParser struct {
	text
}

// Parse implements Parser.
func (p *uwsgiParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	if len(line) < 5 || string(line[:5]) != "[pid:" {
		return p.reject(line, e, event.NoFormat, "pid", 0)
	}
	i := 0
	// upto returns the text before mark and goes behind it.
	upto := func(mark string) ([]byte, bool) {
		n := bytes.Index(line[i:], []byte(mark))
		if n < 0 {
			i = len(line)
			return nil, false
		}
		b := line[i : i+n : i+n]
		i += n + len(mark)
		return b, true
	}
	bad := func(field string) *event.Reject { return p.reject(line, e, event.BadField, field, i) }

	worker, ok := upto("] ")
	if !ok {
		return bad("pid")
	}
	if e.Client, ok = upto(" ("); !ok {
		return bad("client.address")
	}
	e.Client = given(bare(e.Client))
	if e.User, ok = upto(") {"); !ok {
		return bad("user.name")
	}
	if _, ok = upto("} ["); !ok {
		return bad("vars")
	}
	from := i
	stamp, ok := upto("] ")
	if !ok {
		return bad("time")
	}
	n := 0
	if e.Time, e.Zone, n = p.clock.ctime(stamp); n == 0 || n != len(stamp) {
		return p.reject(line, e, event.NoTime, "time", from)
	}
	// The target may hold anything, also what follows it: the last arrow counts.
	from = i
	n = bytes.LastIndex(line[i:], []byte(" => generated "))
	if n < 0 {
		return p.reject(line, e, event.Truncated, "http.request", len(line))
	}
	request := line[from : from+n : from+n]
	i += n + len(" => generated ")
	size, ok := upto(" bytes in ")
	if !ok {
		return bad("http.response.body.size")
	}
	if e.Bytes, ok = count(size); !ok {
		i -= len(size) + len(" bytes in ")
		return bad("http.response.body.size")
	}
	from = i
	taken, ok := upto(" ")
	if !ok {
		return bad("http.server.request.duration")
	}
	unit := int64(millis)
	if b := line[i:]; len(b) > 6 && string(b[:6]) == "micros" {
		unit = micros
	}
	if e.Duration, ok = lapse(taken, unit); !ok {
		i = from
		return bad("http.server.request.duration")
	}
	if _, ok = upto(" ("); !ok { // maybe behind "via sendfile()"
		return bad("network.protocol.version")
	}
	version, ok := upto(" ")
	if !ok {
		return bad("network.protocol.version")
	}
	from = i
	code, ok := upto(")")
	if !ok {
		return bad("http.response.status_code")
	}
	if e.Status, ok = status(code); !ok {
		i = from
		return bad("http.response.status_code")
	}
	setUwsgi(e, request, version)
	if p.keep {
		for rest := worker[1:]; len(rest) > 0; { // "pid: 12|app: 0|req: 1/3"
			one := rest
			if n := bytes.IndexByte(rest, '|'); n >= 0 {
				one, rest = rest[:n:n], rest[n+1:]
			} else {
				rest = nil
			}
			if key, value, ok := bytes.Cut(one, []byte(": ")); ok {
				m := e.Extra()
				m.Attributes = append(m.Attributes, event.Attribute{Key: key, Value: value})
			}
		}
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// setUwsgi sets "METHOD TARGET" and "HTTP/1.1".
func setUwsgi(e *event.Event, request, version []byte) {
	n := bytes.IndexByte(request, ' ')
	if n <= 0 || !token(request[:n]) {
		if request = bytes.TrimLeft(request, " "); len(request) == 0 {
			e.Flags |= event.EmptyRequest
		} else {
			e.Flags |= event.Malformed
			e.Target = request
		}
		return
	}
	e.Method = request[:n:n]
	if v, ok := httpVersion(version); ok {
		e.Proto = v
	}
	setTarget(e, request[n+1:])
}
