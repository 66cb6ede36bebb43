package ingest

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// coreNow is the number of the core that runs the caller.
func coreNow() int {
	var core uint32
	_, _, _ = unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&core)), 0, 0)
	return int(core)
}
