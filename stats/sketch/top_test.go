package sketch

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestTopOfAZipfStreamIsExact(t *testing.T) {
	top, truth := NewTop(4096, false), model{}
	for i, key := range zipf(1_000_000, 200_000) {
		add(top, key, 1, uint64(i%1000), uint32(i&1))
		truth.add(key, 1, uint64(i%1000), uint64(i&1))
	}
	check(t, top, truth)
	if top.Exact() {
		t.Fatal("nothing was purged: the stream is too small to tell")
	}
	if diff := cmp.Diff(truth.entries()[:100], plain(top.Entries(100))); diff != "" {
		t.Error(diff)
	}
}

func TestTopOfAZipfStreamInPartsIsExact(t *testing.T) {
	whole, truth := NewTop(4096, false), model{}
	stream := zipf(1_000_000, 200_000)
	for part := range slices.Chunk(stream, 50_000) {
		top := NewTop(4096, false)
		for _, key := range part {
			add(top, key, 1, 10, 0)
			truth.add(key, 1, 10, 0)
		}
		top.Compact(4096, 0)
		whole.Merge(top)
	}
	check(t, whole, truth)
	if whole.Exact() {
		t.Fatal("nothing was purged: the stream is too small to tell")
	}
	want, got := truth.entries()[:100], plain(whole.Entries(100))
	for i := range got {
		got[i].Bound = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAllDistinctKeysStayBounded(t *testing.T) {
	top, truth := NewTop(100, false), model{}
	for i := range 100_000 {
		key := fmt.Sprint(i)
		add(top, key, 1, 1, 0)
		truth.add(key, 1, 1, 0)
		if top.Len() > 200 || i > 100 && top.Len() < 25 {
			t.Fatalf("%d keys", top.Len())
		}
	}
	check(t, top, truth)
	if most := uint64(100_000 / 100); top.Bound() > most {
		t.Errorf("bound %d, more than hits by capacity, %d", top.Bound(), most)
	}
}

func TestMergeOfDisjointTopsPurgesOnTheWay(t *testing.T) {
	for capacity := 5; capacity < 200; capacity += 13 {
		truth := model{}
		tops := []*Top{NewTop(capacity, false), NewTop(capacity, false), NewTop(capacity, false)}
		for i := range limit(capacity) {
			for j, top := range tops {
				key, hits := fmt.Sprint(j, " ", i), uint64(1+(i*7+j)%30)
				add(top, key, hits, 1, 0)
				truth.add(key, hits, 1, 0)
			}
		}
		tops[1].Compact(capacity, 0)
		tops[0].Merge(tops[1])
		tops[0].Merge(tops[2])
		check(t, tops[0], truth)
	}
}

func TestHeavyKeyAmongDistinctOnesStaysExact(t *testing.T) {
	top := NewTop(100, false)
	for i := range 50_000 {
		add(top, fmt.Sprint("noise ", i), 1, 1, 0)
		add(top, "heavy", 1, 3, 1)
	}
	want := []Entry{{Key: "heavy", Hits: 50_000, Bytes: 150_000, Errors: 50_000}}
	if diff := cmp.Diff(want, plain(top.Entries(1))); diff != "" {
		t.Error(diff)
	}
}

func TestKeysEnteringLateSayWhatTheyMayHaveMissed(t *testing.T) {
	top := NewTop(2, false)
	for _, key := range []string{"a", "a", "a", "b", "b", "c", "d"} {
		add(top, key, 1, 0, 0)
	}
	// d did not fit beside three others; c, the lightest with one hit, made room.
	want := []Entry{{Key: "a", Hits: 3}, {Key: "b", Hits: 2}, {Key: "d", Hits: 1, Bound: 1}}
	if diff := cmp.Diff(want, plain(top.Entries(-1))); diff != "" {
		t.Error(diff)
	}
	e, ok := top.Get([]byte("c"))
	if ok || e.Bound != 1 {
		t.Errorf("a forgotten key: %+v, %v", e, ok)
	}
}

func TestEntriesAreRankedByHitsThenKey(t *testing.T) {
	top := NewTop(100, false)
	for i, key := range strings.Fields("d b c a e f g h i j") {
		add(top, key, uint64(1+i/4), uint64(i), 0)
	}
	want := []Entry{
		{Key: "i", Hits: 3, Bytes: 8}, {Key: "j", Hits: 3, Bytes: 9},
		{Key: "e", Hits: 2, Bytes: 4}, {Key: "f", Hits: 2, Bytes: 5}, {Key: "g", Hits: 2, Bytes: 6}, {Key: "h", Hits: 2, Bytes: 7},
		{Key: "a", Hits: 1, Bytes: 3}, {Key: "b", Hits: 1, Bytes: 1}, {Key: "c", Hits: 1, Bytes: 2}, {Key: "d", Hits: 1},
	}
	compact := NewTop(100, false)
	compact.Merge(top)
	compact.Compact(100, 0)
	for n := range len(want) + 2 {
		if diff := cmp.Diff(want[:min(n, len(want))], plain(top.Entries(n)), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("Entries(%d): %s", n, diff)
		}
		if diff := cmp.Diff(top.Entries(n), compact.Entries(n), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("compact Entries(%d): %s", n, diff)
		}
	}
	if diff := cmp.Diff(want, plain(top.Entries(-1))); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyTopAnswers(t *testing.T) {
	for name, top := range map[string]*Top{"new": NewTop(10, true), "compact": NewTop(10, true), "reset": filled(distinct(100), 5)} {
		switch name {
		case "compact":
			top.Compact(0, 0)
		case "reset":
			top.Reset()
		}
		e, ok := top.Get([]byte("x"))
		if top.Len() != 0 || !top.Exact() || top.Bound() != 0 || top.Total() != 0 || top.Entries(-1) != nil || top.Entries(3) != nil || ok || e.Hits != 0 || !math.IsNaN(e.P95) {
			t.Errorf("%s: %+v, get %+v %v", name, top, e, ok)
		}
		NewTop(3, true).Merge(top)
		rest, err := NewTop(3, true).Decode(top.Append(nil))
		if err != nil || len(rest) != 0 {
			t.Errorf("%s: decode: %v, %d bytes left", name, err, len(rest))
		}
	}
}

func TestLongKeysAreCutAndCountedTogether(t *testing.T) {
	top := NewTop(10, false)
	long := strings.Repeat("x", MaxKey)
	add(top, long+"1", 1, 0, 0)
	add(top, long+"2", 1, 0, 0)
	add(top, long[1:], 1, 0, 0)
	want := []Entry{{Key: long, Hits: 2}, {Key: long[1:], Hits: 1}}
	if diff := cmp.Diff(want, plain(top.Entries(-1))); diff != "" {
		t.Error(diff)
	}
	for _, compact := range []bool{false, true} {
		if compact {
			top.Compact(10, 0)
		}
		if e, ok := top.Get([]byte(long + "3")); !ok || e.Hits != 2 {
			t.Errorf("compact %v: %d hits, %v", compact, e.Hits, ok)
		}
	}
}

func TestEmptyAndBinaryKeysAreKeys(t *testing.T) {
	top := NewTop(10, false)
	keys := []string{"", "\x00", "\x00\x00", "\xff\xfe", "a\nb"}
	for i, key := range keys {
		add(top, key, uint64(10-i), 0, 0)
	}
	top.Compact(10, 0)
	for i, e := range top.Entries(-1) {
		if e.Key != keys[i] {
			t.Errorf("entry %d is %q, want %q", i, e.Key, keys[i])
		}
	}
}

func TestManyLongKeysStayWithinMemory(t *testing.T) {
	top, truth := NewTop(4096, false), model{}
	tail := strings.Repeat("x", 900)
	for i := range 20_000 {
		key := fmt.Sprint(i%7000, tail)
		before := top.Len()
		add(top, key, 1, 0, 0)
		truth.add(key, 1, 0, 0)
		if n := top.Len(); i < 7000 && n <= before && len(top.live.arena) > arenaPerKey*4096*7/8 {
			t.Fatalf("a purge from %d to %d keys made too little room", before, n)
		}
	}
	check(t, top, truth)
	if top.Exact() {
		t.Fatal("nothing was purged: too few keys to tell")
	}
	if most := 4096 * 250; top.Size() > most {
		t.Errorf("%d bytes, more than %d", top.Size(), most)
	}
}

func TestMuchCountedIsBounded(t *testing.T) {
	const capacity = 4096
	stream := distinct(4 * capacity)
	for i := range stream { // as long as keys may be
		stream[i].key = fmt.Appendf(nil, "%-128s", stream[i].key)
	}
	whole := NewTop(capacity, true)
	for part := range slices.Chunk(stream, 6000) {
		top := NewTop(capacity, true)
		for _, k := range part {
			top.Add(k.key, k.hash, 1, 1, 1, 5e6)
		}
		whole.Merge(top)
	}
	if whole.Size() > 300*capacity {
		t.Errorf("%d bytes", whole.Size())
	}
	for i, k := range stream {
		for j := range 40 {
			whole.Add(k.key, k.hash, 1, 1, 1, int64(math.Pow(1.02, float64((i*31+j*977)%1500))))
		}
	}
	if whole.Size() > 300*capacity+6200*capacity/16 {
		t.Errorf("%d bytes with durations", whole.Size())
	}
}

func TestLittleCountedIsLittleHeld(t *testing.T) {
	size := func(keys int, timed bool, compact bool) int {
		top := NewTop(4096, timed)
		duration := int64(-1)
		if timed {
			duration = 5e6
		}
		for i := range keys {
			key := fmt.Appendf(nil, "/some/path/%d", i)
			top.Add(key, Hash(key), 3, 12345, 0, duration)
		}
		if compact {
			top.Compact(256, 16)
		}
		return top.Size()
	}
	for _, c := range []struct {
		keys           int
		timed, compact bool
		most           int
	}{
		{0, false, false, 64}, {1, false, false, 600}, {8, false, false, 1200}, {8, true, false, 1400},
		{100, false, false, 12_000}, {100, true, true, 2000}, {256, false, true, 3000}, {10_000, true, true, 5000},
		{10_000, true, false, 4096 * 250},
	} {
		if got := size(c.keys, c.timed, c.compact); got > c.most {
			t.Errorf("%+v: %d bytes", c, got)
		}
	}
}

func TestAddAllocatesNothingPerLine(t *testing.T) {
	const n = 50_000
	for name, stream := range map[string][]hashed{"zipf": hash(zipf(n, 50_000)), "distinct": distinct(n)} {
		for _, duration := range []int64{-1, 12345678} {
			allocs := testing.AllocsPerRun(3, func() { filled(stream, duration) })
			if per := allocs / n; per > 0.01 {
				t.Errorf("%s, duration %d: %.4f allocations a line", name, duration, per)
			}
		}
	}
}

func TestResetKeepsMemory(t *testing.T) {
	stream := hash(zipf(20_000, 10_000))
	top := filled(stream, 1e6)
	allocs := testing.AllocsPerRun(5, func() {
		top.Reset()
		for i, k := range stream {
			top.Add(k.key, k.hash, 1, 1000, 0, int64(i)*1000)
		}
	})
	if allocs > 100 {
		t.Errorf("%.0f allocations to fill it again", allocs)
	}
}

func TestResetTopCountsLikeANewOne(t *testing.T) {
	used := filled(distinct(20_000), 7e6)
	used.Reset()
	fresh := NewTop(4096, true)
	for i, key := range zipf(30_000, 20_000) {
		for _, top := range []*Top{used, fresh} {
			top.Add([]byte(key), Hash([]byte(key)), 1, 2, 0, int64(i)*1e3)
		}
	}
	if !bytes.Equal(used.Append(nil), fresh.Append(nil)) {
		t.Error("they differ")
	}
}

func TestMergingATopIntoItselfDoublesIt(t *testing.T) {
	top := filled(distinct(100), 5e6)
	want := top.Entries(-1)
	for i := range want {
		want[i].Hits *= 2
		want[i].Bytes *= 2
		want[i].Timed *= 2
	}
	top.Merge(top)
	if diff := cmp.Diff(want, top.Entries(-1)); diff != "" {
		t.Error(diff)
	}
}

// probes returns how many places of the index are looked at for a key, on average.
func probes(b *table) float64 {
	sum, mask := 0, uint64(len(b.index)-1)
	for i := range b.entries {
		_, slot := b.find(b.entries[i].hash)
		sum += int((slot-b.entries[i].hash)&mask) + 1
	}
	return float64(sum) / float64(max(1, len(b.entries)))
}

func TestMergingBigTablesNeverPilesUpKeys(t *testing.T) {
	const n = 100_000
	stream := distinct(2 * n)
	build := func(part []hashed) *Top {
		top := NewTop(n, false)
		for _, k := range part {
			top.Add(k.key, k.hash, 1, 0, 0, -1)
		}
		return top
	}
	compact := build(stream[n:])
	compact.Compact(n, 0)
	decoded := NewTop(n, false)
	if _, err := decoded.Decode(compact.Append(nil)); err != nil {
		t.Fatal(err)
	}
	merged := build(stream[n:])
	merged.Merge(build(stream[:n/3])) // more than fits: has been purged
	for name, from := range map[string]*Top{"live": build(stream[n:]), "compact": compact, "decoded": decoded, "merged": merged} {
		for _, into := range []int{0, 1, 1000, n} {
			top := build(stream[:into])
			b := top.live
			if b == nil {
				b = top.unpack()
			}
			// As Merge does, looking at the index while it grows.
			if from.live != nil {
				worst := 0.0
				for i := range from.live.entries {
					e := &from.live.entries[i]
					b.meet(from.live.key(e), e.hash, 0, e)
					if i%5000 == 0 && b.index != nil {
						worst = max(worst, probes(b))
					}
				}
				if worst > 4 {
					t.Errorf("%s into %d: %.1f probes a key on the way", name, into, worst)
				}
			} else {
				top.Merge(from)
			}
			if p := probes(b); p > 4 {
				t.Errorf("%s into %d: %.1f probes a key", name, into, p)
			}
		}
	}
}

func TestDurationsOfAKeyAreWithinOnePercent(t *testing.T) {
	top := NewTop(4096, true)
	all := map[string][]float64{}
	for i, nanos := range durations(100_000) {
		key := fmt.Sprintf("/%d", i*i%60)
		top.Add([]byte(key), Hash([]byte(key)), 1, 0, 0, nanos)
		all[key] = append(all[key], float64(nanos)/1e9)
	}
	for _, form := range []string{"live", "compact"} {
		for _, e := range top.Entries(-1) {
			truth := all[e.Key]
			slices.Sort(truth)
			if e.Timed != uint64(len(truth)) {
				t.Fatalf("%s: %d durations of %d", e.Key, e.Timed, len(truth))
			}
			for p, got := range map[float64]float64{.5: e.P50, .9: e.P90, .95: e.P95, .99: e.P99} {
				if want := truth[rankOf(p, e.Timed)-1]; math.Abs(got-want) > want/100 {
					t.Errorf("%s %s: the %g-quantile is %g, in truth %g", form, e.Key, p, got, want)
				}
			}
			if got, ok := top.Get([]byte(e.Key)); !ok || !cmp.Equal(got, e) {
				t.Errorf("%s: Get returns %+v, Entries %+v", form, got, e)
			}
		}
		top.Compact(4096, 4096)
	}
}

func TestHeavyKeysHaveDurationsWhenMemoryIsShort(t *testing.T) {
	top := NewTop(4096, true)
	for i, key := range zipf(500_000, 20_000) {
		top.Add([]byte(key), Hash([]byte(key)), 1, 0, 0, int64(i%1000)*1e6)
	}
	for _, e := range top.Entries(100) {
		if e.Timed < e.Hits*9/10 {
			t.Errorf("%s: %d durations of %d", e.Key, e.Timed, e.Hits)
		}
	}
	if n := len(top.live.pool.wide); n != top.live.mostWide() {
		t.Errorf("%d histograms: memory is not short", n)
	}
}

func TestCompactKeepsTheHeaviestAndTheirDurations(t *testing.T) {
	top, truth := NewTop(1000, true), model{}
	for i := range 500 {
		key := fmt.Appendf(nil, "/%03d", i)
		for range 1 + i/10 {
			top.Add(key, Hash(key), 1, 0, 0, int64(1+i)*1e6)
			truth.add(string(key), 1, 0, 0)
		}
	}
	top.Compact(100, 10)
	check(t, top, truth)
	all := top.Entries(-1)
	timed := 0
	for i, e := range all {
		if e.Timed > 0 {
			timed++
		}
		if e.Timed > 0 != (i < 10) {
			t.Errorf("place %d has %d durations", i, e.Timed)
		}
	}
	if len(all) != 100 || timed != 10 || top.Bound() != 40 {
		t.Errorf("%d keys, %d with durations, bound %d", len(all), timed, top.Bound())
	}
	before := top.Append(nil)
	top.Compact(100, 10)
	if !bytes.Equal(before, top.Append(nil)) {
		t.Error("compacting again changed it")
	}
	add(top, "/499", 5, 0, 0)
	truth.add("/499", 5, 0, 0)
	check(t, top, truth)
}

func TestCompactKeepsDurationsOfSomeAmongEquals(t *testing.T) {
	top := filled(distinct(20), 5e6)
	top.Compact(20, 5)
	timed := 0
	for _, e := range top.Entries(-1) {
		if e.Timed > 0 {
			timed++
		}
	}
	if timed != 5 {
		t.Errorf("%d keys have durations", timed)
	}
}

func TestPackLeavesAnEmptyTopAndItsMemory(t *testing.T) {
	stream := hash(zipf(20_000, 10_000))
	want := filled(stream, 5e6)
	want.Compact(50, 5)
	top := filled(stream, 5e6)
	size := top.Size()
	for range 2 {
		packed := top.Pack(50, 5)
		if !bytes.Equal(want.Append(nil), packed.Append(nil)) {
			t.Error("packed differs from compact")
		}
		if top.Len() != 0 || top.Total() != 0 || top.Bound() != 0 || top.Size() < size {
			t.Errorf("left %d keys, %d hits, bound %d, %d bytes of %d", top.Len(), top.Total(), top.Bound(), top.Size(), size)
		}
		for _, k := range stream {
			top.Add(k.key, k.hash, 1, 1000, 0, 5e6)
		}
	}
	if again := want.Pack(10, 0); again.Len() != 10 || want.Len() != 0 || want.Total() != 0 {
		t.Errorf("packing a compact one: %d keys, left %d", again.Len(), want.Len())
	}
}

func TestTopWithoutDurationsIgnoresThem(t *testing.T) {
	with, without := NewTop(10, true), NewTop(10, false)
	for _, top := range []*Top{with, without} {
		top.Add([]byte("a"), Hash([]byte("a")), 1, 0, 0, 1e9)
	}
	without.Merge(with)
	with.Compact(10, 10)
	without.Merge(with)
	if _, err := without.Decode(with.Append(without.Append(nil))); err != nil {
		t.Fatal(err)
	}
	if e, _ := without.Get([]byte("a")); e.Timed != 0 || !math.IsNaN(e.P50) || e.Hits != 3 {
		t.Errorf("%+v", e)
	}
	if rest, err := without.Decode(with.Append(nil)); err != nil || len(rest) > 0 {
		t.Fatal(err)
	}
	if e, _ := without.Get([]byte("a")); e.Timed != 0 || e.Hits != 1 {
		t.Errorf("after Decode: %+v", e)
	}
}

func TestNumbersStayAtTheLargestInsteadOfWrapping(t *testing.T) {
	top := NewTop(4, false)
	for range 3 {
		add(top, "a", math.MaxUint64/2, math.MaxUint64, 1)
	}
	top.Merge(top)
	e, _ := top.Get([]byte("a"))
	if e.Hits != math.MaxUint64 || e.Bytes != math.MaxUint64 || top.Total() != math.MaxUint64 {
		t.Errorf("%+v, total %d", e, top.Total())
	}
}
