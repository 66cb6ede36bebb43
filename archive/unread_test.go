package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"weir/archive/archivetest"
	"weir/archive/bucket"
)

// halting is a bucket of which nothing is read whole while cut is set, and which
// takes no manifests while bare is.
type halting struct {
	bucket.Bucket
	cut, bare bool
}

func (h *halting) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := h.Bucket.Get(ctx, key, offset, length)
	if err != nil || !h.cut {
		return r, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, 100), broken{}), r}, nil
}

func (h *halting) Put(ctx context.Context, key string, body io.ReadSeeker, sum bucket.Sum, how bucket.Put) error {
	if _, _, manifest := parseManifestKey(key); manifest && h.bare {
		return errCut
	}
	return h.Bucket.Put(ctx, key, body, sum, how)
}

func TestWhatCouldNotBeReadIsNotTakenForSomethingElse(t *testing.T) {
	t.Parallel()
	const name, lines = "web-20261120T0900Z.log", 3000
	for _, described := range []bool{false, true} {
		p := newPlace(t)
		whole := accessLines(0, lines, noon.Add(-5*time.Hour))
		half := bytes.IndexByte([]byte(whole[len(whole)/2:]), '\n') + len(whole)/2 + 1
		p.write(name, whole[:half], time.Hour)
		b := &halting{Bucket: p.bucket, bare: !described}
		c := p.settings()
		c.Bucket = b
		if _, err := Push(context.Background(), c); (err == nil) != described {
			t.Fatalf("described %t: %v", described, err)
		}
		// The file is back with more lines, and nothing here knows that its first half is archived.
		if err := os.RemoveAll(filepath.Join(p.dir, ".weir")); err != nil {
			t.Fatal(err)
		}
		p.write(name, whole, time.Hour)
		before := len(p.keys())
		b.cut, b.bare = true, false
		if _, err := Push(context.Background(), c); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("described %t: with a network that is cut: %v", described, err)
		}
		if after := len(p.keys()); after != before {
			t.Errorf("described %t: %d objects and manifests became %d", described, before, after)
		}
		b.cut = false
		if _, err := Push(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := p.restore(noon.Add(-48*time.Hour), noon); err != nil {
			t.Fatal(err)
		}
		archivetest.EachOnce(t, p.dir, lines)
	}
}
