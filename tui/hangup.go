package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrHangup is a terminal that is gone: closed, or its connection lost.
var ErrHangup = errors.New("the terminal is gone")

// Hangup waits until the terminal is gone and then returns ErrHangup, or until
// ctx is done and then returns nil. A process that ignores SIGHUP, or does not
// get it, learns it in no other way before it writes.
func Hangup(ctx context.Context, terminal *os.File) error {
	wake, done, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("watch the terminal: %w", err)
	}
	defer wake.Close()
	stop := context.AfterFunc(ctx, func() { done.Close() })
	defer func() {
		if stop() {
			done.Close()
		}
	}()
	// No event is asked for: a hang-up is told all the same (poll(2)).
	fds := []unix.PollFd{{Fd: int32(terminal.Fd())}, {Fd: int32(wake.Fd()), Events: unix.POLLIN}}
	for {
		switch _, err := unix.Poll(fds, -1); {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("watch the terminal: %w", err)
		case fds[1].Revents != 0:
			return nil
		case fds[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0:
			return ErrHangup
		default: // a system that can't poll terminals: writing will tell
			<-ctx.Done()
			return nil
		}
	}
}

// gone reports whether an error of reading from or writing to a terminal means
// that there is none any more.
func gone(err error) bool {
	return errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.EPIPE)
}

// line is the connection to a terminal: cut once and for all.
type line struct {
	lost atomic.Bool
	end  func() // called as it is lost
}

func (l *line) cut() {
	if !l.lost.Swap(true) {
		l.end()
	}
}

// watch cuts the line as the terminal is gone; the function it returns ends that.
func (l *line) watch(ctx context.Context, terminal *os.File) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		if err := Hangup(ctx, terminal); errors.Is(err, ErrHangup) {
			l.cut()
		}
	})
	return func() {
		cancel()
		watching.Wait()
	}
}
