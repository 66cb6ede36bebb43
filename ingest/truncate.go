package ingest

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"weir/ingest/event"
)

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
	n, err := g.f.ReadAt(g.now[:], 0)
	if err != nil && err != io.EOF {
		return true
	}
	if !bytes.HasPrefix(g.now[:n], g.head) {
		return false
	}
	if n = int(min(int64(n), g.off+int64(next))); n > len(g.head) {
		g.head = append([]byte(nil), g.now[:n]...)
	}
	return true
}

// restart begins a file anew that was truncated in place, after what its copy
// still has.
func (f *follower) restart(ctx context.Context, g *file) error {
	if err := f.rescue(ctx, g, f.r.ledger.anew(g.claim)); err != nil {
		return err
	}
	slog.Debug("truncated", "path", f.path, "inode", g.claim.id.ino, "read", g.off, "size", g.size)
	g.lines.truncated()
	g.off, g.there, g.head, g.tail, g.changed = 0, 0, nil, nil, time.Time{}
	f.s.change(func(p *event.Source) { p.Truncated++ })
	f.pause = 0
	return nil
}

// rescue finds the copy that was made of g before it was truncated, and reads
// from it what g could no longer give.
func (f *follower) rescue(ctx context.Context, g *file, was *claim) error {
	c, info := findCopy(f.path, was)
	if c == nil {
		return nil
	}
	defer c.Close()
	f.r.log("the rest stands in a copy", c.Name(), info, "from", g.off)
	f.r.ledger.done(info, was)
	for g.off < info.Size() {
		n, err := c.ReadAt(g.lines.room(&f.r.pool), g.off)
		if n == 0 || err != nil && err != io.EOF {
			return nil
		}
		g.off += int64(n)
		for {
			if err := f.emit(ctx, g, g.lines.take(n)); err != nil {
				return err
			}
			if !g.lines.pending {
				break
			}
			g.lines.room(&f.r.pool)
			n = 0
		}
	}
	return nil
}

// findCopy opens the file beside path that begins with all that was read of it.
func findCopy(path string, was *claim) (*os.File, fs.FileInfo) {
	if len(was.head) == 0 {
		return nil, nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, nil
	}
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(path), entry.Name())
		if !entry.Type().IsRegular() || !derived(name, path) {
			continue
		}
		c, err := os.Open(name)
		if err != nil {
			continue
		}
		if info, err := c.Stat(); err == nil && info.Size() >= was.off && startsWith(c, was.head) && matches(c, was.off-int64(len(was.tail)), was.tail) {
			return c, info
		}
		c.Close()
	}
	return nil, nil
}
