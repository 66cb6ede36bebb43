//go:build !linux

package ingest

import "errors"

// inotify is Linux's: elsewhere paths are looked at now and then.
type inotify struct{}

func newInotify() (*inotify, error) { return nil, errors.ErrUnsupported }

func (*inotify) close()                         {}
func (*inotify) add(string) (int, error)        { return 0, errors.ErrUnsupported }
func (*inotify) remove(int)                     {}
func (*inotify) read(bool) ([]nameEvent, error) { return nil, errors.ErrUnsupported }
