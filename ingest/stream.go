package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/muesli/cancelreader"

	"weir/ingest/event"
)

const (
	smallRead = 16 << 10
	nap       = 10 * time.Millisecond
)

// stream reads in to its end, as the lines come.
func (r *Reader) stream(ctx context.Context, s *source, in io.Reader) error {
	defer s.caughtUp()
	live := true
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
	if live {
		s.caughtUp()
		s.is(event.Live, "")
	} else {
		s.is(event.Reading, "")
	}
	p := &splitter{s: s, maxLine: r.cfg.MaxLine, allBad: r.cfg.AllBad, after: r.since.from(r.started)}
	offset := int64(0)
	emit := func(b *block) error {
		if b == nil {
			return nil
		}
		b.Offset, b.Replay = offset-int64(p.held()), !live
		return s.emit(ctx, r, b, 0, nil)
	}
	for {
		n := 0
		var err error
		room := p.room(&r.pool)
		if !p.pending {
			n, err = in.Read(room)
			offset += int64(n)
		}
		if err := emit(p.take(n)); err != nil {
			return err
		}
		switch {
		case p.pending:
		case err == io.EOF:
			if err := emit(p.last(&r.pool)); err != nil {
				return err
			}
			s.caughtUp()
			if err := r.await(ctx, nil); err != nil {
				return err
			}
			s.is(event.Done, "")
			return nil
		case errors.Is(err, cancelreader.ErrCanceled) || ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.is(event.Unreadable, explain(s.pic.Path, err))
			return err
		case live && n < smallRead: // let a slow writer's lines gather in the pipe
			if err := sleep(ctx, nap); err != nil {
				return err
			}
		}
	}
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
