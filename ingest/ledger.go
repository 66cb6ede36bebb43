package ingest

import (
	"bytes"
	"io"
	"io/fs"
	"os"
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
	open   bool
	off    int64  // how far it is read
	head   []byte // its first bytes
	tail   []byte // the last bytes before off
	events bool   // there were events in it: it is more than a header that many files have
}

// claim returns the right to read in, or nil when it is being read. Where it
// has been read before, the claim says how far.
func (l *ledger) claim(in io.ReaderAt, info fs.FileInfo) *claim {
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
			c.open = true
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
	c := &claim{id: id, open: true}
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

// done says that the file with that identity needs no reading.
func (l *ledger) done(info fs.FileInfo, like *claim, off int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims[idOf(info)] = &claim{id: idOf(info), off: off, head: like.head, tail: like.tail, events: like.events}
}

// release gives the right back.
func (l *ledger) release(c *claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.open = false
}

// knows reports whether in, found under a new name, has been read or is being
// read: it is the same file, or a copy of one as far as it goes.
func (l *ledger) knows(in *os.File, info fs.FileInfo) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.claims[idOf(info)]; c != nil && (c.open || info.Size() == c.off && startsWith(in, c.head)) {
		return true
	}
	var head [headSize]byte
	n, _ := in.ReadAt(head[:], 0)
	for _, c := range l.claims {
		if c.id != idOf(info) && c.copied(in, info.Size(), head[:n]) {
			return true
		}
	}
	for _, c := range l.past {
		if c.copied(in, info.Size(), head[:n]) {
			return true
		}
	}
	return false
}

// knowsHead is knows for the first bytes of what a compressed file holds.
func (l *ledger) knowsHead(head []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.claims {
		if c.events && bytes.HasPrefix(head, c.head) {
			return true
		}
	}
	for _, c := range l.past {
		if bytes.HasPrefix(head, c.head) {
			return true
		}
	}
	return false
}

// copied reports whether in, of that size and beginning, is a copy of what was
// read under c, or may become one.
func (c *claim) copied(in io.ReaderAt, size int64, head []byte) bool {
	if !c.events || len(head) == 0 {
		return false
	}
	if size < c.off { // perhaps still being copied
		return bytes.HasPrefix(c.head, head) || len(head) == headSize && bytes.Equal(head, c.head)
	}
	return bytes.HasPrefix(head, c.head) && matches(in, c.off-int64(len(c.tail)), c.tail)
}

func startsWith(in io.ReaderAt, head []byte) bool { return matches(in, 0, head) }

// matches reports whether want stands at off.
func matches(in io.ReaderAt, off int64, want []byte) bool {
	buf := make([]byte, len(want))
	n, _ := in.ReadAt(buf, off)
	return n == len(want) && bytes.Equal(buf, want)
}
