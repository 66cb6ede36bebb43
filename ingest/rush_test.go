package ingest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"weir/alert"
	"weir/ingest/event"
	"weir/ingest/format"
)

// lineKinds write lines of many kinds at a second; n tells them apart. Most
// lines of a file are of its first kind.
var lineKinds = []func(at time.Time, n int) string{
	func(at time.Time, n int) string {
		return fmt.Sprintf(`192.0.2.%d - - [%s] "GET /s%d/p%d?q=%d HTTP/1.1" %d %d "-" "agent/%d"`, n%31, at.Format("02/Jan/2006:15:04:05 -0700"), n%5, n%37, n, 200+100*(n%4), n, n%7)
	},
	func(at time.Time, n int) string { // no zone
		return fmt.Sprintf(`192.0.2.%d - - [%s] "GET /s%d/p%d HTTP/1.1" 200 %d`, n%31, at.Format("02/Jan/2006:15:04:05"), n%5, n%37, n)
	},
	func(at time.Time, n int) string {
		return fmt.Sprintf(`{"time":"%s","remote_addr":"192.0.2.%d","method":"GET","uri":"/j%d","status":%d,"bytes":%d,"duration":0.0%d}`, at.Format(time.RFC3339), n%31, n%11, 200+n%3, n, n%100)
	},
	func(at time.Time, n int) string {
		return fmt.Sprintf(`%s web1 nginx: 192.0.2.%d - - [%s] "GET /x%d HTTP/1.1" 200 %d "-" "-"`, at.Format("Jan _2 15:04:05"), n%31, at.Format("02/Jan/2006:15:04:05 -0700"), n%3, n)
	},
	func(at time.Time, n int) string {
		return fmt.Sprintf(`%s 192.0.2.%d GET /w%d 200 %d`, at.UTC().Format("2006-01-02 15:04:05"), n%31, n%9, n)
	},
	func(_ time.Time, n int) string {
		return []string{"#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes", "#Fields: date time c-ip cs-method cs-uri-stem sc-bytes sc-status"}[n%2]
	},
	func(_ time.Time, n int) string {
		return []string{"", "  ", "# a comment", "{", "\x00\x00\x00", "a\x00b", "what is this?", "\r", "\ufefffoo", strings.Repeat("x", 700), `{"a":`}[n%11]
	},
}

// backlog draws a log file.
func backlog(t *rapid.T) string {
	var out strings.Builder
	main := rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 4}).Draw(t, "kind")
	zone, _ := time.LoadLocation("Europe/Berlin")
	at := time.Date(2026, 10, 25, 1, 50, 0, 0, time.UTC).In(zone) // ten minutes before the clocks go back
	for n := range rapid.IntRange(0, 600).Draw(t, "lines") {
		kind := main
		if rapid.IntRange(0, 40).Draw(t, "other") == 0 {
			kind = rapid.IntRange(0, len(lineKinds)-1).Draw(t, "other kind")
		}
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 7, -1, -9, 100}).Draw(t, "seconds")) * time.Second)
		out.WriteString(lineKinds[kind](at, n))
		if rapid.IntRange(0, 30).Draw(t, "end") == 0 {
			out.WriteByte('\r')
		}
		out.WriteByte('\n')
	}
	text := out.String()
	return text[:len(text)-min(len(text), rapid.IntRange(0, 1).Draw(t, "no last newline"))]
}

// outcome is all that a session over a log tells.
type outcome struct {
	Events  []string
	Changes []alert.Change
	Moment  *Moment

	Total, Window, Before string // encoded
}

func outcomeOf(t *rapid.T, path string, flags Flags, block, workers int) outcome {
	flags.Files, flags.Since, flags.Lateness = []string{path}, "all", 5*time.Second
	var out outcome
	session, err := flags.Open(PumpConfig{Replay: true, Refresh: time.Hour, Threshold: 1, AlertPeriod: 20 * time.Second, OnChange: func(c alert.Change) { out.Changes = append(out.Changes, c) }}, true, os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	session.Reader.cfg.block, session.Reader.cfg.workers, session.Reader.cfg.MaxLine = block, workers, 600
	counted := make(chan *event.Batch, 1)
	session.Pump.in = counted
	done := make(chan error, 2)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		defer close(session.batches)
		done <- session.Reader.Run(ctx)
	}()
	go func() { done <- session.Pump.Run(ctx) }()
	for b := range session.batches {
		for i := range b.Events {
			e := &b.Events[i]
			out.Events = append(out.Events, fmt.Sprintf("%d %d %d %s %s %d %q", e.Line, e.Time, e.Flags, e.Client, e.Path, e.Status, e.Raw))
		}
		counted <- b
	}
	close(counted)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if ctx.Err() != nil {
		t.Fatal("it does not end")
	}
	out.Total = string(session.Pump.Total().Append(nil))
	out.Moment = session.Pump.Moment()
	out.Window, out.Before = string(out.Moment.Window.Append(nil)), string(out.Moment.Before.Append(nil))
	return out
}

func TestCoresAndChunksChangeNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	rapid.Check(t, func(t *rapid.T) {
		if err := os.WriteFile(path, []byte(backlog(t)), 0o600); err != nil {
			t.Fatal(err)
		}
		flags := Flags{Format: "auto", Timezone: "Europe/Berlin"}
		switch rapid.IntRange(0, 5).Draw(t, "flags") {
		case 0:
			flags.Format = "common"
		case 1:
			flags.IgnoreBots, flags.Anonymize = true, 1
		case 2:
			flags.Filter = "bytes > 100"
		}
		want := outcomeOf(t, path, flags, 1<<20, 1)
		got := outcomeOf(t, path, flags, rapid.SampledFrom([]int{300, 700, 2000, 5000}).Draw(t, "block"), rapid.IntRange(2, 4).Draw(t, "workers"))
		same := cmp.Options{
			cmpopts.IgnoreFields(Moment{}, "Now", "Window", "Before"), cmpopts.IgnoreFields(Totals{}, "PerSecond"),
			cmpopts.IgnoreFields(event.Source{}, "Since"), cmpopts.EquateNaNs(),
		}
		if len(want.Events) == 0 {
			return // its end is now
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatalf("- in one go, + in chunks:\n%s", diff)
		}
	})
}

// Chunks of which nothing counts, as all their lines are older, tear no line behind them.
func TestOldLinesBetweenNewOnesTearNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	var text strings.Builder
	start := time.Date(2026, 10, 20, 1, 0, 0, 0, time.UTC)
	for n := range 4000 {
		at, kind := start.Add(time.Duration(n)*2*time.Second), 0
		if n > 2000 && n < 3900 {
			at = at.Add(-240 * time.Hour)
		}
		if n%50 == 49 { // so that chunks are parsed again
			kind = 2
		}
		text.WriteString(lineKinds[kind](at, n) + "\n")
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(block, workers int) event.Source {
		out := make(chan *event.Batch)
		r, err := New(Config{Paths: []string{path}, Once: true, Since: "2026-10-20 01:30:00", Location: time.UTC, block: block, workers: workers,
			NewParser: func() Parser { return format.NewAuto(format.Options{Location: time.UTC}) }}, out)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			done <- r.Run(t.Context())
			close(out)
		}()
		for b := range out {
			b.Recycle(b)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		return r.Sources()[0]
	}
	want := read(1<<20, 1)
	for workers := 2; workers <= 4; workers++ {
		for _, block := range []int{700, 1100, 2000, 3000} {
			got := read(block, workers)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(event.Source{}, "Since")); diff != "" {
				t.Errorf("%d workers, blocks of %d bytes: - in one go, + in chunks:\n%s", workers, block, diff)
			}
		}
	}
}

// Whoever owns the terminal restores it when the goroutine of a source panics, not when another does.
func TestPanicOfAHelperIsTheReaders(t *testing.T) {
	broken := &chunk{parsed: make(chan struct{}, 1)}
	for where, r := range map[string]*rush{"(*rush).next": {}, "(*splitter).split": {sent: []*chunk{broken}, over: true}} {
		r.room.L = &r.mu
		if r.over {
			broken.parse()
		} else {
			r.help(t.Context())
		}
		func() {
			defer func() {
				if bug, ok := recover().(string); !ok || !strings.Contains(bug, where) {
					t.Errorf("a panic in %s is told as %q", where, bug)
				}
			}()
			_ = r.run(t.Context())
		}()
	}
}
