package archive

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"weir/ingest/event"
	"weir/stats"
)

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// packed packs text and returns the bytes and their manifest.
func packed(t testing.TB, codec, text string) ([]byte, *Manifest) {
	t.Helper()
	c, err := codecNamed(codec)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	m := &Manifest{Key: "k", Modified: noon}
	if err := pack(t.Context(), &out, strings.NewReader(text), c, true, newDigest(inUTC(noon), nil), m, func(int) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), m
}

func TestEveryCodecGivesBackWhatWasPacked(t *testing.T) {
	long := accessLines(0, 100_000, noon)
	for _, c := range Codecs {
		for _, text := range []string{"a\n", "no end of line", strings.Repeat("x", frameSize+10) + "\nb\n", long, long[:len(long)-1]} {
			data, m := packed(t, c.Name, text)
			r, err := c.reader(bytes.NewReader(data), false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != text {
				t.Errorf("%s: %d bytes came back of %d (%v)", c.Name, len(got), len(text), err)
			}
			lines := int64(strings.Count(text, "\n"))
			if !strings.HasSuffix(text, "\n") {
				lines++
			}
			same(t, Content{int64(len(text)), lines, hash64(xxhash.Sum64String(text))}, m.Raw)
			if err := m.check(); err != nil {
				t.Error(err)
			}
			if err := unpacksTo(t.Context(), bytes.NewReader(data), c, m.Raw); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestFramesEndAtLineEndsAndKnowTheirTime(t *testing.T) {
	text := accessLines(0, 120_000, noon)
	data, m := packed(t, "zstd", text)
	if len(m.Frames) != len(text)/frameSize+1 {
		t.Fatalf("%d frames of %d bytes", len(m.Frames), len(text))
	}
	raw, at, second := 0, int64(0), noon.Unix()
	for i, f := range m.Frames {
		piece := text[raw : raw+int(f.Raw)]
		if !strings.HasSuffix(piece, "\n") || strings.Count(piece, "\n") != int(f.Lines) {
			t.Errorf("frame %d of %d lines ends in %q", i, f.Lines, piece[len(piece)-1:])
		}
		same(t, [2]int64{second, second + f.Lines - 1}, [2]int64{f.First, f.Last})
		second += f.Lines
		d, err := zstd.NewReader(bytes.NewReader(data[at : at+f.Packed]))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(d)
		d.Close()
		if err != nil || string(got) != piece {
			t.Errorf("frame %d does not unpack by itself (%v)", i, err)
		}
		raw, at = raw+int(f.Raw), at+f.Packed
	}
	same(t, [2]int64{noon.Unix(), noon.Unix() + 119_999}, [2]int64{m.First, m.Last})
	same(t, "combined", strings.ReplaceAll(m.Format, "common", "combined"))
}

func TestTheSeekTableSaysWhereTheFramesAre(t *testing.T) {
	data, m := packed(t, "zstd", accessLines(0, 100_000, noon))
	var frames []seekEntry
	for _, f := range m.Frames {
		frames = append(frames, seekEntry{uint32(f.Packed), uint32(f.Raw)})
	}
	table := appendSeekTable(nil, frames)
	if !bytes.HasSuffix(data, table) {
		t.Errorf("the file does not end in %x", table)
	}
}

// The bytes are those of contrib/seekable_format/zstd_seekable_compression_format.md.
func TestTheSeekTableIsThatOfTheSeekableFormat(t *testing.T) {
	want := "5e2a4d18" + "11000000" + "05000000" + "64000000" + "01000000" + "00" + "b1ea928f"
	same(t, want, hex.EncodeToString(appendSeekTable(nil, []seekEntry{{5, 100}})))
}

func TestALineAcrossTwoFramesIsOneLine(t *testing.T) {
	line := strings.TrimSuffix(accessLines(0, 1, noon), "\n")
	text := strings.Repeat("x", frameSize-10) + " " + line + "\n" + line + "\n"
	_, m := packed(t, "none", text)
	same(t, int64(2), m.Raw.Lines)
	same(t, int64(0), m.Frames[0].Lines)
}

func TestADigestOfPiecesIsThatOfTheWhole(t *testing.T) {
	text := accessLines(0, 500, noon) + "torn"
	whole, pieces := &Manifest{}, &Manifest{}
	d := newDigest(inUTC(noon), nil)
	d.frame([]byte(text), 0)
	noError(t, d.finish(whole))
	d = newDigest(inUTC(noon), nil)
	for rest := text; rest != ""; {
		n := min(len(rest), 7)
		d.frame([]byte(rest[:n]), 0)
		rest = rest[n:]
	}
	noError(t, d.finish(pieces))
	whole.Frames, pieces.Frames = nil, nil
	same(t, whole, pieces)
	same(t, int64(501), whole.Raw.Lines)
}

// counting is a Summary that counts.
type counting struct{ events int }

func (c *counting) AddAll(events []event.Event) { c.events += len(events) }

func (c *counting) Append(dst []byte) []byte { return append(dst, byte(c.events)) }

func TestTheSummaryOfTheEventsIsInTheManifest(t *testing.T) {
	p := newPlace(t)
	p.config.NewSummary = func() Summary { return &counting{} }
	p.write("web-20261120T0900Z.log", accessLines(0, 7, noon.Add(-3*time.Hour))+"not a request\n", time.Hour)
	p.push()
	entries, _, err := List(t.Context(), p.bucket, template(t, ""), noon.Add(-24*time.Hour), noon, true)
	if err != nil {
		t.Fatal(err)
	}
	same(t, 1, len(entries))
	if got, err := entries[0].Manifest.Counted(); err != nil || len(got) != 1 || got[0] < 7 {
		t.Errorf("summary is %v, %v", got, err)
	}
	same(t, int64(8), entries[0].Manifest.Raw.Lines)
	entries, _, err = List(t.Context(), p.bucket, template(t, ""), noon.Add(-24*time.Hour), noon, false)
	if err != nil || len(entries) != 1 || entries[0].Manifest.Summary != nil {
		t.Errorf("a list that needs no summaries keeps %+v, %v", entries, err)
	}
}

// TestADayIsDrawnFromItsManifest holds an engine that restored what the manifest
// says against one that counted the lines.
func TestADayIsDrawnFromItsManifest(t *testing.T) {
	p := newPlace(t)
	p.config.NewSummary = func() Summary { return stats.NewRollup() }
	text := accessLines(0, 3000, noon.Add(-24*time.Hour))
	p.write("web-20261119T1200Z.log", text, time.Hour)
	p.push()
	entries, _, err := List(t.Context(), p.bucket, template(t, ""), noon.Add(-48*time.Hour), noon, true)
	noError(t, err)
	same(t, 1, len(entries))
	raw, err := entries[0].Manifest.Counted()
	noError(t, err)
	rollup, err := stats.DecodeRollup(raw)
	noError(t, err)
	restored, counted := stats.New(stats.Config{}), stats.New(stats.Config{})
	noError(t, restored.Restore(entries[0].Manifest.Key, "", rollup))
	parser := inUTC(noon)
	for line := range strings.Lines(text) {
		var e event.Event
		e.Reset()
		if reject := parser.Parse([]byte(strings.TrimSpace(line)), &e); reject != nil {
			t.Fatalf("%q: %v", line, reject)
		}
		counted.Add(&e)
	}
	first, last := entries[0].Manifest.Span()
	got, want := restored.Window(first.Unix(), last.Unix()+1), counted.Total()
	same(t, want.Hits, got.Hits)
	same(t, want.Bytes, got.Bytes)
	same(t, want.Clients.Count(), got.Clients.Count())
	same(t, fmt.Sprint(want.Top(stats.Client, 10)), fmt.Sprint(got.Top(stats.Client, 10)))
	from := first.Unix() / 600 * 600
	to := last.Unix()/600*600 + 600
	same(t, counted.Series(from, to, 600), restored.Series(from, to, 600))
}

func TestWhatIsPackedAlreadyIsDescribed(t *testing.T) {
	text := accessLines(0, 1000, noon)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, text[:5000])
	w.Close()
	w.Reset(&z) // as cat a.gz b.gz gives
	io.WriteString(w, text[5000:])
	w.Close()
	m := &Manifest{}
	gz := codecOf("x.log.gz")
	if err := describe(t.Context(), bytes.NewReader(z.Bytes()), 1<<20, gz, false, newDigest(inUTC(noon), nil), m, func(int) {}); err != nil {
		t.Fatal(err)
	}
	same(t, Content{int64(len(text)), 1000, hash64(xxhash.Sum64String(text))}, m.Raw)
	same(t, []Frame{{int64(len(text)), int64(z.Len()), 1000, m.Raw.Hash, noon.Unix(), noon.Unix() + 999}}, m.Frames)
	for _, cut := range []int{1, 10, z.Len() / 2, z.Len() - 1} {
		err := describe(t.Context(), bytes.NewReader(z.Bytes()[:cut]), 1<<20, gz, false, newDigest(nil, nil), &Manifest{}, func(int) {})
		if err == nil {
			t.Errorf("%d of %d bytes were taken for whole", cut, z.Len())
		}
	}
}

func TestNoMoreIsUnpackedThanIsLookedFor(t *testing.T) {
	for _, codec := range []string{"gzip", "zstd"} {
		c, err := codecNamed(codec)
		if err != nil {
			t.Fatal(err)
		}
		encode, err := c.encoder()
		if err != nil {
			t.Fatal(err)
		}
		bomb, err := encode(nil, make([]byte, 64<<20))
		if err != nil {
			t.Fatal(err)
		}
		read := 0
		err = describe(t.Context(), bytes.NewReader(bomb), 1<<20, c, false, newDigest(nil, nil), &Manifest{}, func(n int) { read += n })
		if !errors.Is(err, errLonger) {
			t.Errorf("%s: %v", codec, err)
		}
		if read > 3<<20 {
			t.Errorf("%s: %d bytes were unpacked", codec, read)
		}
	}
}

func TestPackingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := pack(ctx, io.Discard, strings.NewReader("x\n"), Codecs[0], false, newDigest(nil, nil), &Manifest{}, func(int) {})
	same(t, true, errors.Is(err, context.Canceled))
}
