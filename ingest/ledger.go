package ingest

import (
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// fileID names an inode. It is unique among the files that exist or are open.
type fileID struct{ dev, ino uint64 }

func idOf(info fs.FileInfo) (fileID, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(st.Dev), uint64(st.Ino)}, true
}

// ledger knows which files are being read or were, so that none is read twice
// under two names.
type ledger struct {
	mu     sync.Mutex
	claims map[fileID]*claim
}

// claim is the right to read one file.
type claim struct {
	id   fileID
	open bool
	off  int64 // how far it was read when it was closed
}

// claim returns the right to read in, or false when it is being read already.
func (l *ledger) claim(in *os.File, info fs.FileInfo) (*claim, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, ok := idOf(info)
	if !ok {
		return &claim{open: true}, true
	}
	if l.claims == nil {
		l.claims = map[fileID]*claim{}
	}
	if c := l.claims[id]; c != nil && c.open {
		return nil, false
	}
	c := &claim{id: id, open: true}
	l.claims[id] = c
	return c, true
}

// release gives the right back; the file was read up to off.
func (l *ledger) release(c *claim, off int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.open, c.off = false, off
}
