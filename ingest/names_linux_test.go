package ingest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// onlyEvents makes looking now and then no help.
var onlyEvents = Config{Poll: time.Hour}

func TestFileThatIsAtItsPathForAMomentIsRead(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, onlyEvents, log)
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	r.wantState(event.Gone)
	want := []string{"1 a"}
	for n := 2; n < 40; n++ {
		put(t, log, fmt.Sprintf("%d b\n", n))
		must(t, os.Rename(log, fmt.Sprint(log, ".", n)))
		want = append(want, fmt.Sprintf("%d b", n))
	}
	put(t, log, "40 c\n")
	r.wantSorted(append(want, "40 c")...)
}

func TestTargetOfALinkIsWatchedToo(t *testing.T) {
	link, log := place(t), place(t)
	put(t, log, "1 a\n")
	must(t, os.Symlink(log, link+".current"))
	must(t, os.Symlink("access.log.current", link))
	r := read(t, onlyEvents, link)
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	r.wantState(event.Gone) // and nothing tells what the link names, but the link
	put(t, log, "2 b\n")
	must(t, os.Rename(log, log+".2"))
	put(t, log, "3 c\n")
	r.wantSorted("1 a", "2 b", "3 c")
}

// TestDirectoryLinkThatPointsElsewhereIsWatchedThere looks as often as a follower
// does: nothing tells in the old directory that the link names another.
func TestDirectoryLinkThatPointsElsewhereIsWatchedThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		current, log := filepath.Join(dir, "current"), filepath.Join(dir, "current", "log")
		for _, release := range []string{"release1", "release2"} {
			must(t, os.Mkdir(filepath.Join(dir, release), 0o755))
		}
		must(t, os.Symlink("release1", current))
		n := newNames()
		defer n.in.close()
		s := n.watch(log)
		defer s.close()
		must(t, os.Symlink("release2", current+".new"))
		must(t, os.Rename(current+".new", current))
		for range 30 {
			time.Sleep(250 * time.Millisecond)
			s.look()
		}
		put(t, log, "1 a\n")
		events, err := n.in.read(false)
		must(t, err)
		must(t, n.round(events))
		a, ok := s.next()
		if !ok {
			t.Fatal("what comes to the directory that the link names now is not seen")
		}
		a.f.Close()
	})
}

// TestEveryFileThatWasAtThePathIsFound lets a directory change at random while
// nobody looks.
func TestEveryFileThatWasAtThePathIsFound(t *testing.T) {
	base, cases := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		cases++
		dir := filepath.Join(base, strconv.Itoa(cases))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		n := newNames()
		defer n.in.close()
		log := filepath.Join(dir, "log")
		s := n.watch(log)
		defer s.close()
		var (
			at   = map[string]string{} // what the file of a name holds
			were = map[string]bool{}   // at the path
			got  = map[string]bool{}
			last int
		)
		name := func() string {
			return rapid.SampledFrom([]string{"log", "log.1", "log.2", "log.3", "other"}).Draw(t, "name")
		}
		fail := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		look := func() {
			events, err := n.in.read(false)
			fail(err)
			fail(n.round(events))
			for a, ok := s.next(); ok; a, ok = s.next() {
				text, err := io.ReadAll(a.f)
				fail(err)
				got[string(text)] = true
				a.f.Close()
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			from, to := name(), name()
			switch rapid.SampledFrom([]string{"create", "rename", "rename", "delete", "look"}).Draw(t, "what") {
			case "create":
				if at[from] == "" {
					last++
					at[from] = fmt.Sprint(last)
					fail(os.WriteFile(filepath.Join(dir, from), []byte(at[from]), 0o600))
				}
			case "rename":
				if at[from] != "" && from != to {
					fail(os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)))
					at[to] = at[from]
					delete(at, from)
				}
			case "delete":
				if at[from] != "" {
					fail(os.Remove(filepath.Join(dir, from)))
					delete(at, from)
				}
			case "look":
				look()
			}
			if at["log"] != "" {
				were[at["log"]] = true
			}
		}
		look()
		var missing, wrong []string
		for _, text := range at {
			if were[text] && !got[text] {
				missing = append(missing, text)
			}
		}
		for text := range got {
			if !were[text] {
				wrong = append(wrong, text)
			}
		}
		slices.Sort(wrong)
		if diff := cmp.Diff([][]string{nil, nil}, [][]string{missing, wrong}); diff != "" {
			t.Fatal("missing and wrong ", diff)
		}
	})
}
