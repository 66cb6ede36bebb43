package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/ingest/event"
)

// sameEitherWay parses line with and without the short way.
func sameEitherWay(t *testing.T, f Format, line []byte, o Options) (short bool) {
	t.Helper()
	a, b := f.New(o), f.New(o)
	p, ok := b.(*clf)
	if !ok {
		return false
	}
	var got, want event.Event
	got.Reset()
	want.Reset()
	rejected := a.Parse(line, &got)
	want.Raw = line
	refused := p.any(line, &want)
	if diff := cmp.Diff(refused, rejected); diff != "" {
		t.Errorf("%s: %q: (-long way +short way)\n%s", f.Name, line, diff)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(event.Event{})); diff != "" {
		t.Errorf("%s: %q: (-long way +short way)\n%s", f.Name, line, diff)
	}
	var e event.Event
	e.Reset()
	short = f.New(o).(*clf).usual(line, &e)
	for _, end := range []string{"\n", "\r\n"} {
		text := append(bytes.Clone(line), end...)
		text = append(text, strings.Repeat("and what is behind it\n", 4)...)
		e = used()
		e.ResetRest()
		switch n := f.New(o).(*clf).ParseUsual(text, &e); {
		case n == 0 && (!short || len(line) == longestMarked):
		case n == 0 || !short || n != len(line)+len(end):
			t.Errorf("%s: %q and its end are %d bytes, short way %v", f.Name, line, n, short)
		default:
			if diff := cmp.Diff(want, e, cmpopts.IgnoreUnexported(event.Event{})); diff != "" {
				t.Errorf("%s: %q: (-long way +with its end)\n%s", f.Name, line, diff)
			}
		}
		_ = f.New(o).(*clf).ParseUsual(text[:len(line)+len(end):len(line)+len(end)], &e) // nothing behind it
	}
	return short
}

// used is an event of another line, which said everything.
func used() event.Event {
	b := []byte("of another line")
	return event.Event{
		Time: 1, Duration: 2, Bytes: 3, Zone: 4, Status: 5, Kind: event.Message, Flags: event.Malformed,
		Client: b, User: b, Method: b, Target: b, Path: b, Query: b, Proto: b, Host: b, Referrer: b, Agent: b, Shown: b, Country: b,
		More: &event.More{Body: b, Service: b},
	}
}

func TestMostLinesGoTheShortWay(t *testing.T) {
	if !canMark {
		t.Log("this machine has no short way: every line goes the long one")
	}
	for _, line := range []string{
		`203.0.113.7 - - [10/Oct/2025:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
		`2001:db8::1 - - [10/Oct/2025:13:55:36 +0000] "POST /a?b=c HTTP/2.0" 301 - "-" "curl/8.0 ("quoted") more"`,
		`host.example.com - - [10/Oct/2025:13:55:36 +0000] "-" 408 0 "-" "-"`,
		`1.1.1.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 12345678 "-" "` + strings.Repeat("x", 900) + `"`,
	} {
		if short := sameEitherWay(t, combined, []byte(line), Options{}); short != canMark {
			t.Errorf("%.80s…: short way %v, want %v", line, short, canMark)
		}
	}
}

// FuzzUsual holds the short way to what the long one says, for every format that has it.
func FuzzUsual(f *testing.F) {
	var formats []Format
	for _, one := range Formats {
		if _, ok := one.New(Options{}).(*clf); ok {
			formats = append(formats, one)
		}
	}
	corpus(f, func(_ string, format Format, lines [][]byte) {
		for _, line := range lines {
			for n := range formats {
				if formats[n].Name == format.Name {
					f.Add(uint8(n), line)
				}
			}
		}
	})
	for n := range formats {
		for _, line := range []string{
			`1.1.1.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 12345678 "-" "x"`,
			`1.1.1.1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 12345678 "-" "x" 0.001`,
			`1.1.1.1, 2.2.2.2 - - [10/Oct/2025:13:55:36 +0000] "GET http://a/ HTTP/1.1" 200 1 "-" "x"`,
			`1.1.1.1 - - [10/Oct/2025:13:55:36 +0000] "GET /" 200 1" 200 1 "-" "x" example.com`,
		} {
			f.Add(uint8(n), []byte(line))
		}
	}
	options := goldenOptions(f)
	f.Fuzz(func(t *testing.T, which uint8, line []byte) {
		if bytes.IndexByte(line, '\n') < 0 {
			sameEitherWay(t, formats[int(which)%len(formats)], line, options)
			options := options
			options.Keep = !options.Keep
			sameEitherWay(t, formats[int(which)%len(formats)], line, options)
		}
	})
}

func TestMarksStandWhereTheBytesAre(t *testing.T) {
	if !canMark {
		return // nothing to hold to anything
	}
	defer func(can bool) { canWide = can }(canWide)
	for _, canWide = range slices.Compact([]bool{canWide, false}) {
		marksStandWhereTheBytesAre(t)
	}
}

// stopsOf are the indexes of the quotes and question marks of line, and -1.
func stopsOf(line []byte) []int16 {
	var stops []int16
	for i, c := range line {
		if c == '"' || c == '?' {
			stops = append(stops, int16(i))
		}
	}
	return append(stops, -1)
}

func marksStandWhereTheBytesAre(t *testing.T) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{`"? aZ09~!` + "\x7f", `"?`}
	for n := shortestMarked; n <= longestMarked; n++ {
		line := make([]byte, n, n+random.IntN(2)) // what is behind it is not looked at
		alphabet := alphabets[n%len(alphabets)]
		for i := range line {
			line[i] = alphabet[random.IntN(len(alphabet))]
		}
		for i := range random.IntN(50) {
			line[i] = "0123456789..0123456789..0123456789..0123456789../:-A~"[random.IntN(53)]
		}
		var at fieldMarks
		for i := range at.bits {
			at.bits[i] = ^uint64(0)
		}
		if !at.read(line) {
			t.Fatalf("%d bytes: not read", n)
		}
		found := at
		for i := range found.bits {
			found.bits[i] = ^uint64(0)
		}
		size, end := found.find(append(append(line, '\n'), strings.Repeat(`"? `, 32)...))
		if wanted := n < longestMarked; wanted != (size == n && end == 1) || !wanted && size+end != 0 {
			t.Fatalf("%d bytes and an end: found %d and %d", n, size, end)
		}
		want := stopsOf(line)
		if got := at.at[:len(want)]; !slices.Equal(got, want) {
			t.Fatalf("stops of %q: %d, want %d", line, got, want)
		}
		if got := found.at[:len(want)]; size > 0 && !slices.Equal(got, want) {
			t.Fatalf("stops found of %q: %d, want %d", line, got, want)
		}
		space := bytes.IndexByte(line[:64], ' ')
		if space < 0 {
			space = 64
		}
		if at.space != space || size > 0 && found.space != space {
			t.Fatalf("first space of %q: %d and found %d, want %d", line, at.space, found.space, space)
		}
		numbers := min(dotted(line), 32)
		if min(at.numbers, 32) != numbers || size > 0 && min(found.numbers, 32) != numbers {
			t.Fatalf("%q begins with %d digits and dots, found %d, want %d", line, at.numbers, found.numbers, numbers)
		}
		for _, i := range []int{0, n / 2, n} {
			if k := bytes.IndexAny(line[i:], `"?`); k >= 0 && at.stop(at.from(i)) != i+k || k < 0 && at.stop(at.from(i)) != -1 {
				t.Fatalf("stop from %d of %q: %d, want %d", i, line, at.stop(at.from(i)), i+k)
			}
		}
		for _, odd := range []byte{0, '\t', 0x1f, '\\', 0x80, 0xff} {
			i := random.IntN(n)
			kept := line[i]
			if line[i] = odd; at.read(line) {
				t.Fatalf("%q at %d of %d: read", odd, i, n)
			}
			if size, _ := at.find(append(line, '\n')); size > 0 {
				t.Fatalf("%q at %d of %d: found", odd, i, n)
			}
			line[i] = kept
		}
	}
}

func TestShortCountsAreCounts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		text := fmt.Sprint(random.Uint64N(1 << random.IntN(40)))
		if random.IntN(3) == 0 {
			at := random.IntN(len(text))
			text = text[:at] + string(rune(random.IntN(128))) + text[at:]
		}
		line := []byte(strings.Repeat("5", 10) + text + "77")
		got, ok := shortCount(line, 10, 10+len(text))
		want, known := count([]byte(text))
		if got != want || ok != known {
			t.Fatalf("%q: %d %v, want %d %v", text, got, ok, want, known)
		}
	}
}

// What is no line of the format tells nothing about the lines behind it, such as
// which of the two hours it is where a zone sets its clocks back.
func TestALineThatIsNoneLeavesTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	line := func(client, at string) []byte {
		return []byte(client + ` - - [26/Oct/2025:` + at + `] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64)"`)
	}
	p := combined.New(Options{Location: zone})
	var e event.Event
	for _, l := range []struct {
		line []byte
		zone int32
	}{{line("1.1.1.1", "01:50:00"), 7200}, {line("KEY=1.1.1.1", "03:30:00"), -1}, {line("1.1.1.1", "02:45:00"), 7200}} {
		e.Reset()
		if r := p.Parse(l.line, &e); (r != nil) != (l.zone < 0) {
			t.Fatalf("%s: %v", l.line, r)
		} else if r == nil && e.Zone != l.zone {
			t.Errorf("%s: %d seconds east, want %d", l.line, e.Zone, l.zone)
		}
	}
}
