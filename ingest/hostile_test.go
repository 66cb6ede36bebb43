package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

func TestWithoutEventsLookingFindsRotations(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{Blind: true}, log, filepath.Dir(log)+"/*.txt")
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	put(t, log+".1", "2 b\n")
	r.wantState(event.Gone)
	put(t, log, "3 c\n4 d\n")
	r.want("1 a", "2 b", "3 c", "4 d")
	must(t, os.WriteFile(log, []byte("5 e\n"), 0o644))
	r.want("1 a", "2 b", "3 c", "4 d", "5 e")
	must(t, os.Remove(log))
	put(t, log, "6 f\n")
	put(t, filepath.Dir(log)+"/other.txt", "7 g\n")
	r.wantSorted("1 a", "2 b", "3 c", "4 d", "5 e", "6 f", "7 g")
}

func TestFileThatBecomesADirectoryAndAFileAgain(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Remove(log))
	must(t, os.Mkdir(log, 0o755))
	r.wantState(event.Unreadable)
	if got, want := r.reader.Sources()[0].Err, log+" is a directory now: name a file in it, or start again"; got != want {
		t.Error(got)
	}
	must(t, os.Remove(log))
	put(t, log, "2 b\n")
	r.want("1 a", "2 b")
	r.wantState(event.Live)
}

func TestDirectoryThatIsReplacedIsFollowed(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/logs/access.log"
	must(t, os.Mkdir(dir+"/logs", 0o755))
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Rename(dir+"/logs", dir+"/old"))
	must(t, os.Mkdir(dir+"/logs", 0o755))
	put(t, log, "2 b\n")
	r.want("1 a", "2 b")
	must(t, os.RemoveAll(dir+"/logs"))
	r.wantState(event.Gone)
	must(t, os.Mkdir(dir+"/logs", 0o755))
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
}

func TestTwoReadersOfOneFileBothReadItAll(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	one, other := read(t, Config{}, log), read(t, Config{}, log)
	one.want("1 a")
	other.want("1 a")
	must(t, os.Rename(log, log+".1"))
	put(t, log, "2 b\n")
	one.want("1 a", "2 b")
	other.want("1 a", "2 b")
}

func TestBacklogThatIsDeletedWhileItIsReadCounts(t *testing.T) {
	log := place(t)
	writeLines(t, log, 0, 200000, 1)
	out := make(chan *event.Batch)
	reader, err := New(Config{Paths: []string{log}, NewParser: func() Parser { return &numbered{} }}, out)
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- reader.Run(t.Context()) }()
	lines := 0
	for lines < 200000 {
		b := <-out
		if lines == 0 {
			must(t, os.Remove(log))
		}
		lines += b.Lines
		b.Recycle(b)
	}
}

// descriptors is how many this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	must(t, err)
	return len(entries)
}

func TestFilesThatComeAndGoDoNotAddUp(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/first.log", "1 a\n")
	before := descriptors(t)
	r := read(t, Config{}, dir) // with a grace of a minute
	r.want("1 a")
	const rounds, files = 10, 100
	for round := range rounds {
		for i := range files {
			put(t, fmt.Sprintf("%s/%d.log", dir, round*files+i), fmt.Sprintf("%d of many\n", round*files+i+2))
		}
		r.eventually(func() string {
			if got, want := len(r.read()), 1+(round+1)*files; got != want {
				return fmt.Sprintf("%d lines, want %d", got, want)
			}
			return ""
		})
		for i := range files {
			must(t, os.Remove(fmt.Sprintf("%s/%d.log", dir, round*files+i)))
		}
	}
	r.eventually(func() string {
		if n := descriptors(t) - before; n > 600 {
			return fmt.Sprintf("%d descriptors are open", n)
		}
		return ""
	})
	seen := map[string]bool{}
	for _, line := range r.read() {
		if seen[line] {
			t.Error("twice:", line)
		}
		seen[line] = true
	}
}

func TestFileThatCameBackAfterLongIsReadUnderItsOldSource(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/access.log"
	put(t, log, "1 a\n")
	put(t, dir+"/other.log", "2 b\n")
	r := read(t, Config{Grace: time.Millisecond}, dir)
	r.want("1 a", "2 b")
	must(t, os.Remove(log))
	r.eventually(func() string {
		if s := r.source(0); !s.over.Load() {
			return "it is still waited for"
		}
		return ""
	})
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
	r.wantStates("access.log live", "other.log live")
}

func (r *reading) source(i int) *source {
	r.reader.mu.Lock()
	defer r.reader.mu.Unlock()
	return r.reader.sources[i]
}

func TestLinksThatLeadUpwardsAreNotFollowedForEver(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(dir+"/a", 0o755))
	put(t, dir+"/a/access.log", "1 a\n")
	for _, name := range []string{"up", "self", "again"} {
		must(t, os.Symlink(dir, dir+"/a/"+name))
	}
	must(t, os.Symlink("access.log", dir+"/a/link.log"))
	got, err := Expand([]string{dir + "/**/*.log", dir + "/a/up/a/link.log"})
	must(t, err)
	want := []string{dir + "/a/access.log", dir + "/a/link.log", dir + "/a/up/a/link.log"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
