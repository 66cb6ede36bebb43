package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEveryLineIsReadOrDropped rotates a log while nobody takes its lines, far more
// often than files can be held open.
func TestEveryLineIsReadOrDropped(t *testing.T) {
	const files, lines = 200, 3
	log := filepath.Join(t.TempDir(), "access.log")
	rotated := make(chan struct{})
	s, err := (&Flags{Files: []string{log}, Timezone: "UTC"}).Open(PumpConfig{Refresh: 10 * time.Millisecond, OnMoment: func(m *Moment) {
		if m.Total.Parsed > 0 {
			<-rotated
		}
	}}, false, nil)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	defer func() {
		cancel()
		must(t, <-ended)
	}()
	line := "192.0.2.1 - - [01/Jan/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n"
	put(t, log, strings.Repeat(line, lines))
	shows(t, s.Pump, "the first file is read", func(m *Moment) bool { return m.Total.Parsed == lines })
	for n := 1; n < files; n++ {
		must(t, os.Rename(log, fmt.Sprint(log, ".", n)))
		put(t, log, strings.Repeat(line, lines))
	}
	close(rotated)
	m := shows(t, s.Pump, "every line is accounted for", func(m *Moment) bool {
		return m.Total.Parsed+int64(m.Total.Dropped) >= files*lines
	})
	if m.Total.Parsed+int64(m.Total.Dropped) != files*lines || m.Total.Dropped == 0 || m.Total.Dropped > (files-maxArrivals)*lines {
		t.Errorf("%d lines read, %d dropped of %d", m.Total.Parsed, m.Total.Dropped, files*lines)
	}
}

func TestLinesAreCountedWhetherTheLastHasItsEndOrNot(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "a": 1, "a\n": 1, "a\nb": 2, strings.Repeat("a line\n", 100_000): 100_000} {
		if got := linesIn(t.Context(), strings.NewReader(text)); got != want {
			t.Errorf("%d lines in %d bytes, want %d", got, len(text), want)
		}
	}
}
