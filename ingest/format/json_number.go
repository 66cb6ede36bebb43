package format

import "weir/ingest/event"

// decimal is a decimal number as it was written: digits times ten to the exp.
type decimal struct {
	digits   uint64
	exp      int
	negative bool
	fraction bool // written with a point or an exponent
}

// decimalOf reads the number at the start of b and returns its length, 0 when
// there is none. Digits beyond the nineteenth are dropped.
func decimalOf(b []byte) (d decimal, n int) {
	i := 0
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		d.negative = b[i] == '-'
		i++
	}
	from, seen := i, 0
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			if b[i] != '.' || d.fraction {
				break
			}
			d.fraction = true
			continue
		}
		seen++
		if d.digits < (1<<63)/10 {
			d.digits = d.digits*10 + uint64(c)
			if d.fraction {
				d.exp--
			}
		} else if !d.fraction {
			d.exp++
		}
	}
	if seen == 0 {
		return decimal{}, 0
	}
	if b[i-1] == '.' && i-1 > from { // "12." is 12 and a full stop
		i--
		d.fraction = d.exp < 0
	}
	if i+1 < len(b) && b[i]|0x20 == 'e' {
		j, sign := i+1, 1
		if b[j] == '-' || b[j] == '+' {
			if b[j] == '-' {
				sign = -1
			}
			j++
		}
		if end := digits(b, j); end > j {
			e := 0
			for ; j < end; j++ {
				e = min(e*10+int(b[j]-'0'), 1<<20)
			}
			d.exp += sign * e
			d.fraction = true
			i = end
		}
	}
	return d, i
}

// scaled is d times ten to the power, rounded to the nearest integer. It is
// false when that does not fit an int64.
func (d decimal) scaled(power int) (int64, bool) {
	v, e := d.digits, d.exp+power
	if v == 0 {
		return 0, true
	}
	for ; e > 0; e-- {
		if v > (1<<63-1)/10 {
			return 0, false
		}
		v *= 10
	}
	for ; e < -1 && v != 0; e++ {
		v /= 10
	}
	if e == -1 {
		v = (v + 5) / 10
	}
	if v > 1<<63-1 {
		return 0, false
	}
	if d.negative {
		return -int64(v), true
	}
	return int64(v), true
}

// whole reads all of b as an integer; 12.0 and 1.2e1 are integers too.
func whole(b []byte) (int64, bool) {
	if len(b) > 0 && len(b) <= 18 {
		v, i := int64(0), 0
		for ; i < len(b) && b[i]-'0' <= 9; i++ {
			v = v*10 + int64(b[i]-'0')
		}
		if i == len(b) {
			return v, true
		}
	}
	d, n := decimalOf(b)
	if n == 0 || n != len(b) {
		return 0, false
	}
	for d.exp < 0 && d.digits%10 == 0 && d.digits > 0 {
		d.digits /= 10
		d.exp++
	}
	if d.exp < 0 && d.digits > 0 {
		return 0, false
	}
	return d.scaled(0)
}

// power is the power of ten that turns a number of units into nanoseconds.
func (u unit) power() int {
	switch u {
	case unitMilli:
		return 6
	case unitMicro:
		return 3
	case unitNano:
		return 0
	}
	return 9
}

// spelled reads a duration that names its units: "0.1s", "12 ms", "1.5µs",
// "1m2.5s", "1h". It returns nanoseconds, or Unknown.
func spelled(b []byte) int64 {
	total := int64(0)
	if len(b) == 0 {
		return event.Unknown
	}
	for len(b) > 0 {
		d, n := decimalOf(b)
		if n == 0 || d.negative {
			return event.Unknown
		}
		b = b[n:]
		if len(b) > 0 && b[0] == ' ' {
			b = b[1:]
		}
		n = 0
		for n < len(b) && b[n]-'0' > 9 && b[n] != ' ' && b[n] != '.' {
			n++
		}
		times, u := uint64(1), unitNone
		switch string(b[:n]) {
		case "h":
			times, u = 3600, unitSecond
		case "m", "min":
			times, u = 60, unitSecond
		case "s", "sec", "secs", "seconds":
			u = unitSecond
		case "ms", "msec", "millis", "milliseconds":
			u = unitMilli
		case "us", "µs", "μs", "usec", "micros", "microseconds":
			u = unitMicro
		case "ns", "nanos", "nanoseconds":
			u = unitNano
		default:
			return event.Unknown
		}
		if d.digits > (1<<63-1)/times {
			return event.Unknown
		}
		d.digits *= times
		v, ok := d.scaled(u.power())
		if !ok || total+v < total {
			return event.Unknown
		}
		total += v
		b = b[n:]
	}
	return total
}
