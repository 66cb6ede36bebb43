package stats

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"weir/ingest/event"
	"weir/stats/sketch"
)

var write = flag.Bool("write", false, "write the encodings that do not exist yet")

// known is everything that can be read off a Summary.
type known struct {
	From, To                                        int64
	Hits, Bytes, Sized, Suspicious, Messages, Count uint64
	Classes                                         [6]uint64
	Severities                                      [4]uint64
	Exact                                           bool
	Quantiles                                       [5]float64
	Tops                                            [NumDims][]sketch.Entry
	Forgotten                                       [NumDims]uint64
}

func knownOf(s *Summary) known {
	k := known{From: s.From, To: s.To, Hits: s.Hits, Bytes: s.Bytes, Sized: s.Sized, Suspicious: s.Suspicious,
		Messages: s.Messages, Count: s.Clients.Count(), Classes: s.Classes, Severities: s.Severities, Exact: s.Clients.Exact()}
	for i, q := range []float64{0, .5, .95, .99, 1} {
		k.Quantiles[i] = s.Quantile(q)
	}
	for d := range Dimensions {
		k.Tops[d], k.Forgotten[d] = s.Top(Dim(d), -1), s.Forgotten(Dim(d))
	}
	return k
}

var equate = cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateEmpty()}

// sampleEvent is the i-th of many different events, the same for all time.
func sampleEvent(i int) *event.Event {
	e := &event.Event{Time: int64(1_700_000_000+i/3) * 1e9, Status: int32(200 + 100*(i%4)), Bytes: int64(i * 17), Duration: int64(i) * 3e5,
		Client: fmt.Appendf(nil, "198.51.100.%d", i%31), Method: []byte("GET"), Path: fmt.Appendf(nil, "/s%d/page-%d", i%7, i%61), Agent: []byte("curl/8"),
		Host: []byte("www.example.com"), Source: []byte("access.log")}
	switch {
	case i%11 == 0:
		e.Kind, e.More = event.Message, &event.More{Severity: []byte("error")}
	case i%13 == 0:
		e.Flags, e.Path, e.Method, e.Bytes, e.Duration = event.TLSOnPlain, nil, nil, event.Unknown, event.Unknown
	case i%17 == 0:
		e.Referrer, e.Country, e.Method = []byte("https://example.org/"), []byte("FR"), []byte("\xff\x00")
	}
	return e
}

// samples are the Summaries in testdata, by the name of their file without the
// version. They never change: what once was written stays readable.
func samples() map[string]*Summary {
	empty, few, many, packed := NewSummary(0), NewSummary(100), NewSummary(8), NewSummary(32)
	empty.From, empty.To = -60, 0
	few.From, few.To = 1_700_000_000, 1_700_000_060
	for i := range 100 {
		few.Add(sampleEvent(i))
	}
	for i := range 3000 {
		e := sampleEvent(i)
		e.Client = fmt.Appendf(nil, "2001:db8::%x", i)
		many.Add(e)
		packed.Add(e)
	}
	packed.Compact(16)
	return map[string]*Summary{"summary-empty": empty, "summary-few": few, "summary-many": many, "summary-packed": packed}
}

// golden returns the files in testdata that hold a sample, of every version
// there was; with -write it writes that of the newest version where there is none.
func golden(t *testing.T, name string, newest []byte) []string {
	t.Helper()
	if path := filepath.Join("testdata", name+".v1"); *write {
		if _, err := os.Stat(path); err != nil {
			if err := os.WriteFile(path, newest, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", name+".v*"))
	if err != nil || len(files) == 0 {
		t.Errorf("no encoding of %s: go test ./stats -write", name)
	}
	return files
}

func TestOldSummariesStayReadable(t *testing.T) {
	for name, want := range samples() {
		for _, file := range golden(t, name, want.Append(nil)) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeSummary(src)
			if err != nil {
				t.Errorf("%s: %v", file, err)
				continue
			}
			if diff := cmp.Diff(knownOf(want), knownOf(got), equate); diff != "" {
				t.Errorf("%s: %s", file, diff)
			}
			if !bytes.Equal(got.Append(nil), want.Append(nil)) { // in the newest version, whatever was read
				t.Errorf("%s does not hold what it should", file)
			}
		}
	}
}

// someEvents draws events with so few keys that every ranking stays exact.
var someEvents = rapid.Custom(func(t *rapid.T) []*event.Event {
	all := make([]*event.Event, rapid.IntRange(0, 200).Draw(t, "events"))
	for i := range all {
		e := sampleEvent(rapid.IntRange(0, 500).Draw(t, "event"))
		if rapid.Bool().Draw(t, "slow") {
			e.Duration = rapid.Int64Range(-1, int64(time.Hour)).Draw(t, "duration")
		}
		all[i] = e
	}
	return all
})

// ample is a capacity at which the keys of sampleEvent, and the durations of
// each, are all kept.
const ample = 2048

func summaryOf(events []*event.Event) *Summary {
	s := NewSummary(ample)
	for _, e := range events {
		s.Add(e)
		s.cover(floor(e.Time), floor(e.Time)+1)
	}
	return s
}

func decoded(t interface{ Fatal(...any) }, s *Summary) *Summary {
	got, err := DecodeSummary(s.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDecodedSummaryIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := summaryOf(someEvents.Draw(t, "events"))
		if rapid.Bool().Draw(t, "packed") {
			s.Compact(rapid.IntRange(0, 40).Draw(t, "keep"))
		}
		got := decoded(t, s)
		if !bytes.Equal(s.Append(nil), got.Append(nil)) {
			t.Fatal("it encodes differently")
		}
		if diff := cmp.Diff(knownOf(s), knownOf(got), equate); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestSummariesOfAnySplitMergeIntoTheWhole holds whether parts were encoded in
// between or not, and in any order.
func TestSummariesOfAnySplitMergeIntoTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents.Draw(t, "events")
		parts := make([][]*event.Event, rapid.IntRange(1, 5).Draw(t, "parts"))
		for _, e := range events {
			i := rapid.IntRange(0, len(parts)-1).Draw(t, "part")
			parts[i] = append(parts[i], e)
		}
		merged := NewSummary(ample)
		for _, part := range parts {
			s := summaryOf(part)
			if rapid.Bool().Draw(t, "decoded") {
				s = decoded(t, s)
			}
			if rapid.Bool().Draw(t, "onto") {
				s.Merge(merged)
				merged = s
			} else {
				merged.Merge(s)
			}
		}
		if diff := cmp.Diff(knownOf(summaryOf(events)), knownOf(merged), equate); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestCutSummariesAreRefused(t *testing.T) {
	for name, s := range samples() {
		whole := s.Append(nil)
		for n := 0; n < len(whole); n += max(1, len(whole)/300) {
			if _, err := DecodeSummary(whole[:n:n]); err == nil {
				t.Errorf("%s: %d bytes of %d are accepted", name, n, len(whole))
			}
		}
		if _, err := DecodeSummary(append(whole, 0)); err == nil {
			t.Errorf("%s: a byte too many is accepted", name)
		}
	}
}

func TestImpossibleSummariesAreRefused(t *testing.T) {
	// version, from, to, capacity, 6 classes, 4 severities, bytes, sized, suspicious,
	// durations, clients, number of rankings, then each: name, top.
	totals, none := "\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x05\x01\x01", "\x11\x00\x00\x00\x00"+"\x21\x00\x00"
	method := "\x06method\x01\x09\x02\x00\x01\x00\x00\x03GET\x02\x00\x00\x00"
	for want, src := range map[string]string{
		"":                      "\x31\x00\x02\x09" + totals + none + "\x01" + method,
		"known version":         "\x30\x00\x02\x09" + totals + none + "\x00",
		"before it begins":      "\x31\x02\x00\x09" + totals + none + "\x00",
		"beyond all time":       "\x31\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x09" + totals + none + "\x00",
		"many bytes is 3":       "\x31\x00\x02\x09" + "\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x05\x03\x01" + none + "\x00",
		"suspicious requests":   "\x31\x00\x02\x09" + "\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x05\x01\x03" + none + "\x00",
		"of a class":            "\x31\x00\x02\x09" + "\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		"durations or clients":  "\x31\x00\x02\x09" + totals + "\x11\x00\x03\x01\x01\x01\x03" + "\x21\x00\x00" + "\x00",
		"more hits by method":   "\x31\x00\x02\x09" + totals + none + "\x01" + "\x06method\x01\x09\x03\x00\x01\x00\x00\x03GET\x03\x00\x00\x00",
		"two rankings by":       "\x31\x00\x02\x09" + totals + none + "\x02" + method + method,
		"decode top":            "\x31\x00\x02\x09" + totals + none + "\x01" + "\x06planet\x02",
		"1 bytes follow":        "\x31\x00\x02\x09" + totals + none + "\x00\x00",
		"number of rankings is": "\x31\x00\x02\x09" + totals + none + "\x7f",
	} {
		_, err := DecodeSummary([]byte(src))
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v", want, got)
		}
	}
}

func TestRankingsByUnknownDimensionsAreLeftOut(t *testing.T) {
	src := bytes.Replace(samples()["summary-few"].Append(nil), []byte("\x06method"), []byte("\x06planet"), 1)
	s, err := DecodeSummary(src)
	if err != nil {
		t.Fatal(err)
	}
	if s.Top(Method, -1) != nil || len(s.Top(Status, -1)) == 0 {
		t.Errorf("methods %v, statuses %v", s.Top(Method, -1), s.Top(Status, -1))
	}
}

func FuzzDecodeSummary(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.Append(nil))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := DecodeSummary(src)
		if err != nil {
			return
		}
		if most := 1024*len(src) + 64*1024; s.Size() > most {
			t.Fatalf("%d bytes became %d", len(src), s.Size())
		}
		again := decoded(t, s)
		if diff := cmp.Diff(knownOf(s), knownOf(again), equate); diff != "" {
			t.Fatal(diff)
		}
		merged := NewSummary(16)
		merged.Merge(s)
		merged.Merge(again)
		merged.Add(sampleEvent(1))
		if merged.Hits != 2*s.Hits+1 {
			t.Fatalf("%d and its equal and one are %d", s.Hits, merged.Hits)
		}
		s.Compact(3)
		decoded(t, s)
	})
}
