package ingest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"weir/ingest/event"
)

var (
	errEndless = errors.New("a device that yields no lines of text and never ends: name a log file or a named pipe")
	errBlock   = errors.New("a block device: name a log file")
	errSocket  = errors.New("a socket: name the log file, or pipe what comes into weir -")
)

// device reads what is no regular file: a named pipe for every writer that
// comes, with Once for the first; everything else to its end.
func (r *Reader) device(ctx context.Context, s *source, path string) error {
	s.caughtUp()
	in, pipe, err := openDevice(path)
	if err != nil {
		s.is(event.Unreadable, Explain(path, err))
		return errors.New(Explain(path, err))
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { _ = in.SetReadDeadline(time.Unix(1, 0)) })()
	info, err := in.Stat()
	kernel := err == nil && info.Mode().IsRegular() // in /proc: a page a read, but all of it is there
	inherited := strings.HasPrefix(path, "/dev/") || strings.HasPrefix(path, "/proc/")
	t := r.newStream(s, !kernel)
	t.spool = r.spoolFor(s)
	waits := r.cfg.Waits
	for {
		before := t.offset
		if pipe {
			s.is(event.Waiting, "waiting for a writer of "+path)
		}
		if err := t.run(ctx, &announced{in: in, s: s, device: !pipe}); err != nil {
			if ctx.Err() == nil {
				s.is(event.Unreadable, Explain(path, err))
				err = errors.New(Explain(path, err))
			}
			return err
		}
		if !pipe || inherited || r.cfg.Once && t.offset > before {
			return t.finish(ctx)
		}
		if err := t.last(ctx); err != nil {
			return err
		}
		if waits != nil && r.cfg.Once { // it ended with nothing: nobody writes
			waits(path)
			waits = nil
		}
		if err := sleep(ctx, r.cfg.Poll); err != nil {
			return err
		}
	}
}

// openDevice opens what is no regular file, and reports whether it is a pipe,
// which other writers may come to.
func openDevice(path string) (in *os.File, pipe bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, false, err
	case info.Mode()&fs.ModeSocket != 0:
		return nil, false, errSocket
	case info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0:
		return nil, false, errBlock
	}
	in, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	slog.Debug("opened", "path", path, "mode", info.Mode().String())
	return in, info.Mode()&fs.ModeNamedPipe != 0, err
}

// deviceHead is how much of a device's first bytes tells whether it is text.
const deviceHead = 4096

// isNoise reports whether more than a tenth of b is no UTF-8: of random bytes it is nearly half.
func isNoise(b []byte) bool {
	odd := 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			odd++
		}
		rest = rest[n:]
	}
	return odd*10 > len(b)
}

// announced says that a source is live once something comes. It refuses a
// device that does not begin like text: /dev/zero, /dev/urandom.
type announced struct {
	in     io.Reader
	s      *source
	device bool // and nothing is read of it yet
}

func (a *announced) Read(p []byte) (int, error) {
	n, err := a.in.Read(p)
	if n == 0 {
		return n, err
	}
	if a.device && (p[0] == 0 || !isText(p[:min(n, deviceHead)]) || isNoise(p[:min(n, deviceHead)])) {
		return 0, errEndless
	}
	a.device = false
	a.s.is(event.Live, "")
	return n, err
}
