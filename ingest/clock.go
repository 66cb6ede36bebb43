package ingest

import (
	"time"

	"weir/stats"
)

// logClock is the clock on the log's wall: the wall clock, less how far behind
// it the lines arrive. A buffered log lags by seconds, a log of yesterday that
// someone pours in by a day; both then pass time at their own moment, and no
// second closes before its lines are in.
type logClock struct {
	start time.Time // when reading began
	begun bool
	delay time.Duration
	since time.Time // when delay was last confirmed
}

const (
	// quietLimit is how old the newest line may be at the start for the log to
	// count as that of a quiet server, not as an old log.
	quietLimit = 10 * time.Minute
	// delayMemory is for how long the longest delay is remembered.
	delayMemory = 30 * time.Second
	// liveDelay is the delay up to which the screen calls itself live.
	liveDelay = 90 * time.Second
)

// begin is called when the backlog is read.
func (c *logClock) begin(now time.Time, engine *stats.Engine) {
	if c.begun {
		return
	}
	_, head, ok := engine.Span()
	if !ok {
		return
	}
	c.begun = true
	if c.since.IsZero() {
		c.since = now
		if d := now.Sub(time.Unix(head, 0)); d > quietLimit {
			c.delay = d
		} else if !c.start.IsZero() { // what was written while the backlog was read is yet to come
			c.delay = min(now.Sub(c.start), liveDelay)
		}
	}
}

// arrived says that lines newer than all before came at now; second is the oldest of theirs.
func (c *logClock) arrived(now time.Time, second int64) {
	d := max(now.Sub(time.Unix(second+1, 0)), 0)
	if d >= c.delay || now.Sub(c.since) > delayMemory || c.delay > quietLimit {
		c.delay, c.since = d, now
	}
}

// at is the log's time at the wall clock's now.
func (c *logClock) at(now time.Time) time.Time { return now.Add(-c.delay) }

// live reports whether the log's time is the wall clock's.
func (c *logClock) live() bool { return c.delay <= liveDelay }

// meter measures lines per second over the last few seconds.
type meter struct {
	at    time.Time
	lines int64
	rate  float64
}

func (m *meter) measure(now time.Time, lines int64) float64 {
	switch elapsed := now.Sub(m.at); {
	case m.at.IsZero():
		m.at, m.lines = now, lines
	case elapsed >= time.Second:
		m.rate = float64(lines-m.lines) / elapsed.Seconds()
		m.at, m.lines = now, lines
	}
	return m.rate
}
