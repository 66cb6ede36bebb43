package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"syscall"
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
	parsed := 0
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		each(func(line []byte) {
			e.Reset()
			if p.Parse(line, &e) == nil {
				parsed++
			}
		})
	}
	perLine := float64(cpuTime(b)-before) / float64(b.N) / float64(lines)
	b.ReportMetric(perLine, "cpu-ns/line")
	b.ReportMetric(100*float64(parsed)/float64(b.N)/float64(lines), "%parsed")
	const passes = 200
	n := 0
	before = cpuTime(b)
	for range passes {
		each(func(line []byte) { n += len(line) })
	}
	scan := float64(cpuTime(b)-before) / passes / float64(lines)
	b.ReportMetric(perLine/scan, "×scan")
}

// cpuTime is what this process has used so far: unlike the wall clock it is
// comparable on a machine that does other things beside.
func cpuTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// rewritten are lines in another format that can be appended.
func rewritten(b *testing.B, name string, data []byte) []byte {
	b.Helper()
	from, to := named(b, "combined").New(Options{}), named(b, name)
	var out []byte
	var e event.Event
	for line := range bytes.Lines(data) {
		e.Reset()
		if r := from.Parse(bytes.TrimSuffix(line, []byte{'\n'}), &e); r != nil {
			b.Fatal(r.Reason)
		}
		e.Duration = e.Bytes * 1e4
		out = append(to.Append(out, &e), '\n')
	}
	return out
}

func haproxyLines(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, "Nov 21 06:%02d:%02d lb1 haproxy[977]: 203.0.%d.%d:%d [21/Nov/2026:06:%02d:%02d.%03d] https~ app/web%d 0/0/1/%d/%d 200 %d - - ---- 12/11/3/2/0 0/0 \"GET /shop/item/%d?ref=%d HTTP/1.1\"\n",
			i/6000%60, i/100%60, rng.IntN(256), rng.IntN(256), rng.IntN(65536), i/6000%60, i/100%60, rng.IntN(1000), rng.IntN(9), rng.IntN(90), rng.IntN(900), rng.IntN(100000), rng.IntN(50000), rng.IntN(10))
	}
	return b
}

func BenchmarkParse(b *testing.B) {
	lines := combinedLines(4000)
	for _, name := range []string{"combined", "common", "vhost_combined", "combined_tail", "w3c", "csv"} {
		b.Run(name, func(b *testing.B) {
			benchmarkLines(b, named(b, name).New(Options{}), rewritten(b, name, lines))
		})
	}
	b.Run("haproxy", func(b *testing.B) { benchmarkLines(b, named(b, "haproxy").New(Options{}), haproxyLines(4000)) })
	b.Run("auto on combined", func(b *testing.B) { benchmarkLines(b, NewAuto(Options{}), lines) })
	b.Run("auto on haproxy", func(b *testing.B) { benchmarkLines(b, NewAuto(Options{}), haproxyLines(4000)) })
	b.Run("auto on garbage", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(1, 1))
		var data []byte
		for range 4000 {
			data = append(append(data, garbage(rng)...), '\n')
		}
		benchmarkLines(b, NewAuto(Options{}), data)
	})
}
