package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/muesli/cancelreader"

	"weir/ingest/event"
)

const (
	smallRead = 16 << 10
	nap       = 10 * time.Millisecond // in which a slow writer's lines gather in a pipe
)

// stream reads what cannot be read twice, from its beginning to its end.
type stream struct {
	r      *Reader
	s      *source
	lines  splitter
	offset int64
	live   bool         // the lines come as they are written
	behind func() int64 // bytes not read yet
	spool  *spool       // keeps what comes, to be read again; may be nil
}

func (r *Reader) newStream(s *source, live bool) *stream {
	return &stream{r: r, s: s, live: live, lines: r.newSplitter(s), behind: func() int64 { return 0 }}
}

// run reads in to its end, and leaves a last line without its end held.
func (t *stream) run(ctx context.Context, in io.Reader) error {
	p := &t.lines
	for {
		var (
			n   int
			err error
		)
		room := p.room(&t.r.pool)
		if !p.pending {
			n, err = in.Read(room)
			t.offset += int64(n)
			t.keep(room[:n])
		}
		if err := t.emit(ctx, p.take(n)); err != nil {
			return err
		}
		switch {
		case p.pending:
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case t.live && n < smallRead:
			if err := t.emit(ctx, p.idle(&t.r.pool)); err != nil {
				return err
			}
			if err := sleep(ctx, nap); err != nil {
				return err
			}
		}
	}
}

// keep spools what has come.
func (t *stream) keep(b []byte) {
	if t.spool == nil {
		return
	}
	if err := t.spool.write(b); err != nil {
		slog.Warn("spool given up: filters know only what comes", "path", t.s.picture().Path, "error", err)
	}
}

// last sends what is held: no more will come.
func (t *stream) last(ctx context.Context) error {
	return t.emit(ctx, t.lines.last(&t.r.pool))
}

func (t *stream) emit(ctx context.Context, b *block) error {
	if b == nil {
		return nil
	}
	b.Offset, b.Replay = t.offset-int64(t.lines.held()), !t.live
	return t.s.emit(ctx, t.r, b, t.behind(), nil)
}

// finish ends a source of which no more will come.
func (t *stream) finish(ctx context.Context) error {
	if err := t.last(ctx); err != nil {
		return err
	}
	t.s.caughtUp()
	if err := t.r.await(ctx, nil); err != nil {
		return err
	}
	t.s.is(event.Done, "")
	return nil
}

// standardInput reads what "-" stands for.
func (r *Reader) standardInput(ctx context.Context, s *source) error {
	defer s.caughtUp()
	in, live := r.stdin, true
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			live = false
		} else if c, err := cancelreader.NewReader(f); err == nil {
			in = c
			defer c.Close()
			defer context.AfterFunc(ctx, func() { c.Cancel() })()
		}
	} else if c, ok := in.(io.Closer); ok {
		defer context.AfterFunc(ctx, func() { c.Close() })()
	}
	t := r.newStream(s, live)
	t.spool = r.spoolFor(s)
	if live {
		s.caughtUp()
		s.is(event.Live, "")
	} else {
		s.is(event.Reading, "")
	}
	in, shut, err := decodedInput(in)
	if err == nil {
		defer shut()
		err = t.run(ctx, in)
	}
	if err != nil {
		if ctx.Err() == nil {
			s.is(event.Unreadable, Explain("standard input", err))
		}
		return err
	}
	return t.finish(ctx)
}

// decodedInput decodes in where it begins like something compressed.
func decodedInput(in io.Reader) (_ io.Reader, shut func(), err error) {
	var head [16]byte
	n, err := in.Read(head[:])
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	if isUTF16(head[:n]) {
		return nil, nil, errUTF16
	}
	in = io.MultiReader(bytes.NewReader(head[:n]), in)
	how := codecOf(head[:n])
	if how == plain {
		return in, func() {}, nil
	}
	a := newAhead(in, how)
	return a, func() { _ = a.Close() }, nil
}

// decoded reads a compressed file, which nobody will append to.
func (r *Reader) decoded(ctx context.Context, s *source, f *os.File, info fs.FileInfo, how codec) error {
	path := s.pic.Path
	if from := r.since.from(r.started); r.since.end || from > 0 && info.ModTime().Add(clockError).UnixNano() < from {
		return r.newStream(s, false).finish(ctx)
	}
	s.is(event.Reading, "")
	counted := &counter{in: f}
	fail := func(err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.caughtUp()
		s.is(event.Unreadable, fmt.Sprintf("%s: %v: the file is damaged or not complete; what could be read counts", path, err))
		return errors.New(s.picture().Err)
	}
	a := newAhead(counted, how)
	defer func() { _ = a.Close() }()
	t := r.newStream(s, false)
	a.trail = r.trailFor(s)
	defer a.trail.finish()
	t.behind = func() int64 { // in decoded bytes, by the ratio so far
		read := max(counted.n.Load(), 1)
		return int64(float64(info.Size()-read) * float64(max(t.offset, read)) / float64(read)) // the decoder is ahead
	}
	if err := t.run(ctx, a); err != nil {
		if last := t.last(ctx); last != nil {
			return last
		}
		return fail(err)
	}
	return t.finish(ctx)
}

// counter counts what is read through it.
type counter struct {
	in io.Reader
	n  atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
