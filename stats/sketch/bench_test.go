package sketch

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// hashed are the keys of a stream with their hashes.
type hashed struct {
	key  []byte
	hash uint64
}

func hash(keys []string) []hashed {
	all := make([]hashed, len(keys))
	for i, key := range keys {
		all[i] = hashed{[]byte(key), Hash([]byte(key))}
	}
	return all
}

func distinct(n int) []hashed {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("/path/%d/%x", i, uint32(i)*2654435761)
	}
	return hash(keys)
}

func BenchmarkTopAdd(b *testing.B) {
	zipfian := hash(zipf(1<<20, 50_000))
	hot := hash(zipf(1<<16, 1000))
	new := distinct(1 << 18)
	run := func(name string, stream []hashed, durations bool) {
		b.Run(name, func(b *testing.B) {
			top := NewTop(4096, durations)
			duration := int64(-1)
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if durations {
					duration = int64(i&1023) * 1e6
				}
				k := &stream[i]
				top.Add(k.key, k.hash, 1, 1000, 0, duration)
				if i++; i == len(stream) {
					i = 0
				}
			}
		})
	}
	run("hot", hot, false)
	run("hot timed", hot, true)
	run("zipf", zipfian, false)
	run("zipf timed", zipfian, true)
	run("distinct", new, false)
	run("distinct timed", new, true)
	run("few", hot[:1], false)
}

func filled(stream []hashed, duration int64) *Top {
	top := NewTop(4096, duration >= 0)
	for _, k := range stream {
		top.Add(k.key, k.hash, 1, 1000, 0, duration)
	}
	return top
}

func BenchmarkTopMerge(b *testing.B) {
	second := filled(hash(zipf(3000, 50_000)), 5e6)
	full := filled(hash(zipf(1<<20, 50_000)), 5e6)
	new := filled(distinct(1<<16), -1)
	compact := filled(hash(zipf(3000, 50_000)), 5e6)
	compact.Compact(1<<20, 1<<20)
	for _, c := range []struct {
		name string
		from *Top
	}{{"second", second}, {"compact second", compact}, {"full", full}, {"distinct", new}} {
		b.Run(c.name, func(b *testing.B) {
			into := NewTop(4096, true)
			b.ReportAllocs()
			for b.Loop() {
				into.Reset()
				into.Merge(c.from)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(c.from.Len()), "ns/key")
			b.ReportMetric(float64(c.from.Size())/float64(c.from.Len()), "B/key")
		})
	}
}

func BenchmarkTopEntries(b *testing.B) {
	full := filled(hash(zipf(1<<20, 50_000)), 5e6)
	for b.Loop() {
		full.Entries(100)
	}
}

func BenchmarkTopCompact(b *testing.B) {
	second := filled(hash(zipf(3000, 50_000)), 5e6)
	bytes := second.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		var top Top
		top.Decode(bytes)
		top.Compact(256, 16)
	}
}

func durations(n int) []int64 {
	rng := rand.New(rand.NewPCG(3, 4))
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(2e7 * (1 + rng.ExpFloat64()) * rng.ExpFloat64())
	}
	return all
}

func BenchmarkQuantilesAdd(b *testing.B) {
	all := durations(1 << 16)
	for _, n := range []int{20, 1 << 16} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var q Quantiles
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				q.Add(all[i])
				if i++; i == n {
					i = 0
				}
			}
		})
	}
}

func BenchmarkDistinctAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	all := make([]uint64, 1<<16)
	for i := range all {
		all[i] = rng.Uint64()
	}
	for _, n := range []int{1000, 1 << 16} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var d Distinct
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				d.Add(all[i])
				if i++; i == n {
					i = 0
				}
			}
		})
	}
}

func BenchmarkDistinctMerge(b *testing.B) {
	var one, two Distinct
	for i := range 50_000 {
		one.Add(Stable([]byte(fmt.Sprint(i))))
		two.Add(Stable([]byte(fmt.Sprint(i / 10 * 100))))
	}
	for b.Loop() {
		var d Distinct
		d.Merge(&one)
		d.Merge(&two)
	}
}

func BenchmarkDistinctCount(b *testing.B) {
	var d Distinct
	for i := range 50_000 {
		d.Add(Stable([]byte(fmt.Sprint(i))))
	}
	for b.Loop() {
		d.Count()
	}
}
