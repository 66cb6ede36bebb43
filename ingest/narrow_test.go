package ingest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"weir/stats"
)

// logged is a request as the test knows it.
type logged struct {
	second int64
	path   string
	status int
}

// traffic writes a log of some hours, nearly in order, and returns what is in it.
func traffic(t *testing.T, path string, seed uint64, requests int) (all []logged) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 5))
	start := time.Now().Add(-5 * time.Hour).Unix()
	var b bytes.Buffer
	for i := range requests {
		r := logged{
			second: start + int64(i)*4*3600/int64(requests) + rng.Int64N(4),
			path:   fmt.Sprintf("/%c/%d", 'a'+rng.IntN(3), rng.IntN(20)),
			status: []int{200, 200, 200, 404, 500}[rng.IntN(5)],
		}
		fmt.Fprintf(&b, "192.0.2.1 - - [%s] \"GET %s HTTP/1.1\" %d 5\n", time.Unix(r.second, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), r.path, r.status)
		all = append(all, r)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return all
}

// follow runs a session over the files until the test ends.
func follow(t *testing.T, files ...string) *Pump {
	t.Helper()
	return session(t, Flags{Files: files, Timezone: "UTC"}, nil)
}

// session runs a session until the test ends, and goes on when the input has ended.
func session(t *testing.T, f Flags, stdin io.Reader) *Pump {
	t.Helper()
	s, err := f.Open(PumpConfig{Refresh: 20 * time.Millisecond, Stay: true}, false, stdin)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s.Pump
}

// shows waits for a Moment that the condition likes.
func shows(t *testing.T, p *Pump, what string, ok func(*Moment) bool) *Moment {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if m := p.Moment(); m != nil && ok(m) {
			return m
		}
	}
	t.Fatalf("waited a minute in vain until %s", what)
	return nil
}

func TestFilteredWindowsEqualABruteForcePass(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	all := traffic(t, path, 1, 40_000)
	for name, open := range map[string]func(t *testing.T) *Pump{
		"file":      func(t *testing.T) *Pump { return follow(t, path) },
		"gzip":      func(t *testing.T) *Pump { return follow(t, packed(t, path, "gzip")) },
		"zstd":      func(t *testing.T) *Pump { return follow(t, packed(t, path, "zstd")) },
		"xz":        func(t *testing.T) *Pump { return follow(t, packed(t, path, "xz")) },
		"two files": func(t *testing.T) *Pump { return follow(t, halves(t, path)...) },
		"pipe": func(t *testing.T) *Pump {
			return session(t, Flags{Files: []string{"-"}, Timezone: "UTC", Spool: 64 << 20}, piped(t, path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t)
			shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 40_000 })
			rng := rand.New(rand.NewPCG(9, 9))
			for range 25 {
				askAndCompare(t, p, all, all[rng.IntN(len(all))].second+1, time.Duration(1+rng.IntN(3600))*time.Second, string(rune('a'+rng.IntN(3))))
			}
		})
	}
}

// askAndCompare asks for a filtered window and counts the same in all.
func askAndCompare(t *testing.T, p *Pump, all []logged, at int64, span time.Duration, section string) *Moment {
	t.Helper()
	text := fmt.Sprintf(`status >= 400 and section == "/%s"`, section)
	p.Ask(Query{Span: span, At: at, Graph: 60, Step: 10, Filter: text})
	m := shows(t, p, "the filter is done", func(m *Moment) bool {
		return m.Filter != nil && m.Filter.Text == text && m.Filter.Done && m.At == at && m.Span == span
	})
	for _, w := range []*stats.Summary{m.Window, m.Before} {
		want, got := map[string]uint64{}, map[string]uint64{}
		for _, r := range all {
			if r.second >= w.From && r.second < w.To && r.status >= 400 && r.path[1:2] == section {
				want[r.path]++
			}
		}
		for _, e := range w.Top(stats.Path, -1) {
			got[e.Key] = e.Hits
		}
		if w.From < m.Filter.From {
			continue // it says that it does not know
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("at %d, %s, %s (covers [%d,%d)):\n%s", at, span, text, w.From, w.To, diff)
		}
	}
	return m
}

// packed compresses a file and returns the name of the other.
func packed(t *testing.T, path, how string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch how {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, piped(t, path)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "access.log."+how)
	if err := os.WriteFile(to, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// piped reads a file as something that can be read once only.
func piped(t *testing.T, path string) io.Reader {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return io.MultiReader(bytes.NewReader(b))
}

// halves splits a log in two: the first compressed, as logrotate leaves it.
func halves(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := len(b)/2 + bytes.IndexByte(b[len(b)/2:], '\n') + 1
	dir := t.TempDir()
	old, now := filepath.Join(dir, "old.log"), filepath.Join(dir, "now.log")
	for name, part := range map[string][]byte{old: b[:cut], now: b[cut:]} {
		if err := os.WriteFile(name, part, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{packed(t, old, "gzip"), now}
}

func TestAFilterThatMatchesRarelyMissesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	start := time.Now().Add(-40 * time.Hour).Unix()
	var b bytes.Buffer
	for at := int64(0); at < 36*3600; at += 600 {
		name := "usual"
		if at%(3*3600) == 0 {
			name = "rare"
		}
		fmt.Fprintf(&b, "192.0.2.1 - - [%s] \"GET /%s HTTP/1.1\" 200 5\n", time.Unix(start+at, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), name)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := follow(t, path)
	shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 216 })
	for _, span := range []time.Duration{time.Hour, 20 * time.Hour, 36 * time.Hour} {
		p.Ask(Query{Span: span, At: start + 36*3600, Graph: 60, Step: 60, Filter: `path == "/rare"`})
		m := shows(t, p, "the filter is done", func(m *Moment) bool {
			return m.Filter != nil && m.Filter.Done && m.Span == span && m.At == start+36*3600
		})
		want := uint64(0)
		for at := start; at < m.Window.To; at += 3 * 3600 {
			if at >= m.Window.From {
				want++
			}
		}
		if m.Window.Hits != want {
			t.Errorf("%s: %d requests, want %d", span, m.Window.Hits, want)
		}
	}
}

func TestAFilterWorksWithinTheSpoolAndSaysHowFar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	all := traffic(t, path, 3, 200_000) // 15 MB, a good deal more than the spool holds
	p := session(t, Flags{Files: []string{"-"}, Timezone: "UTC", Spool: 1 << 20}, piped(t, path))
	shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 200_000 })
	last := all[len(all)-1].second
	whole := askAndCompare(t, p, all, last+1, time.Minute, "a")
	if whole.Filter.From > last-60 {
		t.Errorf("the filter knows nothing of the last minute: from %d, the log ends at %d", whole.Filter.From, last)
	}
	part := askAndCompare(t, p, all, last+1, 4*time.Hour, "b")
	if part.Filter.From <= all[0].second || part.Filter.From >= last {
		t.Errorf("the filter claims to know the log from %d on: it goes from %d to %d, and the spool holds a part", part.Filter.From, all[0].second, last)
	}
	gone := askAndCompare(t, p, all, all[0].second+600, time.Minute, "c")
	if gone.Filter.From < gone.At {
		t.Errorf("the filter claims to know what the spool has lost")
	}
}

func TestWithoutASpoolAFilterKnowsWhatComes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	all := traffic(t, path, 4, 1000)
	for name, f := range map[string]Flags{"off": {}, "no room": {Spool: 1 << 20}} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
			f.Files, f.Timezone = []string{"-"}, "UTC"
			in := io.Reader(piped(t, path))
			if f.Spool > 0 {
				in = io.MultiReader(bytes.NewReader(bytes.Repeat([]byte("#\n"), spoolBlock)), in)
			}
			p := session(t, f, in)
			shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 1000 })
			m := askAndCompare(t, p, all, all[999].second+1, time.Minute, "a")
			if m.Filter.From < m.At {
				t.Errorf("the filter claims to know the log from %d on", m.Filter.From)
			}
			why := "standard input can't be read again: " + errUnkept.Error()
			if f.Spool > 0 {
				why = "standard input can't be read again: its temporary file in " + os.TempDir() + " fails: no such file or directory: set TMPDIR"
			}
			if !m.Filter.Gap || m.Filter.Lost != why {
				t.Errorf("gap %v, %q", m.Filter.Gap, m.Filter.Lost)
			}
		})
	}
}

func TestAFilterCountsWhatComesToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	write := func(n int) {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for i := range n {
			fmt.Fprintf(f, "192.0.2.1 - - [%s] \"GET /%d HTTP/1.1\" 200 5\n", time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700"), i%2)
		}
	}
	write(100)
	p := follow(t, path)
	shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 100 })
	p.Ask(Query{Span: time.Hour, Graph: 60, Step: 60, Filter: `path == "/1"`})
	p.Ask(Query{Span: time.Hour, Graph: 60, Step: 60, Filter: `path == "/nowhere"`})
	m := shows(t, p, "nothing matches", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done && m.Filter.Text == `path == "/nowhere"` })
	if since := m.Now.Unix() - m.Filter.From; since > 60 {
		t.Errorf("the filter claims to know %d seconds of a log that is younger", since)
	}
	p.Ask(Query{Span: time.Hour, Graph: 60, Step: 60, Filter: `path == "/1"`})
	shows(t, p, "half of them match", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done && m.Window.Hits == 50 })
	write(40)
	shows(t, p, "half of the new ones too", func(m *Moment) bool { return m.Window.Hits == 70 })
	p.Ask(Query{Span: time.Hour, Graph: 60, Step: 60})
	shows(t, p, "all are shown again", func(m *Moment) bool { return m.Filter == nil && m.Window.Hits == 140 })
}

func TestAWrongFilterSaysWhyAndLeavesNothingOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	traffic(t, path, 2, 100)
	p := follow(t, path)
	p.Ask(Query{Span: time.Hour, Graph: 60, Step: 60, Filter: `statsu == 5`})
	m := shows(t, p, "the error is told", func(m *Moment) bool { return m.Filter != nil && m.Filter.Err != "" && m.Total.Parsed == 100 })
	if m.Window == nil {
		t.Error("nothing is shown")
	}
}

func TestAFilterReadsFilesThatBeginWithAByteOrderMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "u_ex.log")
	start := time.Now().Add(-3 * time.Hour).Unix()
	var b bytes.Buffer
	b.WriteString(utf8Mark + "#Version: 1.0\r\n#Fields: date time sc-status cs-uri-stem cs-method c-ip\r\n")
	for i := range 20_000 {
		at := time.Unix(start+int64(i/2), 0).UTC()
		fmt.Fprintf(&b, "%s %d /pages/%d GET 192.0.2.%d\r\n", at.Format("2006-01-02 15:04:05"), 200+i%2*300, i, i%200)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	p := follow(t, path)
	shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 20_000 })
	end := start + 10_000
	p.Ask(Query{Span: 10 * time.Minute, At: end, Graph: 60, Step: 10, Filter: "status == 500"})
	m := shows(t, p, "the filter is done", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done })
	if m.Window.Hits != 600 {
		t.Errorf("%d requests, want 600", m.Window.Hits)
	}
}

func TestFilterSaysWhichLogCantBeReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	traffic(t, path, 1, 100)
	p := follow(t, path)
	shows(t, p, "all is counted", func(m *Moment) bool { return m.Total.Parsed == 100 })
	must(t, os.Remove(path))
	p.Ask(Query{Span: 6 * time.Hour, Filter: "status == 200"})
	m := shows(t, p, "the filter is done", func(m *Moment) bool { return m.Filter != nil && m.Filter.Done })
	if want := path + " can't be read again: no such file or directory"; m.Filter.Lost != want || !m.Filter.Gap {
		t.Errorf("%q, gap %v", m.Filter.Lost, m.Filter.Gap)
	}
}

func TestFilterSaysThatLinesBeforeARotationCantBeReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	all := traffic(t, path, 1, 100)
	p := follow(t, path)
	shows(t, p, "all is counted", func(m *Moment) bool { return m.Total.Parsed == 100 })
	ask := func(text string) *Filter {
		p.Ask(Query{Span: 6 * time.Hour, Filter: text})
		return shows(t, p, "the filter is done", func(m *Moment) bool { return m.Filter != nil && m.Filter.Text == text && m.Filter.Done }).Filter
	}
	if f := ask("status >= 200"); f.Gap || f.From > all[0].second {
		t.Errorf("before the rotation: gap %v, from %d", f.Gap, f.From)
	}
	must(t, os.Rename(path, path+".1"))
	must(t, os.WriteFile(path, nil, 0o600))
	shows(t, p, "the rotation is seen", func(m *Moment) bool { return m.Sources[0].Rotations == 1 })
	if f := ask("status >= 201"); !f.Gap || f.From < all[99].second {
		t.Errorf("without a line: gap %v, from %d", f.Gap, f.From)
	}
	now := time.Now()
	must(t, os.WriteFile(path, fmt.Appendf(nil, "192.0.2.1 - - [%s] \"GET / HTTP/1.1\" 200 5\n", now.UTC().Format("02/Jan/2006:15:04:05 -0700")), 0o600))
	shows(t, p, "a line came", func(m *Moment) bool { return m.Total.Parsed == 101 })
	if f := ask("status >= 199"); !f.Gap || f.From != now.Unix() {
		t.Errorf("with a line: gap %v, from %d, want %d", f.Gap, f.From, now.Unix())
	}
}
