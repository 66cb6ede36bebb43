package ingest

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unprivileged runs f with no rights over others' files, where this process has them.
func unprivileged(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if os.Geteuid() == 0 {
			const nobody = 65534
			if err := syscall.Setfsuid(nobody); err != nil {
				t.Error(err)
				return
			}
		}
		f()
	}()
	<-done
}

func TestAPatternInADirectoryThatMayNotBeReadSaysSo(t *testing.T) {
	dir := t.TempDir()
	for at := dir; at != os.TempDir(); at = filepath.Dir(at) {
		must(t, os.Chmod(at, 0o755))
	}
	closed := dir + "/apache2"
	put(t, dir+"/a.log", "1 a\n")
	must(t, os.Mkdir(closed, 0))
	must(t, os.Mkdir(dir+"/empty", 0o755))
	t.Cleanup(func() { must(t, os.Chmod(closed, 0o755)) })
	got := make(map[string]string)
	unprivileged(t, func() {
		for _, pattern := range []string{"/apache2/*.log", "/apache2/site/*.log", "/empty/*.log", "/none/*.log"} {
			_, err := Expand([]string{dir + pattern})
			got[pattern] = err.Error()
		}
	})
	advice := ": permission denied: run weir as a user who may read it (often group adm)"
	want := map[string]string{
		"/apache2/*.log":      closed + advice,
		"/apache2/site/*.log": closed + "/site" + advice,
		"/empty/*.log":        `no log matches "` + dir + `/empty/*.log": check the pattern, or name a file`,
		"/none/*.log":         `no log matches "` + dir + `/none/*.log": check the pattern, or name a file`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
