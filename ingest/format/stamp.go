package format

import "bytes"

// layouts are how programs write the time at the head of a line, beside ISO 8601, syslog's
// and ctime's: Y and y are years of four and two digits, M and O months by name and by number, D
// a day, h m s the time of day; anything else stands for itself. Where two fit, the
// earlier is the right one.
var layouts = []string{
	"D-M-Y h:m:s",   // Tomcat, PHP
	"D-M-Y::h:m:s",  // RabbitMQ before 3.7
	"yOD h:m:s",     // MySQL before 5.6
	"yOD hms",       // HDFS
	"D M Y h:m:s",   // Redis
	"D M h:m:s",     // Redis before 4.0
	"M D, Y h:m:s",  // java.util.logging
	"M D, Y, h:m:s", // WebLogic since Java 9
	"O/D/Y h:m:s",   // the American way
	"O/D/Y, h:m:s",  // NestJS
	"O/D/Y-h:m:s",   // Snort, Suricata
	"D/O/Y h:m:s",   // the British way, where the day is past the 12th
	"O/D/Y:h:m:s",   // NetScaler …
	"D/O/Y:h:m:s",   // … with the day first
	"D.O.Y h:m:s",   // the German way
	"D.O.y h:m:s",   // WebSphere's German way
	"D-O-Y h:m:s",   // the Dutch and the Indian way
	"Y-O-D  h:m:s",  // SSSD
	"Y M D h:m:s",   // NX-OS
	"O-D h:m:s",     // Android
	"M/D/Y h:m:s",   // the common log format's, with a space
	"Y.O.D h:m:s",   // Icecast
	"YOD h:m:s",     // glog with --log_year_in_prefix
	"YOD-h:m:s",     // log4j's compact one
	"y-O-D h:m:s",   // with a year of two digits
	"W Y-O-D h:m:s", // journalctl -o short-full
	"M-D h:m:s",     // Nextflow
}

// leading reads the time at the start of b in whichever way programs write it. Its results are those of common.
func (c *clock) leading(b []byte) (ns int64, zone int32, n int) {
	if len(b) < shortestStamp {
		return 0, 0, 0
	}
	if b[0]-'0' <= 9 {
		if ns, zone, n = c.iso(b); n == 0 {
			ns, zone, n = c.common(b)
		}
	} else if ns, zone, n = c.syslog(b); n == 0 {
		ns, zone, n = c.ctime(b)
	}
	if n == 0 {
		ns, zone, n = c.shortYear(b)
	}
	for i := 0; i < len(layouts) && n == 0; i++ {
		ns, zone, n = c.laidOut(b, layouts[i])
	}
	return ns, zone, n
}

// Layouts with a year of two digits between slashes.
const (
	yearFirst = "y/O/D h:m:s"  // log4j, as Spark and Hadoop set it up
	yearLast  = "O/D/y h:m:s"  // IBM MQ and WebSphere …
	liberty   = "O/D/y, h:m:s" // … and its successor, the American way
)

// shortYear reads a time of those layouts. Where two fit, it is the later one that was before now.
func (c *clock) shortYear(b []byte) (ns int64, zone int32, n int) {
	if b[1] != '/' && b[2] != '/' {
		return 0, 0, 0
	}
	first, firstZone, m := c.laidOut(b, yearFirst)
	if ns, zone, n = c.laidOut(b, yearLast); n == 0 {
		ns, zone, n = c.laidOut(b, liberty)
	}
	switch {
	case m == 0:
		return ns, zone, n
	case n > 0 && ns > first && !c.now.IsZero() && ns <= c.now.UnixNano()+2*86400e9:
		return ns, zone, n
	case n > 0:
		first, firstZone, m = c.laidOut(b, yearFirst) // what c remembers is this one
	}
	return first, firstZone, m
}

// laidOut reads a time of that layout at the start of b.
func (c *clock) laidOut(b []byte, layout string) (ns int64, zone int32, n int) {
	var year, month, day, hour, minute, second int
	at := 0 // of the seconds
	for i := range len(layout) {
		if n >= len(b) {
			return 0, 0, 0
		}
		var (
			size int
			into *int
		)
		switch layout[i] {
		case 'Y':
			size, into = 4, &year
		case 'y':
			size, into = 2, &year
		case 'O':
			size, into = 2, &month
		case 'D':
			size, into = 2, &day
		case 'h':
			size, into = 2, &hour
		case 'm':
			size, into = 2, &minute
		case 's':
			size, into, at = 2, &second, n
		case 'M':
			if len(b) < n+3 {
				return 0, 0, 0
			}
			if month = monthOf(b[n:]); month == 0 {
				return 0, 0, 0
			}
			n += 3
			continue
		case 'W':
			if len(b) < n+3 || b[n]-'A' > 25 || b[n+1]-'a' > 25 || b[n+2]-'a' > 25 {
				return 0, 0, 0
			}
			n += 3
			continue
		default:
			if b[n] != layout[i] {
				return 0, 0, 0
			}
			n++
			continue
		}
		from := n
		for n < len(b) && n < from+size && b[n]-'0' <= 9 {
			*into = *into*10 + int(b[n]-'0')
			n++
		}
		switch short := n - from; {
		case short == size:
		case short == 0 && (layout[i] == 'D' || layout[i] == 'h') && from+1 < len(b) && b[from] == ' ' && b[from+1]-'0' <= 9: // padded
			*into = int(b[from+1] - '0')
			n = from + 2
		case short == 1 && (layout[i] == 'D' || layout[i] == 'O' || layout[i] == 'h') && (i+1 == len(layout) || layout[i+1] < 'A'):
		default:
			return 0, 0, 0
		}
	}
	if n < len(b) && b[n]-'0' <= 9 || second > 60 || hour > 23 || minute > 59 {
		return 0, 0, 0
	}
	if bytes.IndexByte([]byte(layout), 'y') >= 0 {
		year += 2000
	} else if year == 0 {
		if year = c.year(month, day, hour, minute, second); year == 0 {
			return 0, 0, 0
		}
	}
	var ok bool
	var wall int64
	if wall, ok = civil(year, month, day, hour, minute); !ok {
		return 0, 0, 0
	}
	after := n
	if after < len(b) && (b[after] == '.' || b[after] == ',') {
		if end := digits(b, after+1); end > after+1 {
			after = end
		}
	}
	if half := b[min(after, len(b)):]; len(half) >= 3 && half[0] == ' ' && half[2]|0x20 == 'm' && (len(half) == 3 || !wordByte(half[3])) {
		switch {
		case half[1]|0x20 == 'p' && hour < 12:
			wall += 12 * 3600
		case half[1]|0x20 == 'a' && hour == 12:
			wall -= 12 * 3600
		}
		c.minute, c.mark = wall, 1
		return c.parted(b, at, after, after+3)
	}
	c.minute, c.mark = wall, 1
	if n+4 <= len(b) && b[n] == ':' && digits(b, n+1) == n+4 { // WebSphere's milliseconds
		return c.parted(b, at, n+4, n+4)
	}
	if b[at-1] != ':' { // hms
		second := [3]byte{':', b[at], b[at+1]}
		ns, zone, _ = c.seconds(second[:], 0)
		return ns, zone, n
	}
	return c.seconds(b, at-1)
}

// parted is seconds for those at b[at:end] with the zone, where there is one, at b[then:]; the fraction may stand behind a colon.
func (c *clock) parted(b []byte, at, end, then int) (ns int64, zone int32, n int) {
	var text [40]byte
	s := append(append(text[:0], ':'), b[at:min(end, at+len("01.123456789"))]...)
	if len(s) > 3 && s[3] == ':' {
		s[3] = '.'
	}
	head := len(s)
	ns, zone, n = c.seconds(append(s, b[then:min(len(b), then+8)]...), 0)
	return ns, zone, then + n - head
}

// abbreviations are the zones that times name by letters, in seconds east of UTC: those that are one
// zone only in PostgreSQL's default set.
var abbreviations = map[string]int32{
	"CET": 3600, "CEST": 7200, "MET": 3600, "MEST": 7200, "MEZ": 3600, "MESZ": 7200, "WET": 0, "WEST": 3600, "BST": 3600, "EET": 7200, "EEST": 10800, "MSK": 10800, "SAST": 7200,
	"EST": -5 * 3600, "EDT": -4 * 3600, "CST": -6 * 3600, "CDT": -5 * 3600, "MST": -7 * 3600, "MDT": -6 * 3600, "PST": -8 * 3600, "PDT": -7 * 3600,
	"AKST": -9 * 3600, "AKDT": -8 * 3600, "HST": -10 * 3600, "PKT": 5 * 3600, "JST": 9 * 3600, "KST": 9 * 3600,
	"AWST": 8 * 3600, "AEST": 10 * 3600, "AEDT": 11 * 3600, "NZST": 12 * 3600, "NZDT": 13 * 3600,
}

// abbreviated reads " CEST" at the start of b.
func abbreviated(b []byte) (zone int32, n int, ok bool) {
	for n = 1; n < len(b) && b[n]-'A' <= 25; n++ {
	}
	if n < 4 || n > 5 || n < len(b) && wordByte(b[n]) {
		return 0, 0, false
	}
	zone, ok = abbreviations[string(b[1:n])]
	return zone, n, ok
}
