package ingest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/ingest/event"
)

func TestRenamedAndCreatedAtOnce(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	put(t, log, "2 b\n")
	must(t, os.Rename(log, log+".1"))
	put(t, log, "4 d\n")
	r.want("1 a", "2 b", "4 d")
	put(t, log+".1", "3 late\n") // a worker that has not reopened yet
	r.want("1 a", "2 b", "4 d", "3 late")
	r.wantState(event.Rotated)
}

func TestRenamedAndCreatedLater(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	put(t, log+".1", "2 b\n")
	r.want("1 a", "2 b")
	r.wantState(event.Gone)
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
	r.wantState(event.Live)
}

func TestTruncatedInPlace(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b\n")
	r := read(t, Config{}, log)
	r.want("1 a", "2 b")
	must(t, os.Truncate(log, 0))
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
}

func TestTruncatedAndGrownBeyondWhatWasRead(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.WriteFile(log, []byte("2 much\n3 longer\n4 than before\n"), 0o644))
	r.want("1 a", "2 much", "3 longer", "4 than before")
}

func TestLineTornByTruncationIsOneLine(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n20")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Truncate(log, 0))
	put(t, log, "0 b\n3 c\n")
	r.want("1 a", "200 b", "3 c")
}

func TestDeletedAndWrittenAgain(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Remove(log))
	r.wantState(event.Gone)
	put(t, log, "2 b\n")
	r.want("1 a", "2 b")
	r.wantState(event.Live)
}

func TestLinkThatPointsElsewhere(t *testing.T) {
	log := place(t)
	monday, tuesday := log+"-monday", log+"-tuesday"
	put(t, monday, "1 a\n")
	put(t, tuesday, "3 c\n")
	must(t, os.Symlink(filepath.Base(monday), log))
	r := read(t, Config{}, log)
	r.want("1 a")
	put(t, monday, "2 b\n")
	must(t, os.Symlink(filepath.Base(tuesday), log+".new"))
	must(t, os.Rename(log+".new", log))
	r.want("1 a", "2 b", "3 c")
	put(t, tuesday, "4 d\n")
	r.want("1 a", "2 b", "3 c", "4 d")
}

func TestMissingFileIsWaitedFor(t *testing.T) {
	log := filepath.Join(t.TempDir(), "later", "access.log")
	r := read(t, Config{}, log)
	r.wantState(event.Waiting)
	must(t, os.Mkdir(filepath.Dir(log), 0o755))
	put(t, log, "")
	r.wantState(event.Empty)
	put(t, log, "1 a\n")
	r.want("1 a")
	r.wantState(event.Live)
}

func TestUnfinishedLineCountsWhenItsFileIsClosed(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b")
	r := read(t, Config{Grace: 50 * time.Millisecond}, log)
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	put(t, log, "3 c\n")
	r.want("1 a", "3 c", "2 b")
}
