package ingest

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"math"
	"os"

	"weir/ingest/event"
)

// tape is one log that can be read from any place: a file, or what a compressed
// file decodes to. A rotated or truncated log is another tape. It is a value:
// a copy goes on to be what it was.
type tape struct {
	index    int
	path     string
	in       io.ReaderAt // nil where a compressed file is not decoded yet
	file     *os.File
	info     fs.FileInfo
	how      codec
	from     *spool // of a stream; info is nil then
	begin    int64  // byte offset of the first line that can be read: 0 but for a stream
	first    int64  // nanoseconds of the first line that has a time
	size     int64  // byte offset after the last whole line
	whole    bool   // nobody will append: a last line without an end is whole
	restored bool   // from an archive: it may go again
	err      error  // why it can't be decoded
}

const (
	// tapeBlock is how much is read at once where lines are many, tapeMost where they are few.
	tapeBlock, tapeMost = 64 << 10, 512 << 10
	// tapeLine is how much of a line is parsed; the rest is passed over.
	tapeLine = 1 << 20
)

// latest is a time that no line of t is later than.
func (t *tape) latest() int64 {
	if t.info == nil {
		return math.MaxInt64 / 2
	}
	return t.info.ModTime().Add(clockError).UnixNano()
}

// lines calls take for every line that begins in [from, to), both line starts,
// until it returns false. A line's bytes are valid until take returns; of a
// line longer than tapeLine they are its head.
func (t *tape) lines(from, to int64, in *bufio.Reader, take func(line []byte, at, end int64) bool) error {
	if t.in == nil || from >= to {
		return nil
	}
	in.Reset(io.NewSectionReader(t.in, from, to-from))
	var long []byte
	for at := from; at < to; {
		line, err := in.ReadSlice('\n')
		end := at + int64(len(line))
		if err == bufio.ErrBufferFull {
			long = append(long[:0], line...)
			for err == bufio.ErrBufferFull {
				line, err = in.ReadSlice('\n')
				end += int64(len(line))
				long = append(long, line[:min(len(line), max(tapeLine-len(long), 0))]...)
			}
			line = long
		}
		if err != nil && err != io.EOF {
			return err
		}
		if end == at || !take(trimmed(line), at, end) {
			return nil
		}
		at = end
	}
	return nil
}

func trimmed(line []byte) []byte {
	return content(line[nulPrefix(line):])
}

// startOf is the start of the line that the byte at off belongs to.
func (t *tape) startOf(off int64) int64 {
	if t.in == nil {
		return 0
	}
	var buf [16 << 10]byte
	for end := off; end > t.begin; {
		n := min(end-t.begin, int64(len(buf)))
		got, err := t.in.ReadAt(buf[:n], end-n)
		if err != nil && err != io.EOF {
			return 0
		}
		if i := bytes.LastIndexByte(buf[:got], '\n'); i >= 0 {
			return end - n + int64(i) + 1
		}
		end -= n
	}
	return t.begin
}

// seek is the start of the first line at or after a time, in nanoseconds; lines
// out of order may stand on the wrong side of it.
func (t *tape) seek(when int64, parser Parser, in *bufio.Reader) int64 {
	low, high := t.begin, t.size // the lines before low are earlier, those from high on are not
	for high-low > tapeBlock {
		middle := t.startOf(low + (high-low)/2)
		if middle <= low {
			break
		}
		at, found := t.timeFrom(middle, high, parser, in)
		if found && at < when {
			low = middle
		} else {
			high = middle
		}
	}
	found := high
	var e event.Event
	_ = t.lines(low, high, in, func(line []byte, at, _ int64) bool {
		e.Reset()
		if parser.Parse(line, &e) == nil && e.Flags&event.BadTime == 0 && e.Time >= when {
			found = at
		}
		return found == high
	})
	return found
}

// timeFrom is the time of the first line in [from, to) that has one.
func (t *tape) timeFrom(from, to int64, parser Parser, in *bufio.Reader) (when int64, ok bool) {
	var e event.Event
	_ = t.lines(from, to, in, func(line []byte, _, _ int64) bool {
		e.Reset()
		ok = parser.Parse(line, &e) == nil && e.Flags&event.BadTime == 0
		when = e.Time
		return !ok
	})
	return when, ok
}
