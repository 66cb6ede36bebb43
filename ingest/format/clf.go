package format

import (
	"bytes"

	"weir/ingest/event"
)

// clf reads the common log format and what grew from it: a virtual host before
// the client, referrer and agent behind the bytes, further fields behind those.
// Its variants are strict, so that a line is explained by one of them only.
type clf struct {
	text
	vhost bool // "host:port " stands before the client
	agent bool // "referrer" "agent" stand behind the bytes
	bare  bool // without quotes where they are missing
	tail  tail // what follows then
	at    fieldMarks
}

// Parse implements Parser.
func (p *clf) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	if p.usual(line, e) {
		return nil
	}
	return p.any(line, e)
}

// any reads every line that there is: part after part, each of which returns where
// the next begins.
func (p *clf) any(line []byte, e *event.Event) *event.Reject {
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	escapes, odd := survey(line)
	if odd {
		e.Flags |= event.BinaryText
	}
	i, r := p.virtualHost(line, e)
	if r != nil {
		return r
	}
	if i, r = p.address(line, i, e); r != nil {
		return r
	}
	if i, r = p.identity(line, i, e); r != nil {
		return r
	}
	if i, r = p.userAndTime(line, i, e, escapes); r != nil {
		return r
	}
	if i, r = p.requestAndStatus(line, i, e, escapes); r != nil {
		return r
	}
	if i, r = p.size(line, i, e); r != nil {
		return r
	}
	return p.rest(line, i, e, escapes)
}

// virtualHost reads the host and port that some variants begin with.
func (p *clf) virtualHost(line []byte, e *event.Event) (int, *event.Reject) {
	if !p.vhost {
		return 0, nil
	}
	n := bytes.IndexByte(line, ' ')
	if n <= 0 {
		return 0, p.reject(line, e, event.BadField, "server.address", max(n, 0))
	}
	host, port := splitPort(line[:n])
	if len(host) == 0 || !hostLike(host) || levelOf(host, false) != nil {
		return 0, p.reject(line, e, event.BadField, "server.address", 0)
	}
	e.Host = given(host)
	if p.keep && len(port) > 0 {
		attribute(e, "server.port", port)
	}
	return n + 1, nil
}

// address reads the client.
func (p *clf) address(line []byte, i int, e *event.Event) (int, *event.Reject) {
	n := dotted(line[i:])
	if n > 0 && i+n < len(line) && line[i+n] == ' ' { // as most are
		e.Client = line[i : i+n : i+n]
	} else if n = p.client(line, i, e); n <= 0 {
		return i, p.reject(line, e, event.BadField, "client.address", i)
	}
	return i + n + 1, nil
}

// identity reads the identity of RFC 1413, which nobody has. An address there, or another
// "-" behind it that is not the user, means that the line begins with a virtual host,
// a comma or a quote that it does with one and forwarded addresses, and a colon that it begins with a host and a program.
func (p *clf) identity(line []byte, i int, e *event.Event) (int, *event.Reject) {
	n := 1
	if len(line) < i+2 || line[i+1] != ' ' || line[i] == ' ' {
		n = bytes.IndexByte(line[i:], ' ')
	}
	if n <= 0 {
		return i, p.reject(line, e, event.BadField, "user.name", i)
	}
	if n == 1 {
		return i + 2, nil
	}
	rest := line[i+n+1:]
	if addressLike(line[i:i+n]) && (p.vhost || !oneWord(rest)) || line[i] == '"' && len(rest) > 0 && rest[0] != '"' && !oneWord(rest) || line[i+n-1] == ':' || line[i+n-1] == ',' || len(rest) > 2 && rest[0] == '-' && rest[1] == ' ' && rest[2] != '[' {
		return i, p.reject(line, e, event.BadField, "user.name", i)
	}
	if host, port := splitPort(line[i : i+n : i+n]); !p.vhost && (hostName(host) || addressLike(host)) { // lighttpd writes the virtual host there
		e.Host = host
		if p.keep && len(port) > 0 {
			attribute(e, "server.port", port)
		}
	} else if p.keep && string(line[i:i+n]) != `"-"` {
		attribute(e, "identity", line[i:i+n])
	}
	return i + n + 1, nil
}

// userAndTime reads the user, who may hold spaces and brackets, and ends where a time begins.
func (p *clf) userAndTime(line []byte, i int, e *event.Event, escapes bool) (int, *event.Reject) {
	from := i
	for {
		n := 2
		if len(line) < i+3 || line[i+2] != '[' || line[i+1] == '[' || line[i] == '[' {
			n = bytes.IndexByte(line[i:], '[')
		}
		if n < 0 {
			return i, p.reject(line, e, event.BadField, "user.name", from)
		}
		if i += n; i == from || line[i-1] != ' ' {
			i++
			continue
		}
		var length int
		if e.Time, e.Zone, length = p.clock.common(line[i+1:]); length > 0 && i+1+length < len(line) && line[i+1+length] == ']' {
			if i-1 > from && !p.user(line[from:i-1], e, escapes) {
				return i, p.reject(line, e, event.BadField, "user.name", from)
			}
			return i + length + 2, nil
		}
		if i+28 > len(line) || bytes.IndexByte(line[i+1:], '[') < 0 {
			return i, p.reject(line, e, event.NoTime, "time", i)
		}
		i++
	}
}

// user keeps the user, unless the line begins behind what a logger wrote.
func (p *clf) user(text []byte, e *event.Event, escapes bool) bool {
	user := given(text)
	if n := len(user); n > 1 && user[0] == '"' && user[n-1] == '"' { // Fastly quotes it
		user = given(user[1 : n-1])
	} else if len(bytes.Trim(user, "- ")) == 0 { // Jetty's " - ", and where an address that is missing comes before it
		user = nil
	} else if addressAmong(user) {
		return false
	} else if n := idBefore(user); n > 0 { // BunkerWeb
		if p.keep {
			attribute(e, "request_id", user[:n-1])
		}
		user = given(user[n:])
	}
	e.User = plain(e, user, escapes)
	return true
}

// requestAndStatus reads the request, which ends at a quote that a status follows.
func (p *clf) requestAndStatus(line []byte, i int, e *event.Event, escapes bool) (int, *event.Reject) {
	if i < len(line) && line[i] == '"' { // as Amazon's API Gateway is told to write it
		i--
	} else if len(line) < i+2 || line[i] != ' ' || line[i+1] != '"' {
		return i, p.reject(line, e, event.BadField, "http.request", i)
	}
	i += 2
	from := i
	wrong := 0 // where a status should have been first
	for {
		end := quoteEnd(line, i, escapes)
		i = end + 1
		switch {
		case wrong > 0 && (end < 0 || len(line) < i+2):
			return i, p.reject(line, e, event.BadField, "http.response.status_code", wrong)
		case end < 0:
			return i, p.reject(line, e, event.Truncated, "http.request", len(line))
		case len(line) < i+2:
			return i, p.reject(line, e, event.Truncated, "http.response.status_code", len(line))
		}
		i++
		n := i
		for n < len(line) && n < i+4 && line[n] != ' ' {
			n++
		}
		var ok bool
		if e.Status, ok = status(line[i:n]); ok {
			setRequest(e, plain(e, line[from:end:end], escapes))
			if e.Flags&event.Malformed != 0 && bytes.Contains(line[from:end], []byte(`" "`)) { // two fields
				return i, p.reject(line, e, event.BadField, "http.request", from)
			}
			return n, nil
		}
		if wrong == 0 {
			wrong = i
		}
		i = end + 1
	}
}

// size reads the bytes behind the status.
func (p *clf) size(line []byte, i int, e *event.Event) (int, *event.Reject) {
	if i >= len(line) {
		return i, p.reject(line, e, event.Truncated, "http.response.body.size", i)
	}
	i++
	n := i
	for n < len(line) && line[n] != ' ' {
		n++
	}
	var ok bool
	if e.Bytes, ok = count(line[i:n]); !ok {
		return i, p.reject(line, e, event.BadField, "http.response.body.size", i)
	}
	return n, nil
}

// rest reads referrer and agent, and what a variant has behind them.
func (p *clf) rest(line []byte, i int, e *event.Event, escapes bool) *event.Reject {
	if p.agent {
		if p.bare && missing(line[i:]) {
			i += len(" -")
		} else if e.Referrer, i = p.quoted(line, i, e, escapes); i < 0 {
			return p.reject(line, e, event.BadField, "http.request.header.referer", ^i)
		}
		if p.bare && missing(line[i:]) {
			i += len(" -")
		} else if e.Agent, i = p.quoted(line, i, e, escapes); i < 0 {
			return p.reject(line, e, event.BadField, "user_agent.original", ^i)
		}
	}
	if p.tail == nil {
		if i < len(line) {
			return p.reject(line, e, event.Trailing, "", i)
		}
		return nil
	}
	if i >= len(line) {
		return p.reject(line, e, event.Truncated, "", i)
	}
	if at := p.tail(&p.text, line, i+1, e, escapes); at >= 0 {
		return p.reject(line, e, event.BadField, "", at)
	}
	return nil
}

// client reads the client at i and returns its length, 0 where none is.
func (p *clf) client(line []byte, i int, e *event.Event) int {
	n := bytes.IndexByte(line[i:], ' ')
	if n <= 0 || line[i] == '"' || line[i] == '{' || p.vhost && n == 1 && line[i] == '-' || !clientLike(line[i:i+n]) {
		return 0
	}
	client, port := splitPort(line[i : i+n : i+n])
	if len(port) == 0 {
		client = line[i : i+n : i+n]
	}
	if e.Client = given(bare(client)); line[i+n-1] == ',' {
		return forwardedFor(line, i, n, e)
	}
	if p.keep && len(port) > 0 {
		attribute(e, "client.port", port)
	}
	return n
}

// dotted is how many digits and dots b begins with.
func dotted(b []byte) int {
	for i, c := range b {
		if c-'0' > 9 && c != '.' {
			return i
		}
	}
	return len(b)
}

// oneWord tells whether a single word stands before a time.
func oneWord(b []byte) bool {
	n := bytes.IndexByte(b, ' ')
	return n > 0 && n+1 < len(b) && b[n+1] == '['
}

// forwardedFor reads on where X-Forwarded-For stands for the client, "203.0.113.7, 10.0.0.1",
// from the first n bytes at i. It returns the length of them all.
func forwardedFor(line []byte, i, n int, e *event.Event) int {
	e.Client = bare(line[i : i+n-1 : i+n-1])
	for line[i+n-1] == ',' {
		more := bytes.IndexByte(line[i+n+1:], ' ')
		if more <= 0 {
			return n
		}
		n += 1 + more
	}
	e.Extra().Forwarded = line[i : i+n : i+n]
	return n
}

// missing tells a field that is missing and has no quotes.
func missing(b []byte) bool { return len(b) > 2 && b[0] == ' ' && b[1] == '-' && b[2] == ' ' }

// quoted reads ` "text"` at i. It returns the text and the index behind it, or
// the complement of where it is wrong.
func (t *text) quoted(line []byte, i int, e *event.Event, escapes bool) ([]byte, int) {
	if len(line) < i+2 || line[i] != ' ' || line[i+1] != '"' {
		return nil, ^i
	}
	end := quoteEnd(line, i+2, escapes)
	if end < 0 {
		return nil, ^len(line)
	}
	b := given(line[i+2 : end : end])
	if escapes {
		b = plain(e, b, true)
	}
	return b, end + 1
}

// tail reads what follows the known fields of a line from i on. It returns -1,
// or the index of what it does not understand.
type tail func(t *text, line []byte, i int, e *event.Event, escapes bool) int

// hostLike tells whether b may be a host name or an address.
func hostLike(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 && c|0x20-'a' > 25 && c != '.' && c != '-' && c != '_' && c != ':' && c != '*' && c < 0x80 {
			return false
		}
	}
	return len(b) > 0
}

// clientLike tells a client from what else may stand at the beginning of a line: a host name or
// an address with or without a port, but no "INFO:module:127.0.0.1", "app[web.1]" or "KEY=127.0.0.1".
func clientLike(b []byte) bool {
	for i, c := range b {
		switch {
		case c == '=', c == '(', c == '[' && i > 0:
			return false
		case c == ':':
			if bytes.HasPrefix(b, []byte("unix:")) {
				return true
			}
			host, port := splitPort(b)
			host, _, _ = bytes.Cut(host, []byte{'%'})
			return len(port) > 0 || addressLike(host)
		}
	}
	return true
}

// addressLike tells whether b looks like an IP address.
func addressLike(b []byte) bool {
	dots, colons := 0, 0
	for _, c := range b {
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case c-'0' > 9 && c|0x20-'a' > 5 && c != '[' && c != ']' && c != '%':
			return false
		case c-'0' > 9 && colons == 0 && c != '[' && dots > 0:
			return false
		}
	}
	return dots == 3 && colons == 0 || colons >= 2
}

// attribute keeps a further field.
func attribute(e *event.Event, key string, value []byte) {
	m := e.Extra()
	m.Attributes = append(m.Attributes, event.Attribute{Key: []byte(key), Value: value})
}

// appendCommon writes the fields of the common log format.
func appendCommon(dst []byte, e *event.Event) []byte {
	dst = appendGiven(dst, e.Client)
	dst = append(dst, " - "...)
	user := e.User
	switch {
	case len(user) == 0:
	case user[0] == ' ':
		dst, user = append(dst, `\x20`...), user[1:]
	case len(bytes.Trim(user, "- ")) == 0: // it would be read as none
		dst, user = append(dst, `\x2d`...), user[1:]
	}
	name := len(dst)
	if dst = appendEscaped(dst, user); addressAmong(user) || idBefore(user) > 0 { // it would be read as what a logger wrote
		dst = append(dst[:name], bytes.ReplaceAll(dst[name:], []byte{' '}, []byte(`\x20`))...)
	}
	if len(e.User) == 0 {
		dst = append(dst, '-')
	}
	dst = append(dst, " ["...)
	dst = e.When().AppendFormat(dst, "02/Jan/2006:15:04:05 -0700")
	dst = append(dst, `] "`...)
	from := len(dst)
	dst = appendRequest(dst, e)
	dst = escapeFrom(dst, from)
	dst = append(dst, `" `...)
	dst = appendStatus(dst, e.Status)
	dst = append(dst, ' ')
	return appendCount(dst, e.Bytes)
}

// appendCombined writes the fields of the combined log format.
func appendCombined(dst []byte, e *event.Event) []byte {
	dst = appendCommon(dst, e)
	dst = appendQuoted(append(dst, ' '), e.Referrer)
	return appendQuoted(append(dst, ' '), e.Agent)
}

// idBefore is the length of nginx' $request_id and the space behind it that words begin with, 0 where they do not.
func idBefore(words []byte) int {
	const length = 32
	if len(words) < length+2 || words[length] != ' ' {
		return 0
	}
	for _, c := range words[:length] {
		if c-'0' > 9 && c-'a' > 5 {
			return 0
		}
	}
	return length + 1
}

// addressAmong tells whether one of several words is an IPv4 address, as in no name of a user.
func addressAmong(words []byte) bool {
	if bytes.IndexByte(words, ' ') < 0 {
		return false
	}
	for word := range bytes.FieldsSeq(words) {
		if dotted(word) == len(word) && bytes.Count(word, []byte{'.'}) == 3 && word[0] != '.' {
			return true
		}
	}
	return false
}
