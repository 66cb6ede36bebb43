package demo

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestDirectoriesOfKilledDemosAreRemoved(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	running, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	killed, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.lock.Close(); err != nil { // as the system does with a process's files
		t.Fatal(err)
	}
	somebodys := filepath.Join(tmp, scratchName+"notes")
	if err := os.Mkdir(somebodys, 0o700); err != nil {
		t.Fatal(err)
	}
	next, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{running.Dir: true, killed.Dir: false, somebodys: true, next.Dir: true} {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) == want {
			t.Errorf("%s: %v, want it there: %v", dir, err, want)
		}
	}
	for _, s := range []*Scratch{running, next} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", s.Dir, err)
		}
	}
}
