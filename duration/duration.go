// Package duration reads and writes durations as people write them on the
// command line and in rules: 90s, 1h30m, 7d, 1d12h.
package duration

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// long are the units that time.ParseDuration lacks.
var long = []struct {
	name   string
	length time.Duration
}{{"w", 7 * day}, {"d", day}}

var errNone = errors.New("write a duration, as in 90s, 1h30m or 7d")

// Parse is time.ParseDuration with weeks and days of 24 hours, alone or in this
// order before other units: 1.5w, 1d12h.
func Parse(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	rest, negative := strings.CutPrefix(text, "-")
	total, some := time.Duration(0), false
	for _, unit := range long {
		number, after, found := strings.Cut(rest, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		n *= float64(unit.length)
		if err != nil || strings.Trim(number, ".0123456789") != "" || n >= 1<<63 {
			return 0, errNone
		}
		if total += time.Duration(n); total < 0 { // too long
			return 0, errNone
		}
		rest, some = after, true
	}
	last := time.Duration(0)
	if rest != "" {
		var err error
		if last, err = time.ParseDuration(rest); err != nil || last < 0 {
			return 0, errNone
		}
	}
	if total += last; total < 0 || !some {
		return 0, errNone
	}
	if negative {
		total = -total
	}
	return total, nil
}

// Format writes a duration without the zeros of its String, whole days as such:
// 1m30s, 2h, 7d. Parse reads it.
func Format(d time.Duration) string {
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}
