package ingest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
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

	named   bool   // the path names the last file
	begun   bool   // the path has named a file once
	problem string // why the path cannot be read
	pause   time.Duration
	eyes    watcher
}

// file is one inode.
type file struct {
	f     *os.File
	info  fs.FileInfo // when it was opened
	lines splitter
	claim *claim

	off     int64  // of the next byte to read
	head    []byte // the first bytes, to know the file again
	there   int64  // up to here it was there at the start
	size    int64  // when last looked at
	changed time.Time
	grew    time.Time // when the last byte came
}

const (
	headSize = 1 << 10
	maxFiles = 16 // of one path, open at once
	rotating = time.Second
)

// run follows the path until ctx ends; with Once it reads to the end.
func (f *follower) run(ctx context.Context) error {
	defer f.close()
	f.look(true)
	for {
		moved, err := f.drain(ctx)
		if err != nil {
			return err
		}
		if f.r.cfg.Once {
			return f.finish(ctx)
		}
		if err := f.retire(ctx, time.Now()); err != nil {
			return err
		}
		f.s.caughtUp()
		f.report()
		if err := f.wait(ctx, moved); err != nil {
			return err
		}
		f.look(false)
	}
}

// look compares the path with the file that is open, and opens what it names
// now. What was open stays so until it is read to its end and quiet.
func (f *follower) look(first bool) {
	info, err := os.Stat(f.path)
	var last *file
	if n := len(f.files); n > 0 {
		last = f.files[n-1]
	}
	f.problem = ""
	if err == nil && last != nil && os.SameFile(info, last.info) {
		f.named = true
		return
	}
	f.named = false
	if err == nil && len(f.files) < maxFiles {
		err = f.open(first)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.problem = explain(f.path, err)
	}
}

// open adds what the path names.
func (f *follower) open(first bool) error {
	in, err := os.Open(f.path)
	if err != nil {
		return err
	}
	info, err := in.Stat()
	if err != nil {
		in.Close()
		return err
	}
	claim, ok := f.r.ledger.claim(in, info)
	if !ok {
		in.Close()
		return nil
	}
	g := &file{f: in, info: info, claim: claim, off: claim.off, grew: time.Now(), size: info.Size()}
	g.lines = splitter{s: f.s, maxLine: f.r.cfg.MaxLine, allBad: f.r.cfg.AllBad, after: f.r.since.from(f.r.started)}
	if first {
		g.there = g.size
		if f.r.since.end {
			g.off = lineStart(in, g.size)
		}
	}
	if f.begun {
		f.s.change(func(p *event.Source) { p.Rotations++ })
	}
	f.files = append(f.files, g)
	f.named, f.begun, f.pause = true, true, 0
	return nil
}

// drain reads all there is, the oldest file first.
func (f *follower) drain(ctx context.Context) (moved bool, err error) {
	for i := 0; i < len(f.files); i++ {
		for {
			n, err := f.read(ctx, f.files[i])
			if err != nil {
				return moved, err
			}
			if n == 0 {
				break
			}
			moved = true
		}
	}
	return moved, ctx.Err()
}

// read takes in one block of g. It returns 0 when there is no more.
func (f *follower) read(ctx context.Context, g *file) (int, error) {
	p := &g.lines
	if p.pending {
		p.room(&f.r.pool)
		return 1, f.emit(ctx, g, p.take(0))
	}
	info, err := g.f.Stat()
	if err != nil {
		f.problem = explain(f.path, err)
		return 0, nil
	}
	if info.Size() == g.off && info.ModTime().Equal(g.changed) {
		return 0, f.emit(ctx, g, p.idle(&f.r.pool))
	}
	room := p.room(&f.r.pool)
	if left := info.Size() - g.off; left > 0 && left < int64(len(room)) {
		room = room[:left]
	}
	n, err := g.f.ReadAt(room, g.off)
	if err != nil && err != io.EOF {
		f.problem = explain(f.path, err)
		return 0, nil
	}
	if !g.intact(n) {
		if n > 0 && g.again(room[:n]) {
			n = 0 // it belongs to what was written anew, and comes again
		}
		err := f.taken(ctx, g, n)
		f.restart(g)
		return 1, err
	}
	if n == 0 {
		g.changed = info.ModTime()
		return 0, nil
	}
	return n, f.taken(ctx, g, n)
}

// taken counts n bytes that are in the room.
func (f *follower) taken(ctx context.Context, g *file, n int) error {
	g.off += int64(n)
	if n > 0 {
		g.grew = time.Now()
	}
	return f.emit(ctx, g, g.lines.take(n))
}

// intact reports whether the file is still the one that was read so far, and
// not one truncated in place and perhaps grown again. It remembers its head;
// next bytes more have just been read.
func (g *file) intact(next int) bool {
	info, err := g.f.Stat()
	if err != nil {
		return true
	}
	g.size = info.Size()
	if g.size < g.off+int64(next) {
		return false
	}
	var buf [headSize]byte
	n, err := g.f.ReadAt(buf[:], 0)
	if err != nil && err != io.EOF || n < len(g.head) {
		return err != nil && err != io.EOF
	}
	if !bytes.Equal(buf[:len(g.head)], g.head) {
		return false
	}
	if len(g.head) < headSize {
		g.head = append(g.head[:0], buf[:min(int64(n), g.off+int64(next))]...)
	}
	return true
}

// again reports whether b stands in the file where it was read.
func (g *file) again(b []byte) bool {
	buf := make([]byte, len(b))
	n, _ := g.f.ReadAt(buf, g.off)
	return n == len(b) && bytes.Equal(buf, b)
}

// restart begins a file anew that was truncated in place.
func (f *follower) restart(g *file) {
	g.lines.truncated()
	g.off, g.there, g.head, g.changed = 0, 0, g.head[:0], time.Time{}
	f.s.change(func(p *event.Source) { p.Truncated++ })
	f.pause = 0
}

// emit sends b, which may be nil.
func (f *follower) emit(ctx context.Context, g *file, b *block) error {
	if b == nil {
		return nil
	}
	b.Offset = g.off - int64(g.lines.held())
	b.Replay = b.Offset <= g.there
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

// retire closes the files that the path no longer names once nobody has
// written to them for a while. A line without its end counts then.
func (f *follower) retire(ctx context.Context, now time.Time) error {
	for i := 0; i < len(f.files); {
		g, last := f.files[i], i == len(f.files)-1
		quiet := now.Sub(g.grew) >= f.r.cfg.Grace || !last && len(f.files) >= maxFiles
		if last && f.named || !quiet {
			i++
			continue
		}
		if err := f.emit(ctx, g, g.lines.last(&f.r.pool)); err != nil {
			return err
		}
		g.close(f.r)
		f.files = append(f.files[:i], f.files[i+1:]...)
	}
	return nil
}

// report tells how the source is doing.
func (f *follower) report() {
	behind := f.behind()
	f.s.change(func(p *event.Source) { p.Behind = behind })
	state := event.Live
	switch n := len(f.files); {
	case f.problem != "":
		f.s.is(event.Unreadable, f.problem)
		return
	case n == 0 && !f.begun:
		f.s.is(event.Waiting, f.path+": no such file: check the name, or wait for it to appear")
		return
	case !f.r.isMerged():
		state = event.Reading
	case !f.named:
		state = event.Gone
	case n > 1 && time.Since(f.files[n-2].grew) < rotating:
		state = event.Rotated
	case f.files[n-1].off == 0 && f.s.empty():
		state = event.Empty
	}
	f.s.is(state, "")
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
	if f.pause >= slow && f.named {
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
	if f.problem == "" && !f.begun {
		f.problem = explain(f.path, &fs.PathError{Err: fs.ErrNotExist})
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
	for _, g := range f.files {
		g.close(f.r)
	}
}

func (g *file) close(r *Reader) {
	r.ledger.release(g.claim, g.off)
	g.f.Close()
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
