package ingest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// since is how much of what is already there to read.
type since struct {
	end bool          // nothing
	ago time.Duration // what is younger, when positive
	at  time.Time     // what is younger, when not zero
}

// layouts are the times that --since understands, in the zone asked for where
// they name none. A time without a date is today's.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

func parseSince(s string, zone *time.Location) (since, error) {
	switch s {
	case "", "all":
		return since{}, nil
	case "end", "now":
		return since{end: true}, nil
	}
	if d, ok := parseAgo(s); ok {
		return since{ago: d}, nil
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return since{at: t}, nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			now := time.Now().In(zone)
			return since{at: time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)}, nil
		}
	}
	return since{}, UsageError{fmt.Errorf(`--since %q: write all, end, a duration like 90m or 7d, or a time like "2026-01-31 15:04" or 15:04`, s)}
}

// parseAgo is time.ParseDuration with d and w for days and weeks.
func parseAgo(s string) (time.Duration, bool) {
	if d, err := time.ParseDuration(s); err == nil {
		return d, d > 0
	}
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if n, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64); err == nil && strings.HasSuffix(s, unit) {
			return time.Duration(n * float64(length)), n > 0 && n < 1e4
		}
	}
	return 0, false
}

// from is the Unix nanosecond before which events are left out; 0 is none.
func (s since) from(start time.Time) int64 {
	switch {
	case s.ago > 0:
		return start.Add(-s.ago).UnixNano()
	case !s.at.IsZero():
		return s.at.UnixNano()
	}
	return 0
}
