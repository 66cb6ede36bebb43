package it

import (
	"bytes"
	"io"
	"strings"
	"testing"

	seekable "github.com/SaveTheRbtz/zstd-seekable-format-go/pkg"
	"github.com/klauspost/compress/zstd"
)

// object archives lines and returns the stored bytes.
func object(t *testing.T, text string) []byte {
	t.Helper()
	p := newPlace(t)
	p.write("xaccess.log.1", text)
	p.must(p.push())
	for o, err := range p.bucket.List(t.Context(), "", "", "") {
		p.must(err)
		if strings.HasSuffix(o.Key, ".zst") {
			r, err := p.bucket.Get(t.Context(), o.Key, 0, -1)
			p.must(err)
			defer r.Close()
			data, err := io.ReadAll(r)
			p.must(err)
			return data
		}
	}
	t.Fatal("no object")
	return nil
}

func TestOurObjectsAreSeekableForOthers(t *testing.T) {
	text := lines(0, 150_000)
	data := object(t, text)
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := seekable.NewReader(bytes.NewReader(data), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, at := range []int{0, 1, 4 << 20, len(text) / 2, len(text) - 100} {
		if _, err := r.Seek(int64(at), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 100)
		if _, err := io.ReadFull(r, got); err != nil {
			t.Fatal(err)
		}
		if string(got) != text[at:at+100] {
			t.Errorf("at %d there are other bytes", at)
		}
	}
	plain, err := d.DecodeAll(data, nil)
	if err != nil || string(plain) != text {
		t.Errorf("a reader without the table: %d bytes, %v", len(plain), err)
	}
}
