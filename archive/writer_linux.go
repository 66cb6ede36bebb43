package archive

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

type unixStat = syscall.Stat_t

// hold is what keeps a file's writers away while it is deleted.
type hold struct{ f *os.File }

var (
	errWriter  = errors.New("a process still has it open for writing")
	errUnknown = errors.New("whether a process has it open cannot be told here")
)

// holdAgainstWriters takes a read lease (fcntl(2), F_SETLEASE). The kernel refuses it
// while anybody has the file open for writing: errWriter. While it is held, who
// opens the file to write waits until release. The lease needs the file's owner
// or CAP_LEASE and a file system that has leases; without, errUnknown.
func holdAgainstWriters(f *os.File) (*hold, error) {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case err == nil:
		return &hold{f}, nil
	case errors.Is(err, unix.EAGAIN):
		return nil, errWriter
	}
	return nil, errUnknown
}

func (h *hold) release() {
	if h != nil {
		_, _ = unix.FcntlInt(h.f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
}

// beingWritten says errWriter, errUnknown or nil of an open file.
func beingWritten(f *os.File) error {
	h, err := holdAgainstWriters(f)
	h.release()
	return err
}

// changed is the inode's own clock, which no caller can set back.
func changed(f *os.File) (identity, syscall.Timespec, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, syscall.Timespec{}, err
	}
	stat, ok := info.Sys().(*unixStat)
	if !ok {
		return identify(info), syscall.Timespec{}, nil
	}
	return identify(info), stat.Ctim, nil
}
