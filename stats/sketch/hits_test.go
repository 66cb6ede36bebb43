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
		hits := make([]Hit, len(keys))
		want, got := NewTop(capacity, durations), NewTop(capacity, durations)
		for i, key := range keys {
			hits[i] = Hit{Hash: Hash(key), Hits: uint32(i%4 + 1), Bytes: uint64(i), Errors: uint32(i % 3 / 2), Duration: int64(i%50-3) * 1e6}
			want.Add(key, hits[i].Hash, uint64(hits[i].Hits), hits[i].Bytes, hits[i].Errors, hits[i].Duration)
		}
		for from := 0; from < len(keys); {
			n := rapid.IntRange(1, len(keys)-from).Draw(t, "batch")
			got.AddAll(hits[from:from+n], func(i int) []byte { return keys[from+i] })
			from += n
		}
		if !bytes.Equal(want.Append(nil), got.Append(nil)) {
			t.Fatalf("want %v\ngot %v", want.Entries(-1), got.Entries(-1))
		}
	})
}
