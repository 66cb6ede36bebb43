package ingest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"weir/ingest/event"
)

// follower reads the file that a path names, whichever that is at the moment,
// and the files that it named before for as long as somebody still writes to them.
type follower struct {
	r     *Reader
	s     *source
	path  string
	files []*file // oldest first; the last is what the path names, or named

	named     bool      // the path names the last file
	elsewhere bool      // the path names a file that is read under another name
	begun     bool      // the path has named a file once
	drained   bool      // all that was there at the start is read
	special   bool      // the path names no regular file
	lingering int       // files open that the path does not name
	left      time.Time // when the last of the files was closed, and none came since
	known     bool      // the codec is
	codec     codec     // of the first file
	problem   string    // why the path cannot be read
	pause     time.Duration
	eyes      watcher
	sight     *sight
}

// file is one inode.
type file struct {
	f     *os.File
	info  fs.FileInfo // when it was opened
	lines splitter
	claim *claim
	haste haste

	off  int64  // of the next byte to read
	head []byte // the first bytes, to know the file again; never changed, only replaced
	tail []byte // the last bytes before off
	now  [headSize]byte
	// It came to a name that had another file before, so it may be a copy that
	// copytruncate makes of a third.
	doubtful bool
	there    int64 // up to here it was there at the start
	size     int64 // when last looked at
	changed  time.Time
	grew     time.Time // when the last byte came
}

const (
	arm      = 200 * time.Millisecond // a file as quiet as this is watched
	maxFiles = 16                     // of one path, open at once
)

// run follows the path until ctx ends; with Once it reads to the end.
func (f *follower) run(ctx context.Context) error {
	defer f.close()
	for {
		if f.special {
			return f.r.device(ctx, f.s, f.path)
		}
		if f.codec != plain {
			g := f.files[0]
			f.r.ledger.note(g.claim, g.size, g.head, nil, false)
			return f.r.decoded(ctx, f.s, g.f, g.info, f.codec)
		}
		moved, err := f.drain(ctx)
		if err != nil {
			return err
		}
		if !f.drained {
			f.drained = true
			slog.Debug("drained what was there", "path", f.path, "files", len(f.files))
		}
		if f.r.cfg.Once {
			return f.finish(ctx)
		}
		if err := f.retire(ctx, time.Now()); err != nil {
			return err
		}
		if f.s.found && f.abandoned(time.Now()) {
			return nil
		}
		f.report()
		if err := f.s.rest(ctx, f.r, func() { f.look(false) }); err != nil {
			return err
		}
		if err := f.wait(ctx, moved); err != nil {
			return err
		}
		f.look(false)
	}
}

// drain reads all there is, the oldest file first.
func (f *follower) drain(ctx context.Context) (moved bool, err error) {
	for i := 0; ; i++ {
		if i >= len(f.files) { // it grows when a rotation is noticed meanwhile
			return moved, ctx.Err()
		}
		for {
			more, err := f.read(ctx, f.files[i])
			if err != nil {
				return moved, err
			}
			if ctx.Err() != nil {
				return moved, ctx.Err()
			}
			if !more {
				break
			}
			moved = true
		}
	}
}

// read takes in one block of g, and reports whether there may be more.
func (f *follower) read(ctx context.Context, g *file) (more bool, err error) {
	if f.hurried(g) {
		return true, f.rush(ctx, g)
	}
	p := &g.lines
	if p.pending {
		p.room(&f.r.pool)
		return true, f.emit(ctx, g, p.take(0))
	}
	info, err := g.f.Stat()
	if err != nil {
		f.problem = Explain(f.path, err)
		return false, nil
	}
	if g.size = info.Size(); g.size == g.off && info.ModTime().Equal(g.changed) {
		return false, f.emit(ctx, g, p.idle(&f.r.pool))
	}
	if g.doubtful && !f.settled(g, info) {
		return false, nil
	}
	if g.off == 0 && g.size > 0 {
		if err := readable(g.f); err != nil {
			f.problem = Explain(f.path, err)
			return false, nil
		}
		if f.sniff(g); f.codec != plain {
			return false, nil
		}
	}
	g.changed = info.ModTime()
	room := p.room(&f.r.pool)
	n, err := g.f.ReadAt(room, g.off)
	if err != nil && err != io.EOF {
		f.problem = Explain(f.path, err)
		return false, nil
	}
	if g.intact(n) {
		return n > 0, f.taken(ctx, g, room[:n])
	}
	if n > 0 && matches(g.f, g.off, room[:n]) {
		n = 0 // it belongs to what was written anew, and comes again
	}
	if err := f.taken(ctx, g, room[:n]); err != nil {
		return true, err
	}
	return true, f.restart(ctx, g)
}

// settled reports whether g is no copy of what is read under another name. What
// is one counts as read.
func (f *follower) settled(g *file, info fs.FileInfo) bool {
	switch f.r.ledger.kin(f.path, g.f, info) {
	case unclear:
		return false
	case duplicate:
		g.off, g.changed = info.Size(), info.ModTime()
	}
	g.doubtful = false
	return true
}

// advance notes that b was read.
func (f *follower) advance(g *file, b []byte) {
	if len(b) > 0 {
		g.off += int64(len(b))
		g.grew = time.Now()
		b = b[max(0, len(b)-tailSize):]
		if over := len(g.tail) + len(b) - tailSize; over > 0 {
			g.tail = append(g.tail[:0], g.tail[over:]...) // in its memory: it is there for every block
		}
		g.tail = append(g.tail, b...)
	}
}

// taken counts what was read to the room.
func (f *follower) taken(ctx context.Context, g *file, b []byte) error {
	f.advance(g, b)
	out := g.lines.take(len(b))
	if g.lines.inNul() {
		if at := afterHole(g.f, g.off, g.size); at > g.off {
			g.lines.skip(at - g.off)
			g.off, g.tail = at, append(g.tail[:0], zeros[:tailSize]...)
		}
	}
	f.r.ledger.note(g.claim, g.off, g.head, g.tail, out != nil && len(out.Events) > 0)
	return f.emit(ctx, g, out)
}

// emit sends b, which may be nil.
func (f *follower) emit(ctx context.Context, g *file, b *block) error {
	if b == nil {
		return nil
	}
	b.Offset = g.off - int64(g.lines.held())
	b.Replay = b.Offset-int64(b.Bytes) < g.there
	return f.s.emit(ctx, f.r, b, f.behind(), func() { f.look(false) })
}

// behind is the number of bytes not read yet.
func (f *follower) behind() int64 {
	n := int64(0)
	for _, g := range f.files {
		n += max(g.size-g.off, 0)
	}
	return n
}

// wait returns when there may be more to read. A file that flows is looked at
// often and without being watched; a quiet one rarely, with a watch that wakes.
func (f *follower) wait(ctx context.Context, moved bool) error {
	slow := f.r.cfg.Poll
	switch {
	case moved || f.pause == 0:
		f.pause = min(fastest, slow)
	default:
		f.pause = min(f.pause*3/2, slow)
	}
	changes := unwatched
	if f.pause >= min(slow, arm) && f.named && !f.r.cfg.Blind {
		changes = f.eyes.open(f.path)
	}
	timer := time.NewTimer(f.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-f.r.unmerged():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-changes.Modified:
	case <-changes.Truncated:
	case <-changes.Deleted:
	case <-f.sight.woken():
	}
	f.eyes.shut()
	f.pause = 0
	return nil
}

// finish ends the reading of a file that is not followed.
func (f *follower) finish(ctx context.Context) error {
	for _, g := range f.files {
		if err := f.emit(ctx, g, g.lines.last(&f.r.pool)); err != nil {
			return err
		}
	}
	f.s.caughtUp()
	if f.problem == "" && !f.begun && !f.elsewhere {
		f.problem = Explain(f.path, syscall.ENOENT)
	}
	if f.problem != "" {
		f.s.is(event.Unreadable, f.problem)
		return errors.New(f.problem)
	}
	f.s.is(event.Done, "")
	return nil
}

func (f *follower) close() {
	f.s.caughtUp()
	f.eyes.shut()
	f.sight.close()
	for _, g := range f.files {
		g.close(f.r)
	}
	f.linger(0)
}

func (g *file) close(r *Reader) {
	r.ledger.release(g.claim)
	g.f.Close()
}
