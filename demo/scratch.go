package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// scratchName is what the directories of demos are called, and lockName the file
// in them that a demo holds a lock on while it runs.
const (
	scratchName = "weir-demo-"
	lockName    = ".weir-demo"
)

// Scratch is a directory for the logs of one demo.
type Scratch struct {
	Dir  string
	lock *os.File
}

// NewScratch makes a directory in the temporary one, and removes those of demos
// that were killed.
func NewScratch() (*Scratch, error) {
	sweep(os.TempDir())
	dir, err := os.MkdirTemp("", scratchName)
	if err != nil {
		return nil, fmt.Errorf("make a directory for the demo: %w: set TMPDIR to one that can be written to", err)
	}
	s := &Scratch{Dir: dir}
	// The file has its name once it is locked, so that nobody finds it without.
	path := filepath.Join(dir, lockName)
	s.lock, err = os.OpenFile(path+".new", os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), os.Rename(path+".new", path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("hold the demo's directory: %w", err), s.Close())
	}
	return s, nil
}

// Close removes the directory with all that is in it.
func (s *Scratch) Close() error {
	err := os.RemoveAll(s.Dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// sweep removes the directories in dir that demos made and nobody holds. What
// can't be removed belongs to somebody else.
func sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, scratchName+"*", lockName))
	for _, path := range left {
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(filepath.Dir(path))
		}
		_ = f.Close()
	}
}
