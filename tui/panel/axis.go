package panel

import (
	"math"
	"slices"
	"time"

	"weir/stats"
)

// slice is what a graph shows in one column: some neighbouring elements of Moment.Series.
type slice struct {
	at, end int64 // unix seconds, [at, end); end is never after the window's
	stats.Counter
}

// seconds is how long the slice is, at least one.
func (s *slice) seconds() float64 { return float64(max(s.end-s.at, 1)) }

// slices returns at most n slices, oldest first, the newest one last. Their
// bounds are multiples of their length, so that they stay what they are while
// time passes.
func (f *Frame) slices(n int) (all []slice, length int64) {
	if n <= 0 || len(f.Series) == 0 {
		return nil, max(f.Step, 1)
	}
	step := max(f.Step, 1)
	length = step * int64((len(f.Series)+n-1)/n)
	all = make([]slice, 0, min(len(f.Series), n+1))
	for i := range f.Series {
		c := &f.Series[i]
		at := c.At - mod(c.At, length)
		if len(all) == 0 || all[len(all)-1].at != at {
			all = append(all, slice{at: at, end: min(at+length, max(f.At, at+1))})
			all[len(all)-1].At = at
		}
		add(&all[len(all)-1].Counter, c)
	}
	return all[max(0, len(all)-n):], length
}

func add(sum, c *stats.Counter) {
	sum.Hits += c.Hits
	sum.Bytes += c.Bytes
	for i := range c.Classes {
		sum.Classes[i] += c.Classes[i]
	}
	for i := range c.Latency {
		sum.Latency[i] += c.Latency[i]
	}
}

func mod(a, n int64) int64 {
	if a %= n; a < 0 {
		a += n
	}
	return a
}

// nice returns the smallest round number that is at least v: 1, 1.5, 2, 2.5, 3,
// 4, 5, 6 or 8 times a power of ten.
func nice(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if step*power >= v*(1-1e-9) {
			return step * power
		}
	}
	return 10 * power
}

// clockSteps are the distances between the labels of a time axis, in seconds.
var clockSteps = []int64{5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400}

// mark is a label of a time axis.
type mark struct {
	column int
	text   string
}

// clockMarks returns the labels of a time axis of w columns that shows
// perColumn seconds a column and ends at end.
func clockMarks(w int, perColumn float64, end int64, loc *time.Location) []mark {
	const room = 11 // columns between labels
	if w <= 0 || !(perColumn > 0) {
		return nil
	}
	i := slices.IndexFunc(clockSteps, func(s int64) bool { return float64(s)/perColumn >= room })
	if i < 0 {
		return nil
	}
	step := clockSteps[i]
	layout := "15:04"
	switch {
	case step < 60:
		layout = "15:04:05"
	case step >= 86400:
		layout = "Jan 2"
	}
	_, offset := time.Unix(end, 0).In(loc).Zone()
	var marks []mark
	start := end - int64(perColumn*float64(w))
	for t := start - mod(start+int64(offset), step) + step; t <= end; t += step {
		column := w - 1 - int(float64(end-1-t)/perColumn)
		if column < 0 || column >= w {
			continue
		}
		marks = append(marks, mark{column, time.Unix(t, 0).In(loc).Format(layout)})
	}
	return marks
}
