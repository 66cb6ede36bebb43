package format

import (
	"bytes"

	"weir/ingest/event"
)

// nginxError is nginx's error log, which lies beside its access logs:
//
//	2026/11/21 06:53:01 [error] 123#123: *45 open() "/x" failed (2: No such file or directory), client: 203.0.113.7, server: a.example
var nginxError = Format{
	Prose: true,
	Name:  "nginx_error", Title: "nginx's error log",
	New: func(o Options) Parser { return &nginxErrorParser{text: newText(o)} },
}

type nginxErrorParser struct {
	text
}

// Parse implements Parser.
func (p *nginxErrorParser) Parse(line []byte, e *event.Event) *event.Reject {
	body := strip(line)
	if r := p.idle(body, e); r != nil {
		return r
	}
	if len(body) < 20 || body[4] != '/' {
		return p.reject(body, e, event.NoTime, "time", 0)
	}
	t, zone, n := p.clock.iso(body)
	if n == 0 {
		return p.reject(body, e, event.NoTime, "time", 0)
	}
	level, i := bracketed(body, n)
	if i == 0 || !lowerCase(level) {
		return p.reject(body, e, event.BadField, "severity", n)
	}
	pid := digits(body, i)
	if pid == i || pid >= len(body) || body[pid] != '#' {
		return p.reject(body, e, event.BadField, "process.pid", i)
	}
	thread := digits(body, pid+1)
	if thread == pid+1 || !hasAt(body, thread, ": ") {
		return p.reject(body, e, event.BadField, "process.pid", thread)
	}
	message(e, line, t, zone)
	m := e.Extra()
	m.Severity = level
	if p.keep {
		attribute(e, "process.pid", body[i:pid:pid])
	}
	p.told(e, m, body[thread+2:])
	return nil
}

// told sets the text and takes from its end what nginx tells of the connection and the
// request: ", client: 203.0.113.7, server: a.example, request: "GET / HTTP/1.1"".
func (p *nginxErrorParser) told(e *event.Event, m *event.More, text []byte) {
	if len(text) > 1 && text[0] == '*' { // the number of the connection
		if n := digits(text, 1); n > 1 && n < len(text) && text[n] == ' ' {
			if p.keep {
				attribute(e, "connection", text[1:n:n])
			}
			text = text[n+1:]
		}
	}
	n := bytes.Index(text, []byte(", client: "))
	if n < 0 {
		m.Body = text
		return
	}
	m.Body = text[:n:n]
	for rest := text[n:]; bytes.HasPrefix(rest, []byte(", ")); {
		rest = rest[2:]
		colon := bytes.Index(rest, []byte(": "))
		if colon < 0 {
			return
		}
		key, value := rest[:colon:colon], rest[colon+2:]
		end := bytes.IndexByte(value, ',')
		if len(value) > 0 && value[0] == '"' {
			value = value[1:]
			if end = bytes.Index(value, []byte(`", `)); end < 0 {
				end = len(bytes.TrimSuffix(value, []byte{'"'}))
			}
		} else if end < 0 {
			end = len(value)
		}
		rest = bytes.TrimPrefix(value[end:], []byte{'"'})
		value = value[:end:end]
		switch string(key) {
		case "client":
			e.Client = bare(value)
		case "host":
			e.Host, _ = splitPort(value)
		case "upstream":
			m.Upstream = value
		default:
			if p.keep {
				m.Attributes = append(m.Attributes, event.Attribute{Key: key, Value: value})
			}
		}
	}
}

// message makes e a Message of that time.
func message(e *event.Event, line []byte, ns int64, zone int32) {
	e.Raw, e.Kind = line, event.Message
	e.Time, e.Zone = ns, zone
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
}

// bracketed reads " [text] " at i, the first space at will. It returns the text and the index behind it, 0
// where there is none.
func bracketed(line []byte, i int) ([]byte, int) {
	if i < len(line) && line[i] == ' ' {
		i++
	}
	if i >= len(line) || line[i] != '[' {
		return nil, 0
	}
	n := bytes.IndexByte(line[i:], ']')
	if n < 2 || !hasAt(line, i+n+1, " ") {
		return nil, 0
	}
	return line[i+1 : i+n : i+n], i + n + 2
}

// lowerCase tells words of small letters and digits.
func lowerCase(b []byte) bool {
	for _, c := range b {
		if c-'a' > 25 && c-'0' > 9 {
			return false
		}
	}
	return len(b) > 0
}
