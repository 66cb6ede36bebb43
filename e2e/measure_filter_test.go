//go:build e2e && measure

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"weir/bench"
	"weir/ingest"
)

// TestMeasureFilter asks for the filtered hour at points all over a file of ten
// million lines, with the memory that weir allows itself.
func TestMeasureFilter(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(40))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(40 << 20))
	const lines = 10_000_000
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := bench.Write(file, bench.Shape{Lines: lines, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	flags := ingest.Flags{Files: []string{path}, Timezone: "UTC"}
	session, err := flags.Open(ingest.PumpConfig{Threshold: 1e9}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- session.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	seen := func(what string, ok func(*ingest.Moment) bool) time.Duration {
		start := time.Now()
		for {
			if m := session.Pump.Moment(); m != nil && ok(m) {
				return time.Since(start)
			}
			if time.Since(start) > 5*time.Minute {
				t.Fatalf("waited in vain until %s", what)
			}
			time.Sleep(time.Millisecond)
		}
	}
	t.Logf("10 M lines read: %v", seen("all is read", func(m *ingest.Moment) bool { return m.Total.Parsed == lines }))
	var first, all []time.Duration
	midnight := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	for hour := 1; hour <= 23; hour++ {
		at := midnight.Add(time.Duration(hour)*time.Hour + 17*time.Minute).Unix()
		q := ingest.Query{Span: time.Hour, At: at, Graph: 100, Step: 60, Filter: `status >= 500 and path startsWith "/search"`}
		ours := func(m *ingest.Moment) bool { return m.At == at && m.Filter != nil }
		session.Pump.Ask(q)
		some := seen("there are numbers", func(m *ingest.Moment) bool { return ours(m) && m.Window.Hits > 0 })
		first, all = append(first, some), append(all, some+seen("all is read again", func(m *ingest.Moment) bool { return ours(m) && m.Filter.Done }))
	}
	t.Logf("a filtered hour of 10 M lines, first numbers (goal < 300 ms): %s", spread(first))
	t.Logf("a filtered hour of 10 M lines, all numbers (goal < 2 s): %s", spread(all))
}
