package ingest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

// wantSorted waits until those are the lines, in any order.
func (r *reading) wantSorted(lines ...string) {
	r.t.Helper()
	slices.Sort(lines)
	r.eventually(func() string {
		got := r.read()
		slices.Sort(got)
		return cmp.Diff(lines, got)
	})
}

// wantStates waits until the sources are those, each as "name state".
func (r *reading) wantStates(want ...string) {
	r.t.Helper()
	r.eventually(func() string {
		var got []string
		for _, s := range r.reader.Sources() {
			got = append(got, filepath.Base(s.Path)+" "+s.State.String())
		}
		return cmp.Diff(want, got)
	})
}

func TestDirectoryStandsForTheLogsInIt(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/b.log", "1 a\n")
	put(t, dir+"/a.log", "2 b\n")
	put(t, dir+"/empty.log", "")
	put(t, dir+"/.hidden", "3 c\n")
	put(t, dir+"/nginx.pid", "4 d\n")
	put(t, dir+"/history.db", "5 e\n")
	put(t, dir+"/wtmp", "6 f\n\x00\x00\x01\n")
	must(t, os.Mkdir(dir+"/archive", 0o755))
	must(t, os.Symlink("a.log", dir+"/current"))
	must(t, syscall.Mkfifo(dir+"/pipe", 0o644))
	r := read(t, Config{Skip: []string{dir + "/alerts.jsonl"}}, dir)
	r.want("1 a", "2 b")
	r.wantStates("a.log live", "b.log live", "current done", "empty.log empty")
	put(t, dir+"/alerts.jsonl", "7 g\n")
	put(t, dir+"/c.log", "8 h\n")
	r.wantSorted("1 a", "2 b", "8 h")
	r.wantStates("a.log live", "b.log live", "current done", "empty.log empty", "c.log live")
}

func TestGlobFindsWhatAppearsLater(t *testing.T) {
	dir := t.TempDir()
	r := read(t, Config{}, dir+"/**/*.log")
	r.eventually(func() string {
		var got []string
		for _, s := range r.reader.Sources() {
			got = append(got, s.Err)
		}
		return cmp.Diff([]string{fmt.Sprintf("no log matches %q: check the pattern, or name a file", dir+"/**/*.log")}, got)
	})
	must(t, os.Mkdir(dir+"/site", 0o755))
	put(t, dir+"/site/access.log", "1 a\n")
	put(t, dir+"/site/other.txt", "2 b\n")
	r.want("1 a")
	r.wantStates("access.log live")
}

func TestNothingToReadOnceIsAnError(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/there.log", "1 a\n")
	r := read(t, Config{Once: true}, dir+"/there.log", dir+"/gone.log", dir+"/*.lgo", dir+"/none")
	got := strings.ReplaceAll(r.end().Error(), dir, "")
	want := "no log matches \"/*.lgo\": check the pattern, or name a file\n" +
		"/gone.log: no such file or directory: check the name\n" +
		"/none: no such file or directory: check the name"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.want("1 a")
}

func TestWrongPatternIsAUsageError(t *testing.T) {
	_, err := New(Config{Paths: []string{"/tmp/[a.log"}, NewParser: func() Parser { return &numbered{} }}, nil)
	if !errors.As(err, new(UsageError)) {
		t.Error(err)
	}
}

func TestExpandNamesEachFileOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.log", "a.log", "a.log.1", "x.txt"} {
		put(t, filepath.Join(dir, name), "1 a\n")
	}
	got, err := Expand([]string{"-", dir + "/b.log", dir + "/*.log*", dir + "/missing"})
	must(t, err)
	want := []string{"-", dir + "/b.log", dir + "/a.log", dir + "/a.log.1", dir + "/missing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Expand([]string{dir + "/*.gz"}); err == nil {
		t.Error("a glob that matches nothing is no error")
	}
}

func TestFileRenamedWithinTheGlobIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/access.log"
	put(t, log+".1", "1 a\n")
	put(t, log, "2 b\n")
	r := read(t, Config{Grace: 100 * time.Millisecond}, dir+"/access.log*")
	r.want("1 a", "2 b")
	want := []string{"1 a", "2 b"}
	for i := range 4 {
		must(t, os.Rename(log+".1", fmt.Sprint(log, ".", i+2)))
		must(t, os.Rename(log, log+".1"))
		put(t, log+".1", fmt.Sprintf("%d late\n", 2*i+3))
		put(t, log, fmt.Sprintf("%d new\n", 2*i+4))
		want = append(want, fmt.Sprintf("%d late", 2*i+3), fmt.Sprintf("%d new", 2*i+4))
		r.wantSorted(want...)
	}
	put(t, log, "11 end\n")
	r.wantSorted(append(want, "11 end")...)
}

// copyAndTruncate does what logrotate's copytruncate does, stopping where a
// reader might look.
func copyAndTruncate(t *testing.T, log, name string, look func()) {
	t.Helper()
	text, err := os.ReadFile(log)
	must(t, err)
	for _, n := range []int{0, len(text) / 2, len(text)} {
		must(t, os.WriteFile(name, text[:n], 0o644))
		look()
	}
	must(t, os.Truncate(log, 0))
	look()
}

func TestCopyIsNotReadAgain(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/access.log"
	put(t, log+".1", "1 a\n2 b\n")
	put(t, log, "3 c\n4 d\n")
	r := read(t, Config{}, dir)
	want := []string{"1 a", "2 b", "3 c", "4 d"}
	r.wantSorted(want...)
	looks := 0
	look := func() { // something else is found: the directory was looked at
		looks++
		put(t, fmt.Sprint(dir, "/other", looks), fmt.Sprint(10+looks, " other\n"))
		want = append(want, fmt.Sprint(10+looks, " other"))
		r.wantSorted(want...)
	}
	for n := range 3 {
		for old := 3; old > 0; old-- {
			if err := os.Rename(fmt.Sprint(log, ".", old), fmt.Sprint(log, ".", old+1)); err != nil && old == 1 {
				t.Fatal(err)
			}
		}
		copyAndTruncate(t, log, log+".1", look)
		put(t, log, fmt.Sprintf("%d new\n", 5+n))
		want = append(want, fmt.Sprintf("%d new", 5+n))
		r.wantSorted(want...)
	}
}

func TestNewLogThatBeginsLikeAnotherIsRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/a.log", "1 a\n1 a\n1 a\n")
	r := read(t, Config{}, dir)
	r.want("1 a", "1 a", "1 a")
	put(t, dir+"/b.log", "1 a\n")
	r.want("1 a", "1 a", "1 a", "1 a")
	must(t, os.Rename(dir+"/a.log", dir+"/a.log.1"))
	put(t, dir+"/a.log", "1 a\n")
	r.want("1 a", "1 a", "1 a", "1 a", "1 a")
}

func TestNamesThatRotationsGive(t *testing.T) {
	var got []string
	for _, name := range []string{
		"access.log", "access.log.1", "access.log-20260131", "access-20260131.log", "access.1.log", "access.log.gz", "access.log.old",
		"access2.log", "access-api.log", "error.log.1", "other.log",
	} {
		if derived("/old/"+name, "/log/access.log") {
			got = append(got, name)
		}
	}
	want := []string{"access.log.1", "access.log-20260131", "access-20260131.log", "access.1.log", "access.log.gz", "access.log.old"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCopyGivesWhatWasTruncatedBeforeItWasRead(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b\n3")
	out := make(chan *event.Batch, 100)
	reader, err := New(Config{NewParser: func() Parser { return &numbered{} }}, out)
	must(t, err)
	close(reader.merged)
	f := &follower{r: reader, s: reader.add(log), path: log}
	defer f.close()
	f.look(true)
	if _, err := f.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	put(t, log, " c\n4 d\n5")
	text, err := os.ReadFile(log)
	must(t, err)
	must(t, os.WriteFile(log+".1", text, 0o644))
	must(t, os.Truncate(log, 0))
	put(t, log, " e\n6 f\n")
	if _, err := f.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	close(out)
	var got []string
	for b := range out {
		for i := range b.Events {
			got = append(got, string(b.Events[i].Raw))
		}
	}
	if diff := cmp.Diff([]string{"1 a", "2 b", "3 c", "4 d", "5 e", "6 f"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnreadableFileSaysWhyAndIsReadWhenItMayBe(t *testing.T) {
	log := place(t)
	must(t, os.Symlink(filepath.Base(log), log)) // a loop: unreadable for root, too
	r := read(t, Config{}, log)
	r.wantState(event.Unreadable)
	if s := r.reader.Sources()[0]; s.Err != log+": too many levels of symbolic links" {
		t.Error(s.Err)
	}
	must(t, os.Remove(log))
	put(t, log, "1 a\n")
	r.want("1 a")
	r.wantState(event.Live)
}

func TestPermissionDeniedSaysWhatToDo(t *testing.T) {
	got := Explain("/var/log/nginx/access.log", &os.PathError{Op: "open", Path: "x", Err: syscall.EACCES})
	want := "/var/log/nginx/access.log: permission denied: run weir as a user who may read it (often group adm)"
	if got != want {
		t.Error(got)
	}
	got = Explain("/proc/kmsg", &os.PathError{Op: "read", Path: "x", Err: syscall.EAGAIN})
	want = "/proc/kmsg: resource temporarily unavailable: a device that waits for lines: pipe what reads it into weir -, as in dmesg | weir -"
	if got != want {
		t.Error(got)
	}
}

func TestNamedPipeIsReadForEveryWriter(t *testing.T) {
	pipe := place(t)
	must(t, syscall.Mkfifo(pipe, 0o644))
	r := read(t, Config{}, pipe)
	r.wantState(event.Waiting)
	put(t, pipe, "1 a\n2 b")
	r.want("1 a", "2 b")
	r.wantState(event.Waiting)
	put(t, pipe, "3 c\n")
	r.want("1 a", "2 b", "3 c")
}

func TestNamedPipeIsReadOnce(t *testing.T) {
	pipe := place(t)
	must(t, syscall.Mkfifo(pipe, 0o644))
	r := read(t, Config{Once: true}, pipe)
	put(t, pipe, "1 a\n2 b")
	must(t, r.end())
	r.want("1 a", "2 b")
	r.wantState(event.Done)
}

func TestSourcesAreBoundedThoughNamesAreEverNew(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/a.log", "1 a\n")
	r := read(t, Config{Grace: time.Millisecond, Poll: 5 * time.Millisecond, sources: 10}, dir+"/*.log")
	want := []string{"1 a"}
	for n := 2; n < 30; n++ {
		log := fmt.Sprintf("%s/app-%d.log", dir, n)
		put(t, log, fmt.Sprintf("%d b\n", n))
		want = append(want, fmt.Sprintf("%d b", n))
		r.wantSorted(want...)
		must(t, os.Remove(log))
		r.eventually(func() string {
			r.reader.mu.Lock()
			defer r.reader.mu.Unlock()
			for _, s := range r.reader.sources {
				if s.picture().Path == log && !s.gone() {
					return log + " is still read"
				}
			}
			return ""
		})
	}
	if n := len(r.reader.Sources()); n > 10 {
		t.Errorf("%d sources are remembered of files that are gone", n)
	}
	if got := r.reader.Sources()[0]; got.Path != dir+"/a.log" || got.State != event.Live {
		t.Errorf("the first source is %+v", got)
	}
}
