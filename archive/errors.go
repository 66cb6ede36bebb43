package archive

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"weir/archive/bucket"
)

// The exit codes of the commands.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitAccess      = 3
	exitDiskFull    = 4
	exitUnverified  = 5
	exitLocked      = 75
	exitInterrupted = 130
)

// UsageError is a wrong flag, argument or setting.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.Err }

// LockedError is a directory that another instance works on.
type LockedError struct{ Dir, Holder string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s is locked by %s: wait for it, or stop it", e.Dir, e.Holder)
}

// VerifyError is bytes that are not what they should be. Nothing was deleted.
type VerifyError struct{ What, Why string }

func (e *VerifyError) Error() string { return e.What + ": " + e.Why }

// FullError is a disk without room.
type FullError struct {
	Path         string
	Needed, Free int64 // bytes; both 0 where a write failed
	Err          error
}

func (e *FullError) Error() string {
	if e.Needed == 0 {
		return fmt.Sprintf("the disk of %s is full: make room, then run again", e.Path)
	}
	return fmt.Sprintf("the disk of %s has %s free and %s are needed: make room, or ask for less", e.Path, size(e.Free), size(e.Needed))
}

// Unwrap returns what the system said.
func (e *FullError) Unwrap() error { return e.Err }

// full turns an error of the system that means a full disk into a FullError.
func full(path string, err error) error {
	for _, no := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, no) {
			return &FullError{Path: path, Err: err}
		}
	}
	return err
}

// ExitCode is the process's exit code for what a command returned.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, new(*LockedError)):
		return exitLocked
	case errors.As(err, new(*VerifyError)), errors.Is(err, bucket.ErrChecksum):
		return exitUnverified
	case errors.As(err, new(*FullError)):
		return exitDiskFull
	case errors.As(err, new(*bucket.AccessError)):
		return exitAccess
	case errors.As(err, new(UsageError)):
		return exitUsage
	}
	return exitFailed
}
