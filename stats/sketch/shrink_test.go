package sketch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCompactingWhatIsPackedGivesWhatCompactingAtOnceGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		durations := rapid.Bool().Draw(t, "durations")
		top := NewTop(rapid.IntRange(1, 60).Draw(t, "capacity"), durations)
		prefix := strings.Repeat("/a/long/one", rapid.IntRange(0, 20).Draw(t, "prefix"))
		for range rapid.IntRange(0, 300).Draw(t, "hits") {
			n := rapid.IntRange(0, 99).Draw(t, "key")
			key := fmt.Appendf(nil, "%s/%d", prefix[:n%7*len(prefix)/7], n*n%97)
			top.Add(key, Hash(key), uint64(1+n%5), uint64(n), uint32(n%2), int64(n*n*1000-2000))
		}
		first, second := rapid.IntRange(0, 100).Draw(t, "first"), rapid.IntRange(0, 30).Draw(t, "second")
		timed := rapid.IntRange(0, 10).Draw(t, "timed")

		top.Compact(first, first)
		if h := top.head(); h.keys <= uint64(second) && h.timed <= uint64(timed) {
			return // nothing has to go
		}
		table := NewTop(top.capacity, durations)
		table.packed = top.packed
		table.unpack()
		table.Compact(second, timed)
		top.Compact(second, timed)
		if diff := cmp.Diff(table.Append(nil), top.Append(nil)); diff != "" {
			t.Fatalf("- by a table, + in place:\n%s\n%v\n%v", diff, table.Entries(-1), top.Entries(-1))
		}
	})
}
