package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"weir/archive"
	"weir/archive/bucket"
	"weir/ingest"
	"weir/stats"
	"weir/tui/vault"
)

// shown is a timeline that remembers what it was given.
type shown struct {
	restored map[string]ingest.Restored
	err      error
}

func (s *shown) Restore(_ context.Context, files []ingest.Restored) []error {
	errs := make([]error, len(files))
	for i, f := range files {
		if errs[i] = s.err; s.err == nil {
			s.restored[f.ID] = f
		}
	}
	return errs
}

func (s *shown) Forget(_ context.Context, ids []string) error {
	for _, id := range ids {
		delete(s.restored, id)
	}
	return nil
}

// shelf is a directory of logs with an archive, and a screen on it.
type shelf struct {
	dir, into, uri string
	days           *shown
	cfg            *vault.Config
}

// noon is the time in these tests.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newShelf(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{dir: t.TempDir(), days: &shown{restored: make(map[string]ingest.Restored)}}
	s.into, s.uri = filepath.Join(s.dir, "restored"), "file://"+t.TempDir()
	remote := archive.Remote{Archive: s.dir + "=" + s.uri, EnvFile: os.DevNull}
	s.cfg = &vault.Config{
		Dir: s.dir, Into: s.into, URI: "s3://logs", Timeline: s.days, Location: time.UTC, Now: func() time.Time { return noon },
		Push:    archive.Config{Host: "web1", NewSummary: func() archive.Summary { return stats.NewRollup() }},
		Connect: func(ctx context.Context) (*archive.Target, error) { return remote.Open(ctx, "", "", true) },
	}
	return s
}

// log writes a log of a line a second from a time on, last changed some time ago.
func (s *shelf) log(t *testing.T, name string, from time.Time, lines int, age time.Duration) {
	t.Helper()
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /a/%d HTTP/1.1\" 200 512 \"-\" \"curl\"\n", i%9, from.Add(time.Duration(i)*time.Second).Format("02/Jan/2006:15:04:05 -0700"), i%7)
	}
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, noon.Add(-age), noon.Add(-age)); err != nil {
		t.Fatal(err)
	}
}

// open returns a screen on the Archive tab, with all work done.
func (s *shelf) open(t *testing.T, w, h int) *Model {
	t.Helper()
	m := New(Config{Title: []string{"access.log"}, Location: time.UTC, Vault: s.cfg}, stillLife(), w, h)
	t.Cleanup(m.vault.Close)
	m.now = func() time.Time { return m.frame.Now }
	m.take(tick{})
	work(m, "7")
	return m
}

// work presses keys and does what they leave to do, until nothing is.
func work(m *Model, keys ...string) {
	for _, k := range keys {
		m.take(keyMsg(k)) // and not Update, which would hand out the work
		for again := true; again; {
			again = false
			for _, cmd := range m.vaultWork() {
				again = true
				m.take(cmd())
			}
		}
	}
}

// week is a directory with something of every state.
func week(t *testing.T) *shelf {
	s := newShelf(t)
	for day := 14; day < 20; day++ {
		begin := time.Date(2026, 11, day, 10, 0, 0, 0, time.UTC)
		s.log(t, begin.Format("access-20060102T1504Z.log"), begin, 100*day-1000, noon.Sub(begin.Add(time.Hour)))
	}
	work(s.open(t, 80, 24), "A", "enter") // archives them
	s.log(t, "access.log", noon.Add(-time.Minute), 60, 0)
	s.log(t, "access.log.1", noon.Add(-20*time.Hour), 500, 12*time.Hour)
	s.log(t, "notes.txt", noon, 1, time.Hour)
	return s
}

func TestArchiveTabAtEverySize(t *testing.T) {
	s := week(t)
	work(s.open(t, 80, 24), "h", "h", "R", "enter", "enter") // restores the 19th
	for _, size := range sizes {
		m := s.open(t, size[0], size[1])
		work(m, "h", "h", "v", "h")
		golden(t, fmt.Sprintf("archive-%dx%d", size[0], size[1]), plain(m))
	}
}

func TestArchiveTabSaysWhatIsMissing(t *testing.T) {
	unset := New(Config{Location: time.UTC}, stillLife(), 80, 24)
	unset.now = func() time.Time { return unset.frame.Now }
	unset.take(tick{})
	lacks(t, unset, "7 Archive")
	work(unset, "R")
	golden(t, "archive-unset", plain(unset))

	empty := newShelf(t)
	golden(t, "archive-empty", plain(empty.open(t, 80, 24)))

	away := newShelf(t)
	away.cfg.Connect = func(context.Context) (*archive.Target, error) {
		return nil, &bucket.AccessError{Tried: "s3:ListBucket on s3://logs", Do: "nothing answers at http://127.0.0.1:1: check --endpoint, or start the service"}
	}
	m := away.open(t, 80, 24)
	golden(t, "archive-unreachable", plain(m))
	work(m, "1", "R")
	has(t, m, "check --endpoint")
}

func TestArchivingAsksAndNamesWhatItDeletes(t *testing.T) {
	s := week(t)
	m := s.open(t, 120, 40)
	work(m, "d")
	has(t, m, "What A would do", "then delete 1 file here", "access.log.1", "not now: access.log: ")
	work(m, "esc", "1", "A")
	has(t, m, "Archive now?", "then delete 1 file here", "enter archives")
	work(m, "esc")
	if _, err := os.Stat(filepath.Join(s.dir, "access.log.1")); err != nil {
		t.Fatal("esc archived it: ", err)
	}
	work(m, "A", "enter")
	has(t, m, "1 archived (500 lines", "1 deleted here")
	if _, err := os.Stat(filepath.Join(s.dir, "access.log.1")); !os.IsNotExist(err) {
		t.Errorf("access.log.1 is still here: %v", err)
	}
}

func TestRestoringAsksAndTheDayAppears(t *testing.T) {
	s := week(t)
	m := s.open(t, 120, 40)
	work(m, "h", "h", "R")
	has(t, m, "2026-11-19")
	work(m, "x", "enter")
	has(t, m, "write a day")
	work(m, "backspace", "enter")
	has(t, m, "1 of 1 file to fetch: 900 lines", "enter restores")
	work(m, "enter")
	has(t, m, "1 restored to", "✓")
	if len(s.days.restored) != 1 {
		t.Fatalf("the timeline has %v", s.days.restored)
	}
	for id, f := range s.days.restored {
		if filepath.Dir(f.Path) != s.into || f.First != time.Date(2026, 11, 19, 10, 0, 0, 0, time.UTC).Unix() || f.Last != f.First+899 {
			t.Errorf("%s is shown as %+v", id, f)
		}
	}
	// Another start shows it again, and does not fetch it again.
	s.days.restored = make(map[string]ingest.Restored)
	m = s.open(t, 120, 40)
	for range 3 {
		work(m, "h")
	}
	if len(s.days.restored) != 1 {
		t.Errorf("after another start the timeline has %v", s.days.restored)
	}
	work(m, "C")
	has(t, m, "Delete restored files?", "delete 1 restored file, ")
	work(m, "enter")
	has(t, m, "1 restored file deleted")
	if entries, _ := os.ReadDir(s.into); len(entries) > 0 || len(s.days.restored) > 0 {
		t.Errorf("left %v, shown %v", entries, s.days.restored)
	}
}

// restored is a screen on a shelf that has the 18th and the 19th back.
func (s *shelf) restored(t *testing.T) *Model {
	t.Helper()
	m := s.open(t, 120, 40)
	work(m, "h", "h", "v", "h", "R", "enter", "enter")
	has(t, m, "2 restored to")
	if len(s.days.restored) != 2 {
		t.Fatalf("the timeline has %v", s.days.restored)
	}
	return m
}

func TestWhatCleaningKeepsStaysOnTheTimeline(t *testing.T) {
	s := week(t)
	m := s.restored(t)
	for _, f := range s.days.restored {
		if err := os.WriteFile(f.Path, []byte("changed\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		break
	}
	work(m, "C", "enter")
	has(t, m, "1 restored file deleted")
	for id, f := range s.days.restored {
		if data, err := os.ReadFile(f.Path); err != nil || string(data) != "changed\n" {
			t.Errorf("%s is shown, its file holds %.20q, %v", id, data, err)
		}
	}
	if len(s.days.restored) != 1 {
		t.Errorf("the timeline has %v", s.days.restored)
	}
}

func TestRestoredDaysStayWhereAnotherHasTheLock(t *testing.T) {
	s := week(t)
	m := s.restored(t)
	work(m, "C")
	other := flock.New(filepath.Join(s.dir, ".weir", "restore.lock"))
	if locked, err := other.TryLock(); !locked {
		t.Fatal(err)
	}
	defer other.Close()
	work(m, "enter")
	has(t, m, "is locked by")
	if len(s.days.restored) != 2 {
		t.Errorf("the timeline has %v", s.days.restored)
	}
}

func TestTheFirstAndTheLastDayAreOneKeyAway(t *testing.T) {
	m := week(t).open(t, 120, 40)
	work(m, "G")
	has(t, m, "Thu 19 Nov 2026")
	work(m, "g", "h", "g")
	has(t, m, "Sat 14 Nov 2026")
}

func TestTimeThatIsInTheArchiveNamesTheKey(t *testing.T) {
	s := week(t)
	m := s.open(t, 120, 40)
	b := m.backend.(still)
	b.moment.Seq, b.moment.At, b.moment.Live = 2, time.Date(2026, 11, 18, 10, 5, 0, 0, time.UTC).Unix(), false
	b.moment.Window, b.moment.Sources = stats.NewSummary(1), nil
	b.moment.Sources = stillLife().moment.Sources
	m.travel(b.moment.At)
	m.take(tick{})
	m.show(overviewTab)
	has(t, m, "are in the archive", "restores this day")
	work(m, "R")
	has(t, m, "2026-11-18")
}

func TestLeavingWhileAJobRunsLeavesNothingHalfDone(t *testing.T) {
	s := newShelf(t)
	connect := s.cfg.Connect
	s.cfg.Connect = func(ctx context.Context) (*archive.Target, error) {
		target, err := connect(ctx)
		target.LimitRate = 50_000 // slow enough to be stopped
		return target, err
	}
	for i := range 8 {
		begin := noon.Add(-time.Duration(30+i) * time.Hour)
		s.log(t, begin.Format("access-20060102T1504Z.log"), begin, 30_000, 20*time.Hour)
	}
	m := s.open(t, 80, 24)
	work(m, "A")
	m.take(keyMsg("enter"))
	cmds := m.vault.Work(true)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, do := range cmds {
			do()
		}
	}()
	for deadline := time.Now().Add(10 * time.Second); !spooled(s.dir) && time.Now().Before(deadline); {
		select {
		case <-ended: // too quick to be stopped
			t.Fatal("the job is over before it was stopped")
		case <-time.After(time.Millisecond):
		}
	}
	m.vault.Close()
	<-ended
	if spooled(s.dir) {
		t.Error("a packed file is left in the spool")
	}
	_ = filepath.WalkDir(strings.TrimPrefix(s.uri, "file://"), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (strings.Contains(path, ".tmp") || strings.Contains(path, "upload")) {
			t.Errorf("%s is left", path)
		}
		return err
	})
}

// spooled reports whether a pass has something on its way.
func spooled(dir string) bool {
	entries, _ := os.ReadDir(filepath.Join(dir, ".weir", "spool"))
	return len(entries) > 0
}
