package format

import (
	"bytes"
	"strconv"

	"weir/ingest/event"
)

// csvLog is the common log format as comma-separated values:
// "remotehost","rfc931","authuser","date","request","status","bytes" with the
// date in seconds since the epoch.
var csvLog = Format{
	Name: "csv", Title: "Common Log Format as CSV (remotehost, rfc931, authuser, date, request, status, bytes)",
	New:    func(o Options) Parser { return &csvParser{text: newText(o)} },
	Append: appendCSV,
}

type csvParser struct {
	text
}

var csvNames = [...]string{"client.address", "identity", "user.name", "time", "http.request", "http.response.status_code", "http.response.body.size"}

// Parse implements Parser.
func (p *csvParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	var cells [len(csvNames)][]byte
	i := 0
	for n := range cells {
		if i > len(line) {
			return p.reject(line, e, event.BadField, csvNames[n], len(line))
		}
		cell, next, ok := csvCell(line, i, e)
		if !ok {
			return p.reject(line, e, event.BadField, csvNames[n], next)
		}
		if n == 0 && string(cell) == "remotehost" {
			return p.reject(line, e, event.Directive, "", 0)
		}
		if n == 3 { // far enough to know; most lines of other formats end here
			if e.Time, ok = epoch(cell); !ok {
				length := 0
				if e.Time, e.Zone, length = p.clock.iso(cell); length == 0 || length != len(cell) {
					e.Time, e.Zone, length = p.clock.common(cell)
				}
				if length == 0 || length != len(cell) {
					return p.reject(line, e, event.NoTime, "time", i)
				}
			}
		}
		cells[n] = cell
		if n == 5 {
			if e.Status, ok = status(cell); !ok {
				return p.reject(line, e, event.BadField, csvNames[n], i)
			}
		}
		if n == 6 {
			if e.Bytes, ok = count(cell); !ok {
				return p.reject(line, e, event.BadField, csvNames[n], i)
			}
		}
		i = next
	}
	if i <= len(line) {
		return p.reject(line, e, event.Trailing, "", i-1)
	}
	e.Client = given(bare(cells[0]))
	if len(e.Client) == 0 {
		return p.reject(line, e, event.BadField, csvNames[0], 0)
	}
	if id := given(cells[1]); p.keep && len(id) > 0 {
		attribute(e, "identity", id)
	}
	e.User = given(cells[2])
	setRequest(e, cells[4])
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// csvCell reads the cell at i, quoted or not. It returns the index of the next
// cell, which is beyond the line behind the last, or where the cell is wrong.
func csvCell(line []byte, i int, e *event.Event) (cell []byte, next int, ok bool) {
	if i >= len(line) || line[i] != '"' {
		if n := bytes.IndexByte(line[i:], ','); n >= 0 {
			return line[i : i+n : i+n], i + n + 1, true
		}
		return line[i:], len(line) + 1, true
	}
	i++
	from, doubled := i, false
	for {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			return nil, len(line), false
		}
		i += n + 1
		if i == len(line) || line[i] == ',' {
			break
		}
		if line[i] != '"' {
			return nil, i, false
		}
		doubled = true
		i++
	}
	cell = line[from : i-1 : i-1]
	if doubled {
		cell = undouble(e, cell)
	}
	return cell, i + 1, true
}

// undouble reads two quotes as one, into the event's scratch where there are any.
func undouble(e *event.Event, b []byte) []byte {
	if bytes.IndexByte(b, '"') < 0 {
		return b
	}
	scratch := e.Scratch()
	from := len(scratch)
	for i := 0; i < len(b); i++ {
		scratch = append(scratch, b[i])
		if b[i] == '"' {
			i++
		}
	}
	e.SetScratch(scratch)
	return scratch[from:len(scratch):len(scratch)]
}

func appendCSV(dst []byte, e *event.Event) []byte {
	dst = appendCell(dst, e.Client)
	dst = append(dst, `,"-",`...)
	dst = appendCell(dst, e.User)
	dst = append(dst, ',')
	dst = appendEpoch(dst, e.Time)
	dst = append(dst, ',', '"')
	from := len(dst)
	dst = appendRequest(dst, e)
	dst = doubleFrom(dst, from)
	dst = append(dst, '"', ',')
	dst = appendStatus(dst, e.Status)
	dst = append(dst, ',')
	return appendCount(dst, e.Bytes)
}

// appendCell writes a quoted cell; "-" for nothing.
func appendCell(dst, b []byte) []byte {
	dst = append(dst, '"')
	from := len(dst)
	dst = doubleFrom(appendGiven(dst, b), from)
	return append(dst, '"')
}

// doubleFrom doubles the quotes in dst[from:]. A line end there becomes a space.
func doubleFrom(dst []byte, from int) []byte {
	for i, c := range dst[from:] {
		if c == '\n' {
			dst[from+i] = ' '
		}
	}
	n := bytes.Count(dst[from:], []byte{'"'})
	for i := len(dst) - 1; n > 0; i-- {
		if i == len(dst)-1 {
			dst = append(dst, make([]byte, n)...)
		}
		dst[i+n] = dst[i]
		if dst[i] == '"' {
			n--
			dst[i+n] = '"'
		}
	}
	return dst
}

// appendEpoch writes nanoseconds as seconds since the epoch, with a fraction
// where there is one.
func appendEpoch(dst []byte, ns int64) []byte {
	dst = strconv.AppendInt(dst, ns/1e9, 10)
	if part := ns % 1e9; part > 0 {
		dst = append(dst, '.')
		for scale := int64(1e8); part > 0; scale /= 10 {
			dst = append(dst, byte('0'+part/scale))
			part %= scale
		}
	}
	return dst
}
