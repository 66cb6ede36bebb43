package format

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/ingest/event"
)

// named returns a format of the table.
func named(t testing.TB, name string) Format {
	t.Helper()
	f, ok := Lookup(name)
	if !ok {
		t.Fatalf("no format %q", name)
	}
	return f
}

// sameEvent compares what a user sees of two events.
var sameEvent = cmp.Options{
	cmpopts.IgnoreUnexported(event.Event{}),
	cmpopts.IgnoreFields(event.Event{}, "Raw"),
	cmpopts.EquateEmpty(),
}

func TestCombinedLineIsTakenApart(t *testing.T) {
	line := `2001:db8::7 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=%20y HTTP/1.1" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; \"I\" ;Nav)"`
	var e event.Event
	e.Reset()
	if r := named(t, "combined").New(Options{}).Parse([]byte(line), &e); r != nil {
		t.Fatalf("rejected: %+v", *r)
	}
	want := event.Event{
		Time: time.Date(2000, 10, 10, 20, 55, 36, 0, time.UTC).UnixNano(), Zone: -7 * 3600,
		Duration: event.Unknown, Bytes: 2326, Status: 200,
		Client: []byte("2001:db8::7"), User: []byte("frank"), Method: []byte("GET"), Target: []byte("/apache_pb.gif?x=%20y"),
		Path: []byte("/apache_pb.gif"), Query: []byte("x=%20y"), Proto: []byte("1.1"),
		Referrer: []byte("http://www.example.com/start.html"), Agent: []byte(`Mozilla/4.08 [en] (Win98; "I" ;Nav)`),
	}
	if diff := cmp.Diff(want, e, sameEvent); diff != "" {
		t.Error(diff)
	}
}

// parsed is the event that a format makes of line.
func parsed(t testing.TB, name string, o Options, line string) event.Event {
	t.Helper()
	var e event.Event
	e.Reset()
	if r := named(t, name).New(o).Parse([]byte(line), &e); r != nil {
		t.Fatalf("%s: rejected: %+v", line, *r)
	}
	return e
}

func TestParsingAllocatesNothing(t *testing.T) {
	corpus(t, func(path string, format Format, lines [][]byte) {
		o := goldenOptions(t)
		o.Keep = false
		p := format.New(o)
		events := make([]event.Event, len(lines))
		pass := func() {
			for i, line := range lines {
				if len(line) > 0 && line[0] == '#' {
					continue // a directive is learned from
				}
				events[i].Reset()
				p.Parse(line, &events[i])
			}
		}
		for _, line := range lines {
			p.Parse(line, &events[0])
		}
		pass()
		if n := testing.AllocsPerRun(5, pass); n > 0 {
			t.Errorf("%s: %v allocations in %d lines", path, n, len(lines))
		}
	})
}

func TestSurveySeesOddBytesWhereverTheyStand(t *testing.T) {
	for length := range 50 {
		plain := bytes.Repeat([]byte{'a'}, length)
		if escapes, odd := survey(plain); escapes || odd {
			t.Errorf("%d plain bytes: %v, %v", length, escapes, odd)
		}
		for at := range length {
			for b, want := range map[byte][2]bool{'\\': {true, false}, 0: {false, true}, 0x1f: {false, true}, 0xff: {false, true}, ' ': {}, 0x7f: {}} {
				line := bytes.Clone(plain)
				line[at] = b
				if escapes, odd := survey(line); escapes != want[0] || odd != want[1] {
					t.Errorf("%#x at %d of %d: %v, %v", b, at, length, escapes, odd)
				}
			}
		}
		if _, odd := survey(append(plain, "é"...)); odd {
			t.Errorf("UTF-8 behind %d bytes is odd", length)
		}
	}
}
