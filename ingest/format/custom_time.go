package format

import (
	"time"

	"weir/ingest/event"
)

// time reads a field whose length shows, at i. It returns where that ends.
func (p *customParser) time(s *step, line []byte, i int, at *moment) (end int, ok bool) {
	b := line[i:]
	switch s.role {
	case roleFraction:
		n := digits(b, 0)
		at.part = fraction(b[:n])
		return i + n, n > 0
	case roleStrftime:
		n, ok := strptime(s.layout, b, at)
		return i + n, ok
	case roleBracket:
		if len(b) == 0 || b[0] != '[' {
			return i, false
		}
		n := p.usual(b[1:], at)
		if n == 0 || 1+n >= len(b) || b[1+n] != ']' {
			return i, false
		}
		return i + n + 2, true
	}
	n := p.usual(b, at)
	return i + n, n > 0
}

// usual reads a time in any of the usual layouts at the start of b and returns
// its length.
func (p *customParser) usual(b []byte, at *moment) (n int) {
	if len(b) < 9 {
		return 0
	}
	var ns int64
	var zone int32
	switch {
	case b[2] == '/':
		ns, zone, n = p.clock.common(b)
	case b[4] == '-' || b[4] == '/':
		ns, zone, n = p.clock.iso(b)
	case b[0]-'0' <= 9:
		if n = digits(b, 0); n < len(b) && b[n] == '.' {
			n = digits(b, n+1)
		}
		var ok bool
		if ns, ok = epoch(b[:n]); !ok {
			return 0
		}
	default:
		if ns, zone, n = p.clock.ctime(b); n == 0 {
			ns, zone, n = p.clock.syslog(b)
		}
	}
	at.seconds, at.part, at.zone, at.whole = ns/1e9, ns%1e9, zone, true
	if at.part < 0 {
		at.seconds, at.part = at.seconds-1, at.part+1e9
	}
	return n
}

// piece reads a date, a time of day, a zone or a number of units since 1970.
func (p *customParser) piece(s *step, b []byte, at *moment) bool {
	switch s.role {
	case roleEpoch:
		ns, ok := lapse(b, s.unit)
		at.seconds, at.part, at.whole = ns/1e9, ns%1e9, true
		return ok && ns >= 0
	case roleZone: // what GoAccess' users skip behind the time
		if zone, n, ok := zoneAt(b); ok && n == len(b) {
			at.zone, at.zoned = zone, true
		}
		return true
	case roleDate:
		day, ok := dayOf(b)
		at.seconds += day
		return ok
	}
	if len(b) < 8 || b[2] != ':' || b[5] != ':' {
		return false
	}
	hour, ok := twoDigits(b)
	minute, ok1 := twoDigits(b[3:])
	second, ok2 := twoDigits(b[6:])
	if !ok || !ok1 || !ok2 || hour > 23 || minute > 59 || second > 60 {
		return false
	}
	at.seconds += int64(hour*3600 + minute*60 + second)
	b = b[8:]
	if len(b) > 1 && (b[0] == '.' || b[0] == ',') && digits(b, 1) > 1 {
		n := digits(b, 1)
		at.part = fraction(b[1:n])
		b = b[n:]
	}
	if len(b) == 0 {
		return true
	}
	zone, n, ok := zoneAt(b)
	at.zone, at.zoned = zone, true
	return ok && n == len(b)
}

// dayOf reads "10/Oct/2000", "2000-10-10", "2000/10/10" or "20001010".
func dayOf(b []byte) (int64, bool) {
	switch {
	case len(b) == 11 && b[2] == b[6]:
		day, ok := twoDigits(b)
		century, ok1 := twoDigits(b[7:])
		year, ok2 := twoDigits(b[9:])
		if !ok || !ok1 || !ok2 {
			return 0, false
		}
		return civil(century*100+year, monthOf(b[3:]), day, 0, 0)
	case len(b) == 10:
		return isoDay(b)
	case len(b) == 8:
		century, ok := twoDigits(b)
		year, ok1 := twoDigits(b[2:])
		month, ok2 := twoDigits(b[4:])
		day, ok3 := twoDigits(b[6:])
		if !ok || !ok1 || !ok2 || !ok3 {
			return 0, false
		}
		return civil(century*100+year, month, day, 0, 0)
	}
	return 0, false
}

// settle sets the time of e from its pieces.
func (p *customParser) settle(e *event.Event, at *moment) {
	switch {
	case p.program.timeless:
		e.Flags |= event.BadTime
		if !p.clock.now.IsZero() {
			e.Time = p.clock.now.UnixNano()
		}
		return
	case at.whole:
	case at.zoned:
		at.seconds -= int64(at.zone)
	default:
		p.clock.minute = at.seconds / 60 * 60
		p.clock.mark = 1
		at.zone = p.clock.shift()
		at.seconds -= int64(at.zone)
	}
	p.clock.last, p.clock.anything = at.seconds, true
	e.Time, e.Zone = at.seconds*int64(time.Second)+at.part, at.zone
}

// strptime reads a time in the layout of strftime at the start of b. It returns
// its length.
func strptime(layout string, b []byte, at *moment) (n int, ok bool) {
	year, month, day, hour, minute, second := 1970, 1, 1, 0, 0, 0
	afternoon, i := -1, 0
	number := func(width int) (v int, ok bool) {
		from := i
		for i < len(b) && i < from+width && b[i]-'0' <= 9 {
			v = v*10 + int(b[i]-'0')
			i++
		}
		return v, i > from
	}
	for l := 0; l < len(layout); l++ {
		c := layout[l]
		if c != '%' {
			if i >= len(b) || b[i] != c {
				return i, false
			}
			i++
			continue
		}
		l++
		ok := true
		switch layout[l] {
		case 'Y':
			year, ok = number(4)
		case 'y':
			year, ok = number(2)
			if year += 1900; year < 1969 {
				year += 100
			}
		case 'm':
			month, ok = number(2)
		case 'd', 'e':
			if i < len(b) && b[i] == ' ' {
				i++
			}
			day, ok = number(2)
		case 'H', 'k':
			hour, ok = number(2)
		case 'I', 'l':
			hour, ok = number(2)
			hour %= 12
		case 'M':
			minute, ok = number(2)
		case 'S':
			second, ok = number(2)
		case 'b', 'h', 'B':
			if i+3 > len(b) {
				return i, false
			}
			month = monthOf(b[i:])
			i += 3
			for layout[l] == 'B' && i < len(b) && b[i]|0x20-'a' < 26 {
				i++
			}
		case 'a', 'A':
			from := i
			for i < len(b) && b[i]|0x20-'a' < 26 {
				i++
			}
			ok = i > from
		case 'p':
			if ok = i+2 <= len(b); ok {
				afternoon = 0
				if b[i]|0x20 == 'p' {
					afternoon = 12
				}
				i += 2
			}
		case 'z', 'Z':
			zone, length, found := zoneAt(b[i:])
			if !found {
				return i, false
			}
			at.zone, at.zoned = zone, true
			i += length
		case 's':
			from := i
			if i = digits(b, i); i == from || i-from > 11 {
				return from, false
			}
			at.whole, at.seconds = true, 0
			for _, c := range b[from:i] {
				at.seconds = at.seconds*10 + int64(c-'0')
			}
			if at.seconds > 9e9 {
				return from, false
			}
		default: // '%'
			if ok = i < len(b) && b[i] == layout[l]; ok {
				i++
			}
		}
		if !ok {
			return i, false
		}
	}
	if at.whole {
		return i, true
	}
	if second > 60 {
		return i, false
	}
	seconds, ok := civil(year, month, day, max(afternoon, 0)+hour, minute)
	// The parts of a time may stand in several fields: 1970-01-01 is added for each.
	at.seconds += seconds + int64(second)
	return i, ok
}

// expandLayout writes the combinations of strftime out. It returns the index of
// a conversion that is none, or -1.
func expandLayout(layout string) (string, int) {
	var out []byte
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			out = append(out, layout[i])
			continue
		}
		if i++; i == len(layout) {
			return "", i - 1
		}
		switch layout[i] {
		case 'T':
			out = append(out, "%H:%M:%S"...)
		case 'R':
			out = append(out, "%H:%M"...)
		case 'F':
			out = append(out, "%Y-%m-%d"...)
		case 'D':
			out = append(out, "%m/%d/%y"...)
		case 'c':
			out = append(out, "%a %b %e %H:%M:%S %Y"...)
		case 'n', 't':
			out = append(out, ' ')
		case 'Y', 'y', 'm', 'd', 'e', 'H', 'k', 'I', 'l', 'M', 'S', 'b', 'h', 'B', 'a', 'A', 'p', 'z', 'Z', 's', '%':
			out = append(out, '%', layout[i])
		default:
			return "", i - 1
		}
	}
	return string(out), -1
}
