package archive

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cespare/xxhash/v2"

	"weir/archive/bucket"
	"weir/ingest/event"
)

// frameSize is how much raw text a frame holds at most; frames end at line ends.
// 4 MiB cost under 3 % of the size that one frame would have.
const frameSize = 4 << 20

// together is how many events are counted at a time.
const together = 128

// longestLine is how much of a line is parsed.
const longestLine = 64 << 10

// Parser turns a line into an event; a format.Parser is one.
type Parser interface {
	Parse(line []byte, e *event.Event) *event.Reject
}

// Summary counts the events of a file that is packed; a stats.Rollup is one.
// What it appends goes into the manifest.
type Summary interface {
	AddAll(events []event.Event)
	Append(dst []byte) []byte
}

// Frame is a piece of a packed file that unpacks by itself.
type Frame struct {
	Raw    int64  `json:"raw"`    // bytes
	Packed int64  `json:"packed"` // bytes
	Lines  int64  `json:"lines"`
	Hash   string `json:"hash"`            // XXH64 of the raw bytes, hex
	First  int64  `json:"first,omitempty"` // least and greatest event time, unix seconds; 0 where no line says one
	Last   int64  `json:"last,omitempty"`
}

// digest learns from raw bytes what a manifest says of them.
type digest struct {
	parser  Parser
	summary Summary
	whole   *xxhash.Digest
	events  []event.Event // not counted yet
	torn    []byte        // the start of a line whose rest comes with the next piece
	size    int64
	lines   int64
	ended   bool // the last byte was a line end
	frames  []Frame
}

func newDigest(parser Parser, summary Summary) *digest {
	return &digest{parser: parser, summary: summary, whole: xxhash.New(), ended: true, events: make([]event.Event, 0, together)}
}

// frame takes the next piece; packed is its size when packed.
func (d *digest) frame(raw []byte, packed int64) {
	f := Frame{Raw: int64(len(raw)), Packed: packed, Hash: hash64(xxhash.Sum64(raw))}
	_, _ = d.whole.Write(raw) // a hash never fails
	d.size += f.Raw
	for rest := raw; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			d.torn = append(d.torn, rest[:min(len(rest), max(longestLine-len(d.torn), 0))]...)
			d.ended = false
			break
		}
		line := rest[:end]
		if !d.ended {
			d.torn = append(d.torn, line[:min(len(line), max(longestLine-len(d.torn), 0))]...)
			line = d.torn
		}
		d.line(line, &f)
		if !d.ended { // its memory is needed again
			d.count()
			d.torn, d.ended = d.torn[:0], true
		}
		f.Lines++
		rest = rest[end+1:]
	}
	d.count()
	d.lines += f.Lines
	d.frames = append(d.frames, f)
}

// line counts one line's event in the frame that it ends in.
func (d *digest) line(line []byte, f *Frame) {
	if d.parser == nil {
		return
	}
	line = bytes.TrimSuffix(line[:min(len(line), longestLine)], []byte("\r"))
	n := len(d.events)
	d.events = d.events[:n+1]
	e := &d.events[n]
	e.Reset()
	if d.parser.Parse(line, e) != nil {
		d.events = d.events[:n]
		return
	}
	at, known := e.Time/int64(time.Second), e.Flags&event.BadTime == 0 && e.Time > 0
	if len(d.events) == cap(d.events) {
		d.count()
	}
	if !known {
		return
	}
	if f.First == 0 || at < f.First {
		f.First = at
	}
	f.Last = max(f.Last, at)
}

// count gives the summary what it has not counted yet, while the lines still lie
// where they were parsed.
func (d *digest) count() {
	if d.summary != nil {
		d.summary.AddAll(d.events)
	}
	d.events = d.events[:0]
}

// finish takes a last line without an end and fills in the manifest.
func (d *digest) finish(m *Manifest) error {
	if !d.ended && len(d.frames) > 0 {
		last := &d.frames[len(d.frames)-1]
		d.line(d.torn, last)
		d.count()
		last.Lines++
		d.lines++
	}
	m.Raw = Content{Size: d.size, Lines: d.lines, Hash: hash64(d.whole.Sum64())}
	m.Frames = d.frames
	for i := range d.frames {
		f := &d.frames[i]
		if f.First != 0 && (m.First == 0 || f.First < m.First) {
			m.First = f.First
		}
		m.Last = max(m.Last, f.Last)
	}
	if p, ok := d.parser.(interface{ Format() string }); ok {
		m.Format = p.Format()
	}
	if d.summary != nil {
		return m.setSummary(d.summary.Append(nil))
	}
	return nil
}

func hash64(v uint64) string { return fmt.Sprintf("%016x", v) }

// sums are the checksums of packed bytes.
type sums struct {
	size int64
	all  io.Writer
	crc  interface{ Sum64() uint64 }
	sha  interface{ Sum([]byte) []byte }
	md5  interface{ Sum([]byte) []byte }
}

func newSums(withMD5 bool) *sums {
	crc, sha := bucket.NewCRC64(), sha256.New()
	s := &sums{all: io.MultiWriter(crc, sha), crc: crc, sha: sha}
	if withMD5 {
		m := md5.New()
		s.all, s.md5 = io.MultiWriter(crc, sha, m), m
	}
	return s
}

func (s *sums) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	return s.all.Write(p)
}

func (s *sums) packed() Packed {
	p := Packed{Size: s.size, CRC64: hash64(s.crc.Sum64()), SHA256: hex.EncodeToString(s.sha.Sum(nil))}
	if s.md5 != nil {
		p.MD5 = hex.EncodeToString(s.md5.Sum(nil))
	}
	return p
}

// pack writes raw to w in frames and fills in what the manifest says of both.
// tick is told how many raw bytes were read.
func pack(ctx context.Context, w io.Writer, raw io.Reader, codec Codec, withMD5 bool, d *digest, m *Manifest, tick func(n int)) error {
	encode, err := codec.encoder()
	if err != nil {
		return err
	}
	sums := newSums(withMD5)
	w = io.MultiWriter(w, sums)
	var (
		buffer = make([]byte, 0, frameSize)
		packed []byte
		table  []seekEntry
		ended  bool
	)
	for !ended {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := fill(raw, buffer[len(buffer):cap(buffer)])
		tick(n)
		buffer = buffer[:len(buffer)+n]
		if ended = err == io.EOF; err != nil && !ended {
			return fmt.Errorf("read: %w", err)
		}
		cut := len(buffer)
		if !ended {
			if end := bytes.LastIndexByte(buffer, '\n'); end >= 0 {
				cut = end + 1
			}
		}
		if cut == 0 {
			break
		}
		if packed, err = encode(packed[:0], buffer[:cut]); err != nil {
			return fmt.Errorf("pack: %w", err)
		}
		if _, err := w.Write(packed); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		d.frame(buffer[:cut], int64(len(packed)))
		table = append(table, seekEntry{uint32(len(packed)), uint32(cut)})
		buffer = append(buffer[:0], buffer[cut:]...)
	}
	if codec.Name == "zstd" {
		if _, err := w.Write(appendSeekTable(nil, table)); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := d.finish(m); err != nil {
		return err
	}
	m.Codec, m.Packed = codec.Name, sums.packed()
	return nil
}

// fill reads until p is full or r ends. Other than io.ReadFull it tells a clean
// end, io.EOF, from a torn one.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	return n, err
}

// bombLimit is how much may come out of n packed bytes that another program stored. DEFLATE
// reaches 1032 : 1 and zstd far more, logs 10 to 60.
func bombLimit(n int64) int64 { return 256*n + 1<<20 }

var errBomb = errors.New("it unpacks to more than 256 times its size: that is no log")

var errLonger = errors.New("it unpacks to more than is looked for")

// describe reads a packed file and fills in what a manifest says of it; errLonger
// where that unpacks to over most bytes. Its frames are one, as nothing is known
// of what is inside.
func describe(ctx context.Context, packed io.Reader, most int64, codec Codec, withMD5 bool, d *digest, m *Manifest, tick func(n int)) error {
	sums := newSums(withMD5)
	source := io.TeeReader(packed, sums)
	r, err := codec.reader(source, false)
	if err != nil {
		return err
	}
	defer r.Close()
	buffer := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := fill(r, buffer)
		tick(n)
		if n > 0 {
			d.frame(buffer[:n], 0)
		}
		if d.size > most {
			return errLonger
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("unpack: %w", err)
		}
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if err := d.finish(m); err != nil {
		return err
	}
	whole := Frame{Raw: d.size, Packed: sums.size, Lines: d.lines, Hash: m.Raw.Hash, First: m.First, Last: m.Last}
	m.Frames = []Frame{whole}
	m.Codec, m.Packed = codec.Name, sums.packed()
	return nil
}
