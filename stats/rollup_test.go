package stats

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

func rollupOf(events []*event.Event) *Rollup {
	r := NewRollup()
	add(r, events...)
	return r
}

// add counts events together.
func add(r *Rollup, events ...*event.Event) {
	all := make([]event.Event, len(events))
	for i, e := range events {
		all[i] = *e
	}
	r.AddAll(all)
}

// timedKeys is of how many keys a compact slice keeps the durations.
const timedKeys = mostKept / 16

// counted is knownOf without the durations of the keys of a dimension that has more
// than a compact slice keeps them for.
func counted(s *Summary) known {
	k := knownOf(s)
	for _, top := range k.Tops {
		if len(top) <= timedKeys {
			continue
		}
		for i := range top {
			top[i].P50, top[i].P90, top[i].P95, top[i].P99, top[i].Timed = 0, 0, 0, 0, 0
		}
	}
	return k
}

// stored is what becomes of a Rollup in the archive.
func stored(t interface{ Fatal(...any) }, r *Rollup) *Rollup {
	got, err := DecodeRollup(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sampleRollups are those in testdata; they never change.
func sampleRollups() map[string]*Rollup {
	few, late := NewRollup(), NewRollup()
	for i := range 3000 {
		add(few, sampleEvent(i))
		e := sampleEvent(i * 7 % 3000)
		e.Time += int64(i%5) * 3600e9
		add(late, e)
	}
	stray := sampleEvent(5)
	stray.Time = -40e9
	add(late, stray)
	add(late, sampleEvent(6))
	return map[string]*Rollup{"rollup-empty": NewRollup(), "rollup-few": few, "rollup-late": late}
}

func TestOldRollupsStayReadable(t *testing.T) {
	for name, want := range sampleRollups() {
		for _, file := range golden(t, name, want.Append(nil)) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeRollup(src)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if diff := cmp.Diff(knownOf(want.Total()), knownOf(got.Total()), equate); diff != "" {
				t.Errorf("%s: %s", file, diff)
			}
			if !bytes.Equal(got.Append(nil), want.Append(nil)) { // in the newest version, whatever was read
				t.Errorf("%s does not hold what it should", file)
			}
		}
	}
}

// TestRollupsCountEverySecond holds a Rollup, stored and read again, against a
// count over the same events, in whatever order they come.
func TestRollupsCountEverySecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var events []*event.Event
		sec := rapid.Int64Range(-1e5, 2e9).Draw(t, "start")
		for i := range rapid.IntRange(0, 300).Draw(t, "events") {
			sec += rapid.SampledFrom([]int64{0, 0, 0, 1, 7, 61, 700, -1, -90, 3000, -3000}).Draw(t, "step")
			e := sampleEvent(rapid.IntRange(0, 500).Draw(t, "event"))
			e.Time = sec*1e9 + int64(i)
			events = append(events, e)
		}
		r, single := NewRollup(), NewRollup()
		r.depth = rapid.Uint64Range(1, 100).Draw(t, "depth") // many slices
		r.raw = 1 << 30                                      // and room for all of them
		single.depth, single.raw = r.depth, r.raw
		for from := 0; from < len(events); {
			to := from + rapid.IntRange(1, len(events)-from).Draw(t, "batch")
			add(r, events[from:to]...)
			from = to
		}
		for _, e := range events {
			add(single, e)
		}
		if !bytes.Equal(single.Append(nil), r.Append(nil)) {
			t.Fatal("batches count differently from events one by one")
		}
		r = stored(t, r)
		if diff := cmp.Diff(counted(summaryOf(events)), counted(r.Total()), equate); diff != "" {
			t.Fatal(diff)
		}
		hits := map[int64]uint64{}
		for _, e := range events {
			if e.Kind == event.Request {
				hits[floor(e.Time)]++
			}
		}
		for sec, want := range hits {
			if got := r.hits(sec, sec+1); got != want {
				t.Fatalf("second %d has %d, want %d", sec, got, want)
			}
		}
		first, last, _ := r.Span()
		if got, all := r.hits(first, last+1), r.Total().Hits; got != all {
			t.Fatalf("all seconds have %d, want %d", got, all)
		}
	})
}

func TestALineFarFromAllOthersMovesNoSlice(t *testing.T) {
	r := NewRollup()
	for i := range 100 {
		add(r, sampleEvent(i))
		if i == 50 {
			wild := sampleEvent(1)
			wild.Time += 365 * 86400e9
			add(r, wild)
		}
	}
	r = stored(t, r)
	if _, last, _ := r.Span(); last != floor(sampleEvent(99).Time) {
		t.Errorf("the newest second is %d", last)
	}
	if total := r.Total(); total.Hits+total.Messages != 101 {
		t.Errorf("%d requests and %d messages of 101", total.Hits, total.Messages)
	}
}

// TestRollupsStaySmall holds the stated bound, which is about a hundredth of what
// the lines are packed to, with keys that do not repeat.
func TestRollupsStaySmall(t *testing.T) {
	r := NewRollup()
	line := bytes.Repeat([]byte("x"), 199)
	for i := range 200_000 {
		e := sampleEvent(i)
		e.Time = int64(1_700_000_000+i/20) * 1e9
		e.Client, e.Path = fmt.Appendf(nil, "2001:db8::%x", i), fmt.Appendf(nil, "/%d/%x", i%100, i)
		e.Raw = line
		add(r, e)
	}
	minutes := 120 * 10_000 / 60
	if n, most := len(r.Append(nil)), 200*200_000/1200+minutes; n > most {
		t.Errorf("%d bytes, more than %d", n, most)
	}
	if hits, messages := r.Total().Hits, r.Total().Messages; hits+messages != 200_000 {
		t.Errorf("%d requests, %d messages", hits, messages)
	}
}

func TestShuffledLinesAreRolledUpInBoundedTime(t *testing.T) {
	r := NewRollup()
	n := 300_000
	for i := range n {
		e := sampleEvent(i)
		e.Time = int64(1_700_000_000+i*7919%n) * 1e9 // every line in another slice than the one before
		add(r, e)
	}
	if total := r.Total(); total.Hits+total.Messages != uint64(n) {
		t.Errorf("%d requests, %d messages", total.Hits, total.Messages)
	}
	if r.reopened > 10*mostReopened {
		t.Errorf("slices were unpacked %d times", r.reopened)
	}
}

func TestCutRollupsAreRefused(t *testing.T) {
	for name, r := range sampleRollups() {
		whole := r.Append(nil)
		for n := 0; n < len(whole); n += max(1, len(whole)/300) {
			if _, err := DecodeRollup(whole[:n:n]); err == nil {
				t.Errorf("%s: %d bytes of %d are accepted", name, n, len(whole))
			}
		}
		if _, err := DecodeRollup(append(whole, 0)); err == nil {
			t.Errorf("%s: a byte too many is accepted", name)
		}
	}
}

func TestImpossibleMinutesAreRefused(t *testing.T) {
	// bytes, set of classes and each, set of latencies and each, number of seconds, each
	for want, src := range map[string]string{
		"":                        "\x05\x04\x03\x02\x03\x01\x07\x03",
		"set of counts is 64":     "\x05\x40\x03\x02\x03\x01\x07\x03",
		"more latencies":          "\x05\x04\x03\x02\x04\x01\x07\x03",
		"have 2 requests, it has": "\x05\x04\x03\x02\x03\x01\x07\x02",
		"number of seconds is 61": "\x05\x04\x03\x02\x03\x3d\x07\x03",
		"of more than 60":         "\x05\x04\x03\x02\x03\x02\x3b\x02\x00\x01",
		"second is 60, more than": "\x05\x04\x03\x02\x03\x01\x3c\x03",
		"the encoding ends early": "\x05\x04\x03\x02\x03\x01\x07",
	} {
		var m minute
		d := decoder{src: []byte(src)}
		d.minute(&m)
		if got := fmt.Sprint(d.err); want == "" && d.err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v", want, got)
		}
	}
}

func FuzzDecodeRollup(f *testing.F) {
	for n := range 4 {
		r := NewRollup()
		r.depth = 3
		for i := range n * n * n {
			e := sampleEvent(i)
			e.Time += int64(i*i) * 10e9
			add(r, e)
		}
		f.Add(r.Append(nil))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := DecodeRollup(src)
		if err != nil {
			return
		}
		again := stored(t, r)
		if !bytes.Equal(r.Append(nil), again.Append(nil)) {
			t.Fatal("it encodes differently")
		}
		first, last, _ := r.Span()
		g := New(Config{})
		g.Add(sampleEvent(1))
		total := r.Total()
		if err := g.Restore("it", "it", again); err != nil {
			return
		}
		if got := g.Total(); got.Hits+got.Messages != total.Hits+total.Messages+1 && !r.overlaps(sampleEvent(1)) {
			t.Fatalf("%d and %d were restored as %d and %d", total.Hits, total.Messages, got.Hits, got.Messages)
		}
		g.Window(first, first+10)
		g.Window(last-10, last)
		g.Series(last-600, last, 10)
		g.Hits(last-100, last+1)
		g.Finish()
		if !g.Forget("it") || g.Total().Hits+g.Total().Messages != 1 {
			t.Fatal("it is not forgotten")
		}
	})
}

// overlaps reports whether a slice of r holds the second of e.
func (r *Rollup) overlaps(e *event.Event) bool {
	return len(r.within(floor(e.Time), floor(e.Time)+1)) > 0
}
