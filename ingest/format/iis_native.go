package format

import (
	"bytes"

	"weir/ingest/event"
)

// iisNative is the Microsoft IIS log file format, whose fields are fixed: client, user, date, time, service,
// server, its address, milliseconds, bytes received and sent, status, Windows' status, method, target, parameters.
var iisNative = Format{
	Name: "iis_native", Title: "Microsoft IIS log file format, with commas",
	New: func(o Options) Parser { return &iisParser{newText(o)} },
}

type iisParser struct{ text }

const (
	iisClient = iota
	iisUser
	iisDate
	iisTime
	iisService
	iisServer
	iisAddress
	iisTaken
	iisReceived
	iisSent
	iisStatus
	iisWindows
	iisMethod
	iisTarget
	iisQuery
	iisCells
)

// Parse implements Parser.
func (p *iisParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	var cells [iisCells][]byte
	var at [iisCells]int
	for n, i := 0, 0; n < iisCells; n++ {
		end := bytes.Index(line[i:], []byte(", "))
		if end < 0 || n == iisQuery {
			if n < iisQuery {
				return p.reject(line, e, event.BadField, "", len(line))
			}
			end = len(bytes.TrimSuffix(line[i:], []byte{','}))
		}
		cells[n], at[n] = line[i:i+end:i+end], i
		if n == iisTime && !p.when(e, cells[iisDate], cells[iisTime]) {
			return p.reject(line, e, event.NoTime, "time", at[iisDate])
		}
		i = min(i+end+2, len(line))
	}
	var ok bool
	if e.Duration, ok = lapse(cells[iisTaken], millis); !ok {
		return p.reject(line, e, event.BadField, "http.server.request.duration", at[iisTaken])
	}
	if e.Bytes, ok = count(cells[iisSent]); !ok {
		return p.reject(line, e, event.BadField, "http.response.body.size", at[iisSent])
	}
	if e.Status, ok = status(cells[iisStatus]); !ok {
		return p.reject(line, e, event.BadField, "http.response.status_code", at[iisStatus])
	}
	if e.Method = given(cells[iisMethod]); !token(e.Method) {
		return p.reject(line, e, event.BadField, "http.request.method", at[iisMethod])
	}
	e.Client, e.User = given(cells[iisClient]), given(cells[iisUser])
	if join(e, given(cells[iisTarget]), given(cells[iisQuery])); len(e.Target) == 0 && len(e.Method) == 0 {
		e.Flags |= event.EmptyRequest
	}
	m := e.Extra()
	m.Service, m.Hostname = given(cells[iisService]), given(cells[iisServer])
	if p.keep {
		attribute(e, "s-ip", cells[iisAddress])
		attribute(e, "cs-bytes", cells[iisReceived])
		attribute(e, "sc-win32-status", cells[iisWindows])
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// when sets the time of e: the date as the server's region writes it, "03/20/05" or "20.03.2005", where with
// slashes the month comes first unless it can't; and "7:55:20" in the server's zone.
func (p *iisParser) when(e *event.Event, date, hour []byte) bool {
	var d, h [3]int
	if !numbers(date, "/.-", &d) || !numbers(hour, ":", &h) || h[2] > 60 {
		return false
	}
	year, month, day := d[2], d[0], d[1]
	switch {
	case d[0] > 31:
		year, month, day = d[0], d[1], d[2]
	case bytes.IndexByte(date, '.') > 0 || d[0] > 12:
		month, day = d[1], d[0]
	}
	if year < 100 {
		if year += 1900; year < 1970 {
			year += 100
		}
	}
	at, ok := civil(year, month, day, h[0], h[1])
	if !ok {
		return false
	}
	p.clock.minute, p.clock.mark = at, 1
	e.Zone = p.clock.shift()
	at += int64(h[2]) - int64(e.Zone)
	p.clock.last, p.clock.anything = at, true
	e.Time = at * 1e9
	return true
}

// numbers reads three numbers of at most four digits with one of by between them, all of b.
func numbers(b []byte, by string, three *[3]int) bool {
	n, from := 0, 0
	for i, c := range b {
		if c -= '0'; c <= 9 {
			if three[n] = three[n]*10 + int(c); three[n] > 9999 {
				return false
			}
			continue
		}
		if n == 2 || i == from || bytes.IndexByte([]byte(by), b[i]) < 0 {
			return false
		}
		n, from = n+1, i+1
	}
	return n == 2 && from < len(b)
}
