//go:build !linux

package archive

import (
	"errors"
	"os"
	"syscall"
)

type unixStat = syscall.Stat_t

type hold struct{}

var (
	errWriter  = errors.New("a process still has it open for writing")
	errUnknown = errors.New("whether a process has it open cannot be told here")
)

func holdAgainstWriters(*os.File) (*hold, error) { return nil, errUnknown }

func (h *hold) release() {}

func beingWritten(*os.File) error { return errUnknown }

func changed(f *os.File) (identity, syscall.Timespec, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, syscall.Timespec{}, err
	}
	return identify(info), syscall.Timespec{}, nil
}
