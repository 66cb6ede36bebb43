package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weir/ingest/event"
	"weir/ingest/format"
)

func TestFilesAreMergedByTheTimesOfTheirLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out := make(chan *event.Batch)
		m := merger{out: out}
		want := 0
		recycled := 0
		batches := 0
		for file := range rapid.IntRange(1, 5).Draw(t, "files") {
			queue := make(chan *event.Batch, 20)
			at := int64(0)
			for range rapid.IntRange(0, 20).Draw(t, "batches") {
				b := &event.Batch{Source: file, Recycle: func(*event.Batch) { recycled++ }}
				for range rapid.IntRange(0, 9).Draw(t, "lines") {
					at += rapid.Int64Range(0, 5).Draw(t, "gap") * int64(time.Second) / 2
					b.Next().Time = at
					b.Lines++
				}
				bad := rapid.IntRange(0, 2).Draw(t, "bad")
				b.Lines += bad
				b.Rejected[event.BadField] += bad
				want += b.Lines
				batches++
				queue <- b
			}
			close(queue)
			m.inputs = append(m.inputs, &input{queue: queue})
		}
		go func() {
			defer close(out)
			for m.step(context.Background()) {
			}
		}()
		got, latest := 0, int64(0)
		last := map[int]int64{}
		for b := range out {
			got += b.Lines
			if n := len(b.Events) + b.Rejected[event.BadField]; n != b.Lines {
				t.Fatalf("%d lines, but %d events and bad ones", b.Lines, n)
			}
			for i := range b.Events {
				at := b.Events[i].Time
				if at < last[b.Source] || at < latest-mergeSlack {
					t.Fatalf("%v after %v, and after %v of the same file", time.Duration(at), time.Duration(latest), time.Duration(last[b.Source]))
				}
				latest, last[b.Source] = max(latest, at), at
			}
			b.Recycle(b)
		}
		if got != want || recycled != batches {
			t.Errorf("%d of %d lines, %d of %d batches given back", got, want, recycled, batches)
		}
	})
}

func TestRotatedLogsAreReadOldestFirst(t *testing.T) {
	log := place(t)
	put(t, log, "5 e\n6 f\n")
	put(t, log+".1", "3 c\n4 d\n")
	put(t, log+".2", "1 a\n2 b\n")
	put(t, log+".3", "")
	r := read(t, Config{}, log, log+".missing", log+".1", log+".2", log+".3")
	r.want("1 a", "2 b", "3 c", "4 d", "5 e", "6 f")
	put(t, log, "7 g\n")
	r.want("1 a", "2 b", "3 c", "4 d", "5 e", "6 f", "7 g")
	var states []string
	r.eventually(func() string {
		states = nil
		for _, s := range r.reader.Sources() {
			states = append(states, s.State.String())
		}
		if slices.Equal(states, []string{"live", "waiting", "live", "live", "empty"}) {
			return ""
		}
		return fmt.Sprint(states)
	})
}

func TestTwoBusyLogsAreInterleaved(t *testing.T) {
	a, b := place(t), place(t)
	writeLines(t, a, 0, 40000, 2)
	writeLines(t, b, 1, 40000, 2)
	r := read(t, Config{Once: true}, a, b)
	must(t, r.end())
	latest := 0
	lines := r.read()
	if len(lines) != 40000 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var n int
		if _, err := fmt.Sscan(line, &n); err != nil {
			t.Fatal(err)
		}
		if n < latest-1 {
			t.Fatalf("%d after %d", n, latest)
		}
		latest = max(latest, n)
	}
}

func TestWhatIsWrittenWhileTheBacklogIsReadIsMergedToo(t *testing.T) {
	a, b := place(t), place(t)
	writeLines(t, a, 0, 40000, 2)
	writeLines(t, b, 1, 40000, 2)
	out := make(chan *event.Batch)
	reader, err := New(Config{Paths: []string{a, b}, NewParser: func() Parser { return &numbered{} }}, out)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- reader.Run(ctx) }()
	first := <-out // all that is there is known, and little of it read
	for i, path := range []string{a, b} {
		var more strings.Builder
		for n := 40000 + i; n < 80000; n += 2 {
			fmt.Fprintf(&more, "%d line\n", n)
		}
		put(t, path, more.String())
	}
	lines, latest := 0, int64(0)
	take := func(b *event.Batch) {
		for i := range b.Events {
			at := b.Events[i].Time
			if at < latest-mergeSlack {
				t.Errorf("%v after %v", time.Duration(at), time.Duration(latest))
			}
			latest = max(latest, at)
			lines++
		}
		b.Recycle(b)
	}
	for take(first); lines < 80000 && !t.Failed(); {
		select {
		case b := <-out:
			take(b)
		case <-time.After(20 * time.Second):
			t.Fatalf("%d lines", lines)
		}
	}
	cancel()
	must(t, <-done)
}

// TestAnyPieceSaysHowFarItsFileIsCounted holds the offset of every batch, the
// pieces of merged ones too, against the file: filters and explanations read up to there.
func TestAnyPieceSaysHowFarItsFileIsCounted(t *testing.T) {
	var paths, texts []string
	for file := range 3 {
		var text strings.Builder
		text.WriteString(utf8Mark)
		for n := file; n < 30000; n += 3 {
			fmt.Fprintf(&text, "%d %s%s", n, strings.Repeat("x", n*7%50), []string{"\n", "\r\n", "\nbad\n", "\n\x00\x00\x00"}[n%4])
		}
		path := place(t)
		put(t, path, text.String())
		paths, texts = append(paths, path), append(texts, text.String())
	}
	out := make(chan *event.Batch, 4)
	reader, err := New(Config{Paths: paths, NewParser: func() Parser { return &numbered{} }, Once: true}, out)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- reader.Run(context.Background()); close(out) }()
	counted, pieces := make([]int, 3), 0
	for b := range out {
		counted[b.Source] += len(b.Events)
		behind := strings.Count(texts[b.Source][b.Offset:], "x\n") + strings.Count(texts[b.Source][b.Offset:], "x\r\n")
		want := 0
		for n := 3*counted[b.Source] + b.Source; n < 30000; n += 3 {
			if n*7%50 > 0 {
				want++
			}
		}
		if behind != want {
			t.Fatalf("after %d lines of %s, at %d, %d are left, want %d", counted[b.Source], paths[b.Source], b.Offset, behind, want)
		}
		pieces++
		b.Recycle(b)
	}
	must(t, <-ended)
	if pieces < 1000 {
		t.Errorf("only %d pieces prove too little", pieces)
	}
}

// Lines that go the short way say as well where they stand.
func TestPiecesOfUsualLinesSayHowFarTheirFileIsCounted(t *testing.T) {
	const lines = 6000
	var paths, texts []string
	for file := range 3 {
		var text strings.Builder
		for n := range lines {
			at := time.Unix(int64(1_700_000_000+3*n+file), 0).UTC()
			fmt.Fprintf(&text, "203.0.113.%d - - [%s] \"GET /a/%d HTTP/1.1\" 200 %d \"-\" \"curl/8.5.0 (X11; Linux x86_64)\"%s", n%256, at.Format("02/Jan/2006:15:04:05 -0700"), n, n*n, []string{"\n", "\r\n"}[n/7%2])
		}
		path := place(t)
		put(t, path, text.String())
		paths, texts = append(paths, path), append(texts, text.String())
	}
	out := make(chan *event.Batch, 4)
	reader, err := New(Config{Paths: paths, NewParser: func() Parser { return format.NewAuto(format.Options{}) }, Once: true}, out)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- reader.Run(context.Background()); close(out) }()
	counted, pieces := make([]int, 3), 0
	for b := range out {
		counted[b.Source] += len(b.Events)
		if before := strings.Count(texts[b.Source][:b.Offset], "\n"); before != counted[b.Source] {
			t.Fatalf("after %d lines of %s the offset is behind %d", counted[b.Source], paths[b.Source], before)
		}
		pieces++
		b.Recycle(b)
	}
	must(t, <-ended)
	if pieces < lines || counted[0]+counted[1]+counted[2] != 3*lines {
		t.Errorf("%d pieces with %d lines prove too little", pieces, counted)
	}
}
