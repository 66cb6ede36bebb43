package ingest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
)

// drop counts the lines of a file that is not read, and closes it.
func (r *Reader) drop(ctx context.Context, x spare) {
	defer x.f.Close()
	info, err := x.f.Stat()
	if err != nil || r.ledger.same(x.f, info) {
		return
	}
	lines := linesIn(ctx, io.NewSectionReader(x.f, 0, info.Size()))
	r.dropped.Add(lines)
	slog.Warn("more rotations than can be held open: one is not read", "path", x.path, "inode", idOf(info).ino, "lines", lines)
}

// linesIn counts the lines of in, of which the last may lack its end, as far as it
// can be read before ctx ends.
func linesIn(ctx context.Context, in io.Reader) (n int64) {
	buf, last := make([]byte, smallBlock), byte('\n')
	for ctx.Err() == nil {
		got, err := in.Read(buf)
		if got > 0 {
			n += int64(bytes.Count(buf[:got], []byte{'\n'}))
			last = buf[got-1]
		}
		if err != nil {
			break
		}
	}
	if last != '\n' {
		n++
	}
	return n
}
