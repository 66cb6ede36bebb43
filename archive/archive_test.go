package archive

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/archive/archivetest"
	"weir/archive/bucket"
	"weir/ingest/format"
)

// noon is the time in tests unless they say another.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// place is a directory of logs with an archive.
type place struct {
	t      *testing.T
	dir    string
	vault  string
	bucket bucket.Bucket
	now    time.Time
	events []Event
	config Config
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), vault: t.TempDir(), now: noon}
	var err error
	if p.bucket, err = bucket.OpenDir(t.Context(), p.vault, bucket.Settings{}); err != nil {
		t.Fatal(err)
	}
	p.config = Config{Host: "web1", NewParser: inUTC}
	return p
}

func template(t testing.TB, text string) Template {
	t.Helper()
	tpl, err := ParseTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

// write makes a log file of that age.
func (p *place) write(name, text string, age time.Duration) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		p.t.Fatal(err)
	}
	p.touch(name, age)
	p.settle(path)
	return path
}

// settle waits until nobody has a file open for writing: a child that another test has forked
// meanwhile holds what was open here until it is another program.
func (p *place) settle(path string) {
	p.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer f.Close()
	for deadline := time.Now().Add(30 * time.Second); errors.Is(beingWritten(f), errWriter); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s stays open for writing", path)
		}
	}
}

func (p *place) touch(name string, age time.Duration) {
	p.t.Helper()
	at := p.now.Add(-age)
	if err := os.Chtimes(filepath.Join(p.dir, name), at, at); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) settings() Config {
	c := p.config
	c.Dir, c.Bucket, c.Now = p.dir, p.bucket, func() time.Time { return p.now }
	if c.Template.text == "" {
		c.Template = template(p.t, DefaultTemplate)
	}
	p.events = nil
	c.OnEvent = func(e Event) { p.events = append(p.events, e) }
	return c
}

func (p *place) push() Report {
	p.t.Helper()
	r, err := Push(p.t.Context(), p.settings())
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// keys lists the bucket's objects, manifests left out.
func (p *place) keys() []string {
	p.t.Helper()
	keys := []string{}
	for o, err := range p.bucket.List(p.t.Context(), "", "", "") {
		if err != nil {
			p.t.Fatal(err)
		}
		if _, _, ok := parseManifestKey(o.Key); !ok {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// manifests lists the bucket's manifests.
func (p *place) manifests() []string {
	p.t.Helper()
	keys := []string{}
	for o, err := range p.bucket.List(p.t.Context(), "", "", "") {
		if err != nil {
			p.t.Fatal(err)
		}
		if _, _, ok := parseManifestKey(o.Key); ok {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// names lists the directory without folders.
func (p *place) names() []string {
	p.t.Helper()
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// unpacked is the raw text of an object.
func (p *place) unpacked(key string) string {
	p.t.Helper()
	return unpacked(p.t.Context(), p.t, p.bucket, key)
}

func unpacked(ctx context.Context, t testing.TB, b bucket.Bucket, key string) string {
	t.Helper()
	body, err := b.Get(ctx, key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	r, err := codecOf(key).reader(body, false)
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

// reasons are what was said of each file, the last of its events.
func (p *place) reasons() map[string]string {
	said := make(map[string]string)
	for _, e := range p.events {
		said[e.File] = strings.TrimSuffix(e.What+": "+e.Reason, ": ")
	}
	return said
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

var accessLines = archivetest.Lines

func inUTC(modified time.Time) Parser {
	return format.NewAuto(format.Options{Location: time.UTC, Now: modified})
}
