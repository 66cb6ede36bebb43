// Package notify tells people and systems of alerts: so far, a file.
package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"weir/alert"
)

const (
	mostWaiting = 1000        // alerts kept while the file can't be written
	retryAlerts = time.Second // between two attempts to write them
)

// File appends alerts as JSON lines, each with one write. What can't be
// written waits and is tried again; a torn line is taken back, or ended where
// that fails, so that no line ever runs on into the next. A file that was moved
// or removed is opened anew under its name. The zero value writes nothing.
type File struct {
	path string
	Tell func(text string) // told as trouble begins, changes and ends; may be nil; set before the first Write

	mu      sync.Mutex
	file    *os.File
	waiting [][]byte // whole lines, the oldest first
	dropped int      // alerts that waited too long
	err     error    // why the oldest waits, nil while all is written
	retry   *time.Timer
	closed  bool

	trouble atomic.Pointer[string] // what Trouble returns: it must not wait for a disk
}

// Open opens the file at path, which is made if it isn't there; "" is no file. A
// pipe that nobody reads yet is tried again with every alert.
func Open(path string) (*File, error) {
	a := &File{path: path}
	if path == "" {
		return a, nil
	}
	if err := a.open(); err != nil && !errors.Is(err, syscall.ENXIO) {
		return nil, fmt.Errorf("--alert-file: %w%s", err, Remedy(err))
	}
	return a, nil
}

// Write appends c, or keeps it until that can be done.
func (a *File) Write(c alert.Change) {
	if a.path == "" {
		return
	}
	line, err := json.Marshal(c)
	if err != nil {
		slog.Error("alert not written", "error", err) // a bug: all fields can be written
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, append(line, '\n'))
	if len(a.waiting) > mostWaiting {
		a.waiting = a.waiting[1:]
		a.dropped++
	}
	a.flush()
}

// Trouble says in one line why alerts are not in the file and what to do; it is
// "" while they are. It waits for nothing.
func (a *File) Trouble() string {
	if text := a.trouble.Load(); text != nil {
		return *text
	}
	return ""
}

// cause is what is wrong, how many alerts wait and what to do.
func (a *File) cause() string {
	cause := a.err
	for errors.Unwrap(cause) != nil {
		cause = errors.Unwrap(cause)
	}
	return fmt.Sprintf("%v, %s%s", cause, alerts(len(a.waiting), "wait"), Remedy(a.err))
}

func alerts(n int, verb string) string {
	if n == 1 {
		return "1 alert " + verb + "s"
	}
	return fmt.Sprintf("%d alerts %s", n, verb)
}

// Close writes what still waits and says how much could not be written.
func (a *File) Close() error {
	if a.path == "" {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.flush()
	if a.retry != nil {
		a.retry.Stop()
	}
	var err error
	if missing := len(a.waiting) + a.dropped; missing > 0 {
		err = fmt.Errorf("--alert-file: %d alerts are not in it: %w%s", missing, a.err, Remedy(a.err))
		if a.err == nil {
			err = fmt.Errorf("--alert-file: %d alerts are not in it: it could not be written for too long", missing)
		}
	}
	if a.file != nil {
		err = errors.Join(err, a.file.Close())
	}
	return err
}

// flush writes the lines that wait, as far as it gets.
func (a *File) flush() {
	for len(a.waiting) > 0 {
		if err := a.append(a.waiting[0]); err != nil {
			a.fail(err)
			return
		}
		a.waiting[0] = nil
		a.waiting = a.waiting[1:]
	}
	if a.err != nil {
		a.err = nil
		slog.Info("alert file is written again", "path", a.path, "dropped", a.dropped)
		a.say(fmt.Sprintf("--alert-file %s is written again", a.path))
		a.trouble.Store(nil)
	}
}

// fail remembers why a line waits, tells it once, and tries again later.
func (a *File) fail(err error) {
	known := a.err != nil && a.err.Error() == err.Error()
	a.err = err
	text := "alert file: " + a.cause()
	a.trouble.Store(&text)
	if !known {
		slog.Error("alert file can't be written", "path", a.path, "error", err, "waiting", len(a.waiting))
		a.say(fmt.Sprintf("--alert-file %s can't be written: %s", a.path, a.cause()))
	}
	switch {
	case a.closed:
	case a.retry == nil:
		a.retry = time.AfterFunc(retryAlerts, a.again)
	default:
		a.retry.Reset(retryAlerts)
	}
}

func (a *File) again() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.flush()
	}
}

func (a *File) say(text string) {
	if a.Tell != nil {
		a.Tell(text)
	}
}

// append writes one line at the end of the file of that name. After an error
// nothing of the line is in the file, or what is ends before the next line.
func (a *File) append(line []byte) error {
	if err := a.follow(); err != nil {
		return err
	}
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	if a.torn(info) {
		line = append([]byte{'\n'}, line...)
	}
	n, err := a.file.Write(line)
	if err != nil && n > 0 {
		a.takeBack(info.Size(), int64(n))
	}
	return err
}

// torn reports whether the file ends in the middle of a line.
func (a *File) torn(info fs.FileInfo) bool {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return false
	}
	var last [1]byte
	_, err := a.file.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n'
}

// takeBack removes the n bytes that were written of a line, unless somebody has
// appended to them since.
func (a *File) takeBack(size, n int64) {
	info, err := a.file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Size() == size+n {
		err = a.file.Truncate(size)
	}
	if err != nil {
		slog.Warn("torn line left in the alert file", "path", a.path, "error", err)
	}
}

// follow opens the file anew when another one has its name, or none.
func (a *File) follow() error {
	if a.file == nil {
		return a.open()
	}
	here, err := a.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Stat(a.path)
	if err == nil && os.SameFile(here, named) || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	a.file.Close()
	a.file = nil
	slog.Debug("alert file was moved or removed: opening it anew", "path", a.path)
	return a.open()
}

// open opens the file: for reading too where that is allowed, to see how it ends.
func (a *File) open() error {
	const appending = os.O_CREATE | os.O_APPEND
	mode := os.O_RDWR
	if info, err := os.Stat(a.path); err == nil && !info.Mode().IsRegular() {
		mode = os.O_WRONLY | syscall.O_NONBLOCK // a pipe that we read too has no other end; nor is one waited for
	}
	f, err := os.OpenFile(a.path, appending|mode, 0o644)
	if errors.Is(err, fs.ErrPermission) && mode == os.O_RDWR {
		f, err = os.OpenFile(a.path, appending|os.O_WRONLY, 0o644)
	}
	if err != nil {
		return err
	}
	a.file = f
	slog.Debug("alert file opened", "path", a.path)
	return nil
}

// remedies are what to do about an error of the system.
var remedies = []struct {
	errno  syscall.Errno
	remedy string
}{
	{syscall.ENOSPC, "make room"},
	{syscall.EDQUOT, "make room"},
	{syscall.EFBIG, "raise the limit on the size of files (ulimit -f)"},
	{syscall.ENXIO, "start what reads it"},
	{syscall.EPIPE, "start what reads it"},
	{syscall.ENOENT, "make its directory"},
	{syscall.ENOTDIR, "name a file in a directory"},
	{syscall.EISDIR, "name a file, not a directory"},
	{syscall.EACCES, "let weir's user write there"},
	{syscall.EPERM, "let weir's user write there"},
	{syscall.EROFS, "name a file where writing is allowed"},
}

// Remedy is what to do about err, after a colon; "" where nobody knows.
func Remedy(err error) string {
	for _, r := range remedies {
		if errors.Is(err, r.errno) {
			return ": " + r.remedy
		}
	}
	return ""
}
