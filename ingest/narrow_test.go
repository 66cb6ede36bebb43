package ingest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	f := Flags{Files: files, Timezone: "UTC"}
	s, err := f.Open(PumpConfig{Refresh: 20 * time.Millisecond}, false, nil)
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
	p := follow(t, path)
	shows(t, p, "all is read", func(m *Moment) bool { return m.Total.Parsed == 40_000 })
	rng := rand.New(rand.NewPCG(9, 9))
	for range 60 {
		at := all[rng.IntN(len(all))].second + 1
		span := time.Duration(1+rng.IntN(3600)) * time.Second
		section := string(rune('a' + rng.IntN(3)))
		text := fmt.Sprintf(`status >= 400 and section == "/%s"`, section)
		p.Ask(Query{Span: span, At: at, Graph: 60, Step: 10, Filter: text})
		m := shows(t, p, "the filter is done", func(m *Moment) bool {
			return m.Filter != nil && m.Filter.Text == text && m.Filter.Done && m.At == at && m.Span == span
		})
		want := map[string]uint64{}
		for _, r := range all {
			if r.second >= m.Window.From && r.second < m.Window.To && r.status >= 400 && r.path[1:2] == section {
				want[r.path]++
			}
		}
		got := map[string]uint64{}
		for _, e := range m.Window.Top(stats.Path, -1) {
			got[e.Key] = e.Hits
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("at %d, %s, %s (covers [%d,%d)):\n%s", at, span, text, m.Window.From, m.Window.To, diff)
		}
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
