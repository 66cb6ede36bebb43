package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// homeName is the folder in a directory of logs that holds what weir keeps for
// itself: the lock, the journal, packed files on their way, files about to be
// deleted and the list of restored files.
const homeName = ".weir"

// home is that folder, locked.
type home struct {
	dir   string // of the logs
	spool string
	claim string
	lock  *flock.Flock
}

// The locks: a restore need not wait for a pass.
const (
	pushLock    = "lock"
	restoreLock = "restore.lock"
)

// openHome makes the folder and takes one of its locks.
func openHome(dir, lock string) (*home, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open the log directory: %w", err)
	}
	if !info.IsDir() {
		return nil, UsageError{fmt.Errorf("%s is no directory: name the directory that holds the logs", dir)}
	}
	at := filepath.Join(dir, homeName)
	h := &home{dir: dir, spool: filepath.Join(at, "spool"), claim: filepath.Join(at, "claim")}
	for _, sub := range []string{h.spool, h.claim} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, full(at, fmt.Errorf("make %s: %w (weir must be able to write there)", sub, err))
		}
	}
	path := filepath.Join(at, lock)
	h.lock = flock.New(path)
	locked, err := h.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		holder, _ := os.ReadFile(path)
		return nil, &LockedError{dir, "process " + strings.TrimSpace(string(holder))}
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		h.close()
		return nil, full(path, fmt.Errorf("write %s: %w", path, err))
	}
	return h, nil
}

func (h *home) close() { _ = h.lock.Unlock() }

// identity tells one state of one file from any other.
type identity struct {
	Dev      uint64 `json:"dev"`
	Ino      uint64 `json:"ino"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // unix nanoseconds
}

func identify(info fs.FileInfo) identity {
	id := identity{Size: info.Size(), Modified: info.ModTime().UnixNano()}
	if stat, ok := info.Sys().(*unixStat); ok {
		id.Dev, id.Ino = uint64(stat.Dev), stat.Ino
	}
	return id
}

// openSource opens a regular file for reading; it follows no link and does not
// wait for the other end of a FIFO.
func openSource(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// writeDurably replaces path, all or nothing.
func writeDurably(path string, data []byte) error {
	temp := path + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return full(path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return full(path, err)
	}
	return syncDir(filepath.Dir(path))
}

// free is the room on the disk that holds path, for this user, in bytes.
func free(path string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, fmt.Errorf("ask for the room on %s: %w", path, err)
	}
	return int64(stat.Bavail) * int64(stat.Bsize), nil
}
