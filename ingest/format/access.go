package format

import (
	"bytes"

	"weir/ingest/event"
)

// access reads lines that no other format explains by what their fields look like: a time, a whole
// request line and behind it its status, in quotes or not, parted by spaces, tabs or bars. What stands
// before the request is the client, a host and a user, what stands behind it the size, referrer,
// agent and what freeTail knows.
var access = Format{
	Name: "access", Title: "access logs in no other format: a time, a request line, its status, and more in any order",
	New:  func(o Options) Parser { return &accessParser{text: newText(o), within: o.within} },
	Last: true,
}

type accessParser struct {
	text
	within bool // the time may stand around the line
	bare   bool // the line has no whole request
	words  int  // before the request, that are nothing known
	cells  [mostCells]accessCell
	n      int
}

// mostCells bounds what is looked at of a line.
const mostCells = 48

// accessCell is a field of a line, without its quotes or brackets.
type accessCell struct {
	from, to int32 // in the line
	mark     byte  // what stood around it: '"', '[' or nothing
}

// Parse implements Parser.
func (p *accessParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	p.bare = !bytes.Contains(line, []byte(" HTTP/"))
	if p.bare && bytes.IndexByte(line, '"') < 0 {
		return p.reject(line, e, event.NoFormat, "", 0)
	}
	escapes, odd := survey(line)
	if odd && bytes.IndexByte(line, '\t') < 0 {
		e.Flags |= event.BinaryText
	}
	if at := p.split(line, escapes); at >= 0 {
		return p.reject(line, e, event.BadField, "", at)
	}
	next, timed := p.head(line, e, escapes)
	switch {
	case next == 0, p.bare && (!timed || len(e.Client) == 0):
		return p.reject(line, e, event.NoFormat, "", 0)
	case !timed && !(p.within && p.words == 0 && len(e.Client) > 0): // otherwise prose may quote a request
		return p.reject(line, e, event.NoTime, "time", 0)
	case next == p.n:
		return p.reject(line, e, event.Truncated, "http.response.status_code", len(line))
	}
	var ok bool
	if e.Status, ok = status(p.of(line, next)); !ok || e.Status == event.Unknown {
		return p.reject(line, e, event.BadField, "http.response.status_code", int(p.cells[next].from))
	}
	if at := p.tail(line, next+1, e, escapes); at >= 0 {
		return p.reject(line, e, event.BadField, "http.response.body.size", at)
	}
	if !timed {
		e.Flags |= event.BadTime
		if !p.clock.now.IsZero() {
			e.Time = p.clock.now.UnixNano()
		}
	}
	if m := e.More; len(e.Client) == 0 && m != nil && len(m.Forwarded) > 0 {
		e.Client, m.Forwarded = lastForwarded(m.Forwarded), nil
	}
	return nil
}

// firstOf is the first address of a list.
func firstOf(b []byte) []byte {
	first, _, _ := bytes.Cut(b, []byte{','})
	return first
}

func (p *accessParser) of(line []byte, n int) []byte {
	c := &p.cells[n]
	return line[c.from:c.to:c.to]
}

// head reads up to the request. It returns the index of the cell behind it, 0 where there is none.
func (p *accessParser) head(line []byte, e *event.Event, escapes bool) (next int, timed bool) {
	var name []byte // of a host
	quoted := false // the client
	before := 0     // the cell that is no time, client or host, before the time
	p.words = 0
	for n := 0; n < p.n; n++ {
		b := p.of(line, n)
		if size := p.request(line, n, e, escapes); size > 0 {
			if len(e.Client) == 0 {
				e.Client = name
			} else if len(e.Host) == 0 {
				e.Host = name
			}
			return n + size, timed
		}
		if !timed {
			if length := p.time(line, n, e); length > 0 {
				timed = true
				if before == n && n > 1 {
					e.User = plain(e, p.of(line, n-1), escapes)
					if p.keep {
						m := e.Extra()
						m.Attributes = m.Attributes[:len(m.Attributes)-1]
					}
				}
				for end := int(p.cells[n].from) + length; n+1 < p.n && int(p.cells[n+1].from) < end; {
					n++
				}
				continue
			}
		}
		if b = given(bytes.TrimRight(b, ",")); len(b) == 0 {
			continue
		}
		if b[0] == '(' && n+1 < p.n && string(p.of(line, n+1)) == "s)" && e.Duration == event.Unknown { // Gandi: "(1 s)"
			if ns, ok := lapse(b[1:], seconds); ok {
				e.Duration = ns
				n++
				continue
			}
		}
		if b[0] == '(' && b[len(b)-1] == ')' && len(b) > 2 {
			b = b[1 : len(b)-1 : len(b)-1]
		}
		switch host, _ := splitPort(b); {
		case len(e.Client) == 0 && addressLike(bare(host)):
			e.Client, quoted = bare(host), p.cells[n].mark == '"'
		case addressLike(bare(host)) && quoted && p.cells[n].mark == 0: // "$http_x_forwarded_for" $remote_addr
			e.Extra().Forwarded, e.Client, quoted = e.Client, bare(host), false
		case p.cells[n].mark == '"' && addressLike(bare(firstOf(b))):
			e.Extra().Forwarded = b
		case addressLike(bare(host)) && len(e.Client) > 0:
			e.Extra().Forwarded = b
		case len(name) == 0 && hostName(host) && p.cells[n].mark != '[':
			name = host
		case e.Duration == event.Unknown && times(b) != event.Unknown:
			e.Duration = times(b)
		default:
			if p.within && (b[len(b)-1] == ':' || levelOf(b, false) != nil) { // a program or a logger's level, which what is around knows to take off
				return 0, false
			}
			before = n + 1
			p.words++
			if p.keep {
				attribute(e, "field."+number(n+1), b)
			}
		}
	}
	return 0, false
}

// request takes the request line that begins with cell n. It returns how many cells it has, 0 where it is none.
func (p *accessParser) request(line []byte, n int, e *event.Event, escapes bool) int {
	b := p.of(line, n)
	i := bytes.IndexByte(b, ' ')
	if p.bare {
		if p.cells[n].mark != '"' || !p.answered(line, n+1, bytes.HasPrefix(b, []byte("GET /"))) {
			return 0
		}
		setRequest(e, plain(e, b, escapes))
		return 1
	}
	if i > 0 { // in one cell
		if _, ok := httpVersion(b[bytes.LastIndexByte(b, ' ')+1:]); !ok || !token(b[:i]) {
			return 0
		}
		setRequest(e, plain(e, b, escapes))
		return 1
	}
	if n+2 >= p.n || p.cells[n].mark != 0 || p.cells[n+1].mark != 0 || len(b) == 0 || b[0]-'A' > 25 || !token(b) {
		return 0
	}
	if _, ok := httpVersion(p.of(line, n+2)); !ok || int(p.cells[n+2].from) != int(p.cells[n+1].to)+1 {
		return 0
	}
	setRequest(e, plain(e, line[p.cells[n].from:p.cells[n+2].to:p.cells[n+2].to], escapes))
	return 3
}

// answered tells whether a status and a size begin with cell n, as behind what a client sent
// that was no whole request: that is refused but for HTTP/0.9, which says no version.
func (p *accessParser) answered(line []byte, n int, old bool) bool {
	if n+1 >= p.n || p.cells[n].mark != 0 || p.cells[n+1].mark != 0 {
		return false
	}
	code, ok := status(p.of(line, n))
	if !ok || code < 400 && !old {
		return false
	}
	_, ok = count(p.of(line, n+1))
	return ok
}

// time reads the time that begins with cell n and returns its length, 0 where it is none.
func (p *accessParser) time(line []byte, n int, e *event.Event) (length int) {
	c := &p.cells[n]
	b := line[c.from:]
	if c.mark != 0 {
		b = p.of(line, n)
	}
	if len(b) < 9 {
		return 0
	}
	switch {
	case len(b) > 4 && (b[4] == '-' || b[4] == '/'):
		e.Time, e.Zone, length = p.clock.iso(b)
	case b[2] == '/':
		e.Time, e.Zone, length = p.clock.common(b)
	case b[0]-'0' > 9 && c.mark == '[':
		if e.Time, e.Zone, length = p.clock.ctime(b); length == 0 && b[3] == ',' { // Vert.x
			e.Time, e.Zone, length = p.clock.httpDate(b)
		}
	case c.mark == '[' || n == 0:
		ok := false
		if b = p.of(line, n); len(b) > 0 && b[0]-'0' <= 9 {
			e.Time, ok = epoch(b)
		}
		if ok {
			length = len(b)
		}
	}
	if length > 0 && c.mark != 0 && length != len(b) {
		return 0
	}
	return length
}

// tail reads what stands behind the status. It returns where it is wrong, or -1.
func (p *accessParser) tail(line []byte, n int, e *event.Event, escapes bool) int {
	if n < p.n && p.cells[n].mark == 0 {
		b := p.of(line, n)
		size, ok := count(b)
		if ok {
			e.Bytes = size
			n++
		} else if _, length := decimalOf(b); length > 0 && length < len(b) && spelled(b) == event.Unknown && !addressLike(bytes.TrimRight(b, ":0123456789")) {
			return int(p.cells[n].from)
		}
	}
	quoted := 0
	for ; n < p.n; n++ {
		c, b := &p.cells[n], given(p.of(line, n))
		if c.mark == '"' || c.mark == '|' {
			quoted++
		}
		switch {
		case len(b) == 0:
		case c.mark == '"' && quoted == 1 && len(e.Referrer) == 0 && bytes.Contains(b, []byte("://")):
			e.Referrer = plain(e, b, escapes)
		case len(e.Agent) == 0 && (c.mark == '"' && quoted == 2 || c.mark != '[' && agentLike(b)):
			e.Agent = plain(e, b, escapes)
		case bytes.IndexByte(b, '=') > 0 && token(b[:bytes.IndexByte(b, '=')]):
			i := bytes.IndexByte(b, '=')
			keyed(&p.text, e, b[:i], bytes.Trim(b[i+1:], `"`))
		case c.mark == 0 && n+1 < p.n && p.cells[n+1].mark == 0 && namesNext(b, p.of(line, n+1)):
			n++
			keyed(&p.text, e, bytes.TrimSuffix(b, []byte{':'}), p.of(line, n))
		case digits(b, 0) == len(b):
			if p.keep {
				attribute(e, "field."+number(n+1), b)
			}
		default:
			positional(&p.text, e, plain(e, b, escapes), n+1)
		}
	}
	return -1
}

// agentLike tells the names that agents begin with.
func agentLike(b []byte) bool {
	i := bytes.IndexByte(b, '/')
	return i > 1 && i+1 < len(b) && b[i+1]-'0' <= 9 && b[0]|0x20-'a' < 26 && bytes.IndexByte(b[:i], ':') < 0
}

// split cuts a line into cells. It returns where a quote or a bracket does not close, or -1.
func (p *accessParser) split(line []byte, escapes bool) int {
	p.n = 0
	for _, by := range []byte("|\t") {
		if bytes.Count(line, []byte{by}) < 4 {
			continue
		}
		for from := 0; from <= len(line) && p.n < mostCells; p.n++ {
			end := bytes.IndexByte(line[from:], by)
			if end < 0 {
				end = len(line) - from
			}
			p.cells[p.n] = accessCell{from: int32(from), to: int32(from + end)}
			p.trim(line, &p.cells[p.n])
			from += end + 1
		}
		return -1
	}
	f := fields{line: line, escapes: escapes, spaces: true}
	for f.more() && p.n < mostCells {
		b, ok := f.next()
		if !ok {
			return f.at
		}
		c := accessCell{from: int32(f.at), to: int32(f.at + len(b))}
		if mark := line[f.at]; mark == '"' || mark == '[' && len(b) > 0 && b[0] != '[' {
			c = accessCell{from: c.from + 1, to: c.to + 1, mark: mark}
		}
		p.cells[p.n] = c
		p.n++
	}
	return -1
}

// trim takes spaces, and then quotes or brackets, off a cell.
func (p *accessParser) trim(line []byte, c *accessCell) {
	for c.from < c.to && line[c.from] == ' ' {
		c.from++
	}
	for c.from < c.to && line[c.to-1] == ' ' {
		c.to--
	}
	if c.to-c.from < 2 {
		return
	}
	if a, z := line[c.from], line[c.to-1]; a == '"' && z == '"' || a == '[' && z == ']' {
		*c = accessCell{c.from + 1, c.to - 1, a}
	}
}
