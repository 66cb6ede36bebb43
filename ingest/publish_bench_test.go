package ingest

import (
	"testing"
	"time"

	"weir/ingest/event"
)

// BenchmarkMoment makes the picture of one second of a busy and of a quiet log.
func BenchmarkMoment(b *testing.B) {
	for _, c := range []struct {
		name string
		rate int
	}{{"quiet", 0}, {"busy", 500}} {
		b.Run(c.name, func(b *testing.B) {
			p := NewPump(PumpConfig{}, nil)
			now := time.Unix(1e9, 0)
			p.engine.Clock(now)
			if c.rate > 0 {
				for s := -60; s < 0; s++ {
					p.take(burst(now.Add(time.Duration(s)*time.Second), 1, c.rate, false), now)
				}
			}
			p.take(&event.Batch{}, now)
			b.ReportAllocs()
			for b.Loop() {
				p.dirty = true
				p.publish(b.Context(), now)
			}
		})
	}
}
