//go:build !race

// The race detector allocates for itself, and nothing here is concurrent.

package bench

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/ingest/event"
	"weir/ingest/format"
	"weir/stats"
)

// traffic returns lines as Write makes them.
func traffic(t *testing.T, s Shape) [][]byte {
	t.Helper()
	var text bytes.Buffer
	if err := Write(&text, s); err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(text.Bytes(), []byte("\n")), []byte("\n"))
}

// as writes combined lines in another format.
func as(t *testing.T, lines [][]byte, head []string, line func(e *event.Event) string) [][]byte {
	t.Helper()
	parser := format.NewAuto(format.Options{Location: time.UTC})
	var out [][]byte
	for _, h := range head {
		out = append(out, []byte(h))
	}
	var e event.Event
	for _, l := range lines {
		e.Reset()
		if r := parser.Parse(l, &e); r != nil {
			t.Fatalf("%s: %+v", l, r)
		}
		out = append(out, []byte(line(&e)))
	}
	return out
}

func w3c(e *event.Event) string {
	query := string(e.Query)
	if query == "" {
		query = "-"
	}
	return fmt.Sprintf("%s %s %s %s %s %d %d %s", e.When().UTC().Format("2006-01-02 15:04:05"), e.Client, e.Method, e.Path, query,
		e.Status, e.Bytes, strings.ReplaceAll(string(e.Agent), " ", "+"))
}

func logfmt(e *event.Event) string {
	return fmt.Sprintf("time=%s level=info method=%s path=%q status=%d bytes=%d remote_addr=%s user_agent=%q duration=%dms",
		e.When().UTC().Format(time.RFC3339), e.Method, e.Target, e.Status, e.Bytes, e.Client, e.Agent, e.Bytes%500)
}

// TestNothingIsAllocatedOnTheWayFromALineToTheSummary parses and counts Zipf
// traffic in batches, as the reader and the Pump do, and counts allocations once
// every buffer has its size.
func TestNothingIsAllocatedOnTheWayFromALineToTheSummary(t *testing.T) {
	const lines, batch = 400_000, 1000
	combined := traffic(t, Shape{Lines: lines, Seed: 1})
	for name, text := range map[string][][]byte{
		"combined": combined,
		"jsonl":    traffic(t, Shape{Lines: lines, JSON: true, Seed: 1}),
		"w3c":      as(t, combined, []string{"#Version: 1.0", "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status sc-bytes cs(User-Agent)"}, w3c),
		"logfmt":   as(t, combined, nil, logfmt),
	} {
		t.Run(name, func(t *testing.T) {
			parser := format.NewAuto(format.Options{Location: time.UTC})
			g := stats.New(stats.Config{})
			g.Horizon(time.Date(2026, 4, 14, 0, 0, 0, 0, time.UTC)) // a backlog of a month
			b := &event.Batch{}
			count := func(text [][]byte) {
				b.Clear()
				for _, line := range text {
					e := b.Next()
					if r := parser.Parse(line, e); r != nil {
						if !r.Reason.Expected() {
							t.Fatalf("%s: %+v", line, r)
						}
						b.Drop()
						continue
					}
					stats.Prepare(e, &b.Rows)
				}
				g.AddAll(b.Events, &b.Rows)
			}
			at := 0
			next := func() {
				count(text[at : at+batch])
				at += batch
			}
			for at < lines*3/5 {
				next()
			}
			const runs = lines*2/5/batch - 1 // AllocsPerRun runs once more to warm up
			if per := testing.AllocsPerRun(runs, next) / batch; per > 0.01 {
				t.Errorf("%.4f allocations a line", per)
			} else {
				t.Logf("%.4f allocations a line", per)
			}
			if hits := g.Total().Hits; hits < lines*99/100 {
				t.Errorf("%d requests of %d", hits, lines)
			}
		})
	}
}
