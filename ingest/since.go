package ingest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"time"

	"weir/duration"
	"weir/ingest/event"
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
	if d, err := duration.Parse(s); err == nil && d > 0 {
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
	return since{}, errors.New(`write all, end, a duration like 90m or 7d, or a time like "2026-01-31 15:04" or 15:04`)
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

// clockError is by how much a file's time and its lines' times, or the order of
// lines, may disagree.
const clockError = time.Hour

// begin is the offset at which to begin to read a file that is read up to off:
// a line start, and before it are only lines to be left out.
func (s since) begin(in io.ReaderAt, info fs.FileInfo, off int64, start time.Time, parser func() Parser) int64 {
	size, from := info.Size(), s.from(start)
	switch {
	case s.end || from != 0 && info.ModTime().Add(clockError).UnixNano() < from:
		return max(off, lineStart(in, size))
	case from != 0:
		return max(off, search(in, size, from-int64(clockError), parser))
	}
	return off
}

// search halves the file until what is left is quickly read. Where no line
// tells the time by itself it gives up, and everything is read.
func search(in io.ReaderAt, size, from int64, parser func() Parser) int64 {
	low, high := int64(0), size
	for high-low > 1<<20 {
		middle := low + (high-low)/2
		at, when, ok := timeAt(in, middle, parser())
		switch {
		case !ok:
			return low
		case when < from && at < high:
			low = at
		default:
			high = middle
		}
	}
	return low
}

// timeAt finds the first line that begins after off and tells the time.
func timeAt(in io.ReaderAt, off int64, parser Parser) (at, when int64, ok bool) {
	buf := make([]byte, 64<<10)
	n, _ := in.ReadAt(buf, off)
	buf = buf[:n]
	_, rest, found := bytes.Cut(buf, []byte("\n"))
	var e event.Event
	for found {
		at = off + int64(len(buf)-len(rest))
		var line []byte
		if line, rest, found = bytes.Cut(rest, []byte("\n")); !found {
			break
		}
		e.Reset()
		if parser.Parse(content(line), &e) == nil && e.Flags&event.BadTime == 0 {
			return at, e.Time, true
		}
	}
	return 0, 0, false
}

// lineStart is where the line begins that would be written at off: off itself,
// but for a line without an end, which is to be read whole.
func lineStart(in io.ReaderAt, off int64) int64 {
	var buf [4096]byte
	for end := off; end > 0; {
		n := min(end, int64(len(buf)))
		if _, err := in.ReadAt(buf[:n], end-n); err != nil {
			return off
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			return end - n + int64(i) + 1
		}
		end -= n
		if off-end > 1<<20 {
			return off
		}
	}
	return 0
}
