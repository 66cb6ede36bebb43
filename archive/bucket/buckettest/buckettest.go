// Package buckettest is the contract of a bucket as a test: every kind passes it.
package buckettest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/archive/bucket"
)

// Run holds a bucket against the contract. open returns an empty one.
func Run(t *testing.T, open func(t *testing.T) bucket.Bucket) {
	for _, c := range []struct {
		name string
		test func(*testing.T, bucket.Bucket)
	}{
		{"WhatIsPutIsThere", whatIsPutIsThere},
		{"AnEmptyObjectIsAnObject", anEmptyObjectIsAnObject},
		{"NothingIsThereBefore", nothingIsThereBefore},
		{"PutReplacesUnlessToldNotTo", putReplacesUnlessToldNotTo},
		{"OtherBytesThanAnnouncedAreRefused", otherBytesThanAnnouncedAreRefused},
		{"RangesAreExact", rangesAreExact},
		{"ListsAreSortedAndFiltered", listsAreSortedAndFiltered},
		{"ListsGoOnBeyondAPage", listsGoOnBeyondAPage},
		{"DeleteMayBeRepeated", deleteMayBeRepeated},
		{"HostileKeysAreRefused", hostileKeysAreRefused},
		{"PartsMakeAnObject", partsMakeAnObject},
		{"AnUploadCanBeResumed", anUploadCanBeResumed},
		{"ACorruptPartOrSumIsRefused", aCorruptPartOrSumIsRefused},
		{"AbortLeavesNothing", abortLeavesNothing},
		{"CompleteKeepsWhatIsThere", completeKeepsWhatIsThere},
		{"ACancelledPutStoresNothing", aCancelledPutStoresNothing},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// SumOf is the Sum of some bytes.
func SumOf(data []byte) bucket.Sum {
	crc := bucket.NewCRC64()
	crc.Write(data)
	return bucket.Sum{Size: int64(len(data)), CRC64: crc.Sum64()}
}

// Put stores data or fails the test.
func Put(t *testing.T, b bucket.Bucket, key, data string) {
	t.Helper()
	if err := b.Put(t.Context(), key, bytes.NewReader([]byte(data)), SumOf([]byte(data)), bucket.Put{}); err != nil {
		t.Fatal(err)
	}
}

// Get reads the whole object or fails the test.
func Get(t *testing.T, b bucket.Bucket, key string) string {
	t.Helper()
	r, err := b.Get(t.Context(), key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Keys lists keys, common prefixes as they are, or fails the test.
func Keys(t *testing.T, b bucket.Bucket, prefix, after, delimiter string) []string {
	t.Helper()
	keys := []string{}
	for o, err := range b.List(t.Context(), prefix, after, delimiter) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

func whatIsPutIsThere(t *testing.T, b bucket.Bucket) {
	data := []byte("one\ntwo\n")
	meta := map[string]string{"weir-lines": "2"}
	if err := b.Put(t.Context(), "a/b c+ü.log", bytes.NewReader(data), SumOf(data), bucket.Put{OnlyIfAbsent: true, Meta: meta, Type: "application/zstd"}); err != nil {
		t.Fatal(err)
	}
	same(t, "one\ntwo\n", Get(t, b, "a/b c+ü.log"))
	o, err := b.Head(t.Context(), "a/b c+ü.log")
	if err != nil {
		t.Fatal(err)
	}
	if o.Size != 8 || o.Modified.IsZero() || o.Frozen() {
		t.Errorf("head is %+v", o)
	}
	if o.HasCRC && o.CRC64 != SumOf(data).CRC64 {
		t.Errorf("head says CRC %x, want %x", o.CRC64, SumOf(data).CRC64)
	}
	if o.Meta != nil {
		same(t, meta, o.Meta)
	}
}

func anEmptyObjectIsAnObject(t *testing.T, b bucket.Bucket) {
	Put(t, b, "empty", "")
	same(t, "", Get(t, b, "empty"))
	same(t, []string{"empty"}, Keys(t, b, "", "", ""))
}

func nothingIsThereBefore(t *testing.T, b bucket.Bucket) {
	_, err := b.Head(t.Context(), "nope")
	is(t, err, bucket.ErrNotFound)
	_, err = b.Get(t.Context(), "nope", 0, -1)
	is(t, err, bucket.ErrNotFound)
	_, err = b.Get(t.Context(), "no/pe", 0, 4)
	is(t, err, bucket.ErrNotFound)
	same(t, []string{}, Keys(t, b, "no", "", "/"))
}

func putReplacesUnlessToldNotTo(t *testing.T, b bucket.Bucket) {
	Put(t, b, "k", "first")
	data := []byte("second")
	is(t, b.Put(t.Context(), "k", bytes.NewReader(data), SumOf(data), bucket.Put{OnlyIfAbsent: true}), bucket.ErrExists)
	same(t, "first", Get(t, b, "k"))
	Put(t, b, "k", "third")
	same(t, "third", Get(t, b, "k"))
}

func otherBytesThanAnnouncedAreRefused(t *testing.T, b bucket.Bucket) {
	err := b.Put(t.Context(), "k", bytes.NewReader([]byte("what came")), SumOf([]byte("what went")), bucket.Put{})
	is(t, err, bucket.ErrChecksum)
	_, err = b.Head(t.Context(), "k")
	is(t, err, bucket.ErrNotFound)
}

func rangesAreExact(t *testing.T, b bucket.Bucket) {
	Put(t, b, "k", "0123456789")
	read := func(offset, length int64) string {
		r, err := b.Get(t.Context(), "k", offset, length)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	same(t, []string{"345", "789", "0", "89", ""}, []string{read(3, 3), read(7, -1), read(0, 1), read(8, 100), read(4, 0)})
}

func listsAreSortedAndFiltered(t *testing.T, b bucket.Bucket) {
	for _, k := range []string{"b/2", "a", "b-1", "b/1/x", "c/1", "b0"} {
		Put(t, b, k, k)
	}
	same(t, []string{"a", "b-1", "b/1/x", "b/2", "b0", "c/1"}, Keys(t, b, "", "", ""))
	same(t, []string{"b/2", "b0", "c/1"}, Keys(t, b, "", "b/1/x", ""))
	same(t, []string{"b-1", "b/1/x", "b/2", "b0"}, Keys(t, b, "b", "", ""))
	same(t, []string{"a", "b-1", "b/", "b0", "c/"}, Keys(t, b, "", "", "/"))
	same(t, []string{"b/1/", "b/2"}, Keys(t, b, "b/", "", "/"))
	same(t, []string{"b/1/x"}, Keys(t, b, "b/1/", "", "/"))
	same(t, []string{"a", "b-1"}, Keys(t, b, "", "", "")[:2])
}

func listsGoOnBeyondAPage(t *testing.T, b bucket.Bucket) {
	want := make([]string, 1100)
	for i := range want {
		want[i] = fmt.Sprintf("many/%04d", i)
		Put(t, b, want[i], "x")
	}
	same(t, want, Keys(t, b, "many/", "", ""))
}

func deleteMayBeRepeated(t *testing.T, b bucket.Bucket) {
	Put(t, b, "a/b", "x")
	for range 2 {
		if err := b.Delete(t.Context(), "a/b"); err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{}, Keys(t, b, "", "", ""))
	Put(t, b, "a", "now a file where a directory was")
}

func hostileKeysAreRefused(t *testing.T, b bucket.Bucket) {
	for _, key := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", "a\x00b", "a\\b", "a\nb"} {
		if err := b.Put(t.Context(), key, bytes.NewReader(nil), SumOf(nil), bucket.Put{}); err == nil {
			t.Errorf("%q was stored", key)
		}
		if _, err := b.Get(t.Context(), key, 0, -1); err == nil {
			t.Errorf("%q was read", key)
		}
	}
}

// partSize is the least that S3 takes for all parts but the last.
const partSize = 5 << 20

func pattern(n int) []byte {
	data := make([]byte, n)
	state := uint32(1)
	for i := range data {
		state = state*1664525 + 1013904223
		data[i] = byte(state >> 24)
	}
	return data
}

func part(t *testing.T, b bucket.Bucket, key, id string, number int, data []byte) bucket.Part {
	t.Helper()
	p, err := b.UploadPart(t.Context(), key, id, number, bytes.NewReader(data), SumOf(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func create(t *testing.T, b bucket.Bucket, key string) string {
	t.Helper()
	id, err := b.Create(t.Context(), key, bucket.Put{Meta: map[string]string{"weir-lines": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func partsMakeAnObject(t *testing.T, b bucket.Bucket) {
	data := pattern(partSize + 1000)
	id := create(t, b, "big/one")
	parts := []bucket.Part{part(t, b, "big/one", id, 1, data[:partSize]), part(t, b, "big/one", id, 2, data[partSize:])}
	same(t, []string{}, Keys(t, b, "", "", ""))
	if err := b.Complete(t.Context(), "big/one", id, parts, SumOf(data), bucket.Put{OnlyIfAbsent: true}); err != nil {
		t.Fatal(err)
	}
	if Get(t, b, "big/one") != string(data) {
		t.Error("other bytes came back")
	}
	o, err := b.Head(t.Context(), "big/one")
	if err != nil {
		t.Fatal(err)
	}
	if o.Size != int64(len(data)) || o.HasCRC && o.CRC64 != SumOf(data).CRC64 {
		t.Errorf("head is %+v", o)
	}
	noneOpen(t, b)
}

func anUploadCanBeResumed(t *testing.T, b bucket.Bucket) {
	data := pattern(partSize + 1)
	id := create(t, b, "k")
	part(t, b, "k", id, 1, pattern(partSize + 7)[7:]) // replaced by the next
	part(t, b, "k", id, 1, data[:partSize])
	open, err := b.Uploads(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if len(open) != 1 || open[0].Key != "k" || open[0].ID != id {
		t.Fatalf("open uploads are %+v", open)
	}
	parts, err := b.ListParts(t.Context(), "k", id)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 1 || parts[0].Number != 1 || parts[0].Size != partSize {
		t.Fatalf("parts are %+v", parts)
	}
	if time.Since(parts[0].Modified).Abs() > time.Minute {
		t.Errorf("it says that the part arrived at %s", parts[0].Modified)
	}
	if parts[0].HasCRC && parts[0].CRC64 != SumOf(data[:partSize]).CRC64 {
		t.Errorf("part has CRC %x", parts[0].CRC64)
	}
	parts = append(parts, part(t, b, "k", id, 2, data[partSize:]))
	if err := b.Complete(t.Context(), "k", id, parts, SumOf(data), bucket.Put{}); err != nil {
		t.Fatal(err)
	}
	if Get(t, b, "k") != string(data) {
		t.Error("other bytes came back")
	}
}

func aCorruptPartOrSumIsRefused(t *testing.T, b bucket.Bucket) {
	data := []byte("small last part")
	id := create(t, b, "k")
	_, err := b.UploadPart(t.Context(), "k", id, 1, bytes.NewReader([]byte("small lost part")), SumOf(data))
	is(t, err, bucket.ErrChecksum)
	p := part(t, b, "k", id, 1, data)
	if err := b.Complete(t.Context(), "k", id, []bucket.Part{p}, SumOf([]byte("small lost part")), bucket.Put{}); err == nil {
		t.Error("an object of another sum was accepted")
	}
	_, err = b.Head(t.Context(), "k")
	is(t, err, bucket.ErrNotFound)
	if err := b.Abort(t.Context(), "k", id); err != nil && !errors.Is(err, bucket.ErrNotFound) {
		t.Error(err)
	}
	noneOpen(t, b)
}

func abortLeavesNothing(t *testing.T, b bucket.Bucket) {
	id := create(t, b, "k")
	part(t, b, "k", id, 1, []byte("x"))
	if err := b.Abort(t.Context(), "k", id); err != nil {
		t.Fatal(err)
	}
	noneOpen(t, b)
	_, err := b.ListParts(t.Context(), "k", id)
	is(t, err, bucket.ErrNotFound)
	same(t, []string{}, Keys(t, b, "", "", ""))
}

func noneOpen(t *testing.T, b bucket.Bucket) {
	t.Helper()
	open, err := b.Uploads(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(open) > 0 {
		t.Errorf("still open: %+v", open)
	}
}

func completeKeepsWhatIsThere(t *testing.T, b bucket.Bucket) {
	id := create(t, b, "k")
	p := part(t, b, "k", id, 1, []byte("late"))
	Put(t, b, "k", "early")
	is(t, b.Complete(t.Context(), "k", id, []bucket.Part{p}, SumOf([]byte("late")), bucket.Put{OnlyIfAbsent: true}), bucket.ErrExists)
	same(t, "early", Get(t, b, "k"))
	if err := b.Abort(t.Context(), "k", id); err != nil {
		t.Error(err)
	}
}

func aCancelledPutStoresNothing(t *testing.T, b bucket.Bucket) {
	ctx, cancel := context.WithCancel(t.Context())
	data := pattern(1 << 20)
	err := b.Put(ctx, "k", &cancelling{bytes.NewReader(data), cancel}, SumOf(data), bucket.Put{})
	is(t, err, context.Canceled)
	_, err = b.Head(t.Context(), "k")
	is(t, err, bucket.ErrNotFound)
}

// cancelling ends its context halfway.
type cancelling struct {
	*bytes.Reader
	cancel func()
}

func (c *cancelling) Read(p []byte) (int, error) {
	if c.Len() < 1<<19 {
		c.cancel()
	}
	return c.Reader.Read(p[:min(len(p), 1<<14)])
}

func (c *cancelling) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{c})
}
