package sketch

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// registers are the state of an UltraLogLog (Ertl, VLDB 2024). A hash picks a
// register by its first bits; the number of zeros that follow, plus one, is its
// level, and level k comes up with probability 2^-k. A register remembers the
// highest level it has seen, in its upper six bits, and whether the two levels
// below that were seen, in its lower two.
type registers []byte

func (r registers) precision() int { return log2(len(r)) }

func (r registers) add(hash uint64) {
	p := r.precision()
	i := hash >> (64 - p)
	level := bits.LeadingZeros64(hash<<p|1<<(p-1)) + 1
	r[i] = pack(unpack(r[i]) | 1<<level)
}

// unpack returns the levels that a register remembers as a set of bits.
func unpack(b byte) uint64 {
	if b == 0 {
		return 0
	}
	top := b >> 2
	return (uint64(b&3) | 4) << top >> 2
}

// pack returns the register that remembers the top of a set of levels.
func pack(levels uint64) byte {
	if levels == 0 {
		return 0
	}
	top := bits.Len64(levels) - 1
	return byte(top)<<2 | byte(levels<<2>>top&3)
}

// merge adds what o has seen. Both have the same precision.
func (r registers) merge(o registers) {
	for at := 0; at < len(r); at += 8 {
		theirs := binary.LittleEndian.Uint64(o[at:])
		if theirs == 0 || theirs == binary.LittleEndian.Uint64(r[at:]) {
			continue
		}
		for i := at; i < at+8; i++ {
			if a, b := r[i], o[i]; a != b && b != 0 && a>>2 < b>>2+3 {
				r[i] = pack(unpack(a) | unpack(b))
			}
		}
	}
}

// fold returns the registers that a lower precision would hold.
func (r registers) fold(precision int) registers {
	for len(r) > 1<<precision {
		half := make(registers, len(r)/2)
		for i := range half {
			// The bit that told the two apart is now the first of the rest: a one is
			// level 1, a zero raises every level by one.
			levels := unpack(r[2*i]) << 1
			if r[2*i+1] != 0 {
				levels |= 1 << 1
			}
			half[i] = pack(levels)
		}
		r = half
	}
	return r
}

// count returns the maximum-likelihood estimate of how many distinct hashes
// were added. With hashes arriving as a Poisson process of rate x per register,
// level k was seen in a register with probability 1-exp(-x/2^k), independently
// of all other levels. The derivative of the log-likelihood is
//
//	Σ_k seen[k]·2^-k / (exp(x·2^-k) - 1)  -  Σ_k unseen[k]·2^-k
//
// which falls in x; its root is the estimate.
func (r registers) count() uint64 {
	p := r.precision()
	last := 64 - p + 1 // the highest level: its probability is that of the one below it
	var states [256]int
	for _, b := range r {
		states[b]++
	}
	share := func(level int) float64 { return math.Ldexp(1, -min(level, last-1)) }
	var seen [66]float64
	unseen := 0.0
	for b, n := range states {
		if n == 0 {
			continue
		}
		top := b >> 2
		for level := max(top+1, 1); level <= last; level++ {
			unseen += float64(n) * share(level)
		}
		levels := unpack(byte(b))
		for level := max(top-2, 1); level <= top; level++ {
			if levels>>level&1 != 0 {
				seen[level] += float64(n)
			} else {
				unseen += float64(n) * share(level)
			}
		}
	}
	if states[0] == len(r) {
		return 0
	}
	slope := func(x float64) float64 {
		s := -unseen
		for level := 1; level <= last; level++ {
			if seen[level] > 0 {
				s += seen[level] * share(level) / math.Expm1(x*share(level))
			}
		}
		return s
	}
	low, high := 0.0, 1.0
	for slope(high) > 0 && high < 1<<60 {
		low, high = high, 2*high
	}
	for high-low > 1e-7*high {
		if mid := (low + high) / 2; slope(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return uint64(math.Round(high * float64(len(r))))
}
