package ingest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

func TestLineOfTwoMegabytesIsCutAndTheNextIsWhole(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n2 "+strings.Repeat("x", 2<<20)+"\n3 c\n")
	r := read(t, Config{Once: true}, log)
	must(t, r.end())
	want := []string{"1 a", "2 " + strings.Repeat("x", 62), "3 c"}
	if diff := cmp.Diff(want, r.read()); diff != "" {
		t.Error(diff)
	}
	if s := r.reader.Sources()[0]; r.long != 1 || s.Lines != 3 || s.Bytes != 2<<20+11 {
		t.Errorf("%d long lines in %+v", r.long, s)
	}
}

func TestLineThatGrowsForeverNeedsLittleMemory(t *testing.T) {
	log := place(t)
	f, err := os.Create(log)
	must(t, err)
	defer f.Close()
	_, err = f.WriteString("1 ")
	must(t, err)
	junk := bytes.Repeat([]byte("x"), 1<<20)
	for range 200 {
		_, err = f.Write(junk)
		must(t, err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := read(t, Config{}, log)
	r.want("1 " + strings.Repeat("x", 62))
	r.eventually(func() string {
		if n := r.reader.Sources()[0].Bytes; n != 200<<20+2 {
			return fmt.Sprint(n, " bytes")
		}
		return ""
	})
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 5<<20 {
		t.Errorf("allocated %d KiB in all", took>>10)
	}
	put(t, log, "end\n2 b\n")
	r.want("1 "+strings.Repeat("x", 62), "2 b")
}

func TestNulIsSkippedAndCountedOnce(t *testing.T) {
	log := place(t)
	nul := strings.Repeat("\x00", 300<<10)
	put(t, log, "1 a\n"+nul+"2 b\n"+nul+"\n3 c\n")
	r := read(t, Config{Once: true}, log)
	must(t, r.end())
	r.want("1 a", "2 b", "3 c")
	if s := r.reader.Sources()[0]; s.Rejected != [event.NumReasons]int64{event.Binary: 2} || s.Bytes != 600<<10+13 {
		t.Errorf("%+v", s)
	}
}

// A writer that does not append goes on at its old offset when its log is
// truncated: what is before is a hole.
func TestHoleBeforeTheFirstLineCostsLittle(t *testing.T) {
	log := place(t)
	put(t, log, "1 a\n")
	r := read(t, Config{}, log)
	r.want("1 a")
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_TRUNC, 0)
	must(t, err)
	defer f.Close()
	_, err = f.WriteAt([]byte("2 b\n"), 1<<40)
	must(t, err)
	r.want("1 a", "2 b")
	if s := r.reader.Sources()[0]; s.Bytes != 1<<40+8 || s.Rejected[event.Binary] != 1 {
		t.Errorf("%+v", s)
	}
}

// naive is what a reader of the whole text at once makes of it.
func naive(text string, maxLine int) (lines []string, rejected [event.NumReasons]int) {
	p := &numbered{}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		body := strings.TrimLeft(line, "\x00")
		if body != line {
			rejected[event.Binary]++
			if body == "" {
				continue
			}
		}
		var e event.Event
		cut := len(body) > maxLine
		if cut {
			body = body[:maxLine]
		} else {
			body = strings.TrimSuffix(body, "\r")
		}
		switch reject := p.Parse([]byte(body), &e); {
		case reject == nil:
			lines = append(lines, body)
		case cut:
			rejected[event.TooLong]++
		default:
			rejected[reject.Reason]++
		}
	}
	return lines, rejected
}

// pieces gives what it holds in pieces of the lengths drawn.
type pieces struct {
	t    *rapid.T
	text []byte
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(len(p.text), rapid.IntRange(1, 40).Draw(p.t, "piece"))])
	p.text = p.text[n:]
	return n, nil
}

func TestLinesAreTheSameHoweverTheyArrive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const maxLine = 12
		part := rapid.SampledFrom([]string{"1 a", "22 b", "x", "\n", "\r\n", "\x00", "\x00\x00\x00", " ", "7 seven and some more text", "\r"})
		text := strings.Join(rapid.SliceOfN(part, 0, 60).Draw(rt, "text"), "")
		out := make(chan *event.Batch, 1000)
		reader, err := New(Config{Paths: []string{"-"}, MaxLine: maxLine, NewParser: func() Parser { return &numbered{} }}, out)
		if err != nil {
			rt.Fatal(err)
		}
		close(reader.merged)
		s := reader.add("-")
		stream := reader.newStream(s, false)
		if err := stream.run(t.Context(), &pieces{rt, []byte(text)}); err != nil {
			rt.Fatal(err)
		}
		if err := stream.last(t.Context()); err != nil {
			rt.Fatal(err)
		}
		close(out)
		var (
			lines    []string
			rejected [event.NumReasons]int
			bytes    int
		)
		for b := range out {
			for i := range b.Events {
				lines = append(lines, string(b.Events[i].Raw))
			}
			for i, n := range b.Rejected {
				rejected[i] += n
			}
			bytes += b.Bytes
			b.Recycle(b)
		}
		wantLines, wantRejected := naive(text, maxLine)
		if diff := cmp.Diff(wantLines, lines) + cmp.Diff(wantRejected, rejected); diff != "" || bytes != len(text) {
			rt.Errorf("%q, %d bytes of %d: %s", text, bytes, len(text), diff)
		}
	})
}

func TestManyShortLinesNeedSmallBatches(t *testing.T) {
	log := place(t)
	put(t, log, strings.Repeat("1 \n", 100_000))
	out := make(chan *event.Batch)
	reader, err := New(Config{Paths: []string{log}, Once: true, NewParser: func() Parser { return &numbered{} }}, out)
	must(t, err)
	done := make(chan error, 1)
	go func() {
		defer close(out)
		done <- reader.Run(t.Context())
	}()
	lines := 0
	for b := range out {
		if len(b.Events) > maxEvents {
			t.Errorf("%d events in a batch", len(b.Events))
		}
		lines += b.Lines
		b.Recycle(b)
	}
	must(t, <-done)
	if lines != 100_000 {
		t.Errorf("%d lines", lines)
	}
}

func TestLineAllocatesNothing(t *testing.T) {
	out := make(chan *event.Batch, 1)
	reader, err := New(Config{NewParser: func() Parser { return &constant{} }}, out)
	must(t, err)
	close(reader.merged)
	stream := reader.newStream(reader.add("-"), false)
	text := []byte(strings.Repeat("1 some line of an access log that is not so short\n", 2000))
	run := func() {
		in := bytes.NewReader(text)
		for in.Len() > 0 {
			n, _ := in.Read(stream.lines.room(&reader.pool))
			if b := stream.lines.take(n); b != nil {
				b.Recycle(&b.Batch)
			}
		}
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 20 {
		t.Errorf("%v allocations for 2000 lines", n)
	}
}

// constant finds the same event in every line.
type constant struct{}

func (constant) Format() string { return "constant" }

func (constant) Parse(_ []byte, e *event.Event) *event.Reject {
	e.Time = int64(time.Second)
	return nil
}

// The end of what is read is kept for every block, so it has to be kept without new memory.
func TestTheEndOfWhatIsReadIsKeptInItsMemory(t *testing.T) {
	var (
		f    follower
		g    file
		all  []byte
		next byte
	)
	read := func(n int) {
		part := make([]byte, n)
		for i := range part {
			next++
			part[i] = next
		}
		all = append(all, part...)
		f.advance(&g, part)
		if want := all[max(0, len(all)-tailSize):]; g.off != int64(len(all)) || !bytes.Equal(g.tail, want) {
			t.Fatalf("after %d bytes, %d of them just now: %x, want %x", len(all), n, g.tail, want)
		}
	}
	for _, n := range []int{0, 1, 100, 154, 1, 1, 0, 255, 256, 257, 3, 1000, 250} {
		read(n)
	}
	block := make([]byte, 1000)
	if allocs := testing.AllocsPerRun(100, func() { f.advance(&g, block) }); allocs > 0 {
		t.Errorf("%.0f allocations a block", allocs)
	}
}
