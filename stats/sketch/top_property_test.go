package sketch

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// hit is one line to count.
type hit struct {
	Key         string
	Hits, Bytes uint64
	Errors      uint32
	Duration    int64
}

func (h hit) addTo(t *Top) {
	t.Add([]byte(h.Key), Hash([]byte(h.Key)), h.Hits, h.Bytes, h.Errors, h.Duration)
}

// stream draws lines over some keys, low ones being heavier.
func stream(keys int) *rapid.Generator[[]hit] {
	one := rapid.Custom(func(t *rapid.T) hit {
		return hit{
			Key:      fmt.Sprintf("/k%d", min(rapid.IntRange(0, keys-1).Draw(t, "a"), rapid.IntRange(0, keys-1).Draw(t, "b"))),
			Hits:     rapid.SampledFrom([]uint64{1, 1, 1, 1, 2, 30}).Draw(t, "hits"),
			Bytes:    rapid.Uint64Range(0, 5000).Draw(t, "bytes"),
			Errors:   rapid.Uint32Range(0, 1).Draw(t, "errors"),
			Duration: rapid.Int64Range(-1, 3e9).Draw(t, "duration"),
		}
	})
	return upTo(200, one)
}

// upTo draws slices of any length up to most; left alone rapid prefers very short ones.
func upTo[V any](most int, one *rapid.Generator[V]) *rapid.Generator[[]V] {
	return rapid.Custom(func(t *rapid.T) []V {
		n := rapid.IntRange(0, most).Draw(t, "length")
		return rapid.SliceOfN(one, n, n).Draw(t, "all")
	})
}

// reshape returns t in another form that holds the same.
func reshape(t *rapid.T, top *Top) *Top {
	switch rapid.SampledFrom([]string{"as it is", "compact", "decoded"}).Draw(t, "form") {
	case "compact":
		top.Compact(1<<20, 1<<20)
	case "decoded":
		var again Top
		if rest, err := again.Decode(top.Append(nil)); err != nil || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
		return &again
	}
	return top
}

func TestMergeOfAnySplitEqualsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SampledFrom([]int{1, 5, 16}).Draw(t, "keys") // as many as have durations for sure
		lines := stream(keys).Draw(t, "lines")
		whole := NewTop(16, true)
		parts := []*Top{}
		for range rapid.IntRange(1, 6).Draw(t, "parts") {
			parts = append(parts, NewTop(16, true))
		}
		for _, line := range lines {
			line.addTo(whole)
			line.addTo(parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")])
		}
		for len(parts) > 1 { // in any order, as any tree
			i := rapid.IntRange(0, len(parts)-1).Draw(t, "from")
			from := reshape(t, parts[i])
			parts = append(parts[:i], parts[i+1:]...)
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "into")].Merge(from)
		}
		got := reshape(t, parts[0])
		if diff := cmp.Diff(whole.Entries(-1), got.Entries(-1), cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
		if !got.Exact() || got.Total() != whole.Total() {
			t.Fatalf("exact %v, total %d of %d", got.Exact(), got.Total(), whole.Total())
		}
		if !bytes.Equal(whole.Append(nil), got.Append(nil)) {
			t.Fatal("their encodings differ")
		}
	})
}

func TestBoundIsNeverBelowTheTrueError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 20).Draw(t, "capacity")
		tops := []*Top{NewTop(capacity, true), NewTop(capacity, true), NewTop(capacity, true)}
		truths := []model{{}, {}, {}}
		compacted := false
		any := rapid.IntRange(0, len(tops)-1)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				i := any.Draw(t, "top")
				for _, line := range stream(60).Draw(t, "lines") {
					line.addTo(tops[i])
					truths[i].add(line.Key, line.Hits, line.Bytes, uint64(line.Errors))
				}
			},
			"merge": func(t *rapid.T) {
				i, j := any.Draw(t, "into"), any.Draw(t, "from")
				if tops[i].Total() > 1<<40 { // grown enough
					return
				}
				tops[i].Merge(tops[j])
				for _, e := range truths[j].entries() {
					truths[i].add(e.Key, e.Hits, e.Bytes, e.Errors)
				}
			},
			"compact": func(t *rapid.T) {
				keep := rapid.IntRange(0, 30).Draw(t, "keep")
				i := any.Draw(t, "top")
				compacted = compacted || keep < tops[i].Len()
				tops[i].Compact(keep, rapid.IntRange(0, 30).Draw(t, "timed"))
				if tops[i].Len() > keep {
					t.Fatalf("%d keys, asked for %d", tops[i].Len(), keep)
				}
			},
			"encode": func(t *rapid.T) {
				i := any.Draw(t, "top")
				again := NewTop(capacity, true)
				encoded := tops[i].Append([]byte("before"))
				rest, err := again.Decode(append(encoded[len("before"):], "after"...))
				if err != nil || string(rest) != "after" {
					t.Fatalf("%v, rest %q", err, rest)
				}
				if diff := cmp.Diff(tops[i].Entries(-1), again.Entries(-1), cmpopts.EquateNaNs()); diff != "" {
					t.Fatal(diff)
				}
				tops[i] = again
			},
			"reset": func(t *rapid.T) {
				i := any.Draw(t, "top")
				tops[i].Reset()
				truths[i] = model{}
			},
			"": func(t *rapid.T) {
				for i, top := range tops {
					check(t, top, truths[i])
					if top.Len() > limit(capacity) {
						t.Fatalf("%d keys with capacity %d", top.Len(), capacity)
					}
					if !compacted && top.Bound() > top.Total()/uint64(capacity) {
						t.Fatalf("bound %d of %d hits with capacity %d", top.Bound(), top.Total(), capacity)
					}
					for key := range truths[i] {
						if e, ok := top.Get([]byte(key)); ok != (e.Key == key) || !ok && truths[i][key].Hits > e.Bound {
							t.Fatalf("Get(%q) is %+v, %v; in truth %+v", key, e, ok, truths[i][key])
						}
					}
				}
			},
		})
	})
}

func TestLargestIsTheValueAtARank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(0, 1000), rapid.Uint64())
		values := rapid.SliceOfN(value, 1, 50).Draw(t, "values")
		rank := rapid.IntRange(0, len(values)-1).Draw(t, "rank")
		got := largest(len(values), rank, func(i int) uint64 { return values[i] })
		above, notBelow := 0, 0
		for _, v := range values {
			if v > got {
				above++
			}
			if v >= got {
				notBelow++
			}
		}
		if above > rank || notBelow <= rank {
			t.Fatalf("%d has %d above it and %d not below", got, above, notBelow)
		}
	})
}
