package format

import (
	"encoding/binary"
	"math"
	"time"
)

// clock reads the times that lines of text carry. It remembers the minute it
// read last, which the next line mostly shares, so that a calendar is consulted
// once a minute.
type clock struct {
	loc *time.Location // of times without a zone; nil is UTC
	now time.Time      // about when the lines were written, for dates without a year

	head, tail uint64 // the 16 bytes of the date, hour and minute read last
	mark       byte   // the layout: the 17th byte of common's, 0 for iso, 1 for none remembered, 2 for syslog
	minute     int64  // that minute in seconds since the epoch, as if it were UTC

	text [4]uint64 // of common's time read last that has an offset and no fraction: its 27 bytes from 0, 8, 16 and 19 on
	at   int64     // what it meant, seconds since the epoch
	east int32     // and its offset

	zone     uint64 // the 7 bytes " -0700]" that named the zone read last; 0 is none
	zoneEast int32  // what they mean

	zoneMinute int64 // the minute that zoneShift belongs to
	zoneKnown  bool
	zoneShift  int32

	*past
}

// past is what is known of earlier lines that can matter to later ones: which
// year a date without one is of, which of the two hours it is when a
// zone sets its clocks back, and which unit numbers have.
type past struct {
	last     int64 // seconds since the epoch of the time read last
	anything bool  // last is set
	leaned   bool  // a time was read by what was known
	inner    bool  // a line was looked for within another, by formats that remember what they found, or joined with one
	lapses   lapses
}

func newClock(o Options) clock {
	loc := o.Location
	if loc == time.UTC {
		loc = nil
	}
	if o.past == nil {
		o.past = new(past)
	}
	return clock{loc: loc, now: o.Now, past: o.past}
}

// common reads "10/Oct/2000:13:55:36 -0700" at the start of b, also with a
// fraction behind the seconds and without the zone; with a space before the hour, as
// Python's servers write, there is none. It returns nanoseconds since
// the epoch, the zone in seconds east of UTC and the length, 0 when it is none.
func (c *clock) common(b []byte) (ns int64, zone int32, n int) {
	if len(b) < 20 {
		return 0, 0, 0
	}
	head, tail := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	var text [4]uint64
	if len(b) > commonSize && head != 0 { // c remembers zeros at first
		third, fourth := binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint64(b[19:])
		if head == c.text[0] && tail == c.text[1] && third == c.text[2] && fourth == c.text[3] {
			c.last, c.anything = c.at, true
			return c.at * 1e9, c.east, commonSize
		}
		text = [4]uint64{head, tail, third, fourth}
	}
	if b[11] == ' ' && len(b) > 20 && b[20] == ' ' {
		return 0, 0, 0
	}
	if head != c.head || tail != c.tail || c.mark != b[16] {
		day, ok1 := twoDigits(b)
		century, ok2 := twoDigits(b[7:])
		year, ok3 := twoDigits(b[9:])
		hour, ok4 := twoDigits(b[12:])
		minute, ok5 := twoDigits(b[15:])
		if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || b[2] != '/' || b[6] != '/' || b[11] != ':' && b[11] != ' ' || b[14] != ':' {
			return 0, 0, 0
		}
		at, ok := civil(century*100+year, monthOf(b[3:6]), day, hour, minute)
		if !ok {
			return 0, 0, 0
		}
		c.head, c.tail, c.mark, c.minute = head, tail, b[16], at
	}
	ns, zone, n = c.seconds(b, 17)
	if n == commonSize && len(b) > n && b[20] == ' ' && (b[21] == '+' || b[21] == '-') {
		c.text, c.at, c.east = text, c.last, zone
	}
	return ns, zone, n
}

// commonSize is the length of common's time with an offset and without a fraction.
const commonSize = len("10/Oct/2000:13:55:36 -0700")

// iso reads "2026-11-21T06:53:01.25+01:00" at the start of b: with T or a space,
// with dashes or slashes, with or without fraction and zone. Its results are
// those of common.
func (c *clock) iso(b []byte) (ns int64, zone int32, n int) {
	if len(b) < 19 {
		return 0, 0, 0
	}
	head, tail := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	if head != c.head || tail != c.tail || c.mark != 0 {
		day, ok := isoDay(b)
		hour, ok1 := twoDigits(b[11:])
		minute, ok2 := twoDigits(b[14:])
		if !ok || !ok1 || !ok2 || hour > 23 || minute > 59 || b[13] != ':' ||
			b[10] != 'T' && b[10] != ' ' && b[10] != 't' && b[10] != '\t' && b[10] != '_' {
			return 0, 0, 0
		}
		c.head, c.tail, c.mark, c.minute = head, tail, 0, day+int64(hour*3600+minute*60)
	}
	return c.seconds(b, 16)
}

// seconds reads ":36.25 +0100" at b[n:], behind the minute that c remembers.
func (c *clock) seconds(b []byte, n int) (int64, int32, int) {
	if len(b) < n+3 || b[n] != ':' {
		return 0, 0, 0
	}
	second, ok := twoDigits(b[n+1:])
	if !ok || second > 60 { // 60 is a leap second
		return 0, 0, 0
	}
	n += 3
	part := int64(0)
	if n < len(b) && (b[n] == '.' || b[n] == ',') {
		end := digits(b, n+1)
		if end > n+1 {
			part = fraction(b[n+1 : end])
			n = end
		}
	}
	at := c.minute + int64(second)
	if len(b) >= n+8 && binary.LittleEndian.Uint64(b[n:])&(1<<56-1) == c.zone { // most lines: that of the line before
		at -= int64(c.zoneEast)
		c.last, c.anything = at, true
		return at*1e9 + part, c.zoneEast, n + 6
	}
	if zone, length, ok := zoneAt(b[n:]); ok {
		if length == 6 && len(b) >= n+8 && b[n+6] == ']' {
			c.zone, c.zoneEast = binary.LittleEndian.Uint64(b[n:])&(1<<56-1), zone
		}
		at -= int64(zone)
		c.last, c.anything = at, true
		return at*1e9 + part, zone, n + length
	}
	zone := c.shift()
	at -= int64(zone)
	c.last, c.anything = at, true
	return at*1e9 + part, zone, n
}

// zoneAt reads " -0700", "+01:00", "Z", " UTC" or " CEST" at the start of b. It is false
// when the time names no zone.
func zoneAt(b []byte) (zone int32, n int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	if b[0] == ' ' {
		n = 1
		if len(b) == 1 {
			return 0, 0, false
		}
	}
	switch b[n] {
	case 'Z', 'z':
		if n+1 == len(b) || !wordByte(b[n+1]) {
			return 0, n + 1, true
		}
	case 'U', 'G':
		if w := b[n:]; len(w) >= 3 && (string(w[:3]) == "UTC" || string(w[:3]) == "GMT") && (len(w) == 3 || !wordByte(w[3])) {
			return 0, n + 3, true
		}
	case 'A', 'B', 'C', 'E', 'H', 'J', 'K', 'M', 'N', 'P', 'S', 'W':
		if n == 1 {
			return abbreviated(b)
		}
	case '+', '-':
		end := digits(b, n+1)
		if end == n+3 && end+2 < len(b) && b[end] == ':' && digits(b, end+1) == end+3 {
			end += 3
		}
		if end == n+1 { // " - " is the next field
			return 0, 0, false
		}
		if zone, ok = offsetOf(b[n:end]); ok {
			return zone, end, true
		}
	}
	return 0, 0, false
}

func wordByte(b byte) bool {
	return b-'0' <= 9 || b|0x20-'a' < 26 || b == '_'
}

// fraction is the digits behind the point as nanoseconds. Digits beyond the
// ninth are dropped.
func fraction(b []byte) int64 {
	v, scale := int64(0), int64(1e9)
	for i := 0; i < len(b) && i < 9; i++ {
		v = v*10 + int64(b[i]-'0')
		scale /= 10
	}
	return v * scale
}

// shift is the offset of c.loc in the remembered minute.
func (c *clock) shift() int32 {
	if c.loc == nil {
		return 0
	}
	// In the hour that a zone repeats the same minute means two times: ask again
	// when time went on since, as the earlier lines tell which of the two it is.
	if !c.zoneKnown || c.zoneMinute != c.minute || c.last+int64(c.zoneShift) > c.minute+600 {
		c.zoneShift = c.offset(c.minute)
		c.zoneMinute, c.zoneKnown = c.minute, true
	}
	return c.zoneShift
}

// offset is the offset of c.loc at a wall-clock time, given in seconds as if it
// were UTC. Where a zone repeats an hour it is the one that puts the time
// nearest to the time read last, and the first where nothing was read; an hour
// that a zone leaves out is read as Go's time.Date does.
func (c *clock) offset(wall int64) int32 {
	u := time.Unix(wall, 0).UTC()
	t := time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), 0, c.loc)
	_, offset := t.Zone()
	early, late := t, t
	start, end := t.ZoneBounds()
	if !end.IsZero() {
		_, after := end.Zone()
		if again := t.Add(time.Duration(offset-after) * time.Second); offset > after && !again.Before(end) {
			late = again
		}
	}
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if first := t.Add(time.Duration(offset-before) * time.Second); before > offset && first.Before(start) {
			early = first
		}
	}
	if early != late {
		c.leaned = true
	}
	if early != late && c.anything && distance(late.Unix(), c.last) < distance(early.Unix(), c.last) {
		early = late
	}
	_, offset = early.Zone()
	return int32(offset)
}

func distance(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}

// syslog reads "Nov 21 06:53:01" at the start of b, the day padded with a space
// or not at all, with or without a fraction, a year and a zone. Its results are those of common.
func (c *clock) syslog(b []byte) (ns int64, zone int32, n int) {
	if len(b) < 14 || b[3] != ' ' {
		return 0, 0, 0
	}
	fixed := b[6] == ' ' && b[9] == ':' && b[12] == ':' // the minute is b[:12]
	head, tail := binary.LittleEndian.Uint64(b), uint64(binary.LittleEndian.Uint32(b[8:]))
	if fixed && head == c.head && tail == c.tail && c.mark == 2 {
		return c.seconds(b, 12)
	}
	month := monthOf(b)
	n = 4
	if b[n] == ' ' {
		n++
	}
	end := digits(b, n)
	if month == 0 || end == n || end > n+2 || end >= len(b) || b[end] != ' ' {
		return 0, 0, 0
	}
	day := 0
	for ; n < end; n++ {
		day = day*10 + int(b[n]-'0')
	}
	n++
	year := 0
	if digits(b, n) == n+4 && n+4 < len(b) && b[n+4] == ' ' {
		for end = n + 4; n < end; n++ {
			year = year*10 + int(b[n]-'0')
		}
		n++
	}
	if len(b) < n+8 || b[n+2] != ':' || b[n+5] != ':' {
		return 0, 0, 0
	}
	hour, ok1 := twoDigits(b[n:])
	minute, ok2 := twoDigits(b[n+3:])
	second, ok3 := twoDigits(b[n+6:])
	if !ok1 || !ok2 || !ok3 || second > 60 {
		return 0, 0, 0
	}
	var ok bool
	if year == 0 {
		if year = c.year(month, day, hour, minute, second); year == 0 {
			return 0, 0, 0
		}
	}
	if c.minute, ok = civil(year, month, day, hour, minute); !ok {
		return 0, 0, 0
	}
	c.mark = 1
	if fixed {
		c.mark, c.head, c.tail = 2, head, tail
	}
	return c.seconds(b, n+5)
}

// year picks the year of a date that has none: the one that puts it nearest to
// the time read last, so that New Year is crossed; for the first date the
// latest that is not more than two days in the future of now.
func (c *clock) year(month, day, hour, minute, second int) int {
	c.leaned = true
	near, from := c.last, 1970
	if c.anything {
		from = time.Unix(c.last, 0).UTC().Year()
	} else if !c.now.IsZero() {
		near, from = c.now.Unix(), c.now.UTC().Year()
	}
	best, far := 0, int64(math.MaxInt64)
	for year := from + 1; year >= from-8; year-- { // 29 February exists every 8 years
		at, ok := civil(year, month, day, hour, minute)
		if !ok {
			continue
		}
		at += int64(second)
		if !c.anything {
			if c.now.IsZero() && year <= 1970 || !c.now.IsZero() && at <= near+2*86400 {
				return year
			}
			continue
		}
		if d := distance(at, near); d < far {
			best, far = year, d
		}
	}
	return best
}

// lately is about when a line without a time was written: when the line before it was.
func (c *clock) lately() int64 {
	c.leaned = true
	switch {
	case c.anything:
		return c.last * 1e9
	case !c.now.IsZero():
		return c.now.UnixNano()
	}
	return 0
}

// ctime reads "Wed Feb 12 10:22:58 2014" at the start of b, the day padded with a space or not at all, also with
// a fraction behind the seconds. Its results are those of common.
func (c *clock) ctime(b []byte) (ns int64, zone int32, n int) {
	if len(b) < 23 || b[3] != ' ' || b[7] != ' ' {
		return 0, 0, 0
	}
	i := 11 // of the hour
	if b[9] == ' ' {
		i = 10
	}
	if b[i-1] != ' ' || b[i+2] != ':' || b[i+5] != ':' {
		return 0, 0, 0
	}
	end := i + 8
	if b[end] == '.' {
		end = digits(b, end+1)
	}
	if len(b) < end+5 || b[end] != ' ' {
		return 0, 0, 0
	}
	day, ok := twoDigits(b[8:])
	if b[8] == ' ' || i == 10 {
		day, ok = int(b[i-2]-'0'), b[i-2]-'0' <= 9
	}
	hour, ok1 := twoDigits(b[i:])
	minute, ok2 := twoDigits(b[i+3:])
	century, ok3 := twoDigits(b[end+1:])
	year, ok4 := twoDigits(b[end+3:])
	if !ok || !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, 0, 0
	}
	if c.minute, ok = civil(century*100+year, monthOf(b[4:]), day, hour, minute); !ok {
		return 0, 0, 0
	}
	c.mark = 1
	if ns, zone, n = c.seconds(b[:end], i+5); n != end {
		return 0, 0, 0
	}
	end += 5
	if east, length, ok := zoneAt(b[end:]); ok && length >= len(" +0100") { // git, Oracle's audit files
		c.last += int64(zone - east)
		return ns + int64(zone-east)*1e9, east, end + length
	}
	return ns, zone, end
}

// epoch reads seconds since the epoch with any fraction, or milli-, micro- or
// nanoseconds, told by their size, from all of b. It is false when b is no
// time between 1973 and 2262.
func epoch(b []byte) (ns int64, ok bool) {
	d, n := decimalOf(b)
	if n == 0 || n != len(b) {
		return 0, false
	}
	return sinceEpoch(d)
}

// civil is a date and time of the Gregorian calendar in seconds since the
// epoch, as if in UTC. It is false when there is no such date, or none that nanoseconds in
// an int64 can hold.
func civil(year, month, day, hour, minute int) (int64, bool) {
	if year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 {
		return 0, false
	}
	if day > 28 && day > daysIn(month, year) {
		return 0, false
	}
	// Days from civil, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
	y, m := year, month
	if m <= 2 {
		y--
		m += 12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + day - 719469
	return int64(days)*86400 + int64(hour*3600+minute*60), true
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// isoDay reads "2026-11-21" or "2026/11/21" at the start of b as seconds since
// the epoch.
func isoDay(b []byte) (int64, bool) {
	if len(b) < 10 || b[4] != b[7] || b[4] != '-' && b[4] != '/' {
		return 0, false
	}
	century, ok := twoDigits(b)
	year, ok1 := twoDigits(b[2:])
	month, ok2 := twoDigits(b[5:])
	day, ok3 := twoDigits(b[8:])
	if !ok || !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	return civil(century*100+year, month, day, 0, 0)
}
