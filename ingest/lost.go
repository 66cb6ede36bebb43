package ingest

import (
	"errors"
	"io/fs"
	"strconv"

	"weir/ingest/event"
)

// errUnkept is why what came from a pipe or a device can't be read again.
var errUnkept = errors.New("write it to a file and name that, or let --spool keep it")

// lost is the logs whose lines can't be read again, by path. Its zero value is none.
type lost struct {
	first string
	cause error // of the first
	paths map[string]bool
}

func (l *lost) add(path string, err error) {
	if len(l.paths) == 0 {
		l.first, l.cause, l.paths = path, err, map[string]bool{}
	}
	l.paths[path] = true
}

// err names the first log and says why; nil where nothing is lost.
func (l *lost) err() error {
	if len(l.paths) == 0 {
		return nil
	}
	return errors.New(l.String())
}

// String is err in words, "" where nothing is lost.
func (l *lost) String() string {
	if len(l.paths) == 0 {
		return ""
	}
	name, cause := l.first, l.cause
	if name == "-" {
		name = "standard input"
	}
	if n := len(l.paths) - 1; n > 0 {
		name += " and " + strconv.Itoa(n) + " more"
	}
	if what, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = what.Err
	}
	return name + " can't be read again: " + cause.Error()
}

// counted reports whether lines of a source may have been read before.
func counted(s *event.Source) bool { return s.Lines > 0 || s.State == event.Done }
