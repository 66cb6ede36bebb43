package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"weir/archive/bucket"
)

func (p *place) wanted(since, until time.Time, words ...string) Wanted {
	p.t.Helper()
	p.events = nil
	return Wanted{
		Dir: p.dir, Into: filepath.Join(p.dir, "restored"), Bucket: p.bucket, Template: p.settings().Template, Since: since, Until: until, Words: words,
		Now: func() time.Time { return p.now }, OnEvent: func(e Event) { p.events = append(p.events, e) },
	}
}

func (p *place) restore(since, until time.Time, words ...string) (Restoring, error) {
	p.t.Helper()
	w := p.wanted(since, until, words...)
	plan, err := NewPlan(p.t.Context(), w)
	if err != nil {
		p.t.Fatal(err)
	}
	return Restore(p.t.Context(), w, plan)
}

func (p *place) restored() map[string]string {
	p.t.Helper()
	texts := make(map[string]string)
	for _, name := range files(p.t, filepath.Join(p.dir, "restored")) {
		texts[name] = read(p.t, filepath.Join(p.dir, "restored", name))
	}
	return texts
}

// hours archives three files of an hour each, the first at 08:00.
func hours(t *testing.T) (*place, map[string]string) {
	p := newPlace(t)
	texts := make(map[string]string)
	for i, name := range []string{"web-20261120T0800Z-eu.log", "web-20261120T0900Z-eu.log", "api-20261120T1000Z-us.log"} {
		texts[name] = accessLines(0, 3600, noon.Add(time.Duration(i-4)*time.Hour))
		p.write(name, texts[name], time.Hour)
	}
	p.push()
	same(t, []string{}, p.names())
	return p, texts
}

func TestWhatCoversATimeComesBack(t *testing.T) {
	p, texts := hours(t)
	r, err := p.restore(noon.Add(-4*time.Hour), noon)
	if err != nil {
		t.Fatal(err)
	}
	same(t, texts, p.restored())
	same(t, int64(3*3600), r.Lines)
	p, texts = hours(t)
	if _, err := p.restore(noon.Add(-3*time.Hour), noon.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	same(t, map[string]string{"web-20261120T0900Z-eu.log": texts["web-20261120T0900Z-eu.log"]}, p.restored())
}

func TestRestoringAgainFetchesNothing(t *testing.T) {
	p, texts := hours(t)
	for i := range 3 {
		r, err := p.restore(noon.Add(-4*time.Hour), noon)
		if err != nil {
			t.Fatal(err)
		}
		same(t, texts, p.restored())
		if i > 0 {
			same(t, Restoring{Have: 3}, r)
		}
		if i == 1 { // also when the list was lost
			if err := os.Remove(filepath.Join(p.dir, ".weir", "restored.jsonl")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAllWordsMustBeInTheNameWhateverTheirCase(t *testing.T) {
	p, _ := hours(t)
	for _, c := range []struct {
		words []string
		want  int
	}{{nil, 3}, {[]string{"WEB"}, 2}, {[]string{"web", "0900"}, 1}, {[]string{"web", "us"}, 0}, {[]string{"2026"}, 3}} {
		plan, err := NewPlan(t.Context(), p.wanted(noon.Add(-4*time.Hour), noon, c.words...))
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.want, plan.Fetch)
	}
}

func TestAPlanSaysWhatItCostsAndChangesNothing(t *testing.T) {
	p, texts := hours(t)
	plan, err := NewPlan(t.Context(), p.wanted(noon.Add(-4*time.Hour), noon))
	if err != nil {
		t.Fatal(err)
	}
	var raw int64
	for _, text := range texts {
		raw += int64(len(text))
	}
	same(t, []int64{3, raw, 3 * 3600}, []int64{int64(plan.Fetch), plan.Raw, plan.Lines})
	if want := "3 of 3 files to fetch: 10,800 lines, "; !strings.HasPrefix(plan.String(), want) {
		t.Error(plan)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "restored")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the plan made the directory")
	}
}

// tally counts what is read of a bucket.
type tally struct {
	bucket.Bucket
	gets, bytes int64
}

func (c *tally) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := c.Bucket.Get(ctx, key, offset, length)
	if err != nil || strings.HasSuffix(key, manifestEnd) {
		return r, err
	}
	c.gets++
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r, tallying{&c.bytes}), r}, nil
}

type tallying struct{ n *int64 }

func (t tallying) Write(p []byte) (int, error) { *t.n += int64(len(p)); return len(p), nil }

func TestOnlyTheFramesOfATimeAreFetchedAndGrowLater(t *testing.T) {
	for _, codec := range []string{"zstd", "gzip", "none"} {
		p := newPlace(t)
		p.config.Codec = codec
		text := accessLines(0, 300_000, noon.Add(-90*time.Hour))
		p.write("web-20261116T1800Z.log", text, time.Hour)
		p.push()
		counting := &tally{Bucket: p.bucket}
		p.bucket = counting
		whole, err := p.bucket.Head(t.Context(), p.keys()[0])
		if err != nil {
			t.Fatal(err)
		}
		since := noon.Add(-60 * time.Hour)
		r, err := p.restore(since, since.Add(5*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		piece := p.restored()["web-20261116T1800Z.log"]
		if !strings.Contains(piece, accessLines(0, 300, since)[:20]) || !strings.Contains(text, piece) {
			t.Errorf("%s: the piece of %d lines is not of the time", codec, strings.Count(piece, "\n"))
		}
		if counting.gets != 1 || counting.bytes != r.Packed || counting.bytes > whole.Size/3 {
			t.Errorf("%s: %d bytes of %d in %d requests", codec, counting.bytes, whole.Size, counting.gets)
		}
		if _, err := p.restore(since, since.Add(20*time.Hour)); err != nil {
			t.Fatal(err)
		}
		wider := p.restored()["web-20261116T1800Z.log"]
		if len(wider) <= len(piece) || !strings.Contains(text, wider) || !strings.Contains(wider, piece) {
			t.Errorf("%s: %d bytes, then %d", codec, len(piece), len(wider))
		}
		if _, err := p.restore(noon.Add(-100*time.Hour), noon); err != nil {
			t.Fatal(err)
		}
		same(t, text, p.restored()["web-20261116T1800Z.log"])
		if r, err := p.restore(since, since.Add(time.Hour)); err != nil || r.Have != 1 {
			t.Errorf("%s: %+v %v", codec, r, err)
		}
	}
}

func TestAFileThatIsStillHereIsNotFetched(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	p.write("web-20261120T0900Z.log", accessLines(0, 100, noon.Add(-3*time.Hour)), time.Hour)
	p.push()
	r, err := p.restore(noon.Add(-4*time.Hour), noon)
	if err != nil {
		t.Fatal(err)
	}
	same(t, Restoring{Have: 1}, r)
	same(t, map[string]string{}, p.restored())
}

func TestADifferingFileIsNeverReplaced(t *testing.T) {
	p, texts := hours(t)
	mine := filepath.Join(p.dir, "restored", "web-20261120T0900Z-eu.log")
	old(t, mine, "my notes\n", time.Hour)
	_, err := p.restore(noon.Add(-4*time.Hour), noon)
	same(t, 1, ExitCode(err))
	texts["web-20261120T0900Z-eu.log"] = "my notes\n"
	same(t, texts, p.restored())
	edited := filepath.Join(p.dir, "restored", "web-20261120T0800Z-eu.log")
	texts["web-20261120T0800Z-eu.log"] = "edited\n"
	if err := os.WriteFile(edited, []byte("edited\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.restore(noon.Add(-4*time.Hour), noon); err == nil {
		t.Error("nothing was said of the edited file")
	}
	same(t, texts, p.restored())
}

func TestCleanDeletesRestoredFilesOnly(t *testing.T) {
	p, _ := hours(t)
	if _, err := p.restore(noon.Add(-4*time.Hour), noon); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(p.dir, "restored")
	old(t, filepath.Join(into, "mine.txt"), "mine\n", time.Hour)
	if err := os.WriteFile(filepath.Join(into, "web-20261120T0800Z-eu.log"), []byte("edited\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return noon }
	n, err := Clean(p.dir, "", true, clock, func(Event) {})
	same(t, 0, n)
	same(t, nil, err)
	n, err = Clean(p.dir, into, false, clock, func(Event) {})
	same(t, nil, err)
	same(t, 2, n)
	same(t, map[string]string{"mine.txt": "mine\n", "web-20261120T0800Z-eu.log": "edited\n"}, p.restored())
	same(t, 1, strings.Count(read(t, filepath.Join(p.dir, ".weir", "restored.jsonl")), "\n")) // the edited one
	n, err = Clean(t.TempDir(), "", false, clock, func(Event) {})
	same(t, 0, n)
	same(t, nil, err)
}

func TestAFailureNamesItsFileOnce(t *testing.T) {
	p, _ := hours(t)
	flip(t, p.vault, "0900Z-eu.log.zst")
	_, _ = p.restore(noon.Add(-4*time.Hour), noon)
	_, _ = Verify(t.Context(), p.bucket, template(t, ""), time.Unix(0, 0), noon, true, time.Now, func(e Event) { p.events = append(p.events, e) })
	failed := 0
	for _, e := range p.events {
		if e.What == Failed {
			failed++
			if strings.Count(e.String(), "0900Z-eu.log") != 1 && e.File == "" || strings.Count(e.String(), e.File+":") > 1 {
				t.Errorf("it says %q", e)
			}
		}
	}
	same(t, 2, failed)
}

func TestAListWithRubbishInItStillKnowsWhatWasRestored(t *testing.T) {
	p, _ := hours(t)
	if _, err := p.restore(noon.Add(-4*time.Hour), noon); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(p.dir, ".weir", "restored.jsonl")
	old(t, list, strings.Repeat("\x00", 1<<20)+"\n"+read(t, list), 0)
	n, err := Clean(p.dir, "", false, func() time.Time { return noon }, func(Event) {})
	same(t, 3, n)
	same(t, nil, err)
}

func TestAFlippedByteAtRestIsFound(t *testing.T) {
	p, _ := hours(t)
	flip(t, p.vault, "0900Z-eu.log.zst")
	_, err := p.restore(noon.Add(-4*time.Hour), noon)
	same(t, 5, ExitCode(err))
	same(t, 2, len(p.restored()))
	checked, err := Verify(t.Context(), p.bucket, template(t, ""), noon.Add(-4*time.Hour), noon, true, time.Now, func(Event) {})
	same(t, 5, ExitCode(err))
	same(t, [2]int{3, 1}, [2]int{checked.Objects, checked.Bad})
}

func TestAFlippedByteInAManifestIsFound(t *testing.T) {
	p, _ := hours(t)
	flip(t, p.vault, ".weir")
	_, err := p.restore(noon.Add(-4*time.Hour), noon)
	same(t, 5, ExitCode(err))
	same(t, map[string]string{}, p.restored())
}

func TestAnObjectThatIsGoneIsMissed(t *testing.T) {
	p, _ := hours(t)
	if err := p.bucket.Delete(t.Context(), "api/2026/11/20/api-20261120T1000Z-us.log.zst"); err != nil {
		t.Fatal(err)
	}
	checked, err := Verify(t.Context(), p.bucket, template(t, ""), noon.Add(-4*time.Hour), noon, false, time.Now, func(Event) {})
	same(t, 5, ExitCode(err))
	same(t, 1, checked.Bad)
}

func TestHostileManifestsLeadNowhere(t *testing.T) {
	for _, name := range []string{"../../evil.log", "/etc/evil", "a/b.log", "..", ".hidden", "a\x00b", strings.Repeat("n", 300)} {
		p := newPlace(t)
		data, m := packed(t, "zstd", "one\n")
		m.Key, m.Filename, m.First, m.Last = "web/2026/11/20/x.log.zst", name, noon.Unix(), noon.Unix()
		text, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		p.store(m.Key, string(data))
		p.store(m.manifestKey(), string(text))
		_, err = p.restore(noon.Add(-time.Hour), noon.Add(time.Hour))
		same(t, 1, ExitCode(err))
		same(t, map[string]string{}, p.restored())
	}
}

func TestAManifestMayNotSpeakOfAnotherObject(t *testing.T) {
	p := newPlace(t)
	data, m := packed(t, "zstd", "one\n")
	m.Key, m.Filename, m.First, m.Last = "web/2026/11/20/x.log.zst", "x.log", noon.Unix(), noon.Unix()
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	p.store("web/2026/11/20/y.log.zst", string(data))
	p.store("web/2026/11/20/y.log.zst.20261120T1201Z.weir", string(text))
	_, err = p.restore(noon.Add(-time.Hour), noon.Add(time.Hour))
	same(t, 5, ExitCode(err))
}

func TestALyingManifestIsNoBomb(t *testing.T) {
	p := newPlace(t)
	data, m := packed(t, "zstd", strings.Repeat("x", 100<<20))
	m.Key, m.Filename, m.First, m.Last = "web/2026/11/20/x.log.zst", "x.log", noon.Unix(), noon.Unix()
	m.Raw.Size, m.Frames = 10, []Frame{{Raw: 10, Packed: m.Packed.Size, Hash: "00"}}
	text, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	p.store(m.Key, string(data))
	p.store(m.manifestKey(), string(text))
	_, err = p.restore(noon.Add(-time.Hour), noon.Add(time.Hour))
	same(t, 5, ExitCode(err))
	same(t, map[string]string{}, p.restored())
}

// store puts bytes into the bucket.
func (p *place) store(key, data string) {
	p.t.Helper()
	sum, err := sumOf(strings.NewReader(data), false)
	if err == nil {
		err = p.bucket.Put(p.t.Context(), key, strings.NewReader(data), sum, bucket.Put{})
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.String()
}

func TestWhatLogjamArchivedComesBack(t *testing.T) {
	p := newPlace(t)
	p.now = time.Now()
	day := p.now.UTC().Add(-48 * time.Hour).Truncate(time.Hour)
	n := Name{"haproxy", day, "us-west-2-i-ae23fega", ".log"}
	text := accessLines(0, 100, day)
	p.store(template(t, "").Key(Fields{Name: n, Filename: n.String() + ".gz"}), gzipped(t, text))
	for range 2 {
		if _, err := p.restore(p.now.Add(-7*24*time.Hour), p.now); err != nil {
			t.Fatal(err)
		}
		same(t, map[string]string{n.String(): text}, p.restored())
	}
}

func TestWhatVisilogsArchivedComesBack(t *testing.T) {
	p := newPlace(t)
	p.store("2026-11-13.demo.0f8fad5b-d9cb-469f-a165-70867728950e.log", "{\"a\":1}\n")
	p.store("2026-11-01.demo.1f8fad5b-d9cb-469f-a165-70867728950e.log", "{\"a\":2}\n")
	if _, err := p.restore(noon.Add(-8*24*time.Hour), noon, "DEMO"); err != nil {
		t.Fatal(err)
	}
	same(t, map[string]string{"2026-11-13.demo.0f8fad5b-d9cb-469f-a165-70867728950e.log": "{\"a\":1}\n"}, p.restored())
}

func TestAForeignBombIsRefused(t *testing.T) {
	p := newPlace(t)
	p.store("web/2026/11/20/web-20261120T0900Z.log.gz", gzipped(t, string(make([]byte, 100<<20))))
	_, err := p.restore(noon.Add(-24*time.Hour), noon)
	same(t, 1, ExitCode(err))
	same(t, map[string]string{}, p.restored())
}

// cutting is a bucket whose downloads break off.
type cutting struct {
	bucket.Bucket
	after int64
	cuts  int
}

func (c *cutting) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := c.Bucket.Get(ctx, key, offset, length)
	if err != nil || strings.HasSuffix(key, manifestEnd) || c.cuts == 0 {
		return r, err
	}
	c.cuts--
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r, c.after), broken{}), r}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestACutDownloadGoesOnWhereItWasCut(t *testing.T) {
	p, texts := hours(t)
	counting := &tally{Bucket: p.bucket}
	p.bucket = &cutting{counting, 1000, 1}
	r, err := p.restore(noon.Add(-4*time.Hour), noon)
	if err != nil {
		t.Fatal(err)
	}
	same(t, texts, p.restored())
	if counting.bytes > r.Packed+64<<10 {
		t.Errorf("%d bytes were fetched for %d", counting.bytes, r.Packed)
	}
}

// frozen is a bucket in an archive class.
type frozen struct {
	bucket.Bucket
	thawed []string
}

func (f *frozen) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if strings.HasSuffix(key, manifestEnd) {
		return f.Bucket.Get(ctx, key, offset, length)
	}
	return nil, bucket.ErrFrozen
}

func (f *frozen) Thaw(_ context.Context, key string, _ int) error {
	f.thawed = append(f.thawed, key)
	return nil
}

func TestFrozenObjectsAreListedAndThawedWhenAsked(t *testing.T) {
	p, _ := hours(t)
	ice := &frozen{Bucket: p.bucket}
	p.bucket = ice
	w := p.wanted(noon.Add(-2*time.Hour), noon)
	for _, thaw := range []bool{false, true} {
		w.Thaw = thaw
		plan, err := NewPlan(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Restore(t.Context(), w, plan)
		if err != nil || r.Frozen != 1 {
			t.Errorf("%+v %v", r, err)
		}
	}
	same(t, []string{"api/2026/11/20/api-20261120T1000Z-us.log.zst"}, ice.thawed)
}

func TestARestoreThatWasKilledLeavesNothing(t *testing.T) {
	p, texts := hours(t)
	old(t, filepath.Join(p.dir, "restored", ".weir-0123.part"), "half", time.Hour)
	if _, err := p.restore(noon.Add(-4*time.Hour), noon); err != nil {
		t.Fatal(err)
	}
	same(t, texts, p.restored())
}

func TestARestoreBeyondTheFreeSpaceIsRefused(t *testing.T) {
	p, _ := hours(t)
	w := p.wanted(noon.Add(-4*time.Hour), noon)
	plan, err := NewPlan(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	plan.Raw = 1 << 60
	_, err = Restore(t.Context(), w, plan)
	same(t, 4, ExitCode(err))
	same(t, map[string]string{}, p.restored())
}

func TestFilesOfTwoFoldersWithOneNameBothComeBack(t *testing.T) {
	p := newPlace(t)
	p.config.Template = template(t, "{host}/{prefix}/{year}/{month}/{day}/{filename}")
	for _, host := range []string{"web1", "web2"} {
		p.config.Host = host
		p.write("web-20261120T0900Z.log", "from "+host+"\n", time.Hour)
		p.push()
	}
	w := p.wanted(noon.Add(-24*time.Hour), noon)
	for range 2 {
		plan, err := NewPlan(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(t.Context(), w, plan); err != nil {
			t.Fatal(err)
		}
		same(t, 2, len(p.restored()))
	}
}
