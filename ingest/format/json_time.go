package format

import "time"

// stamp reads the times that records carry: RFC 3339 and its relatives, the
// common log format's, and numbers since the Unix epoch. It remembers the
// minute it read last, which the next line mostly shares.
type stamp struct {
	loc    *time.Location // of times without a zone
	key    [17]byte       // the date, hour and minute read last
	length int
	minute int64 // the start of that minute, as if it were UTC, seconds since the epoch
	known  bool  // shift is known
	shift  int32 // offset of loc in that minute
}

// parse returns the time in nanoseconds since the epoch and the offset it was
// written with, in seconds east of UTC.
func (s *stamp) parse(b []byte) (ns int64, zone int32, ok bool) {
	switch {
	case len(b) >= 16 && (b[4] == '-' || b[4] == '/') && b[7] == b[4] && b[13] == ':':
		return s.clock(b, 16)
	case len(b) >= 17 && b[2] == '/' && b[6] == '/' && b[14] == ':':
		return s.clock(b, 17)
	case len(b) >= 2 && b[0] == '[' && b[len(b)-1] == ']':
		return s.parse(b[1 : len(b)-1])
	}
	d, n := decimalOf(b)
	if n == 0 || n != len(b) {
		return 0, 0, false
	}
	ns, ok = sinceEpoch(d)
	return ns, 0, ok
}

// sinceEpoch reads seconds, milliseconds, microseconds or nanoseconds since the
// epoch. Which is told by the magnitude; it begins in 1973.
func sinceEpoch(d decimal) (int64, bool) {
	if d.negative {
		return 0, false
	}
	magnitude := d.exp // digits before the point
	for v := d.digits; v > 0; v /= 10 {
		magnitude++
	}
	switch {
	case magnitude < 9:
		return 0, false
	case magnitude <= 11:
		return d.scaled(9)
	case magnitude <= 14:
		return d.scaled(6)
	case magnitude <= 17:
		return d.scaled(3)
	}
	return d.scaled(0)
}

// clock reads a time whose first n bytes tell the minute.
func (s *stamp) clock(b []byte, n int) (ns int64, zone int32, ok bool) {
	if s.length != n || string(s.key[:n]) != string(b[:n]) {
		minute, ok := minuteOf(b[:n])
		if !ok {
			return 0, 0, false
		}
		s.minute, s.known = minute, false
		s.length = copy(s.key[:], b[:n])
	}
	b = b[n:]
	if len(b) >= 3 && b[0] == ':' {
		second, ok := twoDigits(b[1:])
		if !ok || second > 60 {
			return 0, 0, false
		}
		ns = int64(second) * 1e9
		b = b[3:]
		if len(b) >= 2 && (b[0] == '.' || b[0] == ',') {
			end := digits(b, 1)
			if end == 1 {
				return 0, 0, false
			}
			part := int64(0)
			for i := 1; i < 10; i++ {
				part *= 10
				if i < end {
					part += int64(b[i] - '0')
				}
			}
			ns += part
			b = b[end:]
		}
	}
	ns += s.minute * 1e9

	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	switch {
	case len(b) == 0:
		if !s.known {
			s.shift, s.known = 0, true
			if s.loc != nil && s.loc != time.UTC {
				u := time.Unix(s.minute, 0).UTC()
				_, offset := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), 0, 0, s.loc).Zone()
				s.shift = int32(offset)
			}
		}
		zone = s.shift
	case string(b) == "Z" || string(b) == "z" || string(b) == "UTC" || string(b) == "GMT":
	default:
		if zone, ok = offsetOf(b); !ok {
			return 0, 0, false
		}
	}
	return ns - int64(zone)*1e9, zone, true
}

// minuteOf reads "2006-01-02T15:04" (also with a space, with slashes) and
// "02/Jan/2006:15:04" as seconds since the epoch, as if in UTC.
func minuteOf(b []byte) (int64, bool) {
	var year, month, day int
	var ok [5]bool
	if len(b) == 16 {
		var century, rest int
		century, ok[0] = twoDigits(b)
		rest, ok[1] = twoDigits(b[2:])
		month, ok[2] = twoDigits(b[5:])
		day, ok[3] = twoDigits(b[8:])
		year, ok[4] = century*100+rest, b[10] == 'T' || b[10] == 't' || b[10] == ' ' || b[10] == '_'
	} else {
		var century, rest int
		day, ok[0] = twoDigits(b)
		month = monthOf(b[3:6])
		century, ok[1] = twoDigits(b[7:])
		rest, ok[2] = twoDigits(b[9:])
		year, ok[3], ok[4] = century*100+rest, b[11] == ':', month > 0
	}
	hour, hourOK := twoDigits(b[len(b)-5:])
	minute, minuteOK := twoDigits(b[len(b)-2:])
	if ok != [5]bool{true, true, true, true, true} || !hourOK || !minuteOK ||
		year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 {
		return 0, false
	}
	at := time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC)
	if at.Day() != day { // the 31st of a month of 30 days
		return 0, false
	}
	return at.Unix(), true
}

func twoDigits(b []byte) (int, bool) {
	if len(b) < 2 || b[0]-'0' > 9 || b[1]-'0' > 9 {
		return 0, false
	}
	return int(b[0]-'0')*10 + int(b[1]-'0'), true
}

func monthOf(b []byte) int {
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := 0; i < len(names); i += 3 {
		if b[0]|0x20 == names[i] && b[1]|0x20 == names[i+1] && b[2]|0x20 == names[i+2] {
			return i/3 + 1
		}
	}
	return 0
}

// offsetOf reads "+02:00", "-0700" or "+02" as seconds east of UTC.
func offsetOf(b []byte) (int32, bool) {
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hours, ok := twoDigits(b[1:])
	if !ok || hours > 23 {
		return 0, false
	}
	minutes := 0
	if rest := b[3:]; len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if minutes, ok = twoDigits(rest); !ok || len(rest) != 2 || minutes > 59 {
			return 0, false
		}
	}
	zone := int32(hours*3600 + minutes*60)
	if b[0] == '-' {
		zone = -zone
	}
	return zone, true
}
