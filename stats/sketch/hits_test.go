package sketch

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However hits are cut into batches, and whatever has to be forgotten meanwhile,
// they count as if they had come one by one.
func TestHitsTogetherCountLikeHitsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.SampledFrom([]int{1, 3, 40, 500}).Draw(t, "capacity")
		durations := rapid.Bool().Draw(t, "durations")
		long := strings.Repeat("x", rapid.SampledFrom([]int{0, 100, MaxKey + 5}).Draw(t, "long"))
		keys := make([][]byte, 0, 600)
		low, high := rapid.IntRange(0, 900), rapid.IntRange(0, 60)
		for range rapid.IntRange(0, cap(keys)).Draw(t, "lines") {
			n := low.Draw(t, "key")
			if n > 450 {
				n = high.Draw(t, "usual key")
			}
			keys = append(keys, fmt.Appendf(nil, "%d%s", n, long))
		}
		lines := make([]Line, len(keys))
		hashes, whose := make([]uint64, len(keys)), make([]int32, len(keys))
		want, got := NewTop(capacity, durations), NewTop(capacity, durations)
		for i, key := range keys {
			l := Line{Bytes: uint64(i), Errors: uint32(i % 3 / 2), Duration: int64(i%50-3) * 1e6}
			lines[len(keys)-1-i], hashes[i], whose[i] = l, Hash(key), int32(len(keys)-1-i)
		}
		for from := 0; from < len(keys); {
			n := rapid.IntRange(1, len(keys)-from).Draw(t, "batch")
			for i := from; i < from+n; i++ {
				l := &lines[whose[i]]
				want.Add(keys[i], hashes[i], 1, l.Bytes, l.Errors, l.Duration)
			}
			got.AddAll(hashes[from:from+n], whose[from:from+n], lines, func(i int) []byte { return keys[len(keys)-1-i] })
			from += n
			if rapid.IntRange(0, 3).Draw(t, "same") == 0 { // many of one key
				key := fmt.Appendf(nil, "%d%s", rapid.IntRange(0, 1800).Draw(t, "its key"), long)
				part := lines[:rapid.IntRange(1, len(lines)).Draw(t, "its lines")]
				for i := range part {
					l := &part[i]
					want.Add(key, Hash(key), 1, l.Bytes, l.Errors, l.Duration)
				}
				got.AddSame(Hash(key), part, func(int) []byte { return key })
			}
		}
		if !bytes.Equal(want.Append(nil), got.Append(nil)) {
			t.Fatalf("want %v\ngot %v", want.Entries(-1), got.Entries(-1))
		}
	})
}

func TestManyHitsOfOneKeyGetTheRoomOfOthers(t *testing.T) {
	want, got := NewTop(256, true), NewTop(256, true)
	for _, top := range []*Top{want, got} {
		for k := range 20 {
			key := fmt.Appendf(nil, "key%d", k)
			for n := range 10 {
				top.Add(key, Hash(key), 1, 1, 0, int64(n+1)*1e6)
			}
		}
	}
	key := []byte("another")
	lines := make([]Line, 1000)
	for i := range lines {
		lines[i] = Line{Bytes: 1, Duration: int64(i+1) * 1e6}
		want.Add(key, Hash(key), 1, 1, 0, lines[i].Duration)
	}
	got.AddSame(Hash(key), lines, func(int) []byte { return key })
	if !bytes.Equal(want.Append(nil), got.Append(nil)) {
		w, _ := want.Get(key)
		g, _ := got.Get(key)
		t.Errorf("%+v, want %+v", g, w)
	}
}
