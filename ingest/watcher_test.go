package ingest

import (
	"os"
	"testing"
	"time"

	"github.com/nxadm/tail/util"
)

// within waits for a report.
func within(t *testing.T, changed <-chan bool) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is reported")
	}
}

func TestWatchedFileWakes(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	var w watcher
	defer w.shut()
	changes := w.open(log)
	put(t, log, "2 b\n")
	within(t, changes.Modified)
	w.shut()
	changes = w.open(log)
	must(t, os.Rename(log, log+".1"))
	within(t, changes.Deleted)
	w.shut()
	w.shut()
	if changes := w.open(log); changes != unwatched {
		t.Error("what is not there is watched")
	}
}

func TestSecondWatchOfAPathDoesWithout(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	var first, second watcher
	defer first.shut()
	changes := first.open(log)
	if second.open(log) != unwatched {
		t.Error("watched twice")
	}
	second.shut()
	put(t, log, "2 b\n")
	within(t, changes.Modified)
}

func TestTailsFatalEndsOnlyItsGoroutine(t *testing.T) {
	canWatch()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		util.Fatal("this would end the process")
	}()
	within(t, ended)
}

func TestWatchWhoseGoroutineDiedIsTakenAway(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/logs/access.log"
	must(t, os.Mkdir(dir+"/logs", 0o755))
	put(t, log, "1 a\n")
	var w watcher
	w.open(log)
	// The name cannot be looked at any more: for nxadm/tail that is fatal.
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	defer f.Close()
	must(t, os.Rename(dir+"/logs", dir+"/moved"))
	must(t, os.WriteFile(dir+"/logs", nil, 0o644))
	_, err = f.WriteString("2 b\n")
	must(t, err)
	w.shut()
	var other watcher
	defer other.shut()
	put(t, dir+"/other.log", "1 a\n")
	changes := other.open(dir + "/other.log")
	put(t, dir+"/other.log", "2 b\n")
	within(t, changes.Modified)
}
