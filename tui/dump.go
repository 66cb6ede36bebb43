package tui

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// unrestored is how long a terminal that takes nothing (ctrl+s) keeps the stacks
// from being told: who sends the signal may be after what hangs.
const unrestored = time.Second

// catch lets SIGQUIT and SIGABRT end the program as the runtime does, with the
// stacks of all goroutines, but on the shell's screen, until the function it
// returns is called.
func (j *job) catch() (end func()) {
	deadly := make(chan os.Signal, 1)
	signal.Notify(deadly, syscall.SIGQUIT, syscall.SIGABRT)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s, ok := <-deadly; ok {
			j.die(s.(syscall.Signal))
		}
	}()
	return func() {
		signal.Stop(deadly)
		close(deadly) // one that has come still counts
		<-done
	}
}

func (j *job) die(of syscall.Signal) {
	restored := make(chan struct{})
	go func() {
		j.out.mu.Lock() // for good
		j.restore()
		close(restored)
	}()
	select {
	case <-restored:
	case <-time.After(unrestored):
	}
	signal.Reset(syscall.SIGQUIT, syscall.SIGABRT)
	if err := syscall.Kill(os.Getpid(), of); err != nil {
		slog.Error("not ended", "signal", of, "error", err)
	}
}
