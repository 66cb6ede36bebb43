package format

import (
	"bytes"
	"strings"

	"weir/ingest/event"
)

// customParser runs a program over lines.
type customParser struct {
	text
	program *program
}

// moment gathers a time that stands in pieces.
type moment struct {
	seconds int64 // of the date and the hour as if in UTC, or since the epoch
	part    int64 // nanoseconds
	zone    int32
	zoned   bool // zone is known
	whole   bool // seconds are since the epoch, zone is done
}

// Parse implements Parser.
func (p *customParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if len(line) == 0 {
		return p.reject(line, e, event.Blank, "", 0)
	}
	escapes, odd := survey(line)
	escapes = escapes && p.program.escaping != escapeNone
	if odd {
		e.Flags |= event.BinaryText
	}
	var at moment
	var path, query []byte
	none := false // the connection came to no request
	steps := p.program.steps
	i := 0
	for n := range steps {
		s := &steps[n]
		if !hasAt(line, i, s.before) {
			if n+1 == len(steps) && s.before != "" && string(line[i:]) == strings.TrimRight(s.before, " ") {
				i = len(line)
				break // the last field is empty
			}
			if comment(line) {
				return p.reject(line, e, event.Directive, "", 0)
			}
			return p.reject(line, e, event.BadField, roleFields[s.role], i)
		}
		i += len(s.before)
		for p.program.loose && i > 0 && line[i-1] == ' ' && i < len(line) && line[i] == ' ' {
			i++
		}
		from := i
		if s.measured() {
			end, ok := p.time(s, line, i, &at)
			if !ok {
				return p.reject(line, e, event.NoTime, "time", i)
			}
			i = end
			continue
		}
		end := p.end(n, line, i, escapes)
		if end < 0 {
			return p.reject(line, e, event.Truncated, roleFields[s.role], len(line))
		}
		i = end
		b := line[from:end:end]
		if p.program.loose {
			b = strip(b)
		}
		none = none || s.role == roleRequest && string(b) == "- - -"
		switch s.role {
		case rolePath:
			path = p.plain(e, given(b), escapes)
		case roleQuery:
			if query = p.plain(e, given(b), escapes); len(query) > 0 && query[0] == '?' {
				query = query[1:]
			}
		default:
			if !p.place(s, b, e, &at, escapes) {
				reason := event.BadField
				if roleFields[s.role] == "time" {
					reason = event.NoTime
				}
				return p.reject(line, e, reason, roleFields[s.role], from)
			}
		}
	}
	if string(line[i:]) != strings.TrimRight(p.program.after, " ") {
		return p.reject(line, e, event.Trailing, "", i)
	}
	if len(e.Target) == 0 && len(path) > 0 {
		join(e, path, query)
	} else if len(e.Target) == 0 && len(e.Method) == 0 && p.asks() {
		e.Flags |= event.EmptyRequest
	}
	if string(e.Method) == "-" { // how Envoy says that there was no request, or none it understood
		e.Flags |= event.Malformed
		if none {
			e.Flags &^= event.Suspicious
		}
		e.Method, e.Target, e.Path = nil, nil, nil
	}
	p.settle(e, &at)
	return nil
}

// asks tells whether the format has a request in any form.
func (p *customParser) asks() bool {
	for i := range p.program.steps {
		switch p.program.steps[i].role {
		case roleRequest, roleMethod, roleTarget, rolePath:
			return true
		}
	}
	return false
}

func hasAt(line []byte, i int, text string) bool {
	return len(line)-i >= len(text) && string(line[i:i+len(text)]) == text
}

// end finds where field n, which starts at i, ends: before the text that stands
// behind it. It is -1 when that text is not there.
func (p *customParser) end(n int, line []byte, i int, escapes bool) int {
	steps := p.program.steps
	if n+1 == len(steps) {
		after := strings.TrimRight(p.program.after, " ")
		end := len(line) - len(after)
		if end < i || string(line[end:]) != after {
			return -1
		}
		return end
	}
	next := &steps[n+1]
	mark := steps[n].until
	if len(mark) == 0 {
		for ; i < len(line) && line[i] != '/'; i++ { // a target follows, see check
		}
		return i
	}
	quoted := mark[0] == '"'
	last := n+2 == len(steps) && next.role == roleIgnored && p.program.after == ""
	from := i
	if mark[0] == ':' && i < len(line) && line[i] == '[' { // [2001:db8::1]:80
		i += max(0, bytes.IndexByte(line[i:], ']'))
	}
	for {
		end := bytes.Index(line[i:], mark)
		if end < 0 {
			if mark = bytes.TrimRight(mark, " "); last && len(line)-len(mark) >= i && bytes.HasSuffix(line, mark) {
				return len(line) - len(mark) // what is ignored at the end may be missing
			}
			return -1
		}
		end += i
		switch {
		case quoted && escapes && escaped(line[from:end]):
			i = end + 1
			continue
		case steps[n].list && string(mark) == " " && end > from && (line[end-1] == ',' || line[end-1] == ':' || end+2 < len(line) && line[end+1] == ':' && line[end+2] == ' '):
			i = end + 1
			continue
		}
		return end
	}
}

// plain takes the escapes out of a text.
func (p *customParser) plain(e *event.Event, b []byte, escapes bool) []byte {
	if p.program.escaping == escapeQuoted && escapes && bytes.IndexByte(b, '\\') >= 0 {
		scratch := e.Scratch()
		from := len(scratch)
		scratch = append(append(scratch, b...), '"')
		e.SetScratch(scratch)
		if end, _, ok := jsonString(scratch, from); !ok || end+1 != len(scratch) {
			return b
		}
		from = len(scratch)
		scratch = unescapeJSON(scratch, b)
		e.SetScratch(scratch)
		b = scratch[from:len(scratch):len(scratch)]
		if oddText(b) {
			e.Flags |= event.BinaryText
		}
		return b
	}
	return plain(e, b, escapes)
}

// place sets what a field means. It is false when the field does not hold that.
func (p *customParser) place(s *step, b []byte, e *event.Event, at *moment, escapes bool) (ok bool) {
	switch s.role {
	case roleIgnored:
		return s.name != "reason" || len(b) == 0 || b[0]-'0' > 9 // "Not Found", no duration
	case roleStatus:
		if len(b) == 0 {
			return true
		}
		e.Status, ok = status(b)
		return ok
	case roleBytes:
		if len(b) == 0 || string(b) == "-1" { // not known, in Java
			return true
		}
		e.Bytes, ok = count(b)
		return ok
	case roleDuration:
		if len(b) == 0 {
			return true
		}
		if s.unit == 0 {
			e.Duration = spelled(b)
			return e.Duration != event.Unknown
		}
		e.Duration, ok = lapse(b, s.unit)
		return ok
	case roleUpstreamDuration:
		ns := times(b)
		if s.unit != 0 {
			if ns, ok = lapse(b, s.unit); !ok {
				return false
			}
		}
		if ns != event.Unknown {
			e.Extra().UpstreamDuration = ns
		}
		return true
	case roleDate, roleHour, roleZone, roleEpoch:
		return p.piece(s, b, at)
	}
	b = given(b)
	if s.role == roleRequest {
		setRequest(e, p.plain(e, b, escapes))
		return true
	}
	if len(b) == 0 {
		return true
	}
	b = p.plain(e, b, escapes)
	switch s.role {
	case roleClient:
		e.Client = bare(b)
		host, port := splitPort(b)
		if s.port {
			host, port, _ = splitLastPort(b)
		}
		if len(port) > 0 {
			e.Client = bare(host)
		}
		return bytes.IndexByte(b, ' ') < 0
	case roleClients:
		first := b
		if i := bytes.IndexByte(b, ','); i >= 0 {
			first = b[:i:i]
		}
		if e.Extra().Forwarded = b; len(e.Client) == 0 {
			e.Client = bare(bytes.TrimSpace(first))
		}
	case roleUser:
		if string(b) != "undefined" { // CouchDB's nobody
			e.User = b
		}
	case roleMethod:
		if e.Method = b; !token(b) {
			return false
		}
	case roleTarget:
		if p.program.rooted && b[0] != '/' {
			return false
		}
		setTarget(e, b)
	case roleProto:
		if version, ok := httpVersion(b); ok {
			b = version
		}
		e.Proto = b
	case roleReferrer:
		e.Referrer = b
	case roleAgent:
		e.Agent = b
	case roleHost:
		if string(b) != "_" { // the server_name of who asked for none
			e.Host, _ = splitPort(b)
		}
	case roleForwarded:
		e.Extra().Forwarded = b
	case roleTLSVersion:
		e.Extra().TLSVersion = tlsNumber(e, b)
	case roleTLSCipher:
		e.Extra().TLSCipher = b
	case roleUpstream:
		e.Extra().Upstream = b
	case roleCache:
		e.Extra().CacheStatus = b
	case roleHostname:
		e.Extra().Hostname = b
	default:
		if p.keep {
			attribute(e, s.name, b)
		}
	}
	return true
}
