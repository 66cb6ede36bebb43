package ingest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/ingest/event"
)

func TestMain(m *testing.M) {
	if os.Getenv(writerFile) != "" {
		writeNumbered()
		return
	}
	// nxadm/tail keeps one watcher for the whole process, for ever.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/nxadm/tail/watch.(*InotifyTracker).run"),
		goleak.IgnoreAnyFunction("github.com/fsnotify/fsnotify.(*inotify).readEvents"),
	)
}

// numbered parses lines that begin with a number, which is their time in
// seconds, and a space.
type numbered struct{ reject event.Reject }

func (p *numbered) Format() string { return "numbered" }

func (p *numbered) Parse(line []byte, e *event.Event) *event.Reject {
	if len(bytes.TrimSpace(line)) == 0 {
		p.reject = event.Reject{Reason: event.Blank}
		return &p.reject
	}
	n := 0
	for n < len(line) && line[n] >= '0' && line[n] <= '9' {
		n++
	}
	number, err := strconv.ParseInt(string(line[:n]), 10, 64)
	if err != nil || n == len(line) || line[n] != ' ' {
		p.reject = event.Reject{Reason: event.BadField, Field: "number"}
		return &p.reject
	}
	e.Time = number * int64(time.Second)
	return nil
}

// reading is a Reader at work and what came of it.
type reading struct {
	t      *testing.T
	reader *Reader
	stop   context.CancelFunc
	done   chan error

	mu       sync.Mutex
	lines    []string
	long     int
	batches  int
	rejected [event.NumReasons]int
	bytes    int
}

// read starts a Reader over paths; what is not said is made quick.
func read(t *testing.T, cfg Config, paths ...string) *reading {
	t.Helper()
	cfg.Paths = paths
	cfg.NewParser = func() Parser { return &numbered{} }
	if cfg.Poll == 0 {
		cfg.Poll = 20 * time.Millisecond
	}
	if cfg.Rescan == 0 {
		cfg.Rescan = 20 * time.Millisecond
	}
	out := make(chan *event.Batch, 4)
	reader, err := New(cfg, out)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &reading{t: t, reader: reader, stop: cancel, done: make(chan error, 1)}
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for b := range out {
			r.take(b)
		}
	}()
	go func() {
		err := reader.Run(ctx)
		close(out)
		<-collected
		r.done <- err
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	return r
}

func (r *reading) take(b *event.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range b.Events {
		e := &b.Events[i]
		r.lines = append(r.lines, string(e.Raw[:min(len(e.Raw), 64)]))
		if e.Flags&event.LongLine != 0 {
			r.long++
		}
	}
	for i, n := range b.Rejected {
		r.rejected[i] += n
	}
	r.batches++
	r.bytes += b.Bytes
	b.Recycle(b)
}

// end waits for Run to return by itself.
func (r *reading) end() error {
	r.t.Helper()
	select {
	case err := <-r.done:
		r.done <- nil // for the cleanup
		return err
	case <-time.After(time.Minute):
		r.t.Fatal("the reading does not end")
		return nil
	}
}

func (r *reading) read() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

// want waits until the lines are those, in that order.
func (r *reading) want(lines ...string) {
	r.t.Helper()
	r.eventually(func() string { return cmp.Diff(lines, r.read()) })
}

// wantState waits until the first source is in that state.
func (r *reading) wantState(want event.State) {
	r.t.Helper()
	r.eventually(func() string {
		sources := r.reader.Sources()
		if len(sources) > 0 && sources[0].State == want {
			return ""
		}
		return fmt.Sprintf("want %v, sources are %+v", want, sources)
	})
}

// eventually waits until check has nothing to complain of.
func (r *reading) eventually(check func() string) {
	r.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for complaint := check(); complaint != ""; complaint = check() {
		if time.Now().After(deadline) {
			r.t.Fatal(complaint)
		}
		time.Sleep(time.Millisecond)
	}
}

// place is a log in a directory of its own.
func place(t *testing.T) string { return filepath.Join(t.TempDir(), "access.log") }

// put appends text to the file.
func put(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	must(t, err)
	_, err = f.WriteString(text)
	must(t, err)
	must(t, f.Close())
}

// writeLines writes the numbers from first to before end, by step, a line each.
func writeLines(t *testing.T, path string, first, end, step int) {
	t.Helper()
	var b bytes.Buffer
	for i := first; i < end; i += step {
		fmt.Fprintf(&b, "%d line\n", i)
	}
	must(t, os.WriteFile(path, b.Bytes(), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsThereAndThenWhatComes(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b\n")
	r := read(t, Config{}, log)
	r.want("1 a", "2 b")
	r.wantState(event.Live)
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
}

func TestTornLineIsKeptForLater(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 b")
	r := read(t, Config{}, log)
	r.want("1 a")
	put(t, log, "eg")
	put(t, log, "in\n3")
	r.want("1 a", "2 begin")
	put(t, log, " c\n")
	r.want("1 a", "2 begin", "3 c")
}

func TestOnceReadsToTheEndAndTheLineWithoutNewlineCounts(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\r\n\nwhat\n2 b")
	r := read(t, Config{Once: true}, log)
	must(t, r.end())
	r.want("1 a", "2 b")
	got := r.reader.Sources()
	want := []event.Source{{
		Path: log, Format: "numbered", How: "detected", State: event.Done, Lines: 4, Parsed: 2, Bytes: 14,
		Rejected: [event.NumReasons]int64{event.Blank: 1, event.BadField: 1},
		Bad:      []event.Bad{{Reject: event.Reject{Reason: event.BadField, Field: "number"}, Line: 3, Text: []byte("what")}},
	}}
	got[0].Since = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStandardInputIsReadToItsEnd(t *testing.T) {
	in, out, err := os.Pipe()
	must(t, err)
	defer in.Close()
	r := read(t, Config{Stdin: in}, "-")
	put := func(text string) {
		_, err := out.WriteString(text)
		must(t, err)
	}
	put("1 a\n2 ")
	r.want("1 a")
	put("b\n3 c")
	r.want("1 a", "2 b")
	must(t, out.Close())
	must(t, r.end())
	r.want("1 a", "2 b", "3 c")
	r.wantState(event.Done)
}

func TestStandardInputThatSaysNothingDoesNotKeepUsFromLeaving(t *testing.T) {
	in, out, err := os.Pipe()
	must(t, err)
	defer in.Close()
	defer out.Close()
	r := read(t, Config{Stdin: in}, "-")
	r.wantState(event.Live)
	r.stop()
	if err := r.end(); err != nil {
		t.Error(err)
	}
}

func TestReaderInMemory(t *testing.T) {
	r := read(t, Config{Stdin: strings.NewReader("1 a\n2 b")}, "-")
	must(t, r.end())
	r.want("1 a", "2 b")
}

func TestRotationsWhileTheReceiverIsBusyLoseNothing(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	out := make(chan *event.Batch)
	reader, err := New(Config{Paths: []string{log}, Poll: time.Millisecond, NewParser: func() Parser { return &numbered{} }}, out)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- reader.Run(ctx) }()
	r := &reading{t: t, reader: reader}
	for i := range 3 {
		r.eventually(func() string {
			if s := reader.Sources(); len(s) == 0 || s[0].Lines == 0 || s[0].Rotations < int64(i) {
				return fmt.Sprint("not noticed: ", s)
			}
			return ""
		})
		must(t, os.Rename(log, fmt.Sprint(log, ".", i)))
		put(t, log, fmt.Sprintf("%d after\n", i+2))
	}
	r.eventually(func() string {
		select {
		case b := <-out:
			r.take(b)
		default:
		}
		return cmp.Diff([]string{"1 a", "2 after", "3 after", "4 after"}, r.read())
	})
	cancel()
	must(t, <-done)
}

// breaking is a parser with a bug.
type breaking struct{}

func (breaking) Format() string { return "" }

func (breaking) Parse([]byte, *event.Event) *event.Reject { panic("no such line was foreseen") }

func TestBugInAParserEndsTheReadingWithAnError(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	reader, err := New(Config{Paths: []string{log}, NewParser: func() Parser { return breaking{} }}, make(chan *event.Batch))
	must(t, err)
	if err := reader.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "no such line was foreseen") {
		t.Error(err)
	}
}

func TestFileThatDoesNotTellItsSizeIsReadOnce(t *testing.T) {
	const path = "/proc/self/limits"
	text, err := os.ReadFile(path)
	if err != nil {
		text = nil // no such system: then it is only missing
	}
	r := read(t, Config{}, path)
	if err == nil {
		must(t, r.end())
		if s := r.reader.Sources()[0]; s.Lines != int64(bytes.Count(text, []byte("\n"))) {
			t.Errorf("%+v", s)
		}
	}
}

func TestFileRenamedBackIsReadOn(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	must(t, os.Rename(log, log+".1"))
	put(t, log, "2 b\n")
	r.want("1 a", "2 b")
	must(t, os.Rename(log+".1", log))
	put(t, log, "3 c\n")
	r.want("1 a", "2 b", "3 c")
	r.wantState(event.Live)
}

// TestABlockThatBeginsInTheBacklogIsOfIt: it holds lines as old as the log, and
// they must not be taken for ones that arrive so late.
func TestABlockThatBeginsInTheBacklogIsOfIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	const there = 40_000
	var text strings.Builder
	for n := range there {
		fmt.Fprintf(&text, "%d x\n", n+1)
	}
	put(t, path, text.String())
	var once sync.Once
	grow := func() { put(t, path, fmt.Sprintf("%d x\n", there+1)) } // while the first block is parsed
	out := make(chan *event.Batch, 4)
	reader, err := New(Config{Paths: []string{path}, Poll: 20 * time.Millisecond, NewParser: func() Parser { return &watchful{before: func() { once.Do(grow) }} }}, out)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- reader.Run(ctx) }()
	defer func() {
		cancel()
		<-done
	}()
	for lines := 0; lines <= there; {
		b := <-out
		lines += b.Lines
		if first := b.Events[0].Time / 1e9; b.Replay != (first <= there) {
			t.Errorf("lines %d to %d of %d that were there: replay is %v", first, lines, there, b.Replay)
		}
		b.Recycle(b)
	}
}

// watchful is a numbered parser that does something before each line.
type watchful struct {
	numbered
	before func()
}

func (p *watchful) Parse(line []byte, e *event.Event) *event.Reject {
	p.before()
	return p.numbered.Parse(line, e)
}
