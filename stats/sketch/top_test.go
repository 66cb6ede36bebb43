package sketch

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTopOfAZipfStreamIsExact(t *testing.T) {
	top, truth := NewTop(4096, false), model{}
	for i, key := range zipf(2_000_000, 200_000) {
		add(top, key, 1, uint64(i%1000), uint32(i&1))
		truth.add(key, 1, uint64(i%1000), uint64(i&1))
	}
	check(t, top, truth)
	if diff := cmp.Diff(truth.entries()[:100], plain(top.Entries(100))); diff != "" {
		t.Error(diff)
	}
	t.Logf("keys %d of %d, bound %d", top.Len(), len(truth), top.Bound())
}

func TestAllDistinctKeysStayBounded(t *testing.T) {
	top, truth := NewTop(100, false), model{}
	for i := range 100_000 {
		key := fmt.Sprint(i)
		add(top, key, 1, 1, 0)
		truth.add(key, 1, 1, 0)
		if top.Len() > 200 {
			t.Fatalf("%d keys", top.Len())
		}
	}
	check(t, top, truth)
	if most := uint64(100_000 / 100); top.Bound() > most {
		t.Errorf("bound %d, more than hits by capacity, %d", top.Bound(), most)
	}
}
