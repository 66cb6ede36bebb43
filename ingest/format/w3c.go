package format

import (
	"bytes"
	"strings"
	"time"

	"weir/ingest/event"
)

// w3c is the Extended Log File Format (W3C working draft WD-logfile-960323) as
// IIS and others write it: the #Fields: directive says what a line holds,
// wherever it stands and however often it changes. Times are UTC. Append writes
// lines for W3CFields.
var w3c = Format{
	Name: "w3c", Title: "W3C Extended Log File Format (IIS and others), by its #Fields:",
	New:      func(o Options) Parser { return newW3C(o, false) },
	Append:   appendW3C,
	Stateful: true,
}

// cloudfront is the standard log of Amazon CloudFront: W3C with tabs.
var cloudfront = Format{
	Name: "cloudfront", Title: "Amazon CloudFront standard log",
	New:      func(o Options) Parser { return newW3C(o, true) },
	Stateful: true,
}

// W3CFields is the directive that goes before the lines that the Append of w3c writes.
const W3CFields = "#Fields: date time c-ip cs-username cs-method cs-uri cs-version cs-host sc-status sc-bytes time-taken cs(Referer) cs(User-Agent)"

// w3cLayouts stand in for a #Fields: that was lost, as in a file cut off at its
// head: IIS' default, the same before version 7 and with all fields, what Append writes,
// IIS 6's, that of HTTPERR, and CloudFront's.
var w3cLayouts = [...]string{
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
	"date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
	"date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken X-Forwarded-For",
	W3CFields[len("#Fields: "):],
	"date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status",
	"date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken",
	"date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status",
	"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason s-queuename",
	"date time c-ip c-port s-ip s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename",
	"date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end",
}

// maxW3C is how many fields a line may have; IIS has 40, CloudFront 33.
const maxW3C = 128

type w3cParser struct {
	text
	edge bool // CloudFront's lines, and no others

	columns [maxW3C]column
	names   [maxW3C][]byte // of the columns, in header
	n       int            // columns; 0 before any #Fields:
	header  []byte
	tabs    bool // the #Fields: said so
	isEdge  bool // the columns are CloudFront's
	guessed int  // 1-based index of the layout that stands in, 0 for none
	day     [10]byte
	hasDay  bool           // a #Date: directive gave day
	local   *time.Location // of date-local and time-local

	cells  [maxW3C][]byte
	starts [maxW3C + 1]int // of the cells
}

// column is what a field of a W3C line means.
type column uint8

const (
	colOther column = iota
	colDate
	colTime
	colTaken
	colClient
	colUser
	colMethod
	colURI
	colStem
	colQuery
	colProto
	colHost
	colHostHeader
	colStatus
	colSent
	colReferrer
	colAgent
	colForwarded
	colTLSVersion
	colTLSCipher
	colCache
	colHostname
	colEdge // tells CloudFront
	numColumns
)

// w3cColumns are by lower-case name, as letter case varies.
var w3cColumns = map[string]column{
	"date": colDate, "time": colTime, "time-taken": colTaken,
	"date-utc": colDate, "time-utc": colTime, "date-local": colDate, "time-local": colTime, "timetakenms": colTaken, // IIS Advanced Logging
	"c-ip": colClient, "cs-username": colUser, "cs-method": colMethod,
	"cs-uri": colURI, "cs-uri-stem": colStem, "cs-uri-query": colQuery,
	"cs-version": colProto, "cs-protocol-version": colProto,
	"cs-host": colHost, "cs(host)": colHost, "x-host-header": colHostHeader,
	"sc-status": colStatus, "c-status": colStatus, "sc-bytes": colSent,
	"cs(referer)": colReferrer, "cs(referrer)": colReferrer, "cs(user-agent)": colAgent,
	"x-forwarded-for": colForwarded, "cs(x-forwarded-for)": colForwarded,
	"ssl-protocol": colTLSVersion, "ssl-cipher": colTLSCipher,
	"x-edge-result-type": colCache, "s-computername": colHostname,
	"x-edge-location": colEdge,
}

func newW3C(o Options, edge bool) *w3cParser {
	p := &w3cParser{text: newText(o), edge: edge}
	p.local, p.clock.loc = p.clock.loc, nil
	return p
}

// Parse implements Parser.
func (p *w3cParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if len(line) > 0 && line[0] == '#' {
		p.directive(line)
	}
	if r := p.idle(line, e); r != nil {
		return r
	}
	// A line begins with a date or, rarely, with whatever #Fields: names first.
	if p.n == 0 || p.guessed > 0 {
		if line[0]-'0' > 9 {
			return p.reject(line, e, event.NoFormat, "", 0)
		}
		return p.guess(e.Raw, line, e)
	}
	if p.isEdge != p.edge {
		return p.reject(line, e, event.NoFormat, "", 0)
	}
	return p.fill(line, e)
}

// guess tries the layouts for lines that no #Fields: explains, the one that
// fitted last first; raw is the line with the white space at its end.
func (p *w3cParser) guess(raw, line []byte, e *event.Event) *event.Reject {
	tabs := tabbed(line)
	if p.guessed > 0 {
		if r := p.fill(line, e); r == nil && likely(e) {
			return nil
		}
	}
	last := p.reject(line, e, event.NoFormat, "", 0)
	if _, _, n := p.clock.iso(line); n == 0 || p.edge != tabs {
		return last
	}
	count := p.split(line, tabs)
	for i, layout := range w3cLayouts {
		edge := i == len(w3cLayouts)-1
		if edge != p.edge || i+1 == p.guessed || count != 1+strings.Count(layout, " ") {
			continue
		}
		p.layout(layout, ' ')
		p.tabs, p.guessed = tabs, i+1
		e.Raw = raw
		if last = p.fill(line, e); last == nil && likely(e) {
			return nil
		} else if last == nil {
			last = p.reject(line, e, event.NoFormat, "", 0)
		}
		p.guessed, p.n = 0, 0
	}
	return last
}

// likely tells requests from prose that has as many words as a layout has columns.
func likely(e *event.Event) bool {
	for _, c := range e.Method {
		if c-'A' > 25 && c != '-' && c != '_' {
			return false
		}
	}
	return len(e.Proto) == 0 || e.Proto[0]-'0' <= 9 // FTP's lines have as many columns as those of HTTPERR
}

// directive learns from a line that begins with '#'.
func (p *w3cParser) directive(line []byte) {
	switch {
	case prefixFold(line, "#fields:"):
		line = bytes.TrimLeft(line[len("#fields:"):], " \t")
		by := byte(' ')
		if bytes.IndexByte(line, '\t') >= 0 && bytes.IndexByte(line, ' ') < 0 {
			by = '\t'
		}
		p.layout(string(line), by)
		p.tabs, p.guessed = by == '\t', 0
	case prefixFold(line, "#date:"):
		line = bytes.TrimLeft(line[len("#date:"):], " \t")
		if _, ok := isoDay(line); ok {
			copy(p.day[:], line)
			p.hasDay = true
		}
	}
}

// layout takes over the names of the columns.
func (p *w3cParser) layout(names string, by byte) {
	p.header = append(p.header[:0], names...)
	p.n, p.isEdge, p.clock.loc = 0, false, nil
	for rest := p.header; len(rest) > 0 && p.n < maxW3C; {
		name := rest
		if i := bytes.IndexByte(rest, by); i >= 0 {
			name, rest = rest[:i:i], rest[i+1:]
		} else {
			rest = nil
		}
		if len(name) == 0 {
			continue
		}
		var lower [32]byte
		c := colOther
		if len(name) <= len(lower) {
			c = w3cColumns[string(lowerInto(lower[:], name))]
		}
		p.isEdge = p.isEdge || c == colEdge
		if c == colTime && bytes.EqualFold(name, []byte("time-local")) {
			p.clock.loc = p.local
		}
		p.columns[p.n], p.names[p.n] = c, name
		p.n++
	}
}

// lowerInto writes b in lower case into dst, which is long enough.
func lowerInto(dst, b []byte) []byte {
	for i, c := range b {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		dst[i] = c
	}
	return dst[:len(b)]
}

func prefixFold(b []byte, lower string) bool {
	return len(b) >= len(lower) && bytes.EqualFold(b[:len(lower)], []byte(lower))
}
