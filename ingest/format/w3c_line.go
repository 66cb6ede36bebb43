package format

import (
	"bytes"
	"time"

	"weir/ingest/event"
)

// fill takes a line apart by the columns.
func (p *w3cParser) fill(line []byte, e *event.Event) *event.Reject {
	tabs := p.tabs || p.isEdge || tabbed(line)
	n := p.split(line, tabs)
	if n != p.n {
		if n < p.n {
			return p.reject(line, e, event.Truncated, "", len(line))
		}
		return p.reject(line, e, event.Trailing, "", p.starts[p.n])
	}
	cells := &p.cells
	var found [numColumns]int // index of the column, from 1
	for i := n; i > 0; i-- {
		found[p.columns[i-1]] = i
	}
	found[colOther] = 0
	wrong := func(c column, reason event.Reason, field string) *event.Reject {
		return p.reject(line, e, reason, field, p.starts[found[c]-1])
	}
	get := func(c column) []byte {
		if found[c] == 0 {
			return nil
		}
		return cellText(e, cells[found[c]-1])
	}

	if found[colClient]+found[colMethod]+found[colURI]+found[colStem] == 0 { // not about requests
		return p.reject(line, e, event.NoFormat, "", 0)
	}
	if c := p.when(e, &found); c != colOther {
		if found[c] == 0 {
			return p.reject(line, e, event.NoTime, "time", 0)
		}
		return wrong(c, event.NoTime, "time")
	}
	var ok bool
	if i := found[colStatus]; i > 0 {
		if e.Status, ok = status(unquoted(cells[i-1])); !ok {
			return wrong(colStatus, event.BadField, "http.response.status_code")
		}
	}
	if i := found[colSent]; i > 0 {
		if e.Bytes, ok = count(unquoted(cells[i-1])); !ok {
			return wrong(colSent, event.BadField, "http.response.body.size")
		}
	}
	if i := found[colTaken]; i > 0 {
		unit := int64(millis) // IIS; the draft has seconds, with a fraction
		if p.isEdge || bytes.IndexByte(cells[i-1], '.') >= 0 {
			unit = seconds
		}
		if e.Duration, ok = lapse(unquoted(cells[i-1]), unit); !ok {
			return wrong(colTaken, event.BadField, "http.server.request.duration")
		}
	}
	if e.Method = get(colMethod); !token(e.Method) {
		return wrong(colMethod, event.BadField, "http.request.method")
	}
	if e.Client = bare(get(colClient)); bytes.IndexByte(e.Client, ' ') >= 0 {
		return wrong(colClient, event.BadField, "client.address")
	}
	e.User = get(colUser)
	if e.Host = get(colHostHeader); len(e.Host) == 0 {
		e.Host = get(colHost)
	}
	e.Host, _ = splitPort(e.Host)
	if version := get(colProto); len(version) > 0 {
		if e.Proto, ok = httpVersion(version); !ok {
			e.Proto = version
		}
	}
	if found[colURI] > 0 {
		target := get(colURI)
		if n := bytes.IndexByte(target, '/'); n > 0 && len(e.Host) == 0 && hostName(target[:n]) { // Incapsula
			e.Host, target = target[:n:n], target[n:]
		}
		if query := get(colQuery); len(query) > 0 && len(target) > 0 && bytes.IndexByte(target, '?') < 0 {
			join(e, target, query)
		} else if len(target) > 0 {
			setTarget(e, target)
		}
	} else {
		join(e, get(colStem), get(colQuery))
	}
	if len(e.Method) == 0 && found[colMethod] > 0 {
		e.Path, e.Query = nil, nil
		switch {
		case len(e.Target) == 0:
			e.Flags |= event.EmptyRequest
		case len(e.Target) > 1 && e.Target[0] == 0x16 && e.Target[1] == 3:
			e.Flags |= event.TLSOnPlain
		default:
			e.Flags |= event.Malformed
		}
	}
	e.Referrer, e.Agent = get(colReferrer), get(colAgent)
	if p.isEdge {
		e.Referrer, e.Agent = unpercent(e, e.Referrer), unpercent(e, e.Agent)
		if bytes.Contains(e.Agent, percentSpace) { // older logs have it twice
			e.Agent = unpercent(e, e.Agent)
		}
	} else if i := found[colAgent]; i > 0 && cells[i-1][0] != '"' {
		e.Agent = spaced(e, e.Agent)
	}
	p.rarer(e, &found, n)
	if _, odd := survey(line); odd && (!tabs || oddText(e.Target) || oddText(e.Agent) || oddText(e.Referrer) || oddText(e.User)) {
		e.Flags |= event.BinaryText
	}
	return nil
}

// when sets the time. It returns the column that is wrong, or colOther.
func (p *w3cParser) when(e *event.Event, found *[numColumns]int) column {
	if found[colTime] == 0 {
		return colTime
	}
	hour := unquoted(p.cells[found[colTime]-1])
	var n int
	if len(hour) >= 19 { // date and time in one
		if e.Time, e.Zone, n = p.clock.iso(hour); n != len(hour) {
			return colTime
		}
		return colOther
	}
	var both [40]byte
	switch {
	case found[colDate] > 0:
		day := unquoted(p.cells[found[colDate]-1])
		if len(day) != 10 {
			return colDate
		}
		copy(both[:], day)
	case p.hasDay:
		copy(both[:], p.day[:])
	default:
		return colDate
	}
	both[10] = ' '
	if len(hour) > len(both)-11 {
		return colTime
	}
	end := 11 + copy(both[11:], hour)
	if e.Time, e.Zone, n = p.clock.iso(both[:end]); n != end {
		return colTime
	}
	return colOther
}

// rarer sets what stands in More.
func (p *w3cParser) rarer(e *event.Event, found *[numColumns]int, n int) {
	for _, c := range [...]column{colForwarded, colTLSVersion, colTLSCipher, colCache, colHostname} {
		if found[c] == 0 {
			continue
		}
		b := cellText(e, p.cells[found[c]-1])
		if len(b) == 0 {
			continue
		}
		if c == colForwarded && p.isEdge {
			b = unpercent(e, b)
		} else if c == colForwarded {
			b = spaced(e, b)
		}
		switch m := e.Extra(); c {
		case colForwarded:
			m.Forwarded = b
		case colTLSVersion:
			m.TLSVersion = tlsNumber(e, b)
		case colTLSCipher:
			m.TLSCipher = b
		case colCache:
			m.CacheStatus = b
		case colHostname:
			m.Hostname = b
		}
	}
	if !p.keep {
		return
	}
	for i := range n {
		c := p.columns[i]
		if c != colOther && c != colEdge && found[c] == i+1 && (c != colHost || found[colHostHeader] == 0) {
			continue
		}
		if b := cellText(e, p.cells[i]); len(b) > 0 {
			m := e.Extra()
			m.Attributes = append(m.Attributes, event.Attribute{Key: p.names[i], Value: b})
		}
	}
}

// unquoted is a cell without quotes around it.
func unquoted(b []byte) []byte {
	if n := len(b); n > 1 && b[0] == '"' && b[n-1] == '"' {
		return b[1 : n-1 : n-1]
	}
	return b
}

// cellText is the text of a cell: without its quotes, two quotes being one, and
// nothing for "-".
func cellText(e *event.Event, b []byte) []byte {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return given(b)
	}
	return given(undouble(e, b[1:len(b)-1:len(b)-1]))
}

// join sets the target from path and query.
func join(e *event.Event, stem, query []byte) {
	if len(query) == 0 {
		if len(stem) > 0 {
			setTarget(e, stem)
		}
		return
	}
	scratch := e.Scratch()
	from := len(scratch)
	scratch = append(append(append(scratch, stem...), '?'), query...)
	e.SetScratch(scratch)
	setTarget(e, scratch[from:len(scratch):len(scratch)])
}

// spaced reads the plus signs that IIS writes for spaces.
func spaced(e *event.Event, b []byte) []byte {
	if bytes.IndexByte(b, '+') < 0 {
		return b
	}
	scratch := e.Scratch()
	from := len(scratch)
	scratch = append(scratch, b...)
	b = scratch[from:len(scratch):len(scratch)]
	for i, c := range b {
		if c == '+' {
			b[i] = ' '
		}
	}
	e.SetScratch(scratch)
	return b
}

// unpercent takes the percent-encoding off that CloudFront puts on a header.
func unpercent(e *event.Event, b []byte) []byte {
	if bytes.IndexByte(b, '%') < 0 {
		return b
	}
	scratch := e.Scratch()
	from := len(scratch)
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '%' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0 {
			c = byte(unhex(b[i+1])<<4 | unhex(b[i+2]))
			i += 2
		}
		scratch = append(scratch, c)
	}
	e.SetScratch(scratch)
	return scratch[from:len(scratch):len(scratch)]
}

var percentSpace = []byte("%20")

func oddText(b []byte) bool {
	_, odd := survey(b)
	return odd
}

// appendW3C writes the columns of W3CFields.
func appendW3C(dst []byte, e *event.Event) []byte {
	at := time.Unix(0, e.Time).UTC()
	dst = at.AppendFormat(dst, "2006-01-02 15:04:05.999999999 ")
	dst = append(appendGiven(dst, e.Client), ' ')
	dst = append(appendW3CText(dst, e.User), ' ')
	dst = append(appendGiven(dst, e.Method), ' ')
	dst = append(appendW3CText(dst, e.Target), ' ')
	if len(e.Proto) > 0 {
		dst = append(dst, "HTTP/"...)
	}
	dst = append(appendGiven(dst, e.Proto), ' ')
	dst = append(appendGiven(dst, e.Host), ' ')
	dst = append(appendStatus(dst, e.Status), ' ')
	dst = append(appendCount(dst, e.Bytes), ' ')
	dst = append(appendLapse(dst, e.Duration), ' ')
	dst = append(appendW3CText(dst, e.Referrer), ' ')
	return appendW3CText(dst, e.Agent)
}

// appendW3CText writes a text between quotes where it needs them.
func appendW3CText(dst, b []byte) []byte {
	odd := false
	for _, c := range b {
		odd = odd || c <= ' ' || c == '"' || c == '+'
	}
	if !odd {
		return appendGiven(dst, b)
	}
	dst = append(dst, '"')
	from := len(dst)
	return append(doubleFrom(append(dst, b...), from), '"')
}

// tabbed tells whether tabs part the fields of a line: the first is met before a space.
func tabbed(line []byte) bool {
	for _, c := range line {
		if c == ' ' || c == '\t' {
			return c == '\t'
		}
	}
	return false
}

// split cuts a line into p.cells and returns how many there are. A value may
// stand between quotes, where two quotes are one.
func (p *w3cParser) split(line []byte, tabs bool) int {
	by := byte(' ')
	if tabs {
		by = '\t'
	}
	n := 0
	for i := 0; n < maxW3C; n++ {
		for !tabs && i < len(line) && line[i] == ' ' {
			i++
		}
		if p.starts[n] = i; i > len(line) || i == len(line) && !tabs {
			return n
		}
		if i < len(line) && line[i] == '"' {
			if end := doubledEnd(line, i+1, by); end > 0 {
				p.cells[n] = line[i : end+1 : end+1] // with its quotes
				i = end + 2
				continue
			}
		}
		end := bytes.IndexByte(line[i:], by)
		if end < 0 {
			end = len(line) - i
		}
		p.cells[n] = line[i : i+end : i+end]
		i += end + 1
	}
	p.starts[n] = len(line)
	return n + 1 // too many
}

// doubledEnd is the index of the quote that ends the value starting at i, -1 where there is none.
func doubledEnd(line []byte, i int, by byte) int {
	for {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			return -1
		}
		i += n
		if i+1 == len(line) || line[i+1] == by {
			return i
		}
		if line[i+1] != '"' {
			return -1
		}
		i += 2
	}
}
