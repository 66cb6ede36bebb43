package sketch

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBucketsTileTheDurations(t *testing.T) {
	if lowest(0) != 0 || lowest(1) != 1 || lowest(numBuckets) != maxNanos+1 {
		t.Fatalf("the ends are %d, %d, %d", lowest(0), lowest(1), lowest(numBuckets))
	}
	for b := range numBuckets {
		low, high := lowest(b), lowest(b+1)
		if low > high {
			t.Fatalf("bucket %d is [%d, %d)", b, low, high)
		}
		if low == high { // no whole nanosecond in it
			continue
		}
		if bucketOf(low) != b || bucketOf(high-1) != b {
			t.Fatalf("bucket %d is [%d, %d), but they fall into %d and %d", b, low, high, bucketOf(low), bucketOf(high-1))
		}
		for _, nanos := range []int64{low, high - 1} {
			if is := float64(nanos) / 1e9; math.Abs(centre(b)-is) > is/100 {
				t.Fatalf("bucket %d stands for %g, but holds %g", b, centre(b), is)
			}
		}
	}
}

func TestQuantilesAreWithinOnePercent(t *testing.T) {
	nanos := rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(0, 1e6), rapid.Int64Range(1e6, 2e9), rapid.Int64Range(0, 1e13))
	rapid.Check(t, func(t *rapid.T) {
		all := append(upTo(300, nanos).Draw(t, "durations"), nanos.Draw(t, "one"))
		var q Quantiles
		sum := 0.0
		for _, d := range all {
			q.Add(d)
			sum += float64(d)
		}
		slices.Sort(all)
		for _, p := range []float64{0, .01, .25, .5, .9, .95, .99, .999, 1, rapid.Float64Range(0, 1).Draw(t, "p")} {
			// The shortest that at least a share p is not longer than.
			i := slices.IndexFunc(all, func(d int64) bool {
				after, _ := slices.BinarySearch(all, d+1)
				return float64(after) >= p*float64(len(all))
			})
			want, got := float64(all[i])/1e9, q.Quantile(p)
			if math.Abs(got-want) > want/100 {
				t.Fatalf("the %g-quantile of %d is %g, in truth %g", p, len(all), got, want)
			}
		}
		if q.Count() != uint64(len(all)) || q.Max() != float64(all[len(all)-1])/1e9 || math.Abs(q.Sum()-sum/1e9) > 1e-9*sum/1e9 {
			t.Fatalf("count %d, max %g, sum %g", q.Count(), q.Max(), q.Sum())
		}
		seen, before := uint64(0), int64(0)
		q.Buckets(func(low, high int64, n uint64) {
			from, _ := slices.BinarySearch(all, low)
			to, _ := slices.BinarySearch(all, high)
			if low < before || uint64(to-from) != n {
				t.Fatalf("[%d, %d) holds %d, in truth %d", low, high, n, to-from)
			}
			before, seen = high, seen+n
		})
		if seen != q.Count() {
			t.Fatalf("the buckets hold %d of %d", seen, q.Count())
		}
	})
}

func TestMergedQuantilesEqualTheWhole(t *testing.T) {
	nanos := rapid.OneOf(rapid.Int64Range(0, 1e6), rapid.Int64Range(1e6, 3e6), rapid.Int64Range(0, 1e13))
	rapid.Check(t, func(t *rapid.T) {
		var whole Quantiles
		parts := make([]Quantiles, rapid.IntRange(1, 5).Draw(t, "parts"))
		for _, d := range upTo(300, nanos).Draw(t, "durations") {
			whole.Add(d)
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].Add(d)
		}
		var merged Quantiles
		for _, d := range upTo(300, nanos).Draw(t, "before") { // what was there leaves no trace
			merged.Add(d)
		}
		merged.Reset()
		for i := range parts {
			if rapid.Bool().Draw(t, "compact") {
				parts[i].Compact()
			}
			merged.Merge(&parts[i])
		}
		again := Quantiles{max: 7}
		rest, err := again.Decode(append(merged.Append(nil), "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%v, rest %q", err, rest)
		}
		merged.Compact()
		want := whole.Append(nil)
		if !bytes.Equal(want, merged.Append(nil)) || !bytes.Equal(want, again.Append(nil)) {
			t.Fatal("they differ")
		}
	})
}

func TestEmptyQuantilesAreUnknown(t *testing.T) {
	var q Quantiles
	q.Add(-1)
	for _, p := range []float64{0, .5, 1} {
		if !math.IsNaN(q.Quantile(p)) {
			t.Errorf("the %g-quantile of nothing is %g", p, q.Quantile(p))
		}
	}
	q.Add(1e9)
	for _, p := range []float64{-.1, 1.1, math.NaN()} {
		if !math.IsNaN(q.Quantile(p)) {
			t.Errorf("the %g-quantile is %g", p, q.Quantile(p))
		}
	}
	q.Reset()
	if q.Count() != 0 || q.Sum() != 0 || q.Max() != 0 || !math.IsNaN(q.Quantile(.5)) {
		t.Error("Reset left something")
	}
}

func TestLongDurationsCountAsTheLongest(t *testing.T) {
	var q Quantiles
	q.Add(math.MaxInt64)
	q.Add(math.MaxInt64)
	q.Add(1 << 50)
	if got := q.Quantile(.3); math.Abs(got-17592) > 176 {
		t.Errorf("the median is %g s", got)
	}
	sum := new(big.Int).Add(big.NewInt(1<<50), new(big.Int).Mul(big.NewInt(2), big.NewInt(math.MaxInt64)))
	want, _ := new(big.Float).Quo(new(big.Float).SetInt(sum), big.NewFloat(1e9)).Float64()
	if math.Abs(q.Sum()-want) > want*1e-12 || q.Max() != float64(math.MaxInt64)/1e9 {
		t.Errorf("sum %g, want %g; max %g", q.Sum(), want, q.Max())
	}
}

func TestCountsBeyond32BitsAreKept(t *testing.T) {
	for _, others := range []int{0, 1, 500} { // a list, and an array
		var q Quantiles
		q.Add(5e6)
		for i := range others {
			q.Add(int64(1e6 * math.Pow(1.02, float64(i))))
		}
		for range 40 { // doubles
			q.Merge(&q)
		}
		want := uint64(others+1) << 40
		var again Quantiles
		if _, err := again.Decode(q.Append(nil)); err != nil {
			t.Fatal(err)
		}
		again.Compact()
		seen := uint64(0)
		again.Buckets(func(_, _ int64, n uint64) { seen += n })
		if q.Count() != want || again.Count() != want || seen != want {
			t.Errorf("%d others: counts %d, %d, buckets %d; want %d", others, q.Count(), again.Count(), seen, want)
		}
		if got := again.Quantile(0.5); others == 0 && math.Abs(got-5e-3) > 5e-5 {
			t.Errorf("the median is %g", got)
		}
		again.Add(1e6)
		if again.Count() != want+1 {
			t.Errorf("count %d after one more", again.Count())
		}
	}
}

func TestFewDurationsAreSmall(t *testing.T) {
	for _, c := range []struct{ n, most int }{{0, 96}, {1, 160}, {10, 192}, {1000, 2800}, {1_000_000, 4000}} {
		var q Quantiles
		for _, d := range durations(c.n) {
			q.Add(d)
		}
		if q.Size() > c.most {
			t.Errorf("%d durations take %d bytes", c.n, q.Size())
		}
	}
	var q Quantiles
	for i := range 10_000 {
		q.Add(int64(i) * 1e9)
		q.Add(int64(i))
	}
	if q.Size() > 7000 {
		t.Errorf("the widest spread takes %d bytes", q.Size())
	}
}

func TestQuantilesAllocateNothingOnceFilled(t *testing.T) {
	all := durations(10_000)
	var q Quantiles
	allocs := testing.AllocsPerRun(5, func() {
		q.Reset()
		for _, d := range all {
			q.Add(d)
		}
	})
	if allocs > 0 {
		t.Errorf("%.0f allocations", allocs)
	}
}

func TestResetQuantilesCountLikeNewOnes(t *testing.T) {
	var used, fresh Quantiles
	for nanos := 1e3; nanos < 1e10; nanos *= 1.01 {
		used.Add(int64(nanos))
	}
	used.Reset()
	for _, q := range []*Quantiles{&used, &fresh} {
		for nanos := 1e6; nanos < 1e7; nanos *= 1.01 { // a stretch in the middle, then what lies beyond it
			q.Add(int64(nanos))
		}
		q.Add(1e4)
		q.Add(1e9)
	}
	if !bytes.Equal(used.Append(nil), fresh.Append(nil)) {
		t.Error("they differ")
	}
}

func TestSearchFindsTheFirstNotLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := upTo(40, rapid.OneOf(rapid.Uint32Range(0, 50), rapid.Uint32())).Draw(t, "cells")
		slices.Sort(cells)
		want := rapid.OneOf(rapid.Uint32Range(0, 50), rapid.Uint32()).Draw(t, "want")
		at, _ := slices.BinarySearch(cells, want)
		if diff := cmp.Diff(at, search(cells, want)); diff != "" {
			t.Fatal(diff)
		}
	})
}
