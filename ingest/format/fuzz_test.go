package format

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/ingest/event"
)

// FuzzParse gives any two lines to the parser of a format, or to Auto: the
// second line meets what the first has taught. No line may make one panic,
// leave a rejected event half filled, or let an event point outside its line.
// With WEIR_FUZZ_FORMAT=NAME all the time goes to that one parser.
func FuzzParse(f *testing.F) {
	choices := append([]Format{{Name: "auto", New: func(o Options) Parser { return NewAuto(o) }}}, Formats...)
	if only := os.Getenv("WEIR_FUZZ_FORMAT"); only != "" {
		choices = slices.DeleteFunc(choices, func(c Format) bool { return c.Name != only })
	}
	if len(choices) == 0 {
		f.Fatal("WEIR_FUZZ_FORMAT names no format")
	}
	corpus(f, func(_ string, format Format, lines [][]byte) {
		for i, line := range lines {
			f.Add(uint8(0), i%2 == 0, lines[max(i-1, 0)], line)
			for n, choice := range choices {
				if choice.Name == format.Name {
					f.Add(uint8(n), i%2 == 0, lines[max(i-1, 0)], line)
				}
			}
		}
	})
	for _, line := range []string{"", " ", "#", "#Fields:", "#Fields: \t", "\"", "\"\"", "[", "[]", "- ", "<", "<1>", "<134>1 - - - - - - x", "{", "a=", "1.1.1.1 - - [", `\`, "\x00", "\x1b", "\x1b["} {
		for n := range choices {
			f.Add(uint8(n), true, []byte(line), []byte(line))
		}
	}
	options := goldenOptions(f)
	f.Fuzz(func(t *testing.T, which uint8, keep bool, first, second []byte) {
		o := options
		o.Keep = keep
		choice := choices[int(which)%len(choices)]
		checkParser(t, choice.Name, choice.New(o), first, second)
	})
}

func checkParser(t *testing.T, name string, p Parser, lines ...[]byte) {
	t.Helper()
	var e, empty event.Event
	empty.Reset()
	for _, line := range lines {
		if bytes.IndexByte(line, '\n') >= 0 {
			continue
		}
		e.Reset()
		r := p.Parse(line, &e)
		if r != nil {
			if r.Column < 0 || r.Column > len(line) || r.Reason >= event.NumReasons {
				t.Errorf("%s: %q: rejected with %+v", name, line, *r)
			}
			if diff := cmp.Diff(empty, e, cmpopts.IgnoreUnexported(event.Event{})); diff != "" {
				t.Errorf("%s: %q: rejected and filled:\n%s", name, line, diff)
			}
			continue
		}
		if e.Duration < event.Unknown || e.Bytes < event.Unknown || e.Status < event.Unknown || e.Status > 999 {
			t.Errorf("%s: %q: duration %d, bytes %d, status %d", name, line, e.Duration, e.Bytes, e.Status)
		}
		if len(e.Raw) > 0 && &e.Raw[0] != &line[0] || len(e.Raw) != len(line) {
			t.Errorf("%s: %q: Raw is %q", name, line, e.Raw)
		}
		for _, b := range texts(&e) {
			if len(b) > 0 && !inside(b, line) && !inside(b, e.Scratch()[:cap(e.Scratch())]) && !bytes.Contains(e.Scratch(), b) {
				t.Errorf("%s: %q: %q stands neither in the line nor in the scratch", name, line, b)
			}
		}
	}
}

// texts are all the texts of e.
func texts(e *event.Event) [][]byte {
	all := [][]byte{e.Client, e.User, e.Method, e.Target, e.Path, e.Query, e.Proto, e.Host, e.Referrer, e.Agent}
	if m := e.More; m != nil {
		all = append(all, m.Forwarded, m.TLSVersion, m.TLSCipher, m.Upstream, m.CacheStatus, m.Service, m.Hostname, m.Body)
		for _, a := range m.Attributes {
			all = append(all, a.Value)
		}
	}
	return all
}

// inside tells whether b is a part of whole.
func inside(b, whole []byte) bool {
	if len(whole) == 0 {
		return false
	}
	from := uintptr(unsafe.Pointer(&b[0]))
	start := uintptr(unsafe.Pointer(&whole[0]))
	return from >= start && from+uintptr(len(b)) <= start+uintptr(len(whole))
}
