package demo

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// history writes what cfg's Backfill writes and returns the content by name.
func history(t *testing.T, cfg Config) map[string]string {
	t.Helper()
	cfg.Dir = t.TempDir()
	g := New(cfg)
	if err := g.Backfill(); err != nil {
		t.Fatal(err)
	}
	return contents(t, cfg.Dir)
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = string(text)
	}
	return all
}

func TestSameSeedGivesTheSameBytes(t *testing.T) {
	cfg := Config{Seed: 1, Start: start, History: 5 * time.Minute}
	first, again := history(t, cfg), history(t, cfg)
	for name, text := range first {
		if text != again[name] || text == "" {
			t.Errorf("%s differs between two runs with the same seed", name)
		}
	}
	cfg.Seed = 2
	for name, text := range history(t, cfg) {
		if text == first[name] {
			t.Errorf("%s is the same with another seed", name)
		}
	}
}

func TestRunGoesOnWhereBackfillStopped(t *testing.T) {
	cfg := Config{Seed: 1, Dir: t.TempDir(), History: time.Minute}
	synctest.Test(t, func(t *testing.T) {
		cfg.Start = time.Now()
		g := New(cfg)
		if err := g.Backfill(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
		defer cancel()
		if err := g.Run(ctx); err != nil {
			t.Errorf("Run ended with %v, want nil when its context is done", err)
		}
	})
	got := contents(t, cfg.Dir)

	cfg.Dir = t.TempDir()
	g := New(cfg)
	if err := g.open(); err != nil {
		t.Fatal(err)
	}
	defer g.close()
	if err := g.write(cfg.Start.Add(50*time.Second - tick)); err != nil {
		t.Fatal(err)
	}
	for name, want := range contents(t, cfg.Dir) {
		if !strings.HasPrefix(got[name], want) || !strings.HasSuffix(got[name], "\n") {
			t.Errorf("%s written as time passes does not begin with the same lines written at once", name)
		}
	}
}

func TestNightAsleepIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		g := New(Config{Seed: 1, Start: time.Now().Add(-12 * time.Hour), Dir: dir, History: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Run(ctx); err != nil {
			t.Fatal(err)
		}
	})
	if n := strings.Count(contents(t, dir)["access.log"], "\n"); n < 2_000 || n > 25_000 {
		t.Errorf("%d lines after a night, want those of two minutes", n)
	}
}

func TestFullLogIsRotatedOnALineEnd(t *testing.T) {
	dir := t.TempDir()
	g := New(Config{Seed: 1, Start: start, Dir: dir, MaxBytes: 2 << 20})
	if err := g.Backfill(); err != nil {
		t.Fatal(err)
	}
	got := contents(t, dir)
	old, current := got["access.log.1"], got["access.log"]
	if old == "" || current == "" {
		t.Fatalf("files %v, want access.log and access.log.1 with content", len(got))
	}
	for name, text := range got {
		if len(text) > 2<<20 || !strings.HasSuffix(text, "\n") {
			t.Errorf("%s has %d bytes, want at most 2 MiB and whole lines", name, len(text))
		}
	}
	whole := history(t, Config{Seed: 1, Start: start})["access.log"]
	if !strings.HasSuffix(whole, old+current) {
		t.Error("the old and the new file together are not the end of the log written without rotation")
	}
}

var combined = regexp.MustCompile(`^\S+ - \S+ \[14/Mar/2026:1[45]:\d\d:\d\d \+0100\] "(?:[A-Z]+ /[\x21-\x7e]* HTTP/[123]\.[01]|\\x16\\x03[\\x0-9A-F]*|)" [1-5]\d\d \d+ "[^"]+" "[^"]+" \d+\.\d{3}$`)

func TestEveryLineIsAsTheServersWriteIt(t *testing.T) {
	got := history(t, Config{Seed: 1, Start: start})
	n := 0
	for line := range strings.Lines(got["access.log"]) {
		if n++; !combined.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Fatalf("line %d of access.log: %s", n, line)
		}
	}
	if n < 25_000 {
		t.Errorf("%d lines in access.log, want at least 25000", n)
	}
	n = 0
	for line := range strings.Lines(got["api.jsonl"]) {
		var v struct {
			TS      float64
			Request struct {
				URI     string
				Headers map[string][]string
			}
			Status   int
			Duration *float64
		}
		n++
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.TS < 1.7e9 || v.Request.URI == "" || v.Status < 200 ||
			v.Duration == nil || len(v.Request.Headers["User-Agent"]) != 1 {
			t.Fatalf("line %d of api.jsonl: %s: %v", n, line, err)
		}
	}
	if n < 5_000 {
		t.Errorf("%d lines in api.jsonl, want at least 5000", n)
	}
}

func TestDecimalsAreExact(t *testing.T) {
	var got []string
	for _, n := range []int64{0, 7, 999, 1000, 61_005, 1_763_708_000_000_042} {
		got = append(got, string(appendDecimal(nil, n, 3)))
	}
	want := []string{"0.000", "0.007", "0.999", "1.000", "61.005", "1763708000000.042"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMissingDirectoryIsAnError(t *testing.T) {
	g := New(Config{Start: start, Dir: filepath.Join(t.TempDir(), "none")})
	for name, err := range map[string]error{"Backfill": g.Backfill(), "Run": g.Run(t.Context())} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s in a missing directory gives %v", name, err)
		}
	}
}

func BenchmarkBackfill(b *testing.B) {
	for b.Loop() {
		if err := New(Config{Seed: 9, Start: start, Dir: b.TempDir()}).Backfill(); err != nil {
			b.Fatal(err)
		}
	}
}
