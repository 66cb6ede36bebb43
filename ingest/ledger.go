package ingest

import (
	"bytes"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// fileID names an inode. It is unique among the files that exist or are open.
type fileID struct{ dev, ino uint64 }

func idOf(info fs.FileInfo) fileID {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return fileID{uint64(st.Dev), uint64(st.Ino)}
	}
	return fileID{}
}

// deleted reports whether no name leads to f any more.
func deleted(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}

// ledger knows which files are being read or were, so that none is read twice:
// not under two names, not after its rotation, and not as the copy that
// copytruncate or a compressor made of it.
type ledger struct {
	mu     sync.Mutex
	claims map[fileID]*claim
	past   []*claim // of files that are not there any more, or not with that content
}

const (
	headSize  = 1 << 10 // bytes by which a file is known
	tailSize  = 256     // bytes before where it was read to, by which its copy is known
	maxClaims = 4096
)

// claim is the right to read one file, and what is known of its content.
type claim struct {
	id     fileID
	path   string // the name it is read under
	open   bool
	off    int64  // how far it is read
	head   []byte // its first bytes
	tail   []byte // the last bytes before off
	events bool   // there were events in it: it is more than a header that many files have
}

// claim returns the right to read in, or nil when it is being read. Where it
// has been read before, the claim says how far.
func (l *ledger) claim(path string, in io.ReaderAt, info fs.FileInfo) *claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claims == nil {
		l.claims = map[fileID]*claim{}
	}
	id := idOf(info)
	if c := l.claims[id]; c != nil {
		if c.open {
			return nil
		}
		if info.Size() >= c.off && startsWith(in, c.head) {
			c.open, c.path = true, path
			return c
		}
		l.remember(c) // its number was given to another file
	}
	if len(l.claims) >= maxClaims {
		for id, c := range l.claims {
			if !c.open {
				delete(l.claims, id)
				l.remember(c)
				break
			}
		}
	}
	c := &claim{id: id, path: path, open: true}
	l.claims[id] = c
	return c
}

// remember keeps what is known of a file that is gone.
func (l *ledger) remember(c *claim) {
	if !c.events {
		return
	}
	if len(l.past) >= maxClaims {
		l.past = l.past[1:]
	}
	l.past = append(l.past, c)
}

// taken reports whether the file is being read.
func (l *ledger) taken(info fs.FileInfo) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.claims[idOf(info)]
	return c != nil && c.open
}

// note says how far a file is read; head may only grow.
func (l *ledger) note(c *claim, off int64, head, tail []byte, events bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.off, c.head, c.tail = off, head, append(c.tail[:0], tail...)
	c.events = c.events || events
}

// anew says that the file was truncated in place. What it was is remembered, and returned.
func (l *ledger) anew(c *claim) *claim {
	l.mu.Lock()
	defer l.mu.Unlock()
	was := *c
	was.open = false
	c.off, c.head, c.tail, c.events = 0, nil, nil, false
	l.remember(&was)
	return &was
}

// done says that the file is a copy of what was read under like.
func (l *ledger) done(info fs.FileInfo, like *claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := *like
	c.id, c.open, c.off = idOf(info), false, info.Size()
	if was := l.claims[c.id]; was == nil || !was.open {
		l.claims[c.id] = &c
	}
}

// release gives the right back.
func (l *ledger) release(c *claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.open = false
}

// kinship is what a file is to those that were read.
type kinship int

const (
	stranger kinship = iota
	unclear          // as far as it goes, it is a copy: it may still be being made
	duplicate
)

// kin says whether in, found at path, is a copy that a rotation made of a file
// that was read or is being read under another name.
func (l *ledger) kin(path string, in io.ReaderAt, info fs.FileInfo) kinship {
	l.mu.Lock()
	defer l.mu.Unlock()
	var head [headSize]byte
	n, _ := in.ReadAt(head[:], 0)
	id, most := idOf(info), stranger
	for c := range l.known(path) {
		if c.id != id {
			most = max(most, c.kin(in, info.Size(), head[:n]))
		}
	}
	return most
}

// kinHead is kin for the first bytes of what a compressed file holds.
func (l *ledger) kinHead(path string, head []byte) kinship {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.known(path) {
		if len(c.head) > 0 && bytes.HasPrefix(head, c.head) {
			return duplicate
		}
	}
	return stranger
}

// known yields what was read with events in it, of which the file at path may
// be the copy, by its name.
func (l *ledger) known(path string) iter.Seq[*claim] {
	return func(yield func(*claim) bool) {
		for _, c := range l.claims {
			if c.events && derived(path, c.path) && !yield(c) {
				return
			}
		}
		for _, c := range l.past {
			if derived(path, c.path) && !yield(c) {
				return
			}
		}
	}
}

// same reports whether the file has been read to its end, or is being read,
// under whatever name.
func (l *ledger) same(in io.ReaderAt, info fs.FileInfo) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.claims[idOf(info)]
	return c != nil && (c.open || info.Size() == c.off && startsWith(in, c.head))
}

// kin says whether in, of that size and beginning, is a copy of what was read under c.
func (c *claim) kin(in io.ReaderAt, size int64, head []byte) kinship {
	switch {
	case len(c.head) == 0:
	case size < c.off:
		if bytes.HasPrefix(c.head, head) {
			return unclear
		}
	case bytes.HasPrefix(head, c.head) && matches(in, c.off-int64(len(c.tail)), c.tail):
		return duplicate
	}
	return stranger
}

// derived reports whether path may be the name that a rotation gives to what
// was at from: access.log.1, access.log-20260131, access-1.log, access.log.old.
func derived(path, from string) bool {
	name, base := filepath.Base(path), filepath.Base(from)
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(base, filepath.Ext(base)))
	if !ok || path == from || rest == "" || !strings.ContainsRune(".-_", rune(rest[0])) {
		return false
	}
	switch end := filepath.Ext(rest); end {
	case ".old", ".bak", ".save":
		return true
	default:
		if slices.Contains(codecEnds, end) {
			return true
		}
	}
	return strings.ContainsAny(rest, "0123456789")
}

func startsWith(in io.ReaderAt, head []byte) bool { return matches(in, 0, head) }

// matches reports whether want stands at off.
func matches(in io.ReaderAt, off int64, want []byte) bool {
	buf := make([]byte, len(want))
	n, _ := in.ReadAt(buf, off)
	return n == len(want) && bytes.Equal(buf, want)
}
