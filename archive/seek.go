package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The seek table of Zstandard's seekable format (contrib/seekable_format in the
// zstd repository, version 0.1.0): a skippable frame at the end of the file with
// the packed and raw size of every frame, which any zstd reader passes over.
const (
	skippableMagic = 0x184D2A5E
	seekableMagic  = 0x8F92EAB1
	seekFooter     = 9
	seekHeader     = 8
	seekChecksums  = 1 << 7
	seekReserved   = 0x7c
	mostFrames     = 0x8000000
)

// SeekEntry is one frame in a seek table.
type SeekEntry struct{ Packed, Raw uint32 }

// AppendSeekTable appends the table of the frames to dst.
func AppendSeekTable(dst []byte, frames []SeekEntry) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, skippableMagic)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(8*len(frames)+seekFooter))
	for _, f := range frames {
		dst = binary.LittleEndian.AppendUint32(dst, f.Packed)
		dst = binary.LittleEndian.AppendUint32(dst, f.Raw)
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(frames)))
	dst = append(dst, 0)
	return binary.LittleEndian.AppendUint32(dst, seekableMagic)
}

var errNoSeekTable = errors.New("the file has no seek table")

// ReadSeekTable reads the table at the end of a file of that size. It reads no
// more than the table, and the frames it returns fill the file exactly.
func ReadSeekTable(r io.ReaderAt, size int64) ([]SeekEntry, error) {
	var footer [seekFooter]byte
	if size < seekHeader+seekFooter {
		return nil, errNoSeekTable
	}
	if _, err := r.ReadAt(footer[:], size-seekFooter); err != nil {
		return nil, fmt.Errorf("read the seek table: %w", err)
	}
	if binary.LittleEndian.Uint32(footer[5:]) != seekableMagic || footer[4]&seekReserved != 0 {
		return nil, errNoSeekTable
	}
	n, width := int64(binary.LittleEndian.Uint32(footer[:])), int64(8)
	if footer[4]&seekChecksums != 0 {
		width = 12
	}
	length := seekHeader + n*width + seekFooter
	if n > mostFrames || length > size {
		return nil, fmt.Errorf("the seek table says %d frames, more than the file can hold", n)
	}
	table := make([]byte, length)
	if _, err := r.ReadAt(table, size-length); err != nil {
		return nil, fmt.Errorf("read the seek table: %w", err)
	}
	if binary.LittleEndian.Uint32(table) != skippableMagic || int64(binary.LittleEndian.Uint32(table[4:])) != length-seekHeader {
		return nil, errors.New("the seek table's head does not fit its end")
	}
	frames := make([]SeekEntry, n)
	at := int64(0)
	for i := range frames {
		entry := table[seekHeader+int64(i)*width:]
		frames[i] = SeekEntry{binary.LittleEndian.Uint32(entry), binary.LittleEndian.Uint32(entry[4:])}
		at += int64(frames[i].Packed)
	}
	if at != size-length {
		return nil, fmt.Errorf("the seek table's frames are %d bytes, the file has %d", at, size-length)
	}
	return frames, nil
}
