package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// minutely is a line a minute from a time on.
func minutely(from time.Time, minutes int) string {
	var b strings.Builder
	for i := range minutes {
		fmt.Fprintf(&b, "192.0.2.1 - - [%s] \"GET /%d HTTP/1.1\" 200 5\n", from.Add(time.Duration(i)*time.Minute).Format("02/Jan/2006:15:04:05 -0700"), i)
	}
	return b.String()
}

func TestCalendarTellsWhatTheArchiveHasOfEachDay(t *testing.T) {
	p := newPlace(t)
	p.write("a-20261117T2200Z.log", minutely(time.Date(2026, 11, 17, 22, 0, 0, 0, time.UTC), 60), 60*time.Hour)
	p.write("a-20261118T1000Z.log", minutely(time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC), 30), 48*time.Hour)
	p.write("b-20261118T1000Z.log", minutely(time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC), 5), 48*time.Hour)
	p.push()
	var c Calendar
	read := func(since, until time.Time) []Day {
		t.Helper()
		days, bad, err := c.Read(t.Context(), p.bucket, template(t, ""), time.UTC, since, until)
		if err := errors.Join(append(bad, err)...); err != nil {
			t.Fatal(err)
		}
		return days
	}
	month := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	want := []Day{{Begin: month.AddDate(0, 0, 16), Objects: 1, Lines: 60}, {Begin: month.AddDate(0, 0, 17), Objects: 2, Lines: 35}}
	for range 2 { // the second time from what is known
		if diff := cmp.Diff(want, read(month, month.AddDate(0, 1, 0)), cmpopts.IgnoreFields(Day{}, "Raw", "Packed")); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(want[1:], read(month.AddDate(0, 0, 17), month.AddDate(0, 0, 18)), cmpopts.IgnoreFields(Day{}, "Raw", "Packed")); diff != "" {
		t.Error(diff)
	}
	// A damaged manifest is told, and the rest is there.
	c = Calendar{}
	damaged := false
	_ = filepath.WalkDir(p.vault, func(path string, e os.DirEntry, err error) error {
		if err == nil && !damaged && strings.HasSuffix(path, manifestEnd) && strings.Contains(path, "b-2026") {
			damaged = os.WriteFile(path, []byte("{}\n0000\n"), 0o600) == nil
		}
		return err
	})
	days, bad, err := c.Read(t.Context(), p.bucket, template(t, ""), time.UTC, month, month.AddDate(0, 1, 0))
	if err != nil || len(bad) != 1 || !damaged {
		t.Errorf("damaged %v: %v and %v, want one bad manifest", damaged, bad, err)
	}
	want[1].Objects, want[1].Lines = 1, 30
	if diff := cmp.Diff(want, days, cmpopts.IgnoreFields(Day{}, "Raw", "Packed")); diff != "" {
		t.Error(diff)
	}
}

func TestLocalFilesAreListedByState(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 100 * time.Hour
	p.write("kept-20261119T1000Z.log", minutely(noon.Add(-24*time.Hour), 3), time.Hour)
	p.push()
	p.write("access.log", "now\n", time.Second)
	p.write("access.log.1", "a\n", time.Hour)
	p.write("notes.txt", "-\n", time.Hour)
	if err := os.Mkdir(filepath.Join(p.dir, packedFolder), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join(packedFolder, "b-20261119T1000Z.log.zst"), "packed", time.Hour)
	c := p.config
	c.Dir, c.Now = p.dir, func() time.Time { return p.now }
	all, err := Locals(c)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range all {
		got = append(got, l.State.String()+" "+l.Name)
	}
	want := []string{"writing access.log", "complete access.log.1", "compressed b-20261119T1000Z.log.zst", "archived kept-20261119T1000Z.log", "not archived notes.txt"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if h := History(p.dir, 10); len(h) != 1 || h[0].File != "kept-20261119T1000Z.log" || h[0].Lines != 3 {
		t.Errorf("history %v", h)
	}
}
