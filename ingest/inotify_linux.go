package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// inotify tells what happens to the names in directories. fsnotify, on which
// nxadm/tail builds, tells of every write too, and not what a renamed file is
// called now.
type inotify struct {
	f   *os.File
	raw syscall.RawConn
	buf [64 << 10]byte
}

func newInotify() (*inotify, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch directories: %w", err)
	}
	f := os.NewFile(uintptr(fd), "inotify")
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("watch directories: %w", err)
	}
	return &inotify{f: f, raw: raw}, nil
}

func (i *inotify) close() { i.f.Close() }

// add watches dir and returns what its events are known by: the same for the
// same directory, whatever it is called.
func (i *inotify) add(dir string) (wd int, err error) {
	const mask = syscall.IN_CREATE | syscall.IN_DELETE | syscall.IN_MOVED_FROM | syscall.IN_MOVED_TO | syscall.IN_ONLYDIR
	if closed := i.raw.Control(func(fd uintptr) { wd, err = syscall.InotifyAddWatch(int(fd), dir, mask) }); closed != nil {
		return 0, closed
	}
	return wd, err
}

func (i *inotify) remove(wd int) {
	_ = i.raw.Control(func(fd uintptr) { _, _ = syscall.InotifyRmWatch(int(fd), uint32(wd)) })
}

// read returns what has happened since, in order; with wait it waits for
// something. An event that the kernel could not keep is unsure.
func (i *inotify) read(wait bool) (out []nameEvent, err error) {
	n := 0
	closed := i.raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), i.buf[:])
		return !wait || !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	})
	switch {
	case closed != nil:
		return nil, closed
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for b := i.buf[:n]; len(b) >= syscall.SizeofInotifyEvent; {
		wd, mask := int32(binary.NativeEndian.Uint32(b)), binary.NativeEndian.Uint32(b[4:])
		cookie, size := binary.NativeEndian.Uint32(b[8:]), int(binary.NativeEndian.Uint32(b[12:]))
		name := b[syscall.SizeofInotifyEvent : syscall.SizeofInotifyEvent+size]
		b = b[syscall.SizeofInotifyEvent+size:]
		e := nameEvent{at: entry{int(wd), string(bytes.TrimRight(name, "\x00"))}, cookie: cookie}
		switch {
		case mask&syscall.IN_Q_OVERFLOW != 0:
			e.what = unsure
		case mask&syscall.IN_IGNORED != 0:
			e.what = unwatchable
		case mask&(syscall.IN_CREATE|syscall.IN_MOVED_TO) != 0:
			e.what = came
		default:
			e.what = went
		}
		out = append(out, e)
	}
	return out, nil
}
