package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
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
		e = event.Event{}
		e.Reset()
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

func firstStop(m *fieldMarks) func(int) int {
	return func(i int) int {
		stops := m.from(i)
		return stops.next()
	}
}

func TestMarksStandWhereTheBytesAre(t *testing.T) {
	if !canMark {
		return // nothing to hold to anything
	}
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = `"? aZ09~!` + "\x7f"
	for n := shortestMarked; n <= longestMarked; n++ {
		line := make([]byte, n, n+random.IntN(2)) // what is behind it is not looked at
		for i := range line {
			line[i] = alphabet[random.IntN(len(alphabet))]
		}
		var at fieldMarks
		for i := range at.stops {
			at.stops[i], at.spaces[i] = ^uint64(0), ^uint64(0)
		}
		if !at.read(line) {
			t.Fatalf("%d bytes: not read", n)
		}
		found := at
		for i := range found.stops {
			found.stops[i], found.spaces[i] = ^uint64(0), ^uint64(0)
		}
		size, end := found.find(append(append(line, '\n'), strings.Repeat(`"? `, 32)...))
		if wanted := n < longestMarked; wanted != (size == n && end == 1) || !wanted && size+end != 0 {
			t.Fatalf("%d bytes and an end: found %d and %d", n, size, end)
		}
		for _, c := range []struct {
			what  string
			next  func(int) int
			found func(int) int
		}{{`"?`, firstStop(&at), firstStop(&found)}, {` `, at.space, found.space}} {
			for i := 0; i <= n; i++ {
				want := -1
				if k := bytes.IndexAny(line[i:], c.what); k >= 0 {
					want = i + k
				}
				if got := c.next(i); got != want {
					t.Fatalf("%q from %d of %d: %d, want %d", c.what, i, n, got, want)
				}
				if got := c.found(i); size > 0 && got != want {
					t.Fatalf("%q from %d of %d found: %d, want %d", c.what, i, n, got, want)
				}
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
		for _, client := range []string{text, "1.2." + text} {
			line := []byte(client + strings.Repeat(" ", 20))
			if want := len(client) >= 7 && len(client) <= 15 && dotted([]byte(client)) == len(client); dottedNumbers(line, len(client)) != want {
				t.Fatalf("%q: want %v", client, want)
			}
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
