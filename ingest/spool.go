package ingest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"sort"
	"sync"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/klauspost/compress/s2"
)

// spoolBlock is how many bytes are compressed together.
const spoolBlock = 256 << 10

// errOvertaken is why a place in a spool can't be read: newer lines stand there by now.
var errOvertaken = errors.New("overwritten by what came later")

// spool keeps the newest part of a stream in a file without a name, so that it
// can be read again; nothing of it is left when the process ends, however it
// does. The file is a ring of compressed blocks and never larger than its limit.
// One goroutine writes, any may read.
type spool struct {
	mu     sync.Mutex
	limit  int64
	file   *os.File
	head   []byte // the first lines of the stream
	blocks []spooled
	open   []byte // what is not in a block yet
	end    int64  // byte offset in the stream after open
	packed []byte
	failed error // why there is no spool any more
}

// spooled is a block of the stream and where it stands in the file.
type spooled struct {
	begin int64 // byte offset in the stream
	size  int
	at    int64 // byte offset in the file
	bytes int
}

func (b *spooled) after() int64 { return b.at + int64(b.bytes) }

// newSpool returns a spool of at most limit bytes; its file is made when it is needed.
func newSpool(limit int64) *spool { return &spool{limit: max(limit, 4*spoolBlock)} }

// write appends p. Where the disk is full, or the file fails otherwise, the spool
// is given up and its room with it, and failed is why.
func (s *spool) write(p []byte) (failed error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return nil
	}
	if n := spanHead - len(s.head); n > 0 {
		s.head = append(s.head, p[:min(n, len(p))]...)
	}
	for len(p) > 0 {
		n := min(spoolBlock-len(s.open), len(p))
		s.end += int64(n)
		s.open, p = append(s.open, p[:n]...), p[n:]
		if len(s.open) == spoolBlock {
			if err := s.flush(); err != nil {
				s.release()
				s.failed = spoolTrouble(err)
				return s.failed
			}
		}
	}
	return nil
}

// spoolTrouble says why a spool was given up, and what to do.
func spoolTrouble(err error) error {
	if what, ok := errors.AsType[*fs.PathError](err); ok {
		err = what.Err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("its temporary file in %s is full: %w: set TMPDIR, or a smaller --spool", os.TempDir(), err)
	}
	return fmt.Errorf("its temporary file in %s fails: %w: set TMPDIR", os.TempDir(), err)
}

// flush writes the open block to the ring, over the oldest ones.
func (s *spool) flush() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "weir-spool-"); err != nil {
			return err
		}
		if err := os.Remove(s.file.Name()); err != nil {
			return err
		}
	}
	s.packed = s2.Encode(s.packed[:cap(s.packed)], s.open)
	b := spooled{begin: s.end - int64(len(s.open)), size: len(s.open), bytes: len(s.packed)}
	if n := len(s.blocks); n > 0 {
		b.at = s.blocks[n-1].after()
		if b.after() > s.limit {
			for last := b.at; len(s.blocks) > 0 && s.blocks[0].at >= last; {
				s.blocks = s.blocks[1:]
			}
			b.at = 0
		}
	}
	for len(s.blocks) > 0 && s.blocks[0].at < b.after() && b.at < s.blocks[0].after() {
		s.blocks = s.blocks[1:]
	}
	if _, err := s.file.WriteAt(s.packed, b.at); err != nil {
		return err
	}
	s.blocks = append(s.blocks, b)
	s.open = s.open[:0]
	return nil
}

// release gives the file back.
func (s *spool) release() {
	if s.file != nil {
		s.file.Close()
	}
	s.file, s.blocks, s.open = nil, nil, nil
}

// close ends the spool: nothing can be read any more.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	s.failed = os.ErrClosed
}

// oldest is the first byte offset of the stream that can still be read.
func (s *spool) oldest() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.blocks) > 0 {
		return s.blocks[0].begin, s.failed
	}
	return s.end - int64(len(s.open)), s.failed
}

// beginning returns the first lines of the stream.
func (s *spool) beginning() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

// block returns the bytes of the stream from at to the end of their block.
func (s *spool) block(at int64, buf []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch open := s.end - int64(len(s.open)); {
	case s.failed != nil:
		return nil, s.failed
	case at >= s.end:
		return nil, io.EOF
	case at >= open:
		return append(buf[:0], s.open[at-open:]...), nil
	}
	i := sort.Search(len(s.blocks), func(i int) bool { return s.blocks[i].begin > at }) - 1
	if i < 0 {
		return nil, errOvertaken
	}
	b := s.blocks[i]
	packed := make([]byte, b.bytes)
	if _, err := s.file.ReadAt(packed, b.at); err != nil {
		return nil, fmt.Errorf("read the spool: %w", err)
	}
	buf, err := s2.Decode(buf[:cap(buf)], packed)
	if err != nil {
		return nil, fmt.Errorf("read the spool: %w", err)
	}
	return buf[at-b.begin:], nil
}

// spoolReader reads a spool from an offset of the stream on.
type spoolReader struct {
	s    *spool
	at   int64
	buf  []byte
	rest []byte
}

// Read returns what the stream brought, io.EOF at what is still to come.
func (r *spoolReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		rest, err := r.s.block(r.at, r.buf)
		if err != nil {
			return 0, err
		}
		r.buf, r.rest = rest, rest
	}
	n := copy(p, r.rest)
	r.rest, r.at = r.rest[n:], r.at+int64(n)
	return n, nil
}

// Close does nothing: the spool is the stream's.
func (r *spoolReader) Close() error { return nil }

// extent is what of the stream can be read: the offsets of its first byte and after its last.
func (s *spool) extent() (oldest, end int64, err error) {
	oldest, err = s.oldest()
	s.mu.Lock()
	defer s.mu.Unlock()
	return oldest, s.end, err
}

// rereader reads a spool from any place. It keeps the block it read last.
type rereader struct {
	from *spool

	mu    sync.Mutex
	begin int64 // byte offset in the stream of what block holds
	block []byte
}

// ReadAt implements io.ReaderAt by offsets of the stream.
func (r *rereader) ReadAt(p []byte, at int64) (n int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		if at < r.begin || at >= r.begin+int64(len(r.block)) {
			block, err := r.from.block(at, nil)
			if err != nil {
				return n, err
			}
			r.begin, r.block = at, block
		}
		copied := copy(p[n:], r.block[at-r.begin:])
		n, at = n+copied, at+int64(copied)
	}
	return n, nil
}

// spoolFor makes the spool of a stream, nil where none is wanted.
func (r *Reader) spoolFor(s *source) *spool {
	if r.cfg.Spool <= 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := newSpool(r.cfg.Spool)
	r.spools[s.index] = kept
	return kept
}

// spool returns the spool of a source, nil where it has none.
func (r *Reader) spool(source int) *spool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spools[source]
}

// closeSpools gives back what the spools hold.
func (r *Reader) closeSpools() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spools {
		s.close()
	}
}

// SpoolSize reads a --spool: bytes, 0 for off.
func SpoolSize(text string) (int64, error) {
	if text == "off" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is no size: write one like 256MB, or off", text)
	}
	return int64(n), nil
}

// CheckSpool says what is wrong with a --spool, and what to write.
func CheckSpool(text string) error {
	if _, err := SpoolSize(text); err != nil {
		return errors.New("write a size like 256MB, or off")
	}
	return nil
}
