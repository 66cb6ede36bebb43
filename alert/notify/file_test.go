package notify

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/alert"
)

// numbered is an alert that can be told from others.
func numbered(i int) alert.Change {
	return alert.Change{Rule: alert.Traffic, State: alert.Firing, Value: float64(i), Time: time.Unix(int64(1000+i), 0)}
}

// values returns the alerts of a file, by number; a line that is no object is itself.
func values(t *testing.T, path string) []any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := []any{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var change struct{ Value float64 }
		if err := json.Unmarshal(lines.Bytes(), &change); err != nil {
			all = append(all, lines.Text())
			continue
		}
		all = append(all, int(change.Value))
	}
	return all
}

func opened(t *testing.T, path string) *File {
	t.Helper()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestTornLineOfAnotherRunStaysApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.jsonl")
	if err := os.WriteFile(path, []byte(`{"time":"2026`), 0o600); err != nil {
		t.Fatal(err)
	}
	a := opened(t, path)
	a.Write(numbered(1))
	a.Write(numbered(2))
	if diff := cmp.Diff([]any{`{"time":"2026`, 1, 2}, values(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestAlertsFollowTheNameOfTheirFile(t *testing.T) {
	for name, move := range map[string]func(path string) error{
		"renamed":         func(path string) error { return os.Rename(path, path+".1") },
		"removed":         os.Remove,
		"emptied":         func(path string) error { return os.Truncate(path, 0) },
		"renamed and new": func(path string) error { return errorsOf(os.Rename(path, path+".1"), os.WriteFile(path, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "alerts.jsonl")
			a := opened(t, path)
			a.Write(numbered(1))
			if err := move(path); err != nil {
				t.Fatal(err)
			}
			a.Write(numbered(2))
			if diff := cmp.Diff([]any{2}, values(t, path)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestAlertsWaitForTheirDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alerts.jsonl")
	a := opened(t, path)
	var told strings.Builder // complete once the trouble is over
	a.Tell = func(text string) { fmt.Fprintln(&told, text) }
	a.Write(numbered(1))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	a.Write(numbered(2))
	a.Write(numbered(3))
	if got, want := a.Trouble(), "alert file: no such file or directory, 2 alerts wait: make its directory"; got != want {
		t.Errorf("trouble is %q, want %q", got, want)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); a.Trouble() != ""; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the trouble is not over")
		}
	}
	if diff := cmp.Diff([]any{2, 3}, values(t, path)); diff != "" {
		t.Error(diff)
	}
	want := "--alert-file " + path + " can't be written: no such file or directory, 1 alert waits: make its directory\n--alert-file " + path + " is written again\n"
	if diff := cmp.Diff(want, told.String()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if err := a.Close(); err != nil {
		t.Errorf("all is written, and Close says %v", err)
	}
}

func TestOldestAlertsGoWhenTooManyWait(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alerts.jsonl")
	a := opened(t, path)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for i := range mostWaiting + 5 {
		a.Write(numbered(i))
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := a.Close()
	if err == nil || !strings.Contains(err.Error(), "5 alerts are not in it") {
		t.Errorf("five alerts were given up, and Close says %v", err)
	}
	got := values(t, path)
	if len(got) != mostWaiting || got[0] != 5 {
		t.Errorf("%d alerts from number %v on, want %d from 5 on", len(got), got[0], mostWaiting)
	}
}

func TestPipeThatNobodyReadsHoldsNothingUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	a := opened(t, path)
	a.Write(numbered(1))
	if got := a.Trouble(); !strings.HasSuffix(got, "1 alert waits: start what reads it") {
		t.Errorf("trouble is %q", got)
	}
	for n := 2; n < 4; n++ {
		reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		a.Write(numbered(n))
		text := make([]byte, 4096)
		got, _ := reader.Read(text)
		reader.Close() // and goes away, with nothing lost
		if want := map[int]int{2: 2, 3: 1}[n]; strings.Count(string(text[:got]), "\n") != want || a.Trouble() != "" {
			t.Errorf("the reader got %q, want %d alerts; trouble %q", text[:got], want, a.Trouble())
		}
	}
	a.Write(numbered(4))
	if got := a.Trouble(); !strings.HasSuffix(got, "1 alert waits: start what reads it") {
		t.Errorf("the reader is gone, and trouble is %q", got)
	}
	if err := a.Close(); err == nil || !strings.Contains(err.Error(), "1 alerts are not in it") {
		t.Errorf("an alert waits, and Close says %v", err)
	}
}
