package ingest

import (
	"errors"
	"os"
	"syscall"
)

// afterHole is the offset of the first byte between off and size that was ever
// written. Before it is nothing but NUL that takes no room on the disk.
func afterHole(f *os.File, off, size int64) int64 {
	const seekData = 3
	at, err := f.Seek(off, seekData)
	switch {
	case err == nil:
		return min(at, max(size, off))
	case errors.Is(err, syscall.ENXIO):
		return max(size, off)
	}
	return off
}
