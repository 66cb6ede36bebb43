package bucket

import (
	"errors"
	"os"
	"strings"
	"syscall"
)

func notDirectory(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// busy marks a file as being written; the mark goes with the process.
func busy(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// sweep removes the temporary files and folders whose writers are dead. A file between its
// making and its mark may go too; its writer then finds it gone and says so.
func (d *Dir) sweep() {
	entries, err := d.readDir(hidden)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "put-") {
			continue
		}
		f, err := d.root.Open(hidden + "/" + e.Name())
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			d.root.RemoveAll(hidden + "/" + e.Name())
		}
		f.Close()
	}
}
