package panel

import (
	"math"
	"strconv"
	"time"
)

// Grouped writes 1284 as "1 284".
func Grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	if len(digits) <= 3 {
		return digits
	}
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ' ')
		}
		out = append(out, digits[i])
	}
	return string(out)
}

// Signed is Grouped for numbers that come as int64; less than zero is zero.
func Signed(n int64) string { return Grouped(uint64(max(n, 0))) }

// short writes a number with about three digits: 0.025, 9.7, 128, 1.5k, 2.3M.
func short(v float64) string {
	switch {
	case math.IsNaN(v) || v < 0:
		return "0"
	case v < 1 && v >= 0.001:
		return strconv.FormatFloat(v, 'g', 2, 64)
	case v < 10 && v != math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v < 999.5:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	for _, unit := range "kMGTP" {
		v /= 1000
		switch {
		case v < 9.995:
			return strconv.FormatFloat(v, 'f', 1, 64) + string(unit)
		case v < 999.5:
			return strconv.FormatFloat(v, 'f', 0, 64) + string(unit)
		}
	}
	return ">" + "999P"
}

// rate writes events per second: 0.03, 0.4, 9.7, 128, 1 284.
func rate(v float64) string {
	if v > 0 && v < 0.095 {
		return strconv.FormatFloat(max(v, 0.001), 'g', 1, 64)
	}
	if v < 9.95 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	if v >= 1e7 {
		return short(v)
	}
	return Grouped(uint64(math.Round(v)))
}

// byteSize writes bytes with a decimal unit: "640 B", "12.4 MB".
func byteSize(v float64) string {
	unit := byteUnit(v)
	return unit.write(v) + " " + unit.name
}

// percent writes a share (0 to 1) in percent without the sign, with three digits at most.
func percent(share float64) string {
	switch p := 100 * share; {
	case math.IsNaN(p):
		return "–"
	case p == 0:
		return "0"
	case p < 0.01:
		return "<0.01"
	case p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64)
	case p < 99.95:
		return strconv.FormatFloat(p, 'f', 1, 64)
	case p < 100:
		return ">99.9"
	default:
		return "100"
	}
}

// seconds writes a duration in seconds with its unit: "8 ms", "1.2 s".
func seconds(s float64) string {
	if math.IsNaN(s) {
		return "–"
	}
	unit := timeUnit(s)
	return unit.write(s) + " " + unit.name
}

// unit is the one a column of numbers is written in.
type unit struct {
	name     string
	size     float64 // of the unit, in what the numbers are
	decimals int
}

func (u unit) write(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	v /= u.size
	if least := math.Pow10(-u.decimals); v > 0 && v < least/2 {
		return "<" + strconv.FormatFloat(least, 'f', u.decimals, 64)
	}
	return strconv.FormatFloat(v, 'f', u.decimals, 64)
}

// byteUnit returns the unit in which most bytes reads well.
func byteUnit(most float64) unit {
	u := unit{"B", 1, 0}
	for _, name := range []string{"kB", "MB", "GB", "TB", "PB"} {
		if most < 999.5*u.size {
			return u
		}
		u = unit{name, u.size * 1000, 0}
		if most < 99.95*u.size {
			u.decimals = 1
		}
	}
	return u
}

// timeUnit returns the unit in which most seconds reads well.
func timeUnit(most float64) unit {
	switch {
	case !(most > 0): // many a log has no more than milliseconds
		return unit{"ms", 1e-3, 0}
	case most < 0.00099: // a quantile is known within 1 %: what is logged as 1 ms may come as 998 µs
		return unit{"µs", 1e-6, 0}
	case most < 0.00995:
		return unit{"ms", 1e-3, 1}
	case most < 9.9995:
		return unit{"ms", 1e-3, 0}
	case most < 99.95:
		return unit{"s", 1, 1}
	}
	return unit{"s", 1, 0}
}

// rateUnit returns the unit in which most events per second reads well.
func rateUnit(most float64) unit {
	switch {
	case most < 9.95:
		return unit{"req/s", 1, 2}
	case most < 99.95:
		return unit{"req/s", 1, 1}
	}
	return unit{"req/s", 1, 0}
}

// Span writes a length of time as people say it: 10 s, 2 min, 1 h, 3 d.
func Span(d time.Duration) string {
	n := func(unit time.Duration, name string) string {
		return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64) + " " + name
	}
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return n(24*time.Hour, "d")
	case d >= time.Hour && d%(6*time.Minute) == 0:
		return n(time.Hour, "h")
	case d >= time.Minute && d%(6*time.Second) == 0:
		return n(time.Minute, "min")
	}
	return n(time.Second, "s")
}

// ago writes how long something took or is past, in its two largest units: 4m12s, 3h05m, 2d 4h.
func ago(d time.Duration) string {
	pad := func(n int64) string {
		if n < 10 {
			return "0" + strconv.FormatInt(n, 10)
		}
		return strconv.FormatInt(n, 10)
	}
	s := int64(max(d, 0) / time.Second)
	switch {
	case s < 60:
		return strconv.FormatInt(s, 10) + "s"
	case s < 3600 && s%60 == 0:
		return strconv.FormatInt(s/60, 10) + "m"
	case s < 3600:
		return strconv.FormatInt(s/60, 10) + "m" + pad(s%60) + "s"
	case s < 86400:
		return strconv.FormatInt(s/3600, 10) + "h" + pad(s%3600/60) + "m"
	}
	return strconv.FormatInt(s/86400, 10) + "d " + strconv.FormatInt(s%86400/3600, 10) + "h"
}

// clock writes a time of day, with the date where it is not today.
func (f *Frame) clock(t time.Time) string {
	t = t.In(f.Location)
	now := f.Now.In(f.Location)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	if t.Year() == now.Year() {
		return t.Format("Jan 2 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}
