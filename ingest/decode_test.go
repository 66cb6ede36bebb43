package ingest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// bzipped2 is what bzip2 makes of "1 a\n2 b\n"; Go only reads it.
const bzipped2 = "QlpoOTFBWSZTWfOlAX4AAAJZAAAQQAAwADAAIAAhppmgwAKVCwu5IpwoSHnSgL8A"

func gzipOf(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func zstdOf(t *testing.T, text string) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	defer w.Close()
	return w.EncodeAll([]byte(text), nil)
}

func xzOf(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	must(t, err)
	_, err = io.WriteString(w, text)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func TestCompressedLogsAreReadOnce(t *testing.T) {
	bz, err := base64.StdEncoding.DecodeString(bzipped2)
	must(t, err)
	const text = "1 a\n2 b\n"
	for name, content := range map[string][]byte{
		"log.1.gz":         gzipOf(t, text),
		"two members.gz":   append(gzipOf(t, "1 a\n2"), gzipOf(t, " b")...),
		"log.1.zst":        zstdOf(t, text),
		"log.1.xz":         xzOf(t, text),
		"log.1.bz2":        bz,
		"gzip without end": gzipOf(t, text),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			must(t, os.WriteFile(path, content, 0o644))
			r := read(t, Config{}, path)
			must(t, r.end()) // nothing can be added to it
			r.want("1 a", "2 b")
			r.wantState(event.Done)
		})
	}
}

func TestCompressedLogBesideTheLiveOne(t *testing.T) {
	dir := t.TempDir()
	log := dir + "/access.log"
	must(t, os.WriteFile(log+".2.gz", gzipOf(t, "1 a\n2 b\n"), 0o644))
	put(t, log+".1", "3 c\n")
	put(t, log, "4 d\n")
	r := read(t, Config{}, dir)
	r.want("1 a", "2 b", "3 c", "4 d")
	// the next rotation, as logrotate does it
	must(t, os.Rename(log+".2.gz", log+".3.gz"))
	must(t, os.WriteFile(log+".2.gz", gzipOf(t, "3 c\n")[:12], 0o644))
	put(t, dir+"/other.log", "5 e\n")
	r.want("1 a", "2 b", "3 c", "4 d", "5 e")
	must(t, os.WriteFile(log+".2.gz", gzipOf(t, "3 c\n"), 0o644))
	must(t, os.Remove(log+".1"))
	must(t, os.Rename(log, log+".1"))
	put(t, log, "6 f\n")
	r.want("1 a", "2 b", "3 c", "4 d", "5 e", "6 f")
	must(t, os.WriteFile(dir+"/brought.gz", gzipOf(t, "7 g\n"), 0o644))
	r.want("1 a", "2 b", "3 c", "4 d", "5 e", "6 f", "7 g")
}

func TestDamagedCompressedLogCountsUpToTheDamage(t *testing.T) {
	for name, end := range map[string]int{"cut": -20, "flipped": 0} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.gz")
			var text strings.Builder
			for i := range 100_000 {
				fmt.Fprintf(&text, "%d %x\n", i, i*i)
			}
			content := gzipOf(t, text.String())
			content = content[:len(content)+end]
			content[len(content)*9/10] ^= 0x55 * byte(1+end/20)
			must(t, os.WriteFile(path, content, 0o644))
			r := read(t, Config{Once: true}, path)
			if err := r.end(); err == nil || !strings.HasSuffix(err.Error(), ": the file is damaged or not complete; what could be read counts") {
				t.Error(err)
			}
			if n := len(r.read()); n < 50_000 {
				t.Errorf("%d lines", n)
			}
			r.wantState(event.Unreadable)
		})
	}
}

func TestDictionaryBeyondAllMeasureIsRefused(t *testing.T) {
	content := xzOf(t, "1 a\n")
	i := bytes.Index(content, []byte{0x21, 1})
	content[i+2] = 40 // 4 GiB
	path := filepath.Join(t.TempDir(), "log.xz")
	must(t, os.WriteFile(path, content, 0o644))
	r := read(t, Config{Once: true}, path)
	got := strings.ReplaceAll(fmt.Sprint(r.end()), path, "log.xz")
	want := "log.xz: its dictionary is larger than 128 MiB: the file is damaged or not complete; what could be read counts"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStandardInputMayBeCompressed(t *testing.T) {
	r := read(t, Config{Stdin: bytes.NewReader(gzipOf(t, "1 a\n2 b"))}, "-")
	must(t, r.end())
	r.want("1 a", "2 b")
}

func TestLeavingWhileDecoding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.gz")
	must(t, os.WriteFile(path, gzipOf(t, strings.Repeat("1 a\n", 1<<20)), 0o644))
	r := read(t, Config{}, path)
	r.wantState(event.Reading)
	r.stop()
	must(t, r.end())
}

func TestNothingThatLooksCompressedBreaksTheReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	good := [][]byte{gzipOf(t, "1 a\n2 b\n"), zstdOf(t, "1 a\n2 b\n"), xzOf(t, "1 a\n2 b\n")}
	rapid.Check(t, func(rt *rapid.T) {
		content := bytes.Clone(good[rapid.IntRange(0, len(good)-1).Draw(rt, "codec")])
		for range rapid.IntRange(1, 8).Draw(rt, "faults") {
			content[rapid.IntRange(4, len(content)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		must(t, os.WriteFile(path, content[:rapid.IntRange(6, len(content)).Draw(rt, "length")], 0o644))
		out := make(chan *event.Batch, 100)
		reader, err := New(Config{Paths: []string{path}, Once: true, NewParser: func() Parser { return &numbered{} }}, out)
		must(t, err)
		_ = reader.Run(t.Context())
		if state := reader.Sources()[0].State; state != event.Done && state != event.Unreadable {
			rt.Error(state)
		}
	})
}
