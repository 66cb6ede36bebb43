package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/archive/bucket"
)

// asked is a bucket that remembers what it was asked, and refuses some puts.
type asked struct {
	bucket.Bucket
	calls  []string
	refuse string // in keys
}

func (a *asked) Put(ctx context.Context, key string, body io.ReadSeeker, sum bucket.Sum, how bucket.Put) error {
	a.calls = append(a.calls, "put "+key)
	if a.refuse != "" && strings.Contains(key, a.refuse) {
		return errors.New("so it is")
	}
	return a.Bucket.Put(ctx, key, body, sum, how)
}

func (a *asked) Head(ctx context.Context, key string) (bucket.Object, error) {
	a.calls = append(a.calls, "head "+key)
	return a.Bucket.Head(ctx, key)
}

func (a *asked) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	a.calls = append(a.calls, "get "+key)
	return a.Bucket.Get(ctx, key, offset, length)
}

func (a *asked) List(ctx context.Context, prefix, after, delimiter string) iter.Seq2[bucket.Object, error] {
	a.calls = append(a.calls, "list "+prefix)
	return a.Bucket.List(ctx, prefix, after, delimiter)
}

func (a *asked) Uploads(ctx context.Context, prefix string) ([]bucket.Upload, error) {
	a.calls = append(a.calls, "uploads "+prefix)
	return a.Bucket.Uploads(ctx, prefix)
}

func TestNothingToDoAsksNothing(t *testing.T) {
	p := newPlace(t)
	counting := &asked{Bucket: p.bucket}
	p.bucket, p.config.KeepLocal = counting, 24*time.Hour
	p.push()
	p.write("web-20261120T0800Z.log", "one\n", time.Hour)
	p.write("web-20261120T0900Z.log", "two\n", time.Hour)
	p.push()
	counting.calls = nil
	p.push()
	same(t, []string(nil), counting.calls)
	p.write("web-20261120T1000Z.log", "three\n", time.Hour)
	p.push()
	for _, call := range counting.calls {
		if !strings.Contains(call, "T1000Z") {
			t.Errorf("for the new file it asks %q", call)
		}
	}
	same(t, 3, len(p.keys()))
}

func TestOneFileThatFailsDoesNotStopTheOthers(t *testing.T) {
	p := newPlace(t)
	bad := &asked{Bucket: p.bucket, refuse: "T0900Z"}
	p.bucket = bad
	for _, hour := range []string{"08", "09", "10"} {
		p.write("web-20261120T"+hour+"00Z.log", hour+"\n", time.Hour)
	}
	r, err := Push(t.Context(), p.settings())
	same(t, 1, ExitCode(err))
	same(t, [3]int{2, 2, 1}, [3]int{r.Uploaded, r.Deleted, r.Failed})
	same(t, []string{"web-20261120T0900Z.log"}, p.names())
	bad.refuse = ""
	p.push()
	same(t, []string{}, p.names())
}

func TestOnlyTheFoldersOfATimeAreListed(t *testing.T) {
	p := newPlace(t)
	for _, key := range []string{"web/2024/01/01/a", "web/2026/08/01/b", "web/2026/11/14/c", "web/2026/11/15/d", "api/2026/11/14/e", "api/2027/01/01/f"} {
		p.store(key, "x\n")
	}
	counting := &asked{Bucket: p.bucket}
	for _, err := range find(t.Context(), counting, template(t, ""), utc("2026-11-14T00:00:00"), utc("2026-11-14T23:59:59")) {
		if err != nil {
			t.Fatal(err)
		}
	}
	same(t, []string{
		"list ", "list api/", "list api/2026/", "list api/2026/11/", "list api/2026/11/14/",
		"list web/", "list web/2026/", "list web/2026/11/", "list web/2026/11/14/",
	}, counting.calls)
}

// TestCompressKeepsAsManyOfOneNameAsThereAre: logjam gave up at the 25th.
func TestCompressKeepsAsManyOfOneNameAsThereAre(t *testing.T) {
	p := newPlace(t)
	for n := range 26 {
		p.write("web-20261120T0900Z.log", fmt.Sprintln(n), time.Hour)
		if _, err := Compress(t.Context(), p.settings()); err != nil {
			t.Fatal(err)
		}
	}
	same(t, 26, len(files(t, filepath.Join(p.dir, "archive"))))
	same(t, []string{}, p.names())
}

func TestWhatCannotBePackedStays(t *testing.T) {
	p := newPlace(t)
	p.write("web-20261120T0900Z.log.gz", "no gzip at all", time.Hour)
	p.write("web-20261120T1000Z.log", "fine\n", time.Hour)
	_, err := Compress(t.Context(), p.settings())
	same(t, 1, ExitCode(err))
	same(t, []string{"web-20261120T0900Z.log.gz"}, p.names())
	same(t, []string{"web-20261120T1000Z.log.zst"}, files(t, filepath.Join(p.dir, "archive")))
}

func TestVisilogsDemoComesBackWithItsRecords(t *testing.T) {
	root, vault := t.TempDir(), t.TempDir()
	t.Chdir(root) // as its manual says
	var demo strings.Builder
	for i, eyes := range []string{"brown", "green", "brown", "brown", "green", "brown"} {
		fmt.Fprintf(&demo, `{"_id":"%d","eyeColor":%q,"isActive":true}`+"\n", i, eyes)
	}
	old(t, filepath.Join(root, ".env"), "LOGS_DIR=./logs\nBACKUP_ACCESS_KEY=a\nBACKUP_SECRET_KEY=b\nBACKUP_ENDPOINT=http://127.0.0.1:1\nBACKUP_BUCKET=file://"+vault+"\n", 0)
	old(t, "logs/fresh/demo.log", demo.String(), 8*24*time.Hour)
	ok(t, "archive", "--once")
	same(t, 0, len(files(t, "logs/fresh"))-countIn(t, "logs/fresh/.weir"))
	ok(t, "restore", "9")
	eyes := make(map[string]int)
	for _, name := range files(t, "logs/archive") {
		for line := range strings.Lines(read(t, filepath.Join("logs/archive", name))) {
			var record struct{ EyeColor string }
			if err := json.Unmarshal([]byte(line), &record); err != nil {
				t.Fatal(err)
			}
			eyes[record.EyeColor]++
		}
	}
	same(t, map[string]int{"brown": 4, "green": 2}, eyes)
	for range 2 {
		ok(t, "clean")
		same(t, 0, len(files(t, "logs/archive")))
	}
}
