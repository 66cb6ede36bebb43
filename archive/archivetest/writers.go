package archivetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// writer writes numbered lines into a directory. Its methods may run beside each
// other.
type writer struct {
	t     *testing.T
	ctx   context.Context
	dir   string
	begun time.Time
	next  *atomic.Int64
}

// say writes the next n lines, each in one write, as loggers do.
func (w *writer) say(f *os.File, n int) {
	for range n {
		if _, err := f.WriteString(Lines(int(w.next.Add(1)-1), 1, w.begun)); err != nil {
			w.t.Error(err)
		}
	}
}

func (w *writer) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.ctx.Done():
	case <-timer.C:
	}
}

// logs are the names of the files in the directory and of those in its folder of
// claimed files.
func (w *writer) logs() []string {
	var names []string
	for _, pattern := range []string{"*", ".weir/claim/*/*"} {
		found, err := filepath.Glob(filepath.Join(w.dir, pattern))
		if err != nil {
			w.t.Error(err)
		}
		for _, path := range found {
			if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
				names = append(names, filepath.Base(path))
			}
		}
	}
	return names
}

// backlog is how many files wait before the writers do: many passes over few
// files meet more moments than few over many.
const backlog = 16

// mayGoOn waits until the archivers keep up; false is the end.
func (w *writer) mayGoOn() bool {
	for w.ctx.Err() == nil && len(w.logs()) > backlog {
		w.pause(10 * time.Millisecond)
	}
	return w.ctx.Err() == nil
}

func (w *writer) empty() bool { return len(w.logs()) == 0 }

func (w *writer) open(path string) *os.File {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		w.t.Error(err)
	}
	return f
}

// rotate writes to one name and moves it away, as logrotate does.
func (w *writer) rotate(dice *rand.Rand) {
	path := filepath.Join(w.dir, "access.log")
	f := w.open(path)
	for w.mayGoOn() {
		w.say(f, 50+dice.IntN(500))
		oldest := 0
		for _, name := range w.logs() {
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "access.log.")); err == nil {
				oldest = max(oldest, n)
			}
		}
		for i := oldest; i > 0; i-- { // many fail: an archiver took the file
			_ = os.Rename(fmt.Sprintf("%s.%d", path, i), fmt.Sprintf("%s.%d", path, i+1))
		}
		if err := os.Rename(path, path+".1"); err != nil {
			w.t.Error(err)
		}
		w.say(f, dice.IntN(50)) // the writer has not noticed yet
		w.pause(time.Duration(dice.IntN(150)) * time.Millisecond)
		w.say(f, dice.IntN(50))
		f.Close()
		f = w.open(path)
	}
	f.Close()
	if err := os.Rename(path, path+"-20261120"); err != nil {
		w.t.Error(err)
	}
}

// stamp writes files with times in their names, and now and then a late line
// to an old one by its name.
func (w *writer) stamp(dice *rand.Rand) {
	at := w.begun.Add(-10000 * time.Hour)
	var last string
	for w.mayGoOn() {
		at = at.Add(time.Hour)
		path := filepath.Join(w.dir, "app-"+at.Format("20060102T1504Z")+"-eu.log")
		f := w.open(path)
		w.say(f, 50+dice.IntN(300))
		if last != "" && dice.IntN(3) == 0 {
			late := w.open(last)
			w.say(late, 1+dice.IntN(20))
			w.pause(time.Duration(dice.IntN(30)) * time.Millisecond)
			late.Close()
		}
		last = path
		w.pause(time.Duration(dice.IntN(150)) * time.Millisecond)
		f.Close()
	}
}
