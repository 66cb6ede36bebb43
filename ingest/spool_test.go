package ingest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"weir/ingest/event"
)

func TestASpoolGivesBackTheNewestOfAStream(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		s := newSpool(int64(rapid.IntRange(0, 3<<20).Draw(t, "limit")))
		defer s.close()
		noise := rapid.SliceOfN(rapid.Byte(), 1, 4000).Draw(t, "noise")
		var all []byte
		for i, size := range rapid.SliceOfN(rapid.IntRange(1, 700_000), 1, 12).Draw(t, "writes") {
			part := bytes.Repeat(append(noise[:1+i%len(noise):1+i%len(noise)], byte(i)), size/(2+i%len(noise))+1)
			all = append(all, part...)
			if err := s.write(part); err != nil {
				t.Fatal(err)
			}
		}
		oldest, err := s.oldest()
		if err != nil || oldest < 0 || oldest > int64(len(all)) {
			t.Fatalf("oldest %d of %d, %v", oldest, len(all), err)
		}
		if info, err := s.stat(); err != nil || info > s.limit {
			t.Fatalf("the file has %d bytes, the limit is %d, %v", info, s.limit, err)
		}
		at := rapid.Int64Range(oldest, int64(len(all))).Draw(t, "at")
		got, err := io.ReadAll(&spoolReader{s: s, at: at})
		if err != nil || !bytes.Equal(got, all[at:]) {
			t.Fatalf("from %d on: %d bytes of %d, %v", at, len(got), len(all)-int(at), err)
		}
		if oldest > 0 {
			if _, err := io.ReadAll(&spoolReader{s: s, at: oldest - 1}); !errors.Is(err, errOvertaken) {
				t.Fatalf("what is overwritten is read: %v", err)
			}
		}
	})
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// stat is the size of the file.
func (s *spool) stat() (int64, error) {
	if s.file == nil {
		return 0, nil
	}
	info, err := s.file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func TestAFullDiskEndsTheSpoolAndNothingElse(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := newSpool(1 << 20)
	s.file = full
	var told error
	for range 8 {
		if err := s.write(make([]byte, spoolBlock/2)); err != nil {
			if told != nil {
				t.Errorf("told twice: %v", err)
			}
			told = err
		}
	}
	if !errors.Is(told, syscall.ENOSPC) {
		t.Errorf("told %v, want that the disk is full", told)
	}
	source := []event.Source{{Path: "-", State: event.Live, Lines: 1}}
	records := NewRecords(RecordsConfig{Sources: func() []event.Source { return source }, spool: func(int) *spool { return s }})
	want := "standard input can't be read again: its temporary file in " + os.TempDir() + " is full: no space left on device: set TMPDIR, or a smaller --spool"
	if got := said(records.Lost()); got != want {
		t.Errorf("%q", got)
	}
	if _, err := s.oldest(); err == nil {
		t.Error("a spool with a hole in it says nothing")
	}
	if _, err := io.ReadAll(&spoolReader{s: s}); err == nil {
		t.Error("a spool with a hole in it can be read")
	}
}
