package bench

import (
	"bytes"
	"testing"
	"time"

	"weir/ingest/event"
	"weir/ingest/format"
	"weir/stats"
)

// BenchmarkLines goes through a day of combined lines on one core: ends of lines
// alone, parsed, and counted for the hours as the backlog of a report is. What
// counts is the ratio to the scan of the same run.
func BenchmarkLines(b *testing.B) {
	var text bytes.Buffer
	if err := Write(&text, Shape{Lines: 200_000, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text.Bytes(), []byte("\n")), []byte("\n"))
	const batch = 1000
	per := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
	}

	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			if n := bytes.Count(text.Bytes(), []byte{'\n'}); n != len(lines) {
				b.Fatal(n)
			}
		}
		per(b)
	})
	parser := format.NewAuto(format.Options{Location: time.UTC})
	parse := func(b *testing.B, into *event.Batch, lines [][]byte) {
		into.Clear()
		for _, line := range lines {
			e := into.Next()
			if r := parser.Parse(line, e); r != nil {
				b.Fatalf("%s: %+v", line, r)
			}
			e.Raw = line
			stats.Prepare(e, &into.Rows)
		}
	}
	b.Run("parse", func(b *testing.B) {
		var into event.Batch
		for b.Loop() {
			for at := 0; at < len(lines); at += batch {
				parse(b, &into, lines[at:at+batch])
			}
		}
		per(b)
	})
	b.Run("count", func(b *testing.B) {
		batches := make([]event.Batch, len(lines)/batch)
		for i := range batches {
			parse(b, &batches[i], lines[i*batch:(i+1)*batch])
		}
		for b.Loop() {
			g := stats.New(stats.Config{Brief: true})
			g.Horizon(time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC))
			for i := range batches {
				g.AddAll(batches[i].Events, &batches[i].Rows)
			}
			if hits := g.Drain().Hits; hits != uint64(len(lines)) {
				b.Fatal(hits)
			}
		}
		per(b)
	})
}
