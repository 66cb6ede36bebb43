package sketch

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
)

// model counts the naive way.
type model map[string]*Entry

func (m model) add(key string, hits, bytes, errors uint64) {
	e := m[key]
	if e == nil {
		e = &Entry{Key: key}
		m[key] = e
	}
	e.Hits += hits
	e.Bytes += bytes
	e.Errors += errors
}

// entries are all keys, heaviest first.
func (m model) entries() []Entry {
	var all []Entry
	for _, e := range m {
		all = append(all, *e)
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Key, b.Key))
	})
	return all
}

// plain are the entries of t without their durations, which cannot be compared where they are NaN.
func plain(all []Entry) []Entry {
	for i := range all {
		all[i].P50, all[i].P90, all[i].P95, all[i].P99, all[i].Timed = 0, 0, 0, 0, 0
	}
	return all
}

func add(t *Top, key string, hits, bytes uint64, errors uint32) {
	t.Add([]byte(key), Hash([]byte(key)), hits, bytes, errors, -1)
}

// failer is what a test and a property have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check holds what t says against the truth.
func check(t failer, top *Top, truth model) {
	t.Helper()
	listed := map[string]bool{}
	total := uint64(0)
	for _, e := range truth {
		total += e.Hits
	}
	if top.Total() != total {
		t.Fatalf("Total is %d, in truth %d", top.Total(), total)
	}
	for _, e := range top.Entries(-1) {
		if listed[e.Key] {
			t.Fatalf("%q is listed twice", e.Key)
		}
		listed[e.Key] = true
		if got, ok := top.Get([]byte(e.Key)); !ok || got.Hits != e.Hits || got.Bound != e.Bound {
			t.Fatalf("listed as %+v, but Get returns %+v, %v", e, got, ok)
		}
		true, ok := truth[e.Key]
		switch {
		case !ok:
			t.Fatalf("%q was never added", e.Key)
		case e.Hits > true.Hits || e.Bytes > true.Bytes || e.Errors > true.Errors:
			t.Fatalf("%+v overstates %+v", e, *true)
		case true.Hits > e.Hits+e.Bound:
			t.Fatalf("%+v: the bound is below the true error; in truth %+v", e, *true)
		case e.Bound == 0 && (e.Bytes != true.Bytes || e.Errors != true.Errors):
			t.Fatalf("%+v is said to be exact; in truth %+v", e, *true)
		case e.Bound > top.Bound():
			t.Fatalf("%+v: more than the bound of all, %d", e, top.Bound())
		}
	}
	for key, e := range truth {
		if !listed[key] && e.Hits > top.Bound() {
			t.Fatalf("%q is missing with %d hits, the bound is %d", key, e.Hits, top.Bound())
		}
	}
	if top.Exact() && len(listed) != len(truth) {
		t.Fatalf("said to be exact with %d keys of %d", len(listed), len(truth))
	}
	if top.Len() != len(listed) {
		t.Fatalf("Len is %d with %d entries", top.Len(), len(listed))
	}
}

// zipf returns n keys of a Zipf(1.1) stream over so many different ones.
func zipf(n int, different uint64) []string {
	z := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, different-1)
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("/path/%d", z.Uint64())
	}
	return keys
}
