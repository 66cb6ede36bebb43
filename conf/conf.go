// Package conf reads files of settings: small ones, which end.
package conf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Most is the size in bytes beyond which a file holds no settings.
const Most = 1 << 20

// Read is os.ReadFile, but refuses what would never end: a named pipe that
// nobody writes to, a device other than /dev/null and more than Most bytes. A
// pipe with a writer, as a shell makes one of <(command), is read to its end.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := endless(info); err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // blocking, a pipe is open only with its writer
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, Most+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > Most:
		err = fmt.Errorf("more than %d bytes: name a file of settings", Most)
	case len(text) == 0 && info.Mode()&fs.ModeNamedPipe != 0 && !inherited(path):
		err = errors.New("a named pipe that nobody writes to: name a file, or start its writer first")
	default:
		return text, nil
	}
	return nil, &fs.PathError{Op: "read", Path: path, Err: err}
}

// endless says what is wrong with a device, but for /dev/null, whatever it is called.
func endless(info fs.FileInfo) error {
	if info.Mode()&fs.ModeDevice == 0 {
		return nil
	}
	if null, err := os.Stat(os.DevNull); err == nil && number(info) == number(null) {
		return nil
	}
	return errors.New("a device: name a file of settings")
}

// number is a device's own, not that of the disk its node is on.
func number(info fs.FileInfo) uint64 {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return uint64(stat.Rdev) //nolint:unconvert // an int32 elsewhere
}

// inherited reports whether path is a descriptor of the process's own, whose
// writer was there before it: that a pipe is empty then is what was written.
func inherited(path string) bool {
	return strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
}
