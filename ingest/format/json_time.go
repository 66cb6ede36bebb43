package format

// shortestStamp is the length of the shortest date with a time.
const shortestStamp = 14

// stampOf reads a record's time in whichever way it is written: RFC 3339 and
// its relatives, the common log format's, ctime's, syslog's, or a number since the epoch.
// It returns nanoseconds since the epoch and the zone in seconds east of UTC.
func (c *clock) stampOf(b []byte) (ns int64, zone int32, ok bool) {
	if len(b) > 2 && b[0] == '[' && b[len(b)-1] == ']' {
		b = b[1 : len(b)-1]
	}
	n := 0
	switch {
	case len(b) < shortestStamp || b[0]-'0' <= 9 && digits(b, 0) > 4:
	case b[4] == '-' || b[4] == '/':
		ns, zone, n = c.iso(b)
	case b[2] == '/':
		ns, zone, n = c.common(b)
	case b[0]-'0' > 9:
		if ns, zone, n = c.ctime(b); n == 0 {
			ns, zone, n = c.syslog(b)
		}
	}
	if n > 0 {
		return ns, zone, n == len(b)
	}
	ns, ok = epoch(b)
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
