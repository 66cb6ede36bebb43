package alert

import (
	"math"
	"math/bits"

	"weir/ingest/event"
)

// Durations fall into 64 equal buckets an octave, in units of 128 ns, so that a
// bucket's middle is within 0.8 % of all in it (HdrHistogram). Unlike the
// sketches of stats, what leaves a window can be taken out again.
const (
	tick          = 7 // 2^7 ns
	subBits       = 6
	timingBuckets = 2112
	longestTime   = 1<<44 - 1 // 4.9 hours
)

func bucketOf(nanos int64) uint32 {
	v := uint64(min(nanos, longestTime)) >> tick
	if v < 2<<subBits {
		return uint32(v)
	}
	shift := bits.Len64(v) - subBits - 1
	return uint32(shift)<<subBits + uint32(v>>shift)
}

// middle is the duration in seconds that stands for all of a bucket.
func middle(bucket uint32) float64 {
	low, width := uint64(bucket), uint64(1)
	if bucket >= 2<<subBits {
		shift := bucket>>subBits - 1
		low, width = uint64(bucket-shift<<subBits)<<shift, 1<<shift
	}
	return (float64(low) + float64(width)/2) * (1 << tick) / 1e9
}

// cells count durations by bucket, ascending: bucket<<cellBits | count. A bucket
// whose count is full has several.
type cells []uint32

const (
	cellBits = 20
	cellMask = 1<<cellBits - 1
)

func (c cells) plus(bucket uint32, n uint32) cells {
	low, high := 0, len(c)
	for low < high {
		if mid := (low + high) / 2; c[mid]>>cellBits < bucket {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(c) && c[low]>>cellBits == bucket && c[low]&cellMask+n <= cellMask {
		c[low] += n
		return c
	}
	c = append(c, 0)
	copy(c[low+1:], c[low:])
	c[low] = bucket<<cellBits | n
	return c
}

// timing measures a quantile of the durations.
type timing struct {
	quantile float64
	open     opened[cells]
	window   sliding
	ring     []cells
	counts   [timingBuckets]uint32
	octaves  [timingBuckets >> subBits]uint64 // sums of counts
	total    uint64
	fresh    uint64 // samples in open seconds
}

func newTiming(r *Rule, s shape) meter {
	s.slots = 120 // a slot is some hundred bytes here
	if s.keys {
		s.slots = 30
	}
	t := &timing{quantile: r.Quantile, open: opened[cells]{seconds: make([]cells, s.open)}, window: newSliding(r.Over, s.slots)}
	t.ring = make([]cells, t.window.slots)
	return t
}

func (t *timing) add(second int64, e *event.Event, _ bool) {
	if e.Duration < 0 {
		return
	}
	bucket := bucketOf(e.Duration)
	if open := t.open.at(second); open != nil {
		*open = open.plus(bucket, 1)
		t.fresh++
		return
	}
	t.plus(second, bucket, 1)
}

func (t *timing) plus(second int64, bucket, n uint32) {
	if place, ok := t.window.at(second); ok {
		t.ring[place] = t.ring[place].plus(bucket, n)
		t.count(bucket, n)
	}
}

func (t *timing) count(bucket, n uint32) {
	t.counts[bucket] += n
	t.octaves[bucket>>subBits] += uint64(n)
	t.total += uint64(n)
}

func (t *timing) close(second int64) {
	t.open.close(second, func(s int64, open *cells) {
		t.window.move(s, func(place int64) {
			for _, c := range t.ring[place] {
				bucket, n := c>>cellBits, c&cellMask
				t.counts[bucket] -= n
				t.octaves[bucket>>subBits] -= uint64(n)
				t.total -= uint64(n)
			}
			t.ring[place] = t.ring[place][:0]
		})
		for _, c := range *open {
			t.plus(s, c>>cellBits, c&cellMask)
			t.fresh -= uint64(c & cellMask)
		}
		*open = (*open)[:0]
	})
}

func (t *timing) value() (float64, uint64) {
	if t.total == 0 {
		return math.NaN(), 0
	}
	rank := max(uint64(math.Ceil(t.quantile*float64(t.total))), 1)
	octave, seen := 0, uint64(0)
	for seen+t.octaves[octave] < rank {
		seen += t.octaves[octave]
		octave++
	}
	bucket := uint32(octave) << subBits
	for seen+uint64(t.counts[bucket]) < rank {
		seen += uint64(t.counts[bucket])
		bucket++
	}
	return middle(bucket), t.total
}

func (t *timing) empty() bool { return t.fresh == 0 && t.total == 0 }

func (t *timing) reset() {
	for i := range t.open.seconds {
		t.open.seconds[i] = t.open.seconds[i][:0]
	}
	for i := range t.ring {
		t.ring[i] = t.ring[i][:0]
	}
	*t = timing{quantile: t.quantile, open: t.open, window: t.window, ring: t.ring}
	t.open.begun, t.window.started = false, false
}
