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
			want.Add(key, hashes[i], 1, l.Bytes, l.Errors, l.Duration)
		}
		for from := 0; from < len(keys); {
			n := rapid.IntRange(1, len(keys)-from).Draw(t, "batch")
			got.AddAll(hashes[from:from+n], whose[from:from+n], lines, func(i int) []byte { return keys[len(keys)-1-i] })
			from += n
		}
		if !bytes.Equal(want.Append(nil), got.Append(nil)) {
			t.Fatalf("want %v\ngot %v", want.Entries(-1), got.Entries(-1))
		}
	})
}
