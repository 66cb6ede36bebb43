package sketch

import (
	"math"
	"math/bits"
)

// Durations fall into buckets whose edges are the powers of 2^(1/35), 2 % apart,
// so that a bucket's harmonic centre is within 0.99 % of everything in it.
// Bucket 0 is the duration 0.
const (
	perOctave  = 35
	octaves    = 44 // up to 2^44 ns, 4.9 hours
	numBuckets = 1 + octaves*perOctave
	maxNanos   = 1<<octaves - 1
)

// edges are the lower edges of the buckets of one octave as mantissas, 1.0
// being 1<<63; near names the bucket at each 64th of an octave. Edges are
// further apart than that, so the right bucket is that one or the next.
var edges, near = func() (edges [perOctave + 1]uint64, near [64]uint8) {
	for j := range perOctave {
		edges[j] = uint64(math.Ceil(math.Exp2(float64(j)/perOctave) * (1 << 63)))
	}
	edges[perOctave] = math.MaxUint64
	j := 0
	for i := range near {
		for edges[j+1] <= uint64(64+i)<<57 {
			j++
		}
		near[i] = uint8(j)
	}
	return edges, near
}()

// bucketOf returns the bucket of a duration.
func bucketOf(nanos int64) int {
	if nanos <= 0 {
		return 0
	}
	n := uint64(min(nanos, maxNanos))
	octave := bits.Len64(n) - 1
	mantissa := n << (63 - octave)
	j := int(near[mantissa>>57&63])
	_, below := bits.Sub64(mantissa, edges[j+1], 0) // no branch: it would be guessed wrong every other time
	return 1 + octave*perOctave + j + 1 - int(below)
}

// lowest returns the smallest duration of a bucket, in nanoseconds.
func lowest(bucket int) int64 {
	if bucket == 0 {
		return 0
	}
	octave, j := (bucket-1)/perOctave, (bucket-1)%perOctave
	if octave >= octaves {
		return maxNanos + 1
	}
	shift := 63 - octave
	return int64((edges[j]-1)>>shift) + 1 // rounded up
}

// centre returns the duration, in seconds, that stands for all of a bucket.
func centre(bucket int) float64 {
	if bucket == 0 {
		return 0
	}
	low := math.Exp2(float64(bucket-1) / perOctave)
	high := math.Exp2(float64(bucket) / perOctave)
	return 2 * low * high / (low + high) / 1e9
}

// A sparse cell is a bucket and its count in one word, so that a sparse
// histogram is never larger than a dense one.
const (
	countBits = 21
	countMask = 1<<countBits - 1
)

// histogram counts durations by bucket: a sorted list of cells while there are
// few, a plain array of the buckets in use when there are many.
type histogram struct {
	cells []uint32 // sparse: bucket<<countBits | count, ascending; dense: the counts from base on
	high  []uint32 // dense: the upper words of the counts, nil until one needs it
	count uint64
	base  uint16
	dense bool
}

// one counts one duration of a bucket.
func (h *histogram) one(bucket int) {
	if h.dense {
		if i := uint(bucket - int(h.base)); i < uint(len(h.cells)) && h.cells[i] < math.MaxUint32 {
			h.cells[i]++
			h.count++
			return
		}
	}
	h.add(bucket, 1)
}

// add counts n durations of a bucket.
func (h *histogram) add(bucket int, n uint64) {
	if n == 0 {
		return
	}
	h.count = plus(h.count, n)
	if !h.dense && h.addSparse(uint32(bucket), n) {
		return
	}
	i := bucket - int(h.base)
	if uint(i) >= uint(len(h.cells)) {
		h.cover(bucket, bucket)
		i = bucket - int(h.base)
	}
	sum := uint64(h.cells[i]) + n
	if sum < n || sum > math.MaxUint32 || h.high != nil {
		h.addWide(i, n)
		return
	}
	h.cells[i] = uint32(sum)
}

// addSparse adds to the sorted cells. It returns false when the histogram had
// to become dense and nothing was added.
func (h *histogram) addSparse(bucket uint32, n uint64) bool {
	low := search(h.cells, bucket<<countBits)
	if low < len(h.cells) && h.cells[low]>>countBits == bucket {
		if n > uint64(countMask-h.cells[low]&countMask) {
			h.densify(int(bucket))
			return false
		}
		h.cells[low] += uint32(n)
		return true
	}
	if n > countMask || h.crowded(bucket) {
		h.densify(int(bucket))
		return false
	}
	h.cells = append(h.cells, 0)
	copy(h.cells[low+1:], h.cells[low:])
	h.cells[low] = bucket<<countBits | uint32(n)
	return true
}

// search returns where in the ascending cells the first stands that is not less
// than want. The loop has no branch that depends on what it finds, which would
// be guessed wrong every other time.
func search(cells []uint32, want uint32) int {
	low, n := 0, len(cells)
	for n > 1 {
		half := n / 2
		low += half & int((int64(cells[low+half-1])-int64(want))>>63)
		n -= half
	}
	if n == 1 && cells[low] < want {
		low++
	}
	return low
}

// crowded tells when an array is nearly as small as the list and faster.
func (h *histogram) crowded(bucket uint32) bool {
	n := uint32(len(h.cells))
	if n < 32 {
		return false
	}
	first := min(bucket, h.cells[0]>>countBits)
	last := max(bucket, h.cells[n-1]>>countBits)
	return 2*n > last-first
}

// densify turns the list into an array that also covers bucket.
func (h *histogram) densify(bucket int) {
	first, last := bucket, bucket
	if n := len(h.cells); n > 0 {
		first = min(first, int(h.cells[0]>>countBits))
		last = max(last, int(h.cells[n-1]>>countBits))
	}
	first, last = roomy(first, last)
	i, span := len(h.cells)-1, last-first+1
	array := h.cells
	if cap(array) < span {
		array = make([]uint32, span)
	}
	array = array[:span]
	for at := span - 1; at >= 0; at-- { // backwards, so that it works in place: cell i stands at i or later
		array[at] = 0
		if i >= 0 && int(h.cells[i]>>countBits) == first+at {
			array[at] = h.cells[i] & countMask
			i--
		}
	}
	h.cells, h.high, h.base, h.dense = array, nil, uint16(first), true
}

// roomy widens a range of buckets so that it need not grow for every neighbour.
func roomy(first, last int) (int, int) {
	return max(0, first-8), min(numBuckets-1, last+8)
}

// cover makes the array reach from first to last.
func (h *histogram) cover(first, last int) {
	first, last = roomy(first, last)
	base, end := int(h.base), int(h.base)+len(h.cells)
	first, last = min(first, base), max(last, end-1)
	grow := func(counts []uint32) []uint32 {
		wider, n := counts, len(counts)
		if cap(counts) < last-first+1 {
			wider = make([]uint32, last-first+1)
		}
		wider = wider[:last-first+1]
		copy(wider[base-first:], counts[:n])
		clear(wider[:base-first])
		clear(wider[base-first+n:])
		return wider
	}
	h.cells = grow(h.cells)
	if h.high != nil {
		h.high = grow(h.high)
	}
	h.base = uint16(first)
}

// addWide adds where a count needs, or may need, more than 32 bits.
func (h *histogram) addWide(i int, n uint64) {
	if h.high == nil {
		h.high = make([]uint32, len(h.cells))
	}
	sum := plus(uint64(h.high[i])<<32|uint64(h.cells[i]), n)
	h.cells[i], h.high[i] = uint32(sum), uint32(sum>>32)
}

// each calls f for every bucket with a count, in rising order, until it returns false.
func (h *histogram) each(f func(bucket int, n uint64) bool) {
	for i, c := range h.cells {
		bucket, n := int(c>>countBits), uint64(c&countMask)
		if h.dense {
			bucket, n = int(h.base)+i, uint64(c)
			if h.high != nil {
				n |= uint64(h.high[i]) << 32
			}
		}
		if n > 0 && !f(bucket, n) {
			return
		}
	}
}

// merge adds what o counted. They are not the same.
func (h *histogram) merge(o *histogram) {
	if h.dense && o.dense && len(o.cells) > 0 {
		first, last := int(o.base), int(o.base)+len(o.cells)-1
		if first < int(h.base) || last >= int(h.base)+len(h.cells) {
			h.cover(first, last)
		}
	}
	o.each(func(bucket int, n uint64) bool {
		h.add(bucket, n)
		return true
	})
}

// used returns the number of buckets with a count.
func (h *histogram) used() int {
	if !h.dense {
		return len(h.cells)
	}
	n := 0
	h.each(func(int, uint64) bool { n++; return true })
	return n
}

// rank returns the bucket of the r-th shortest duration, counted from 1.
func (h *histogram) rank(r uint64) int {
	found, seen := 0, uint64(0)
	h.each(func(bucket int, n uint64) bool {
		found, seen = bucket, plus(seen, n)
		return seen < r
	})
	return found
}

// rankOf returns which of count values is the p-quantile: the smallest one that
// at least a share of p is not above, counted from 1.
func rankOf(p float64, count uint64) uint64 {
	r := math.Ceil(p * float64(count))
	switch {
	case r < 1:
		return 1
	case r >= float64(count):
		return count
	}
	return uint64(r)
}

// reset empties h and keeps its memory.
func (h *histogram) reset() {
	*h = histogram{cells: h.cells[:0]}
}

// compact gives back what memory it can without forgetting anything.
func (h *histogram) compact() {
	tight := histogram{count: h.count}
	wide := h.high != nil
	cells := make([]uint32, 0, h.used())
	h.each(func(bucket int, n uint64) bool {
		wide = wide || n > countMask
		cells = append(cells, uint32(bucket)<<countBits|uint32(n&countMask))
		return true
	})
	if !wide {
		tight.cells = cells
		*h = tight
	}
}

func (h *histogram) size() int { return 4 * (cap(h.cells) + cap(h.high)) }
