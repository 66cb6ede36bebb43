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

// errStream is why a source can't be read again where nothing says how.
var errStream = errors.New("its lines can't be read again")

// store is where the lines that a source has brought can be read again.
type store struct {
	path    string
	end     int64  // byte offset at which to stop: what follows is somebody else's
	marks   []mark // where the lines of what is no plain file stand
	spool   *spool // of what can be read only once; nil otherwise
	trail   *trail // the newest of what a compressed file holds; may be nil
	past    bool   // it was brought back from an archive
	renewed bool   // its file took the place of another, or was truncated: lines before its first were counted
}

// opened is a store that is open at the beginning of a line.
type opened struct {
	io.Reader
	io.Closer
	begin int64 // byte offset in the source
	size  int64 // bytes until the lines are later than what is asked for, about
	whole bool  // no line that is asked for stands before it
}

// open finds where the lines of the seconds [from, to) stand, and lets the parser
// see the first lines of the source.
func (s store) open(from, to int64, parser Parser) (*opened, error) {
	if s.spool != nil {
		return s.openSpool(from, to, parser)
	}
	if s.trail != nil {
		if in, ok := s.trail.open(s, from, to, parser); ok {
			return in, nil
		}
	}
	f, head, err := s.file()
	if err != nil {
		return nil, err
	}
	if how := codecOf(head); how != plain {
		return s.openDecoded(f, how, from, to, parser)
	}
	begin := s.bisect(f, from, parser)
	if begin > 0 {
		warm(head[:min(int64(len(head)), s.end)], parser)
	}
	size := max(s.bisect(f, to+2*disorder, parser)-begin, 0) + spanBlock
	return &opened{io.NewSectionReader(f, begin, s.end-begin), f, begin, min(size, s.end-begin), true}, nil
}

// openDecoded decodes a compressed file up to where the lines of from may begin.
func (s store) openDecoded(f *os.File, how codec, from, to int64, parser Parser) (*opened, error) {
	a := newAhead(f, how)
	in := &decoding{a, f}
	begin := before(s.marks, from)
	var head bytes.Buffer
	if _, err := io.CopyN(&head, a, min(spanHead, begin)); err != nil {
		_ = in.Close()
		return nil, err
	}
	warm(head.Bytes(), parser)
	if _, err := io.CopyN(io.Discard, a, begin-int64(head.Len())); err != nil {
		_ = in.Close()
		return nil, err
	}
	return &opened{io.LimitReader(a, s.end-begin), in, begin, s.size(begin, to), true}, nil
}

// sequential reports whether all that stands before a place is read on the way to it.
func (s store) sequential() bool {
	if s.spool != nil {
		return false
	}
	f, head, err := s.file()
	if err != nil {
		return false
	}
	defer f.Close()
	return codecOf(head) != plain
}

// file opens the source and returns its first bytes. What is no file would wait for a writer.
func (s store) file() (f *os.File, head []byte, err error) {
	if s.path == "-" {
		return nil, nil, errUnkept
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errUnkept
	}
	if f, err = os.Open(s.path); err != nil {
		return nil, nil, err
	}
	head = make([]byte, spanHead)
	n, _ := f.ReadAt(head, 0)
	return f, head[:n], nil
}

// decoding is a compressed file that is being decoded.
type decoding struct {
	*ahead
	f *os.File
}

// Close ends the decoding and closes the file.
func (d *decoding) Close() error { return errors.Join(d.ahead.Close(), d.f.Close()) }

// openSpool begins in the spool where the lines of from may begin, or with the
// oldest line that it has a mark for.
func (s store) openSpool(from, to int64, parser Parser) (*opened, error) {
	oldest, err := s.spool.oldest()
	if err != nil {
		return nil, err
	}
	begin := before(s.marks, from)
	whole := begin >= oldest
	if !whole {
		begin = s.end
		for _, m := range s.marks {
			if m.offset >= oldest {
				begin = m.offset
				break
			}
		}
	}
	if begin > 0 {
		warm(s.spool.beginning(), parser)
	}
	in := &spoolReader{s: s.spool, at: begin}
	return &opened{io.LimitReader(in, s.end-begin), in, begin, s.size(begin, to), whole}, nil
}

// size is how many bytes from begin on hold the lines before to, about.
func (s store) size(begin, to int64) int64 {
	for _, m := range s.marks {
		if m.offset > begin && m.newest >= to+disorder {
			return m.offset - begin
		}
	}
	return max(s.end-begin, 1)
}

// warm shows a parser the first lines of a file.
func warm(head []byte, parser Parser) {
	var e event.Event
	for line := range bytes.Lines(head[:bytes.LastIndexByte(head, '\n')+1]) {
		e.Reset()
		parser.Parse(content(line), &e)
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
		if parser.Parse(content(line), &e) == nil && e.Flags&event.BadTime == 0 {
			return e.Time / 1e9, true
		}
	}
	return 0, false
}

// each calls take for each event that names its time, in the order of the lines
// from the second from on, until take wants no more (it should after to), and done after every block
// with the share that is read. It returns where it began. The events are cut and parsed as the Reader does it.
func (s store) each(ctx context.Context, from, to int64, parser Parser, take func(*event.Event) bool, done func(share float64)) (in *opened, err error) {
	start := time.Now()
	in, err = s.open(from, to, parser)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	counted := &counter{in: in}
	defer func() {
		slog.Debug("lines read again", "path", s.path, "from", time.Unix(from, 0), "begin", in.begin, "bytes", counted.n.Load(), "ms", time.Since(start).Milliseconds())
	}()
	lines := splitter{s: newSource(s.path, 0, parser), maxLine: longestLine, bare: true}
	blocks := pool{size: smallBlock}
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
		done(min(1, float64(counted.n.Load())/float64(max(in.size, 1))))
		return true
	}
	for ctx.Err() == nil {
		room, n := lines.room(&blocks), 0
		if !lines.pending {
			n, err = counted.Read(room)
		}
		switch more := hand(lines.take(n)); {
		case !more:
			return in, nil
		case lines.pending:
		case err == io.EOF:
			hand(lines.last(&blocks))
			return in, nil
		case err != nil:
			return in, err
		}
	}
	return in, ctx.Err()
}

// read calls take for each event of the seconds [from, to). since is the second
// from which on the store has what was asked for: from, or its own first.
func (s store) read(ctx context.Context, from, to int64, parser Parser, take func(*event.Event), done func(share float64)) (since int64, err error) {
	oldest, first := from, true
	in, err := s.each(ctx, from, to, parser, func(e *event.Event) bool {
		second := e.Time / 1e9
		if first {
			first, oldest = false, max(from, second)
		}
		if second >= from && second < to {
			take(e)
		}
		return second <= to+disorder
	}, done)
	switch {
	case in == nil:
	case in.whole && in.begin > 0:
		oldest = from
	case s.renewed && first:
		oldest = to
	case !in.whole && first: // nothing of it is left
		oldest = to
	case !in.whole: // the lines may be out of order
		oldest += disorder
	}
	return oldest, err
}
