package format

import (
	"bytes"
	"time"

	"weir/ingest/event"
)

// epa is the log of the Environmental Protection Agency's server in the Internet Traffic Archive and of others
// that wrote so: host [DAY:HH:MM:SS] "request" status bytes. Its month is the one that fits best.
var epa = Format{
	Name: "epa", Title: "host [day:hh:mm:ss] \"request\" status bytes, as EPA-HTTP",
	New: func(o Options) Parser { return &epaParser{newText(o)} },
}

type epaParser struct{ text }

// Parse implements Parser.
func (p *epaParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	i := bytes.IndexByte(line, ' ')
	if i <= 0 || !clientLike(line[:i]) {
		return p.reject(line, e, event.BadField, "client.address", 0)
	}
	e.Client = given(line[:i:i])
	stamp := line[i+1:]
	if len(stamp) < 15 || stamp[0] != '[' || stamp[3] != ':' || stamp[12] != ']' || stamp[13] != ' ' || stamp[14] != '"' {
		return p.reject(line, e, event.NoTime, "time", i+1)
	}
	var n int
	if e.Time, e.Zone, n = p.clock.dayOfMonth(stamp[1:12]); n == 0 {
		return p.reject(line, e, event.NoTime, "time", i+1)
	}
	i += 16
	end := bytes.LastIndexByte(line, '"')
	if end < i || end+2 >= len(line) || line[end+1] != ' ' {
		return p.reject(line, e, event.Truncated, "http.request", len(line))
	}
	setRequest(e, line[i:end:end])
	code, size, _ := bytes.Cut(line[end+2:], []byte{' '})
	var ok bool
	if e.Status, ok = status(code); !ok {
		return p.reject(line, e, event.BadField, "http.response.status_code", end+2)
	}
	if e.Bytes, ok = count(size); !ok {
		return p.reject(line, e, event.BadField, "http.response.body.size", end+3+len(code))
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}

// dayOfMonth reads "29:23:53:25", all of b: a day of a month that is not named. It is that of the
// month that puts the time nearest to the time read last; for the first the latest that is not more
// than a day in the future of now. Its results are those of common.
func (c *clock) dayOfMonth(b []byte) (ns int64, zone int32, n int) {
	day, ok := twoDigits(b)
	hour, ok1 := twoDigits(b[3:])
	minute, ok2 := twoDigits(b[6:])
	second, ok3 := twoDigits(b[9:])
	if !ok || !ok1 || !ok2 || !ok3 || b[2] != ':' || b[5] != ':' || b[8] != ':' || second > 60 {
		return 0, 0, 0
	}
	c.leaned = true
	near := c.now
	if c.anything {
		near = time.Unix(c.last, 0)
	} else if near.IsZero() {
		near = time.Unix(31*86400, 0)
	}
	best := int64(0)
	first := near.UTC()
	first = time.Date(first.Year(), first.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	for range 4 { // of two months in a row one has 31 days
		at, ok := civil(first.Year(), int(first.Month()), day, hour, minute)
		at += int64(second)
		switch {
		case !ok:
		case c.anything:
			if best == 0 || distance(at, c.last) < distance(best, c.last) {
				best = at
			}
		case best == 0 && at <= near.Unix()+86400:
			best = at
		}
		first = first.AddDate(0, -1, 0)
	}
	if best == 0 {
		return 0, 0, 0
	}
	c.minute, c.mark = best-int64(second), 1
	return c.seconds(b, 8)
}
