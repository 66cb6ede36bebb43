package it

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/archive"
	"weir/archive/archivetest"
	"weir/archive/bucket"
)

// place is a directory of logs with an archive in the gateway.
type place struct {
	t      *testing.T
	dir    string
	name   string // of the bucket
	bucket bucket.Bucket
	tpl    archive.Template
	events []archive.Event
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), name: newBucket(t)}
	p.bucket = p.through(settings())
	var err error
	if p.tpl, err = archive.ParseTemplate("logs"); err != nil {
		t.Fatal(err)
	}
	return p
}

// through opens the place's bucket another way.
func (p *place) through(s bucket.Settings) bucket.Bucket {
	p.t.Helper()
	b, err := bucket.OpenS3(p.t.Context(), p.name, s)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

var began = time.Now().UTC().Add(-30 * time.Hour).Truncate(time.Hour)

func lines(from, n int) string { return archivetest.Lines(from, n, began) }

func (p *place) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, at, at); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) config() archive.Config {
	p.events = nil
	return archive.Config{
		Dir: p.dir, Bucket: p.bucket, Template: p.tpl, Host: "web1", Now: time.Now,
		OnEvent: func(e archive.Event) { p.events = append(p.events, e) },
	}
}

func (p *place) push() error {
	p.t.Helper()
	_, err := archive.Push(p.t.Context(), p.config())
	return err
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) restore(since, until time.Time) (archive.Restoring, error) {
	p.t.Helper()
	w := archive.Wanted{Dir: p.dir, Into: filepath.Join(p.dir, "restored"), Bucket: p.bucket, Template: p.tpl, Since: since, Until: until, Now: time.Now}
	plan, err := archive.NewPlan(p.t.Context(), w)
	p.must(err)
	return archive.Restore(p.t.Context(), w, plan)
}

func (p *place) logs() []string {
	p.t.Helper()
	entries, err := os.ReadDir(p.dir)
	p.must(err)
	names := []string{}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// restored is all restored text, in the order of the files' names.
func (p *place) restored() string {
	p.t.Helper()
	entries, err := os.ReadDir(filepath.Join(p.dir, "restored"))
	p.must(err)
	var text strings.Builder
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(p.dir, "restored", e.Name()))
		p.must(err)
		text.Write(data)
	}
	return text.String()
}

func (p *place) noneOpen() {
	p.t.Helper()
	open, err := p.bucket.Uploads(p.t.Context(), "")
	p.must(err)
	if len(open) > 0 {
		p.t.Errorf("open uploads: %+v", open)
	}
}

func (p *place) whole() (time.Time, time.Time) {
	return time.Unix(0, 0), time.Now().Add(1000 * time.Hour)
}

func TestADayGoesToS3AndComesBack(t *testing.T) {
	p := newPlace(t)
	p.write("web-"+began.Format("20060102T1504Z")+".log", lines(0, 5000))
	p.write("xaccess.log.1", lines(5000, 5000))
	p.must(p.push())
	if names := p.logs(); len(names) > 0 {
		t.Errorf("%s are left", names)
	}
	for _, e := range p.events {
		if e.What == archive.Verified && e.Proof != "crc64nvme" {
			t.Errorf("proven by %q", e.Proof)
		}
	}
	for range 2 {
		_, err := p.restore(p.whole())
		p.must(err)
		if p.restored() != lines(0, 10000) {
			t.Error("other lines came back")
		}
	}
	checked, err := archive.Verify(t.Context(), p.bucket, p.tpl, time.Unix(0, 0), time.Now(), true, time.Now, func(archive.Event) {})
	p.must(err)
	if checked.Objects != 2 || checked.Lines != 10000 {
		t.Errorf("%+v", checked)
	}
}

func TestALargeFileGoesInParts(t *testing.T) {
	p := newPlace(t)
	text := lines(0, 1_100_000)
	p.write("web-"+began.Format("20060102T1504Z")+".log", text)
	c := p.config()
	c.Codec = "none"
	if _, err := archive.Push(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	p.noneOpen()
	if len(text) < 70<<20 {
		t.Fatalf("only %d bytes", len(text))
	}
	r, err := p.restore(p.whole())
	p.must(err)
	if r.Raw != int64(len(text)) || p.restored() != text {
		t.Error("other lines came back")
	}
}

func TestASliceOfALargeObjectIsAFewFrames(t *testing.T) {
	p := newPlace(t)
	// Two hundred megabytes of a month.
	path := filepath.Join(p.dir, "web-"+began.Format("20060102T1504Z")+".log")
	f, err := os.Create(path)
	p.must(err)
	var all int64
	for i := range 28 {
		text := lines(i*100_000, 100_000)
		n, err := f.WriteString(text)
		p.must(err)
		all += int64(n)
	}
	p.must(f.Close())
	p.must(os.Chtimes(path, time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)))
	p.must(p.push())
	entries, _, err := archive.List(t.Context(), p.bucket, p.tpl, time.Unix(0, 0), time.Now().Add(1000*time.Hour), false)
	p.must(err)
	since := began.Add(200 * time.Hour)
	r, err := p.restore(since, since.Add(5*time.Minute))
	p.must(err)
	share := float64(r.Packed) / float64(entries[0].Object.Size)
	t.Logf("%d MB raw, %.1f MB stored, %.2f %% fetched", all>>20, float64(entries[0].Object.Size)/1e6, 100*share)
	if share > 0.06 || r.Packed == 0 {
		t.Errorf("%.2f %% of the object was fetched", 100*share)
	}
	if !strings.Contains(p.restored(), fmt.Sprintf("GET /item/%d ", 200*3600+150)) {
		t.Error("the lines are missing")
	}
}

func TestAFlippedByteOnTheServersDiskIsFound(t *testing.T) {
	p := newPlace(t)
	p.write("xaccess.log.1", lines(0, 5000))
	p.must(p.push())
	flipped := 0
	p.must(filepath.WalkDir(filepath.Join(stored, p.name), func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".zst") {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			data[len(data)/2] ^= 1
			flipped++
			return os.WriteFile(path, data, 0o644)
		}
		return err
	}))
	if flipped != 1 {
		t.Fatalf("%d objects", flipped)
	}
	verify := func(read bool) error {
		_, err := archive.Verify(t.Context(), p.bucket, p.tpl, time.Unix(0, 0), time.Now(), read, time.Now, func(archive.Event) {})
		return err
	}
	if err := verify(false); err != nil {
		t.Logf("already the checksum on receipt says so: %v", err)
	}
	if code := archive.ExitCode(verify(true)); code != 5 {
		t.Errorf("reading it gives %d", code)
	}
	_, err := p.restore(p.whole())
	if code := archive.ExitCode(err); code != 5 {
		t.Errorf("restoring it gives %d: %v", code, err)
	}
	if p.restored() != "" {
		t.Error("damaged lines were restored")
	}
}

func TestTheDoctorFindsAGoodGatewayGood(t *testing.T) {
	p := newPlace(t)
	findings, err := archive.Examine(t.Context(), p.bucket, p.tpl)
	p.must(err)
	for _, f := range findings {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	for o, err := range p.bucket.List(t.Context(), "", "", "") {
		t.Errorf("%s is left (%v)", o.Key, err)
	}
}

func TestWrongAccessIsExplained(t *testing.T) {
	p := newPlace(t)
	p.write("xaccess.log.1", lines(0, 10))
	for name, c := range map[string]struct {
		change func(*bucket.Settings)
		bucket string
		want   string
	}{
		"secret":   {func(s *bucket.Settings) { s.SecretKey = "wrong" }, p.name, "the secret key is wrong"},
		"key":      {func(s *bucket.Settings) { s.AccessKey = "nobody" }, p.name, "the access key is not known there"},
		"bucket":   {func(*bucket.Settings) {}, "no-such-bucket", "the bucket does not exist"},
		"endpoint": {func(s *bucket.Settings) { s.Endpoint = "http://127.0.0.1:1" }, p.name, "nothing listens there"},
		"scheme":   {func(s *bucket.Settings) { s.Endpoint = strings.TrimPrefix(endpoint, "http://") }, p.name, "write --endpoint http://"},
		"host":     {func(s *bucket.Settings) { s.Endpoint = "http://no-such-host.invalid" }, p.name, "cannot be resolved"},
		"provider": {func(s *bucket.Settings) { s.Provider = "azure" }, p.name, "write one of aws, r2,"},
	} {
		s := settings()
		c.change(&s)
		b, err := bucket.OpenS3(t.Context(), c.bucket, s)
		if err == nil {
			config := p.config()
			config.Bucket = b
			_, err = archive.Push(t.Context(), config)
		}
		if archive.ExitCode(err) != 3 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: exit %d: %v", name, archive.ExitCode(err), err)
		}
	}
	if len(p.logs()) != 1 {
		t.Error("the log is gone")
	}
}

func TestNoCredentialsSaysWhatWasTried(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	_, err := bucket.OpenS3(t.Context(), "b", bucket.Settings{})
	if archive.ExitCode(err) != 3 || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Error(err)
	}
	_, err = bucket.OpenS3(t.Context(), "b", bucket.Settings{Profile: "nope"})
	if archive.ExitCode(err) != 3 || !strings.Contains(err.Error(), `read profile "nope"`) {
		t.Error(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "only")
	_, err = bucket.OpenS3(t.Context(), "b", bucket.Settings{})
	if archive.ExitCode(err) != 3 || !strings.Contains(err.Error(), "AWS_SECRET_ACCESS_KEY is not") {
		t.Error(err)
	}
}

func TestAPushEndsWithItsContext(t *testing.T) {
	p := newPlace(t)
	p.write("xaccess.log.1", lines(0, 5000))
	ctx, cancel := context.WithCancel(t.Context())
	c := p.config()
	c.OnEvent = func(e archive.Event) { cancel() }
	_, err := archive.Push(ctx, c)
	if archive.ExitCode(err) != 130 {
		t.Error(err)
	}
	p.must(p.push())
	_, err = p.restore(p.whole())
	p.must(err)
	if p.restored() != lines(0, 5000) {
		t.Error("other lines came back")
	}
}
