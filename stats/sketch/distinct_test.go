package sketch

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// value is the hash of the i-th of a set of values.
func value(set, i int) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], uint64(set))
	binary.LittleEndian.PutUint64(b[8:], uint64(i))
	return Stable(b[:])
}

func TestFewDistinctValuesAreCountedExactly(t *testing.T) {
	var d Distinct
	for n := range exactly {
		d.Add(value(0, n))
		d.Add(value(0, n/2))
		if !d.Exact() || d.Count() != uint64(n+1) || d.Error() != 0 {
			t.Fatalf("%d of %d, exact %v, error %g", d.Count(), n+1, d.Exact(), d.Error())
		}
	}
	d.Add(value(0, exactly))
	if d.Exact() || d.Error() == 0 {
		t.Error("still said to be exact")
	}
}

func TestManyDistinctValuesAreWithinTwoPercent(t *testing.T) {
	fine, coarse, runs := 0.0, 0.0, 0.0
	for set := range 12 {
		var d Distinct
		n := 0
		for _, upTo := range []int{1537, 3000, 10_000, 30_000, 100_000, 300_000} {
			for ; n < upTo; n++ {
				d.Add(value(set, n))
			}
			off := float64(d.Count())/float64(n) - 1
			if math.Abs(off) > .02 {
				t.Errorf("%d for %d", d.Count(), n)
			}
			small := d
			small.Compact()
			offSmall := float64(small.Count())/float64(n) - 1
			if math.Abs(offSmall) > .05 {
				t.Errorf("compact: %d for %d", small.Count(), n)
			}
			fine, coarse, runs = fine+off*off, coarse+offSmall*offSmall, runs+1
		}
		if d.Error() != .006 {
			t.Errorf("error said to be %g", d.Error())
		}
	}
	fine, coarse = math.Sqrt(fine/runs), math.Sqrt(coarse/runs)
	t.Logf("standard error %.4f, compact %.4f", fine, coarse)
	if fine > .007 || coarse > .014 {
		t.Errorf("standard error %.4f, compact %.4f", fine, coarse)
	}
}

func TestHugeDistinctCountsAreEstimated(t *testing.T) {
	// Registers as n random hashes leave them, without hashing n times: of each
	// level a Poisson number comes up in each register.
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []float64{1e8, 1e12} {
		r := make(registers, 1<<finePrecision)
		for i := range r {
			levels := uint64(0)
			for level := 1; level <= 50; level++ {
				if rng.Float64() < -math.Expm1(-n/float64(len(r))*math.Ldexp(1, -level)) {
					levels |= 1 << level
				}
			}
			r[i] = pack(levels)
		}
		d := Distinct{regs: r}
		if got := float64(d.Count()); math.Abs(got/n-1) > .02 {
			t.Errorf("%g for %g", got, n)
		}
	}
}

func TestMergedDistinctEqualsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole Distinct
		parts := make([]Distinct, rapid.IntRange(1, 4).Draw(t, "parts"))
		n := rapid.SampledFrom([]int{0, 1, 10, 1000, exactly - 1, exactly, exactly + 1, 3000, 20_000}).Draw(t, "n")
		seed := rapid.Uint64().Draw(t, "seed")
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range n {
			whole.Add(value(0, i))
			for range 1 + rng.IntN(2) {
				parts[rng.IntN(len(parts))].Add(value(0, i))
			}
		}
		coarse := rapid.Bool().Draw(t, "coarse")
		var merged Distinct
		for i := range parts {
			if coarse && rapid.Bool().Draw(t, "compact") || parts[i].Exact() {
				parts[i].Compact()
			}
			merged.Merge(&parts[i])
		}
		if coarse {
			whole.Compact()
			merged.Compact()
		}
		again := Distinct{n: 3}
		rest, err := again.Decode(append(merged.Append(nil), "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%v, rest %q", err, rest)
		}
		want := whole.Append(nil)
		if !bytes.Equal(want, merged.Append(nil)) || !bytes.Equal(want, again.Append(nil)) {
			t.Fatalf("they differ: %d, %d, %d", whole.Count(), merged.Count(), again.Count())
		}
		again.Add(value(1, 1))
		whole.Add(value(1, 1))
		if again.Count() != whole.Count() {
			t.Fatalf("after one more: %d, %d", again.Count(), whole.Count())
		}
	})
}

func TestFoldedRegistersAreThoseOfTheLowerPrecision(t *testing.T) {
	fine, coarse := make(registers, 1<<finePrecision), make(registers, 1<<coarsePrecision)
	for i := range 50_000 {
		for _, h := range []uint64{value(0, i), uint64(i), uint64(i) << 48} { // also such as no hash is
			fine.add(h)
			coarse.add(h)
		}
	}
	if !bytes.Equal(fine.fold(coarsePrecision), coarse) {
		t.Error("they differ")
	}
}

func TestRegistersRememberTheTopLevels(t *testing.T) {
	for _, c := range []struct{ levels, kept uint64 }{
		{0, 0}, {1 << 1, 1 << 1}, {1<<1 | 1<<2, 1<<1 | 1<<2}, {1<<1 | 1<<5, 1 << 5},
		{1<<3 | 1<<4 | 1<<5 | 1<<2, 1<<3 | 1<<4 | 1<<5}, {1<<53 | 1<<51, 1<<53 | 1<<51},
	} {
		if got := unpack(pack(c.levels)); got != c.kept {
			t.Errorf("of %b it keeps %b, want %b", c.levels, got, c.kept)
		}
	}
}

func TestResetDistinctCountsLikeANewOne(t *testing.T) {
	var used Distinct
	for _, n := range []int{100, 5000, 6000, 20, 5000, 0} {
		var fresh Distinct
		for i := range n {
			used.Add(value(n, i))
			fresh.Add(value(n, i))
		}
		if !bytes.Equal(used.Append(nil), fresh.Append(nil)) {
			t.Errorf("%d: %d, want %d", n, used.Count(), fresh.Count())
		}
		if n == 20 {
			used.Compact()
		}
		used.Reset()
	}
}

func TestZeroIsAValueLikeAnyOther(t *testing.T) {
	var d Distinct
	d.Add(0)
	d.Add(0)
	d.Compact()
	if d.Count() != 1 {
		t.Error(d.Count())
	}
}

func TestFewDistinctValuesAreSmall(t *testing.T) {
	for _, c := range []struct{ n, most, compact int }{{0, 96, 96}, {1, 160, 112}, {100, 2200, 900}, {1000, 16_500, 8100}, {100_000, 16_500, 4200}} {
		var d Distinct
		for i := range c.n {
			d.Add(value(0, i))
		}
		size := d.Size()
		d.Compact()
		if size > c.most || d.Size() > c.compact {
			t.Errorf("%d values take %d bytes, compact %d", c.n, size, d.Size())
		}
	}
}
