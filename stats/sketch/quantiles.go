package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Quantiles tells the quantiles of durations within 1 %, from zero to 4.9
// hours; longer ones count as 4.9 hours (DDSketch; Masson et al., VLDB 2019).
// Its size follows the spread of the durations and not their number: some 100
// bytes for the first few, 2 KB for 1 ms to 10 s, at most 6 KB (12 KB beyond
// four billion). The zero value is ready. Merging parts gives what one Quantiles
// of everything would hold.
type Quantiles struct {
	h   histogram
	sum [2]uint64 // nanoseconds, high and low word
	max int64
}

// Add counts a duration in nanoseconds. A negative one is no duration and is ignored.
func (q *Quantiles) Add(nanos int64) {
	if nanos < 0 {
		return
	}
	q.h.one(bucketOf(nanos))
	q.addSum(0, uint64(nanos))
	q.max = max(q.max, nanos)
}

func (q *Quantiles) addSum(high, low uint64) {
	var carry uint64
	q.sum[1], carry = bits.Add64(q.sum[1], low, 0)
	q.sum[0] += high + carry
}

// Merge adds what o counted; o is unchanged.
func (q *Quantiles) Merge(o *Quantiles) {
	if o == q {
		o = &Quantiles{h: histogram{slices.Clone(q.h.cells), slices.Clone(q.h.high), q.h.count, q.h.base, q.h.dense}, sum: q.sum, max: q.max}
	}
	q.h.merge(&o.h)
	q.addSum(o.sum[0], o.sum[1])
	q.max = max(q.max, o.max)
}

// Reset empties q and keeps its memory.
func (q *Quantiles) Reset() {
	q.h.reset()
	q.sum, q.max = [2]uint64{}, 0
}

// Compact gives back the memory that q holds only to be fast. Nothing is forgotten.
func (q *Quantiles) Compact() { q.h.compact() }

// Count returns how many durations were added.
func (q *Quantiles) Count() uint64 { return q.h.count }

// Sum returns the exact sum of the durations in seconds.
func (q *Quantiles) Sum() float64 {
	return (float64(q.sum[0])*(1<<64) + float64(q.sum[1])) / 1e9
}

// Max returns the exact longest duration in seconds, 0 when there is none.
func (q *Quantiles) Max() float64 { return float64(q.max) / 1e9 }

// Quantile returns the p-quantile in seconds: the shortest duration that at
// least a share p (0 ≤ p ≤ 1) of all is not longer than, within 1 %. The
// longest duration is exact. It is NaN when q is empty or p is no share.
func (q *Quantiles) Quantile(p float64) float64 {
	if q.h.count == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	r := rankOf(p, q.h.count)
	if r == q.h.count {
		return q.Max()
	}
	return min(centre(q.h.rank(r)), q.Max())
}

// Buckets calls f for every bucket with a duration in it, in rising order: n
// durations were at least low and below high nanoseconds. The last bucket there
// can be also holds everything longer.
func (q *Quantiles) Buckets(f func(low, high int64, n uint64)) {
	q.h.each(func(bucket int, n uint64) bool {
		f(lowest(bucket), lowest(bucket+1), n)
		return true
	})
}

// Size returns about how many bytes q holds.
func (q *Quantiles) Size() int { return 96 + q.h.size() }

// Append appends the encoding of q to dst.
func (q *Quantiles) Append(dst []byte) []byte {
	dst = append(dst, quantilesV1)
	dst = binary.AppendUvarint(dst, q.sum[0])
	dst = binary.AppendUvarint(dst, q.sum[1])
	dst = binary.AppendUvarint(dst, uint64(q.max))
	return q.h.append(dst)
}

// Decode replaces q by the encoding at the start of src and returns what follows
// it. On an error q is unchanged.
func (q *Quantiles) Decode(src []byte) (rest []byte, err error) {
	d := decoder{src: src}
	d.version(quantilesV1, "quantile sketch")
	var n Quantiles
	n.sum = [2]uint64{d.uvarint(), d.uvarint()}
	n.max = int64(d.upTo(math.MaxInt64, "longest duration"))
	last := n.h.decode(&d)
	if d.err == nil && bucketOf(n.max) != last {
		d.fail(errors.New("the longest duration is not in the last bucket"))
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode quantile sketch: %w", d.err)
	}
	*q = n
	return d.src, nil
}

// append appends the number of buckets in use, then for each how many buckets
// after the one before it comes, and its count.
func (h *histogram) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(h.used()))
	next := 0
	h.each(func(bucket int, n uint64) bool {
		dst = binary.AppendUvarint(dst, uint64(bucket-next))
		dst = binary.AppendUvarint(dst, n)
		next = bucket + 1
		return true
	})
	return dst
}

// decode adds the buckets that append wrote and returns the last one.
func (h *histogram) decode(d *decoder) (last int) {
	next := 0
	for range d.upTo(numBuckets, "number of buckets") {
		last = next + int(d.upTo(numBuckets, "bucket"))
		n := d.uvarint()
		switch {
		case d.err != nil:
			return 0
		case last >= numBuckets:
			d.fail(fmt.Errorf("bucket is %d, more than %d", last, numBuckets-1))
		case lowest(last) == lowest(last+1):
			d.fail(fmt.Errorf("bucket %d can hold nothing", last))
		case n == 0:
			d.fail(fmt.Errorf("bucket %d holds %d", last, n))
		default:
			h.add(last, n)
		}
		next = last + 1
	}
	return last
}
