package format

import "bytes"

// shortestStamp is the length of the shortest date with a time.
const shortestStamp = 14

// stampOf reads a record's time in whichever way it is written: RFC 3339 and
// its relatives, the common log format's, ctime's, syslog's, or a number since the epoch.
// It returns nanoseconds since the epoch and the zone in seconds east of UTC.
func (c *clock) stampOf(b []byte) (ns int64, zone int32, ok bool) {
	if len(b) > 2 && b[0] == '[' {
		b = bytes.TrimSuffix(b[1:], []byte{']'})
	}
	n := 0
	switch {
	case len(b) < shortestStamp || b[0]-'0' <= 9 && digits(b, 0) > 4:
	case b[4] == '-' || b[4] == '/':
		ns, zone, n = c.iso(b)
	case b[2] == '/':
		ns, zone, n = c.common(b)
	case b[3] == ',':
		ns, zone, n = c.httpDate(b)
	case b[0]-'0' > 9:
		if ns, zone, n = c.ctime(b); n == 0 {
			ns, zone, n = c.syslog(b)
		}
	}
	if n == 0 && len(b) >= shortestStamp && b[0]-'0' <= 9 && (b[2] == '-' || b[2] == '/' || b[2] == '.') { // day first
		ns, zone, n = c.leading(b)
	}
	if n > 0 {
		return ns, zone, n == len(b) || zoneName(b[n:]) && (b[n-1] == 'Z' || n > 20 && (b[n-3] == ':' || b[n-5] == '+' || b[n-5] == '-'))
	}
	ns, ok = epoch(b)
	return ns, 0, ok
}

// zoneName tells the name of a zone behind its offset: Go's " UTC", Java's "[Europe/Berlin]".
func zoneName(b []byte) bool {
	if len(b) > 2 && b[0] == '[' && b[len(b)-1] == ']' {
		return true
	}
	if len(b) < 2 || len(b) > 6 || b[0] != ' ' {
		return false
	}
	for _, c := range b[1:] {
		if c-'A' > 25 {
			return false
		}
	}
	return true
}

// httpDate reads "Sat, 21 Nov 2026 10:15:32 GMT", all of b. Its results are those of common.
func (c *clock) httpDate(b []byte) (ns int64, zone int32, n int) {
	if len(b) < 25 || b[4] != ' ' || b[7] != ' ' || b[11] != ' ' || b[16] != ' ' || b[19] != ':' {
		return 0, 0, 0
	}
	day, ok := twoDigits(b[5:])
	century, ok1 := twoDigits(b[12:])
	year, ok2 := twoDigits(b[14:])
	hour, ok3 := twoDigits(b[17:])
	minute, ok4 := twoDigits(b[20:])
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, 0, 0
	}
	if c.minute, ok = civil(century*100+year, monthOf(b[8:]), day, hour, minute); !ok {
		return 0, 0, 0
	}
	c.mark = 1
	return c.seconds(b, 22)
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
