package ingest

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
	"time"

	"weir/ingest/event"
)

// look takes over what came to the path meanwhile, compares the path with the
// file that is open, and opens what it names now. What was open stays so until
// it is read to its end and quiet. At first, what is in the file was there before.
func (f *follower) look(first bool) {
	f.sight.look()
	was := f.named
	f.problem, f.elsewhere = "", false
	for len(f.files) < maxFiles {
		a, ok := f.sight.next()
		if !ok {
			break
		}
		if err := f.adopt(a.f, first); err != nil {
			f.problem = Explain(f.path, err)
		}
	}
	info, err := os.Stat(f.path)
	if f.named = err == nil && f.has(info); !f.named {
		f.find(info, err, first)
	}
	if f.begun && was != f.named {
		what := "gone"
		if f.named {
			what = "there"
		}
		slog.Debug(what, "path", f.path, "read under another name", f.elsewhere, "problem", f.problem)
	}
}

// find opens what the path names, which is not open; info and err are what it was found to be.
func (f *follower) find(info fs.FileInfo, err error, first bool) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		f.problem = Explain(f.path, err)
	case info.IsDir():
		f.problem = f.path + " is a directory now: name a file in it, or start again"
	case !info.Mode().IsRegular():
		f.special = !f.begun
	case f.r.ledger.taken(info):
		f.elsewhere = true
	case len(f.files) < maxFiles:
		if err := f.open(first); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.problem = Explain(f.path, err)
		}
	}
}

// has makes the file the last one where it is open.
func (f *follower) has(info fs.FileInfo) bool {
	for i, g := range f.files {
		if os.SameFile(info, g.info) {
			f.files = append(append(f.files[:i:i], f.files[i+1:]...), g)
			return true
		}
	}
	return false
}

// open adds what the path names.
func (f *follower) open(first bool) error {
	in, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	before := len(f.files)
	err = f.adopt(in, first)
	f.named = len(f.files) > before
	return err
}

// adopt adds what in is, which the path names or named, and closes it where it
// is read already.
func (f *follower) adopt(in *os.File, first bool) error {
	info, err := in.Stat()
	if err != nil {
		in.Close()
		return err
	}
	if !info.Mode().IsRegular() || sizeless(in, info) {
		in.Close()
		f.special = !f.begun
		return nil
	}
	claim := f.r.ledger.claim(f.path, in, info)
	if claim == nil {
		in.Close()
		return nil
	}
	g := &file{f: in, info: info, claim: claim, off: claim.off, head: claim.head, tail: bytes.Clone(claim.tail), grew: time.Now(), size: info.Size(), lines: f.r.newSplitter(f.s)}
	if g.size > 0 {
		f.sniff(g)
	}
	g.doubtful = !first && g.off == 0
	if first && f.codec == plain {
		f.s.is(event.Reading, "")
		g.there = g.size
		g.off = f.r.since.begin(in, info, g.off, f.r.started, f.r.cfg.NewParser)
	}
	if f.begun {
		f.rotated()
	}
	f.r.log("opened", f.path, info, "from", g.off, "backlog", first)
	f.files = append(f.files, g)
	f.begun, f.pause = true, 0
	return nil
}

// rotated notes that the path names another file than before.
func (f *follower) rotated() {
	f.s.change(func(p *event.Source) { p.Rotations++ })
	how := "renamed"
	if link, err := os.Lstat(f.path); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		how = "the link points elsewhere"
	} else if n := len(f.files); n > 0 && deleted(f.files[n-1].f) {
		how = "deleted"
	}
	slog.Debug("rotated", "path", f.path, "how", how)
}

// sniff looks at how the first file begins, once something is in it, and keeps
// how it is compressed.
func (f *follower) sniff(g *file) {
	if f.known {
		return
	}
	f.known = true
	n, _ := g.f.ReadAt(g.now[:], 0)
	if f.codec = codecOf(g.now[:n]); f.codec != plain {
		g.head = bytes.Clone(g.now[:n])
	}
}

// sizeless reports whether in has more in it than it says, like what is under /proc.
func sizeless(in *os.File, info fs.FileInfo) bool {
	if info.Size() > 0 {
		return false
	}
	var b [1]byte
	if n, _ := in.ReadAt(b[:], 0); n == 0 {
		return false
	}
	now, err := in.Stat()
	return err == nil && now.Size() == 0
}
