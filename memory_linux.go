package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// inLargePages asks for pages of 2 MiB where the kernel gives them to who asks. Elsewhere
// nothing is lost.
func inLargePages(memory []byte) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) }

// awake lets threads that sleep for some microseconds sleep no longer than that. The
// scheduler does so before it takes work from another core, and the kernel, which wakes
// threads together where it may, makes 60 microseconds of 3. Root may say so of every
// thread, others of the one that does, and of those that it starts.
func awake() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, t := range threads {
		_ = os.WriteFile("/proc/"+t.Name()+"/timerslack_ns", []byte("1000"), 0)
	}
}
