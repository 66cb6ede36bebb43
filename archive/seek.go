package archive

import "encoding/binary"

// The seek table of Zstandard's seekable format (contrib/seekable_format in the
// zstd repository, version 0.1.0): a skippable frame at the end of the file with
// the packed and raw size of every frame, which any zstd reader passes over.
const (
	skippableMagic = 0x184D2A5E
	seekableMagic  = 0x8F92EAB1
	seekFooter     = 9
)

// seekEntry is one frame in a seek table.
type seekEntry struct{ Packed, Raw uint32 }

// appendSeekTable appends the table of the frames to dst.
func appendSeekTable(dst []byte, frames []seekEntry) []byte {
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
