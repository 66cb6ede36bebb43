package ingest

import (
	"log"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/nxadm/tail/util"
	"github.com/nxadm/tail/watch"
	"gopkg.in/tomb.v1"
)

// watcher wakes whoever waits for one path to change: nxadm/tail's watch
// package, kept from its habits. It only shortens waiting; who uses it looks
// now and then anyway.
type watcher struct {
	path    string
	stop    *tomb.Tomb
	changes *watch.FileChanges
}

// canWatch tells whether there is something to watch with. nxadm/tail takes it
// as fatal when its own one cannot be made, or a file not be looked at: it logs
// and exits the process. Its logger is a global, so it is replaced once, by one
// that ends only the goroutine that logs.
var canWatch = sync.OnceValue(func() bool {
	util.LOGGER = &util.Logger{Logger: log.New(ender{}, "", 0)}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return false
	}
	return w.Close() == nil
})

// watching holds the paths that are watched. nxadm/tail has one tracker for the
// whole process, in which a second watch of a path ends the first (its issue
// 41): whoever comes second does without.
var watching sync.Map

type ender struct{}

func (ender) Write([]byte) (int, error) {
	runtime.Goexit()
	return 0, nil
}

// unwatched never reports anything.
var unwatched = &watch.FileChanges{}

// open watches path and returns what reports its changes. It must be shut
// after the first one.
func (w *watcher) open(path string) *watch.FileChanges {
	if w.stop != nil {
		return w.changes
	}
	if !canWatch() {
		return unwatched
	}
	stop := &tomb.Tomb{}
	path = filepath.Clean(path)
	if _, taken := watching.LoadOrStore(path, true); taken {
		return unwatched
	}
	changes, err := watch.NewInotifyFileWatcher(path).ChangeEvents(stop, 0)
	if err != nil {
		watching.Delete(path)
		return unwatched
	}
	w.path, w.stop, w.changes = path, stop, changes
	return changes
}

// shut ends watching, and the goroutine that open started.
func (w *watcher) shut() {
	if w.stop == nil {
		return
	}
	w.stop.Kill(nil)
	w.stop = nil
	defer watching.Delete(w.path)
	for range 100 {
		if watch.Events(w.path) == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	// The goroutine ended without taking its watch along: see canWatch.
	_ = watch.Cleanup(w.path)
}
