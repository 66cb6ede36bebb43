package ingest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

func TestSinceUnderstandsDurationsAndTimes(t *testing.T) {
	zone := time.FixedZone("", 3600)
	today := time.Now().In(zone)
	for in, want := range map[string]since{
		"":                     {},
		"all":                  {},
		"end":                  {end: true},
		"90m":                  {ago: 90 * time.Minute},
		"7d":                   {ago: 7 * 24 * time.Hour},
		"1.5w":                 {ago: 252 * time.Hour},
		"1d12h":                {ago: 36 * time.Hour},
		"2026-01-31":           {at: time.Date(2026, 1, 31, 0, 0, 0, 0, zone)},
		"2026-01-31 15:04":     {at: time.Date(2026, 1, 31, 15, 4, 0, 0, zone)},
		"2026-01-31T15:04:05Z": {at: time.Date(2026, 1, 31, 15, 4, 5, 0, time.UTC)},
		"15:04":                {at: time.Date(today.Year(), today.Month(), today.Day(), 15, 4, 0, 0, zone)},
	} {
		got, err := parseSince(in, zone)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(since{})); err != nil || diff != "" {
			t.Error(in, err, diff)
		}
	}
	for _, in := range []string{"yesterday", "-1h", "0d", "d", "1e9d", "2026-13-01"} {
		if got, err := parseSince(in, zone); err == nil {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

func TestSinceTheEndReadsOnlyWhatComes(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b\n3 half")
	r := read(t, Config{Since: "end"}, log)
	r.wantState(event.Live)
	put(t, log, " a line\n4 d\n")
	r.want("3 half a line", "4 d")
}

func TestSinceATimeSkipsMostOfTheFileUnread(t *testing.T) {
	log := place(t)
	writeLines(t, log, 0, 1_000_000, 1)
	at := time.Unix(995_000, 0)
	must(t, os.Chtimes(log, at, time.Unix(1_000_000, 0)))
	r := read(t, Config{Once: true, Since: at.UTC().Format(time.RFC3339)}, log)
	must(t, r.end())
	lines := r.read()
	if len(lines) != 5000 || lines[0] != "995000 line" {
		t.Errorf("%d lines, the first %q", len(lines), lines[:1])
	}
	if s := r.reader.Sources()[0]; s.Bytes > 2<<20 || s.Lines != 5000 {
		t.Errorf("%d bytes, %d lines", s.Bytes, s.Lines)
	}
}

func TestSinceATimeReadsEverythingWhereNoLineTells(t *testing.T) {
	log := place(t)
	must(t, os.WriteFile(log, []byte(strings.Repeat("no time here\n", 200_000)+"5 a\n"), 0o644))
	r := read(t, Config{Once: true, Since: "1970-01-01T00:00:03Z"}, log)
	must(t, r.end())
	r.want("5 a")
	if s := r.reader.Sources()[0]; s.Lines != 200_001 {
		t.Errorf("%d lines", s.Lines)
	}
}

func TestSinceATimeLeavesOldFilesAlone(t *testing.T) {
	log := place(t)
	must(t, os.WriteFile(log+".gz", gzipOf(t, "1 a\n"), 0o644))
	put(t, log, "2 b\n")
	for _, path := range []string{log, log + ".gz"} {
		must(t, os.Chtimes(path, time.Unix(2, 0), time.Unix(2, 0)))
	}
	put(t, log+".new", "9000 c\n10000 d\n")
	r := read(t, Config{Once: true, Since: "1970-01-01T02:40:00Z"}, log+".gz", log, log+".new")
	must(t, r.end())
	r.want("10000 d")
	var got []string
	for _, s := range r.reader.Sources() {
		got = append(got, fmt.Sprint(s.State, s.Bytes))
	}
	if diff := cmp.Diff([]string{"done 0", "done 0", "done 15"}, got); diff != "" {
		t.Error(diff)
	}
}
