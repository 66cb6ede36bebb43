package panel

import (
	"strconv"
	"time"

	"weir/stats"
	"weir/tui/paint"
	"weir/tui/theme"
)

// latency is the heat map of durations over time: the darker a cell, the larger
// the share of its slice's requests that took so long.
type latency struct{}

func newLatency() Panel { return latency{} }

const latencyAxis = 6

// Title is "Latency".
func (latency) Title(*Frame) string { return "Latency" }

// Head says unit and span.
func (latency) Head(c paint.Canvas, from int, f *Frame) {
	if f.Window.Durations.Count() == 0 && !f.timed() {
		return
	}
	all, length := f.slices(max(c.W()-latencyAxis-1, 1))
	note(c, from, c.W(), "ms · "+roundSpan(time.Duration(int64(len(all))*length)*time.Second))
}

// timed reports whether any request of the graph says how long it took.
func (f *Frame) timed() bool {
	for i := range f.Series {
		for _, n := range f.Series[i].Latency {
			if n > 0 {
				return true
			}
		}
	}
	return false
}

// Draw paints the map above a row of percentiles.
func (l latency) Draw(c paint.Canvas, f *Frame) {
	if !f.timed() {
		text := f.brief()
		if text == "" || f.anything() {
			text = "no line says how long its request took"
		}
		explain(c, text)
		return
	}
	rows := c.H()
	if rows >= 5 {
		rows--
		l.percentiles(c.Row(rows), f)
	}
	plot := c.Sub(latencyAxis, 0, c.W()-latencyAxis-1, rows)
	all, _ := f.slices(plot.W())
	// One bucket a row; the highest row takes all that are slower, the lowest all that are faster.
	high := slowest(all)
	low := max(high-rows+1, 0)
	for y := range min(rows, high+1) {
		bucket := high - y
		name, from, to := bucketName(bucket), bucket, bucket+1
		if bucket == high {
			name, to = name+"+", stats.NumLatencies
		}
		if bucket == low && low > 0 {
			name, from = "<"+bucketName(low+1), 0
		}
		c.Right(latencyAxis-1, y, name, theme.Dim)
		for x := range all {
			l.cell(plot, plot.W()-len(all)+x, y, &all[x], from, to)
		}
	}
}

// slowest is the bucket of the highest row: few requests are slower, and it is
// at least half a second so that the map seldom changes its scale.
func slowest(all []slice) int {
	var sum, total uint64
	for i := range all {
		for _, n := range all[i].Latency {
			total += uint64(n)
		}
	}
	for b := stats.NumLatencies - 1; b > 10; b-- {
		for i := range all {
			sum += uint64(all[i].Latency[b])
		}
		if sum*500 > total {
			return b
		}
	}
	return 10
}

// bucketName is the lower bound of a bucket in milliseconds.
func bucketName(b int) string {
	if b <= 0 {
		return "<1"
	}
	if ms := 1 << (b - 1); ms < 1000 {
		return strconv.Itoa(ms)
	}
	return strconv.Itoa((1<<(b-1)+500)/1000) + "k"
}

func (latency) cell(c paint.Canvas, x, y int, s *slice, from, to int) {
	var n, all uint32
	for b, k := range s.Latency {
		all += k
		if b >= from && b < to {
			n += k
		}
	}
	if n == 0 {
		return
	}
	shades := c.Glyphs().Shades
	share := float64(n) / float64(all)
	heat := 0
	for _, limit := range []float64{0.02, 0.10, 0.30, 0.60} {
		if share > limit {
			heat++
		}
	}
	shade := shades[min(len(shades)-1, 1+heat*(len(shades)-1)/len(theme.Heats))]
	c.Set(x, y, shade, theme.Heats[heat])
}

type percentile struct {
	name string
	q    float64
}

var percentiles = [...]percentile{{"p50", .5}, {"p90", .9}, {"p95", .95}, {"p99", .99}}

func (latency) percentiles(c paint.Canvas, f *Frame) {
	if f.Window.Durations.Count() == 0 {
		return
	}
	shown := percentiles[:]
	for _, fewer := range [][]percentile{percentiles[:], {percentiles[0], percentiles[2], percentiles[3]}, {percentiles[0], percentiles[3]}} {
		shown = fewer
		width := 1
		for _, p := range shown {
			width += 2 + len(p.name) + 1 + c.Width(seconds(f.Window.Quantile(p.q)))
		}
		if width-1 <= c.W() {
			break
		}
	}
	x := 1
	for _, p := range shown {
		x = c.Text(x, 0, p.name+" ", theme.Dim)
		x = c.Text(x, 0, seconds(f.Window.Quantile(p.q)), theme.Text) + 2
	}
}

// Key has nothing to do here.
func (latency) Key(string, *Frame) (Action, bool) { return nil, false }

// Keys are none.
func (latency) Keys() []Binding { return nil }
