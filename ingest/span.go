package ingest

import (
	"bytes"
	"context"
	"io"
	"os"

	"weir/ingest/event"
)

const (
	// disorder is how far lines may stand from where their time belongs, seconds.
	disorder = 60
	// spanBlock is how much is read at once.
	spanBlock = 256 << 10
)

// span is a stretch of a plain log file, by the lines' own time.
type span struct {
	path     string
	from, to int64 // seconds, [from, to)
	end      int64 // byte offset at which to stop: what follows is somebody else's
}

// read calls take for each event of the span, in the file's order, and done
// after every block with the share of the span that is read. It finds the
// beginning by bisection, as the lines are in order but for the disorder, so
// that it reads little more than what was asked for. since is the second from
// which on the file has what was asked for: from, or its own first.
func (s span) read(ctx context.Context, parser Parser, take func(*event.Event), done func(share float64)) (since int64, err error) {
	since = s.from
	f, err := os.Open(s.path)
	if err != nil {
		return since, err
	}
	defer f.Close()
	at := s.bisect(f, parser)
	begin := at
	buf := make([]byte, 0, 2*spanBlock)
	var e event.Event
	for first := true; at < s.end && ctx.Err() == nil; {
		n := min(spanBlock, s.end-at)
		if int64(cap(buf)-len(buf)) < n { // a line longer than the block: its head is enough
			buf = buf[:0]
		}
		got, err := f.ReadAt(buf[len(buf):len(buf)+int(n)], at)
		if err != nil && err != io.EOF {
			return since, err
		}
		if got == 0 {
			break
		}
		buf, at = buf[:len(buf)+got], at+int64(got)
		whole := bytes.LastIndexByte(buf, '\n') + 1
		for line := range bytes.Lines(buf[:whole]) {
			e.Reset()
			if parser.Parse(bytes.TrimRight(line, "\r\n"), &e) != nil {
				continue
			}
			second := e.Time / 1e9
			if first {
				first = false
				if begin == 0 {
					since = max(since, second)
				}
			}
			if second > s.to+disorder {
				return since, nil
			}
			if second >= s.from && second < s.to {
				e.Raw = bytes.TrimRight(line, "\r\n")
				take(&e)
			}
		}
		buf = buf[:copy(buf, buf[whole:])]
		done(float64(at-begin) / float64(max(s.end-begin, 1)))
	}
	return since, ctx.Err()
}

// bisect returns an offset, on a line start, before which no line of the span stands.
func (s span) bisect(f *os.File, parser Parser) int64 {
	low, high := int64(0), s.end
	buf := make([]byte, 64<<10)
	for high-low > spanBlock {
		middle := low + (high-low)/2
		n, _ := f.ReadAt(buf, middle)
		second, ok := firstTime(buf[:n], parser)
		if ok && second < s.from-disorder {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return 0
	}
	n, _ := f.ReadAt(buf, low)
	return low + int64(bytes.IndexByte(buf[:n], '\n')) + 1
}

// firstTime is the time of the first line in b that parses; b begins anywhere.
func firstTime(b []byte, parser Parser) (second int64, ok bool) {
	_, after, ok := bytes.Cut(b, []byte{'\n'})
	if !ok {
		return 0, false
	}
	var e event.Event
	for line := range bytes.Lines(after) {
		e.Reset()
		if parser.Parse(bytes.TrimRight(line, "\r\n"), &e) == nil && e.Flags&event.BadTime == 0 {
			return e.Time / 1e9, true
		}
	}
	return 0, false
}
