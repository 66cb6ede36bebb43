package archive

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"weir/archive/bucket"
)

func TestACompleteFileIsArchivedProvenAndDeleted(t *testing.T) {
	p := newPlace(t)
	text := accessLines(0, 50, noon.Add(-2*time.Hour))
	p.write("web-20261120T1000Z-eu.log", text, time.Hour)
	p.write("web-20261120T1100Z-eu.log", "being written\n", time.Minute)
	r := p.push()
	same(t, []string{"web/2026/11/20/web-20261120T1000Z-eu.log.zst"}, p.keys())
	same(t, text, p.unpacked("web/2026/11/20/web-20261120T1000Z-eu.log.zst"))
	same(t, []string{"web-20261120T1100Z-eu.log"}, p.names())
	same(t, Report{Files: 2, Uploaded: 1, Deleted: 1, Held: 1, Raw: int64(len(text)), Packed: r.Packed, Lines: 50}, r)
	var steps []string
	for _, e := range p.events {
		steps = append(steps, e.What)
	}
	same(t, []string{Held, Packing, Uploaded, Verified, Recorded, Deleted}, steps)
	same(t, []string{"journal.jsonl", "lock", "swept"}, files(t, filepath.Join(p.dir, ".weir")))
}

func TestASecondPassChangesNothing(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	p.write("access.log.1", accessLines(0, 50, noon.Add(-2*time.Hour)), time.Hour)
	p.push()
	before := files(t, p.vault)
	for _, lost := range []bool{false, true} {
		if lost {
			if err := os.Remove(filepath.Join(p.dir, ".weir", "journal.jsonl")); err != nil {
				t.Fatal(err)
			}
		}
		r := p.push()
		same(t, Report{Files: 1, Kept: 1}, r)
		same(t, before, files(t, p.vault))
	}
}

func TestAFileIsKeptForAsLongAsAsked(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	p.write("access.log.1", "one\n", time.Hour)
	p.push()
	same(t, []string{"access.log.1"}, p.names())
	p.now = noon.Add(23 * time.Hour)
	p.push()
	same(t, []string{}, p.names())
}

func TestWhatTheJournalSaysIsProvenAgainBeforeDeletion(t *testing.T) {
	text := accessLines(0, 50, noon.Add(-2*time.Hour))
	for what, lose := range map[string]func(p *place) error{
		"everything":   func(p *place) error { return os.RemoveAll(filepath.Join(p.vault, "access")) },
		"the object":   func(p *place) error { return os.Remove(bucket.Path(p.vault, p.keys()[0])) },
		"the manifest": func(p *place) error { return os.Remove(bucket.Path(p.vault, p.manifests()[0])) },
		"the archive": func(p *place) (err error) {
			p.vault = t.TempDir()
			p.bucket, err = bucket.OpenDir(t.Context(), p.vault, bucket.Settings{})
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			p := newPlace(t)
			p.config.KeepLocal = 24 * time.Hour
			p.write("access.log.1", text, time.Hour)
			p.push()
			if err := lose(p); err != nil {
				t.Fatal(err)
			}
			p.config.KeepLocal = 0
			same(t, 1, p.push().Deleted)
			same(t, []int{1, 1}, []int{len(p.keys()), len(p.manifests())})
			same(t, text, p.unpacked(p.keys()[0]))
		})
	}
}

func TestAnObjectThatWentBadSinceIsNoReasonToDelete(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	p.write("access.log.1", accessLines(0, 50, noon.Add(-2*time.Hour)), time.Hour)
	p.push()
	flip(t, p.vault, ".zst")
	p.config.KeepLocal = 0
	if _, err := Push(t.Context(), p.settings()); ExitCode(err) != exitUnverified {
		t.Errorf("it says %v", err)
	}
	same(t, []string{"access.log.1"}, p.names())
}

func TestATailWithoutWhatCameBeforeItIsNotDoubled(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	path := p.write("access.log.1", "one\n", time.Hour)
	p.push()
	first := p.keys()[0]
	appendTo(t, path, "two\n")
	p.touch("access.log.1", time.Hour)
	p.push()
	same(t, 2, len(p.keys()))
	if err := os.Remove(bucket.Path(p.vault, first)); err != nil {
		t.Fatal(err)
	}
	p.config.KeepLocal = 0
	if _, err := Push(t.Context(), p.settings()); ExitCode(err) != exitUnverified {
		t.Errorf("it says %v", err)
	}
	same(t, []string{"access.log.1"}, p.names())
	if err := os.Remove(bucket.Path(p.vault, p.keys()[0])); err != nil {
		t.Fatal(err)
	}
	p.push()
	same(t, []string{}, p.names())
	same(t, "one\ntwo\n", p.unpacked(p.keys()[0]))
}

func TestAnotherArchiveIsGivenWhatTheFirstHas(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal, p.config.Archive = 24*time.Hour, "one"
	p.write("access.log.1", "one\n", time.Hour)
	p.push()
	other, err := bucket.OpenDir(t.Context(), t.TempDir(), bucket.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	p.bucket, p.config.Archive = other, "two"
	p.push()
	same(t, []string{"access.log.1"}, p.names())
	same(t, "one\n", p.unpacked(p.keys()[0]))
}

func TestAPassThatWasStoppedIsNotTakenUpForAnotherArchive(t *testing.T) {
	for _, point := range []string{"packed", "created", "uploaded", "verified", "manifest"} {
		for _, other := range []string{"template", "compress"} {
			p := newPlace(t)
			p.config.Archive, p.config.singlePut, p.config.partSize = "one", 1, 1<<20
			text := accessLines(0, 1000, noon.Add(-4*time.Hour))
			p.write("web-20261120T0900Z.log", text, time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			p.config.at = func(at string) {
				if at == point {
					cancel()
				}
			}
			if _, err := Push(ctx, p.settings()); ExitCode(err) != exitInterrupted && point != "manifest" {
				t.Fatalf("%s: %v", point, err)
			}
			p.config.at = nil
			if len(p.names()) == 0 {
				continue // it went the whole way
			}
			if other == "compress" {
				if _, err := Compress(t.Context(), p.settings()); err != nil {
					t.Fatal(err)
				}
				if _, err := UploadPacked(t.Context(), p.settings()); err != nil {
					t.Fatal(err)
				}
			} else {
				p.config.Archive, p.config.Template = "two", template(t, "{year}/{month}/{day}/{prefix}/{filename}")
			}
			p.push()
			same(t, []string{}, p.names())
			checked, err := Verify(t.Context(), p.bucket, p.settings().Template, time.Unix(0, 0), noon, true, time.Now, func(Event) {})
			if err != nil {
				t.Fatal(err)
			}
			if open, err := p.bucket.Uploads(t.Context(), ""); err != nil || len(open) > 0 && other == "template" {
				t.Errorf("uploads are open: %v %v", open, err)
			}
			same(t, []int64{1, 0, 1000}, []int64{int64(checked.Objects), int64(checked.Foreign), checked.Lines})
		}
	}
}

func TestARotatedFileIsNotArchivedTwiceUnderItsNextName(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	text := accessLines(0, 50, noon.Add(-2*time.Hour))
	p.write("access.log.1", text, time.Hour)
	p.push()
	keys := p.keys()
	same(t, 1, len(keys))
	if !strings.HasPrefix(keys[0], "access/2026/11/20/access-20261120T1000Z-") {
		t.Errorf("the key is %s", keys[0])
	}
	for _, next := range []string{"access.log.2", "access.log.3"} {
		last := p.names()[0]
		if err := os.Rename(filepath.Join(p.dir, last), filepath.Join(p.dir, next)); err != nil {
			t.Fatal(err)
		}
		if next == "access.log.3" {
			if err := os.RemoveAll(filepath.Join(p.dir, ".weir")); err != nil {
				t.Fatal(err)
			}
		}
		p.push()
		same(t, keys, p.keys())
	}
}

func TestAFileThatLogrotatePacksLaterIsNotArchivedTwice(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	text := accessLines(0, 50, noon.Add(-2*time.Hour))
	path := p.write("access.log.1", text, time.Hour)
	p.push()
	keys := p.keys()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.write("access.log.2.gz", gzipped(t, text), time.Hour)
	p.push()
	same(t, keys, p.keys())
	p.config.KeepLocal = 0
	p.push()
	same(t, []string{}, p.names())
	same(t, keys, p.keys())
}

func TestLinesAppendedLateAreArchivedAsATail(t *testing.T) {
	p := newPlace(t)
	name := "web-20261120T0900Z.log"
	path := p.write(name, "one\ntwo\n", time.Hour)
	p.config.KeepLocal = 24 * time.Hour
	p.push()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, "three\n")
	f.Close()
	p.touch(name, 30*time.Minute)
	p.push()
	p.config.KeepLocal = 0
	p.push()
	same(t, []string{"web/2026/11/20/web-20261120T0900Z-tail8.log.zst", "web/2026/11/20/web-20261120T0900Z.log.zst"}, p.keys())
	same(t, "three\n", p.unpacked("web/2026/11/20/web-20261120T0900Z-tail8.log.zst"))
	same(t, []string{}, p.names())
}

func TestAnEarlierPieceIsFoundAgainWithoutTheJournal(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	name := "web-20261120T0900Z.log"
	p.write(name, "one\ntwo\n", time.Hour)
	p.push()
	if err := os.RemoveAll(filepath.Join(p.dir, ".weir")); err != nil {
		t.Fatal(err)
	}
	p.write(name, "one\ntwo\nthree\n", time.Hour)
	p.push()
	same(t, []string{"web/2026/11/20/web-20261120T0900Z-tail8.log.zst", "web/2026/11/20/web-20261120T0900Z.log.zst"}, p.keys())
	same(t, "three\n", p.unpacked("web/2026/11/20/web-20261120T0900Z-tail8.log.zst"))
}

func TestATailThatWasNotWrittenDownIsFoundAgain(t *testing.T) {
	for _, name := range []string{"web-20261120T0900Z.log", "access.log.1"} {
		for _, point := range []string{"uploaded", "manifest"} {
			p := newPlace(t)
			p.config.KeepLocal = 24 * time.Hour
			start := noon.Add(-3 * time.Hour)
			path := p.write(name, accessLines(0, 10, start), time.Hour)
			p.push()
			appendTo(t, path, accessLines(10, 10, start))
			p.touch(name, time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			p.config.at = func(at string) {
				if at == point { // killed: neither the spool nor the journal has it
					if err := os.RemoveAll(filepath.Join(p.dir, ".weir", "journal.jsonl")); err != nil {
						t.Error(err)
					}
					cancel()
				}
			}
			kept := read(t, filepath.Join(p.dir, ".weir", "journal.jsonl"))
			_, _ = Push(ctx, p.settings())
			p.config.at = nil
			if err := os.RemoveAll(filepath.Join(p.dir, ".weir", "spool")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(p.dir, ".weir", "journal.jsonl"), []byte(kept), 0o600); err != nil {
				t.Fatal(err)
			}
			appendTo(t, path, accessLines(20, 10, start))
			p.touch(name, time.Hour)
			p.config.KeepLocal = 0
			p.push()
			same(t, []string{}, p.names())
			lines := 0
			for _, key := range p.keys() {
				lines += strings.Count(p.unpacked(key), "\n")
			}
			same(t, []int{3, 3, 30}, []int{len(p.keys()), len(p.manifests()), lines})
		}
	}
}

func TestAnEarlierPieceOfAHostileNameIsFoundAgain(t *testing.T) {
	p := newPlace(t)
	p.config.KeepLocal = 24 * time.Hour
	path := p.write("100%\xff-20261120T0900Z.log", "one\n", time.Hour)
	p.push()
	same(t, []string{"100%25%FF/2026/11/20/100%25%FF-20261120T0900Z.log.zst"}, p.keys())
	if err := os.Remove(filepath.Join(p.dir, ".weir", "journal.jsonl")); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "two\n")
	p.touch(filepath.Base(path), time.Hour)
	p.push()
	same(t, []string{"100%25%FF/2026/11/20/100%25%FF-20261120T0900Z-tail4.log.zst", "100%25%FF/2026/11/20/100%25%FF-20261120T0900Z.log.zst"}, p.keys())
	same(t, "two\n", p.unpacked(p.keys()[0]))
}

func TestAnotherFileOfTheSameNameDoesNotOverwrite(t *testing.T) {
	p := newPlace(t)
	name := "web-20261120T0900Z.log"
	p.write(name, "one\n", time.Hour)
	p.push()
	p.write(name, "two\n", time.Hour)
	p.push()
	keys := p.keys()
	same(t, 2, len(keys))
	same(t, "two\n", p.unpacked(keys[1]))
	same(t, "one\n", p.unpacked("web/2026/11/20/web-20261120T0900Z.log.zst"))
	p.write(name, "two\n", time.Hour)
	p.push()
	same(t, keys, p.keys())
}

func TestTwoHostsMayWriteTheSameLine(t *testing.T) {
	p := newPlace(t)
	for _, host := range []string{"web1", "web2"} {
		p.config.Host = host
		p.write("web-20261120T0900Z.log", "GET /health\n", time.Hour)
		p.push()
	}
	same(t, 2, len(p.keys()))
}

func TestAPackedFileGoesAsItIs(t *testing.T) {
	p := newPlace(t)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	text := accessLines(0, 100, noon.Add(-3*time.Hour))
	io.WriteString(w, text)
	w.Close()
	p.write("access.log.2.gz", z.String(), time.Hour)
	r := p.push()
	keys := p.keys()
	same(t, 1, len(keys))
	if !strings.HasSuffix(keys[0], ".log.gz") {
		t.Errorf("the key is %s", keys[0])
	}
	same(t, text, p.unpacked(keys[0]))
	same(t, int64(100), r.Lines)
	same(t, []string{}, p.names())
}

func TestWhatCannotBeArchivedIsLeftWithItsReason(t *testing.T) {
	p := newPlace(t)
	outside := filepath.Join(t.TempDir(), "target.log")
	old(t, outside, "one\n", time.Hour)
	if err := os.Symlink(outside, filepath.Join(p.dir, "link.log.1")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(p.dir, "fifo.log.1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "web-20261120T0900Z.log"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write("broken.log.1.gz", "this is not gzip", time.Hour)
	p.write("empty.log.1", "", time.Hour)
	p.write("fresh.log.1", "x\n", time.Second)
	p.write("future-20261121T0900Z.log", "x\n", time.Hour)
	p.write("good.log.1", "x\n", time.Hour)
	p.write("wtmp", "x", time.Hour)
	p.write(strings.Repeat("n", 240)+".log.1", "long name\n", time.Hour)
	p.write("odd\n\xff.log.1", "odd name\n", time.Hour)
	_, err := Push(t.Context(), p.settings())
	same(t, 1, ExitCode(err))
	said := p.reasons()
	delete(said, strings.Repeat("n", 240)+".log.1")
	same(t, map[string]string{
		"link.log.1": "held: a symbolic link is not archived", "fifo.log.1": "held: a FIFO is not archived",
		"broken.log.1.gz": "failed: gzip: gzip: invalid header", "empty.log.1": "deleted: it is empty",
		"fresh.log.1": "held: it changed less than 2m0s ago", "future-20261121T0900Z.log": "held: its name says a time in the future",
		"good.log.1": "deleted", "wtmp": "held: no rule says when it is complete: its name has no time, no rotation and no .log",
		"odd\n\xff.log.1": "deleted",
	}, said)
	same(t, "one\n", read(t, outside))
	same(t, []string{"broken.log.1.gz", "fifo.log.1", "fresh.log.1", "future-20261121T0900Z.log", "link.log.1", "wtmp"}, p.names())
	for o, err := range p.bucket.List(t.Context(), "", "", "") {
		if err != nil || bucket.CheckKey(o.Key) != nil {
			t.Errorf("stored %q (%v)", o.Key, err)
		}
	}
}

func TestAFileThatIsStillOpenForWritingStays(t *testing.T) {
	p := newPlace(t)
	path := p.write("access.log.1", "one\n", time.Hour)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	same(t, Report{Files: 1, Held: 1}, p.push())
	io.WriteString(f, "two\n")
	f.Close()
	p.touch("access.log.1", time.Hour)
	p.push()
	same(t, "one\ntwo\n", p.unpacked(p.keys()[0]))
}

func TestAWriterThatOpensBeforeTheDeletionLosesNothing(t *testing.T) {
	p := newPlace(t)
	path := p.write("access.log.1", "one\n", time.Hour)
	var f *os.File
	p.config.at = func(point string) {
		if point != "recorded" || f != nil {
			return
		}
		var err error
		if f, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0); err != nil {
			t.Error(err)
		}
	}
	p.push()
	io.WriteString(f, "two\n")
	f.Close()
	p.push()
	same(t, []string{}, p.names())
	texts := []string{}
	for _, k := range p.keys() {
		texts = append(texts, p.unpacked(k))
	}
	same(t, []string{"one\n", "two\n"}, texts)
	same(t, []string{"journal.jsonl", "lock", "swept"}, files(t, filepath.Join(p.dir, ".weir")))
}

func TestAFileThatChangesWhileItIsReadIsReadAgain(t *testing.T) {
	p := newPlace(t)
	path := p.write("access.log.1", "one\n", time.Hour)
	changed := false
	p.config.at = func(point string) {
		if point == "spooled" && !changed {
			changed = true
			if err := os.WriteFile(path, []byte("two\n"), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := Push(t.Context(), p.settings()); err == nil {
		t.Error("nothing was said")
	}
	same(t, []string{}, p.keys())
	p.touch("access.log.1", time.Hour)
	p.push()
	same(t, "two\n", p.unpacked(p.keys()[0]))
}

func TestContentThatChangesAfterItWasRecordedIsNotDeleted(t *testing.T) {
	p := newPlace(t)
	path := p.write("access.log.1", "one\n", time.Hour)
	done := false
	p.config.at = func(point string) {
		if point == "recorded" && !done {
			done = true
			if err := os.WriteFile(path, []byte("two\n"), 0o644); err != nil {
				t.Error(err)
			}
			p.touch("access.log.1", time.Hour) // as a restored backup would
		}
	}
	p.push()
	texts := []string{}
	for _, k := range p.keys() {
		texts = append(texts, p.unpacked(k))
	}
	same(t, []string{"one\n", "two\n"}, texts)
	same(t, []string{}, p.names())
}

func TestAnotherFileUnderTheNameIsNotDeletedForIt(t *testing.T) {
	p := newPlace(t)
	path := p.write("access.log.1", "one\n", time.Hour)
	done := false
	p.config.at = func(point string) {
		if point == "recorded" && !done { // logrotate comes by
			done = true
			if err := errors.Join(os.Rename(path, filepath.Join(p.dir, "access.log.2")), os.WriteFile(path, []byte("two\n"), 0o644)); err != nil {
				t.Error(err)
			}
		}
	}
	p.push()
	same(t, []string{"access.log.1", "access.log.2"}, p.names())
	same(t, "two\n", read(t, path))
	p.touch("access.log.1", time.Hour)
	p.push()
	same(t, []string{}, p.names())
	same(t, 2, len(p.keys()))
}

func TestAFlippedByteInTheSpoolIsFound(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", accessLines(0, 1000, noon.Add(-3*time.Hour)), time.Hour)
	flips := 0
	p.config.at = func(point string) {
		if point == "packed" && flips < 1 {
			flips++
			flip(t, filepath.Join(p.dir, ".weir", "spool"), ".packed")
		}
	}
	p.push()
	same(t, accessLines(0, 1000, noon.Add(-3*time.Hour)), p.unpacked(p.keys()[0]))
}

func TestASpoolThatKeepsFlippingStopsWithoutDeleting(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", accessLines(0, 1000, noon.Add(-3*time.Hour)), time.Hour)
	p.config.at = func(point string) {
		if point == "packed" {
			flip(t, filepath.Join(p.dir, ".weir", "spool"), ".packed")
		}
	}
	_, err := Push(t.Context(), p.settings())
	same(t, 5, ExitCode(err))
	same(t, []string{"access.log.1"}, p.names())
	same(t, []string{}, p.keys())
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// flip changes one bit in the middle of the files with that ending.
func flip(t *testing.T, dir, ending string) {
	t.Helper()
	for _, name := range files(t, dir) {
		if !strings.HasSuffix(name, ending) {
			continue
		}
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err == nil {
			data[len(data)/2] ^= 4
			err = os.WriteFile(path, data, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func TestAFlippedByteInTheBucketIsFoundBeforeDeletion(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", accessLines(0, 1000, noon.Add(-3*time.Hour)), time.Hour)
	p.config.at = func(point string) {
		if point == "uploaded" {
			flip(t, p.vault, ".zst")
		}
	}
	_, err := Push(t.Context(), p.settings())
	same(t, 5, ExitCode(err))
	same(t, []string{"access.log.1"}, p.names())
}

func TestTwoInstancesDoNotMeet(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", "one\n", time.Hour)
	var second error
	p.config.at = func(point string) {
		if point == "packed" {
			_, second = Push(t.Context(), Config{Dir: p.dir, Bucket: p.bucket, Template: template(t, ""), Now: time.Now})
		}
	}
	p.push()
	same(t, 75, ExitCode(second))
	if second != nil && !strings.Contains(second.Error(), "locked by process ") {
		t.Error(second)
	}
}

func TestADryRunOnlySpeaks(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", "one\n", time.Hour)
	p.write("access.log", "two\n", time.Hour)
	p.config.DryRun = true
	p.push()
	same(t, map[string]string{"access.log.1": "planned: archive, then delete: it was rotated", "access.log": "held: it is not older than 7 days"}, p.reasons())
	same(t, []string{"access.log", "access.log.1"}, files(t, p.dir))
	same(t, []string{}, files(t, p.vault))
}

func TestAPassEndsWithItsContext(t *testing.T) {
	p := newPlace(t)
	p.write("access.log.1", "one\n", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	p.config.at = func(point string) {
		if point == "packed" {
			cancel()
		}
	}
	_, err := Push(ctx, p.settings())
	same(t, 130, ExitCode(err))
	same(t, []string{"access.log.1"}, p.names())
	p.config.at = nil
	p.push()
	same(t, "one\n", p.unpacked(p.keys()[0]))
}

func TestLargeFilesGoInPartsAndUploadsAreTakenUpAgain(t *testing.T) {
	p := newPlace(t)
	p.config.singlePut, p.config.partSize, p.config.Codec = 1, 1<<20, "none"
	text := accessLines(0, 50_000, noon.Add(-20*time.Hour))
	p.write("web-20261120T0900Z.log", text, time.Hour)
	parts := 0
	ctx, cancel := context.WithCancel(t.Context())
	p.config.at = func(point string) {
		if point == "part" {
			if parts++; parts == 2 {
				cancel()
			}
		}
	}
	if _, err := Push(ctx, p.settings()); ExitCode(err) != 130 {
		t.Fatal(err)
	}
	same(t, []string{}, p.keys())
	parts = 0
	p.push()
	if all := (len(text) + 1<<20 - 1) >> 20; parts != all-2 {
		t.Errorf("%d of %d parts were sent again", parts, all)
	}
	same(t, text, p.unpacked("web/2026/11/20/web-20261120T0900Z.log"))
	open, err := p.bucket.Uploads(t.Context(), "")
	if err != nil || len(open) > 0 {
		t.Errorf("open uploads: %v %v", open, err)
	}
}

func TestAnUploadOfWhatGoesInOnePieceNowIsGivenUp(t *testing.T) {
	p := newPlace(t)
	p.config.singlePut, p.config.partSize, p.config.Codec = 1, 8<<10, "none"
	text := accessLines(0, 1000, noon.Add(-20*time.Hour))
	p.write("web-20261120T0900Z.log", text, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	p.config.at = func(point string) {
		if point == "part" {
			cancel()
		}
	}
	if _, err := Push(ctx, p.settings()); ExitCode(err) != 130 {
		t.Fatal(err)
	}
	p.config.at, p.config.singlePut = nil, 0
	p.push()
	same(t, text, p.unpacked("web/2026/11/20/web-20261120T0900Z.log"))
	open, err := p.bucket.Uploads(t.Context(), "")
	if err != nil || len(open) > 0 {
		t.Errorf("open uploads: %v %v", open, err)
	}
}

func TestAnUploadWhoseFileIsGoneIsGivenUp(t *testing.T) {
	p := newPlace(t)
	p.config.singlePut, p.config.partSize = 1, 1<<20
	path := p.write("web-20261120T0900Z.log", accessLines(0, 1000, noon.Add(-20*time.Hour)), time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	p.config.at = func(point string) {
		if point == "part" {
			cancel()
		}
	}
	if _, err := Push(ctx, p.settings()); ExitCode(err) != 130 {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	p.config.at = nil
	p.push()
	open, err := p.bucket.Uploads(t.Context(), "")
	if err != nil || len(open) > 0 {
		t.Errorf("open uploads: %v %v", open, err)
	}
	same(t, []string{"journal.jsonl", "lock", "swept"}, files(t, filepath.Join(p.dir, ".weir")))
}

func TestOnlyForgottenUploadsOfOurKeysAreGivenUp(t *testing.T) {
	p := newPlace(t)
	for key, age := range map[string]time.Duration{
		"web/2026/11/20/web-20261120T0900Z.log.zst": 30 * time.Hour,
		"web/2026/11/20/web-20261120T1000Z.log.zst": time.Hour, // another host's, slowly
		"backups/db.dump":         30 * time.Hour,
		"web/2026/11/20/film.mp4": 30 * time.Hour,
	} {
		id, err := p.bucket.Create(t.Context(), key, bucket.Put{})
		if err != nil {
			t.Fatal(err)
		}
		sum, err := sumOf(strings.NewReader("part"), false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.bucket.UploadPart(t.Context(), key, id, 1, strings.NewReader("part"), sum); err != nil {
			t.Fatal(err)
		}
		upload := filepath.Join(p.vault, ".weir", "upload-"+id)
		for path, age := range map[string]time.Duration{filepath.Join(upload, "1"): age, upload: 30 * time.Hour} {
			at := p.now.Add(-age)
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.push()
	open, err := p.bucket.Uploads(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, u := range open {
		left = append(left, u.Key)
	}
	same(t, []string{"backups/db.dump", "web/2026/11/20/film.mp4", "web/2026/11/20/web-20261120T1000Z.log.zst"}, left)
}

func TestCompressThenUploadIsTheWhole(t *testing.T) {
	p := newPlace(t)
	text := accessLines(0, 100, noon.Add(-3*time.Hour))
	p.write("web-20261120T0900Z-eu.log", text, time.Hour)
	p.write("access.log.1", "one\n", time.Hour)
	p.config.Codec = "gzip"
	c := p.settings()
	if _, err := Compress(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	same(t, []string{}, p.names())
	packedFiles := files(t, filepath.Join(p.dir, "archive"))
	same(t, 2, len(packedFiles))
	same(t, "web-20261120T0900Z-eu.log.gz", packedFiles[1])
	for _, dir := range []string{p.dir, filepath.Join(p.dir, "archive")} {
		c.Dir = dir
		if _, err := UploadPacked(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	same(t, text, p.unpacked("web/2026/11/20/web-20261120T0900Z-eu.log.gz"))
	same(t, 2, len(p.keys()))
	for _, name := range files(t, filepath.Join(p.dir, "archive")) {
		if !strings.HasPrefix(name, ".weir/") {
			t.Errorf("%s is left", name)
		}
	}
}

func TestALogThatRepeatsItselfIsNoBomb(t *testing.T) {
	p := newPlace(t)
	text := strings.Repeat("192.0.2.1 - - [20/Nov/2026:09:00:00 +0000] \"GET /health HTTP/1.1\" 200 2\n", 300_000)
	p.write("web-20261120T0900Z.log", text, time.Hour)
	if _, err := Compress(t.Context(), p.settings()); err != nil {
		t.Fatal(err)
	}
	if _, err := UploadPacked(t.Context(), p.settings()); err != nil {
		t.Fatal(err)
	}
	if p.unpacked("web/2026/11/20/web-20261120T0900Z.log.zst") != text {
		t.Error("it is not what it was")
	}
	p.write("access.log.2.gz", gzipped(t, text), time.Hour)
	same(t, 1, p.push().Deleted)
}

func TestCompressDoesNotOverwrite(t *testing.T) {
	p := newPlace(t)
	for _, text := range []string{"one\n", "two\n", "two\n"} {
		p.write("web-20261120T0900Z.log", text, time.Hour)
		if _, err := Compress(t.Context(), p.settings()); err != nil {
			t.Fatal(err)
		}
	}
	folder, err := bucket.OpenDir(t.Context(), filepath.Join(p.dir, "archive"), bucket.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	names := files(t, filepath.Join(p.dir, "archive"))
	same(t, 2, len(names))
	same(t, []string{"one\n", "two\n"}, []string{unpacked(t.Context(), t, folder, names[0]), unpacked(t.Context(), t, folder, names[1])})
	same(t, "web-20261120T0900Z.log.zst", names[0])
}
