package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"weir/ingest/event"
)

// combinedLines are n believable combined lines with their line ends.
func combinedLines(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, "203.0.%d.%d - - [21/Nov/2026:06:%02d:%02d +0100] \"GET /shop/item/%d?ref=%d HTTP/1.1\" 200 %d \"https://example.org/search?q=%d\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\"\n",
			rng.IntN(256), rng.IntN(256), i/6000%60, i/100%60, rng.IntN(50000), rng.IntN(10), rng.IntN(100000), rng.IntN(1000))
	}
	return b
}

// benchmarkLines parses data line by line and reports how much longer that
// takes than finding the line ends alone.
func benchmarkLines(b *testing.B, p Parser, data []byte) {
	var e event.Event
	lines := bytes.Count(data, []byte{'\n'})
	each := func(f func([]byte)) {
		for rest := data; len(rest) > 0; {
			n := bytes.IndexByte(rest, '\n')
			f(rest[:n:n])
			rest = rest[n+1:]
		}
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		each(func(line []byte) {
			e.Reset()
			if r := p.Parse(line, &e); r != nil && !r.Reason.Expected() {
				b.Fatalf("%s: %+v", line, *r)
			}
		})
	}
	perLine := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(lines)
	b.ReportMetric(perLine, "ns/line")
	const passes = 20
	n, start := 0, time.Now()
	for range passes {
		each(func(line []byte) { n += len(line) })
	}
	scan := float64(time.Since(start).Nanoseconds()) / passes / float64(lines)
	b.ReportMetric(perLine/scan, "×scan")
}

func BenchmarkParseCombined(b *testing.B) {
	p, _ := Lookup("combined")
	benchmarkLines(b, p.New(Options{}), combinedLines(4000))
}
func BenchmarkAutoCombined(b *testing.B) {
	benchmarkLines(b, NewAuto(Options{}), combinedLines(4000))
}
