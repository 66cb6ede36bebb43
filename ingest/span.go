package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"weir/ingest/event"
)

const (
	// disorder is how far lines may stand from where their time belongs, seconds.
	disorder = 60
	// spanBlock is how near bisection comes, bytes.
	spanBlock = 256 << 10
	// spanHead is how much of a file's beginning a parser sees first: a header
	// names the columns, and the format is told by the first lines.
	spanHead = 16 << 10
)

// errStream is why a source can't be read again.
var errStream = errors.New("its lines can't be read again")

// store is where the lines that a source has brought can be read again.
type store struct {
	path string
	end  int64 // byte offset at which to stop: what follows is somebody else's
}

// opened is a store that is open at a line before which no line of a second stands.
type opened struct {
	io.Reader
	io.Closer
	begin int64 // byte offset
}

// open finds where the lines of the second from begin, and lets the parser see
// what stands before them as far as it needs to.
func (s store) open(from int64, parser Parser) (*opened, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errStream
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	var head [spanHead]byte
	n, _ := f.ReadAt(head[:min(int64(len(head)), s.end)], 0)
	if codecOf(head[:n]) != plain {
		f.Close()
		return nil, errStream
	}
	begin := s.bisect(f, from, parser)
	if begin > 0 {
		warm(head[:n], parser)
	}
	return &opened{io.NewSectionReader(f, begin, s.end-begin), f, begin}, nil
}

// warm shows a parser the first lines of a file.
func warm(head []byte, parser Parser) {
	var e event.Event
	for line := range bytes.Lines(head[:bytes.LastIndexByte(head, '\n')+1]) {
		e.Reset()
		parser.Parse(bytes.TrimRight(line, "\r\n"), &e)
	}
}

// bisect returns an offset, on a line start, before which no line of from or
// later stands, as the lines are in order but for the disorder.
func (s store) bisect(f *os.File, from int64, parser Parser) int64 {
	low, high := int64(0), s.end
	buf := make([]byte, 64<<10)
	for high-low > spanBlock {
		middle := low + (high-low)/2
		n, _ := f.ReadAt(buf, middle)
		second, ok := firstTime(buf[:n], parser)
		if ok && second < from-disorder {
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

// each calls take for each event that names its time, in the order of the lines
// from the second from on, until take wants no more, and done after every block
// with the share that is read. begin is the byte offset at which it began. The events are cut and parsed as the Reader does it.
func (s store) each(ctx context.Context, from int64, parser Parser, take func(*event.Event) bool, done func(share float64)) (begin int64, err error) {
	start := time.Now()
	in, err := s.open(from, parser)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	counted := &counter{in: in}
	defer func() {
		slog.Debug("lines read again", "path", s.path, "from", time.Unix(from, 0), "begin", in.begin, "bytes", counted.n.Load(), "ms", time.Since(start).Milliseconds())
	}()
	lines := splitter{s: newSource(s.path, 0, parser), maxLine: longestLine}
	blocks := pool{size: blockSize}
	hand := func(b *block) bool {
		if b == nil {
			return true
		}
		defer blocks.put(b)
		for i := range b.Events {
			if e := &b.Events[i]; e.Flags&event.BadTime == 0 && !take(e) {
				return false
			}
		}
		done(float64(counted.n.Load()) / float64(max(s.end-in.begin, 1)))
		return true
	}
	for ctx.Err() == nil {
		room, n := lines.room(&blocks), 0
		if !lines.pending {
			n, err = counted.Read(room)
		}
		switch more := hand(lines.take(n)); {
		case !more:
			return in.begin, nil
		case lines.pending:
		case err == io.EOF:
			hand(lines.last(&blocks))
			return in.begin, nil
		case err != nil:
			return in.begin, err
		}
	}
	return in.begin, ctx.Err()
}

// read calls take for each event of the seconds [from, to). since is the second
// from which on the store has what was asked for: from, or its own first.
func (s store) read(ctx context.Context, from, to int64, parser Parser, take func(*event.Event), done func(share float64)) (since int64, err error) {
	oldest, first := from, true
	begin, err := s.each(ctx, from, parser, func(e *event.Event) bool {
		second := e.Time / 1e9
		if first {
			first, oldest = false, max(from, second)
		}
		if second >= from && second < to {
			take(e)
		}
		return second <= to+disorder
	}, done)
	if begin > 0 {
		oldest = from
	}
	return oldest, err
}
