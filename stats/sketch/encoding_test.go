package sketch

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var write = flag.Bool("write", false, "write the encodings that do not exist yet")

// encoded is what every sketch can do.
type encoded interface {
	Append(dst []byte) []byte
	Decode(src []byte) (rest []byte, err error)
}

// samples are the sketches in testdata, by the name of their file without the
// version. They never change: what once was written stays readable.
func samples() map[string]encoded {
	top := NewTop(4, true)
	for i, key := range strings.Fields("/a /a/b /a/b /api/users /api/users /api/users /b /c \xff\x00 /a/b /d /api/users") {
		top.Add([]byte(key), Hash([]byte(key)), 1, uint64(i)*1000, uint32(i%2), int64(i-3)*1e6)
	}
	for i := range 100 {
		top.Add([]byte("/api/users"), Hash([]byte("/api/users")), 1<<20, 1<<40, 1, int64(i)*7e6)
	}
	exact := NewTop(100, false)
	for i := range 50 {
		key := fmt.Appendf(nil, "198.51.100.%d", i)
		exact.Add(key, Hash(key), uint64(i), 0, 0, -1)
	}
	q, few, many, coarse := &Quantiles{}, &Distinct{}, &Distinct{}, &Distinct{}
	for i, d := range []int64{0, 1, 999, 1e6, 2e6, 2e6, 150e6, 1e9, 30e9, 1 << 60} {
		for range i * i * i {
			q.Add(d)
		}
	}
	for i := range 20 {
		few.Add(value(0, i))
	}
	for i := range 5000 {
		many.Add(value(0, i))
		coarse.Add(value(0, i))
	}
	coarse.Compact()
	return map[string]encoded{
		"top": top, "top-exact": exact, "top-empty": NewTop(7, true),
		"quantiles": q, "quantiles-empty": &Quantiles{},
		"distinct-exact": few, "distinct": many, "distinct-coarse": coarse, "distinct-empty": &Distinct{},
	}
}

func TestOldEncodingsStayReadable(t *testing.T) {
	for name, want := range samples() {
		if newest := filepath.Join("testdata", name+".v1"); *write {
			if _, err := os.Stat(newest); err != nil {
				if err := os.WriteFile(newest, want.Append(nil), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
		files, err := filepath.Glob(filepath.Join("testdata", name+".v*"))
		if err != nil || len(files) == 0 {
			t.Errorf("no encoding of %s: go test ./stats/sketch -write", name)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got encoded
			switch want := want.(type) {
			case *Top:
				top := &Top{}
				got = top
				rest, err := top.Decode(src)
				if err != nil || len(rest) > 0 {
					t.Errorf("%s: %v, %d bytes left", file, err, len(rest))
				}
				if diff := cmp.Diff(want.Entries(-1), top.Entries(-1), cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("%s: %s", file, diff)
				}
				if top.Total() != want.Total() || top.Bound() != want.Bound() {
					t.Errorf("%s: total %d, bound %d; want %d, %d", file, top.Total(), top.Bound(), want.Total(), want.Bound())
				}
			case *Quantiles:
				got = &Quantiles{}
			case *Distinct:
				got = &Distinct{}
			}
			if rest, err := got.Decode(src); err != nil || len(rest) > 0 {
				t.Errorf("%s: %v, %d bytes left", file, err, len(rest))
			}
			if !bytes.Equal(got.Append(nil), want.Append(nil)) { // in the newest version, whatever was read
				t.Errorf("%s does not hold what it should", file)
			}
		}
	}
}

func TestCutEncodingsAreRefused(t *testing.T) {
	for name, sketch := range samples() {
		whole := sketch.Append(nil)
		step := max(1, len(whole)/500)
		for n := 0; n < len(whole); n += step {
			if _, err := sketch.Decode(whole[:n:n]); err == nil {
				t.Errorf("%s: %d bytes of %d are accepted", name, n, len(whole))
			}
		}
		if !bytes.Equal(sketch.Append(nil), whole) {
			t.Errorf("%s: a refused encoding changed it", name)
		}
	}
}

func TestEncodingsOfOtherKindsAreRefused(t *testing.T) {
	for from, sketch := range samples() {
		for to, other := range samples() {
			kind := func(name string) string { kind, _, _ := strings.Cut(name, "-"); return kind }
			if kind(from) == kind(to) {
				continue
			}
			_, err := other.Decode(sketch.Append(nil))
			if err == nil || !strings.Contains(err.Error(), "known version") {
				t.Errorf("%s read as %s: %v", from, to, err)
			}
		}
	}
}

func TestImpossibleTopsAreRefused(t *testing.T) {
	// version, capacity, total, bound, keys, keys with durations; then for each key
	// shared, length, text, hits, bytes, errors, missed, and its durations.
	long := strings.Repeat("k", 128)
	for want, src := range map[string]string{
		"":                             "\x01\x09\x05\x01\x02\x00" + "\x00\x01a\x02\x09\x00\x00" + "\x01\x01b\x03\x00\x00\x01",
		"keys out of order":            "\x01\x09\x05\x00\x02\x00" + "\x00\x01a\x01\x00\x00\x00" + "\x00\x01a\x01\x00\x00\x00",
		"has missed is 2, more than 1": "\x01\x09\x05\x01\x01\x00" + "\x00\x01a\x01\x00\x00\x02",
		"than the total":               "\x01\x09\x05\x00\x02\x00" + "\x00\x01a\x03\x00\x00\x00" + "\x00\x01b\x03\x00\x00\x00",
		"with durations is 2":          "\x01\x09\x05\x00\x01\x02" + "\x00\x01a\x01\x00\x00\x00\x01\x24\x01",
		"bucket 36 holds 0":            "\x01\x09\x05\x00\x01\x01" + "\x00\x01a\x01\x00\x00\x00\x01\x24\x00",
		"can hold nothing":             "\x01\x09\x05\x00\x01\x01" + "\x00\x01a\x01\x00\x00\x00\x01\x03\x01",
		"bucket is 1541":               "\x01\x09\x05\x00\x01\x01" + "\x00\x01a\x01\x00\x00\x00\x01\x85\x0c\x01",
		"prefix is 128":                "\x01\x09\x05\x00\x02\x00" + "\x00\x80\x01" + long + "\x01\x00\x00\x00" + "\x80\x01\x01a\x01\x00\x00\x00",
		"prefix is 2":                  "\x01\x09\x05\x00\x02\x00" + "\x00\x01a\x01\x00\x00\x00" + "\x02\x01b\x01\x00\x00\x00",
		"length of a key is":           "\x01\x09\x05\x00\x01\x00" + "\x00\x81\x08a\x01\x00\x00\x00",
		"number of keys is 1048575":    "\x01\x09\x05\x00\xff\xff\x3f\x00",
		"capacity is":                  "\x01\xff\xff\xff\x01\x05\x00\x00\x00",
		"bound is 6, more than 5":      "\x01\x09\x05\x06\x00\x00",
		"durations is wrong":           "\x01\x09\x05\x00\x02\x01" + "\x00\x01a\x01\x00\x00\x00\x00" + "\x00\x01b\x01\x00\x00\x00\x00",
		"ends early":                   "\x01\x09\x05\x00\x01\x00" + "\x00\x05a\x01\x00\x00\x00",
	} {
		var top Top
		_, err := top.Decode([]byte(src))
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v", want, got)
		}
	}
}

func TestDecodedTopKeepsItsOwnCapacity(t *testing.T) {
	big := filled(distinct(1000), 5e6)
	add(big, "heavy", 10, 0, 0)
	small := NewTop(100, true)
	if rest, err := small.Decode(big.Append(nil)); err != nil || len(rest) > 0 {
		t.Fatal(err, len(rest))
	}
	if small.Len() > 150 || small.Bound() > 1010/100 || small.Total() != 1010 {
		t.Errorf("%d keys, bound %d, total %d", small.Len(), small.Bound(), small.Total())
	}
	if e := small.Entries(1)[0]; e.Key != "heavy" || e.Hits != 10 {
		t.Errorf("%+v", e)
	}
}

func fuzzSeeds(f *testing.F, kind string) {
	for name, sketch := range samples() {
		if strings.HasPrefix(name, kind) {
			f.Add(sketch.Append(nil))
		}
	}
}

func FuzzDecodeTop(f *testing.F) {
	fuzzSeeds(f, "top")
	f.Fuzz(func(t *testing.T, src []byte) {
		top := NewTop(64, true)
		rest, err := top.Decode(src)
		if err != nil {
			return
		}
		var again Top
		if _, err := again.Decode(src[:len(src)-len(rest)]); err != nil {
			t.Fatal(err)
		}
		if most := 64*len(src) + 64*1024; top.Size() > most {
			t.Fatalf("%d bytes became %d", len(src), top.Size())
		}
		all := again.Entries(-1)
		if len(all) != again.Len() {
			t.Fatalf("%d entries, Len %d", len(all), again.Len())
		}
		for _, e := range all {
			if got, ok := again.Get([]byte(e.Key)); !ok || !cmp.Equal(got, e, cmpopts.EquateNaNs()) {
				t.Fatalf("Get %+v, Entries %+v", got, e)
			}
		}
		again.Merge(top)
		again.Compact(10, 3)
		again.Merge(top)
		add(&again, "new", 1, 1, 1)
		var third Top
		if rest, err := third.Decode(again.Append(nil)); err != nil || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
		if diff := cmp.Diff(again.Entries(-1), third.Entries(-1), cmpopts.EquateNaNs()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDecodeQuantiles(f *testing.F) {
	fuzzSeeds(f, "quantiles")
	f.Fuzz(func(t *testing.T, src []byte) {
		var q, again Quantiles
		if _, err := q.Decode(src); err != nil {
			return
		}
		if most := 1024*len(src) + 1024; q.Size() > min(most, 14_000) {
			t.Fatalf("%d bytes became %d", len(src), q.Size())
		}
		if rest, err := again.Decode(q.Append(nil)); err != nil || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
		if !bytes.Equal(q.Append(nil), again.Append(nil)) {
			t.Fatal("they differ")
		}
		for _, p := range []float64{0, .5, 1} {
			if v := q.Quantile(p); v < 0 || v > q.Max() {
				t.Fatalf("the %g-quantile is %g, the maximum %g", p, v, q.Max())
			}
		}
		q.Buckets(func(low, high int64, n uint64) {
			if low >= high || n == 0 {
				t.Fatalf("[%d, %d) holds %d", low, high, n)
			}
		})
		q.Merge(&again)
		q.Compact()
		q.Add(5e6)
		if rest, err := again.Decode(q.Append(nil)); err != nil && q.Count() != ^uint64(0) || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
	})
}

func FuzzDecodeDistinct(f *testing.F) {
	fuzzSeeds(f, "distinct")
	f.Fuzz(func(t *testing.T, src []byte) {
		var d, again Distinct
		if _, err := d.Decode(src); err != nil {
			return
		}
		if most := 16*len(src) + 17*1024; d.Size() > most {
			t.Fatalf("%d bytes became %d", len(src), d.Size())
		}
		if rest, err := again.Decode(d.Append(nil)); err != nil || len(rest) > 0 {
			t.Fatal(err, len(rest))
		}
		if !bytes.Equal(d.Append(nil), again.Append(nil)) || d.Count() != again.Count() {
			t.Fatal("they differ")
		}
		before := d.Count()
		d.Merge(&again)
		if d.Count() != before {
			t.Fatalf("merged with its equal %d became %d", before, d.Count())
		}
		d.Add(42)
		d.Compact()
		d.Count()
	})
}
