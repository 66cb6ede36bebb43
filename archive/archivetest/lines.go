package archivetest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Lines are n numbered lines of an access log, one a second.
func Lines(from, n int, start time.Time) string {
	var b bytes.Buffer
	for i := from; i < from+n; i++ {
		at := start.Add(time.Duration(i) * time.Second).UTC()
		fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /item/%d HTTP/1.1\" 200 %d\n", i%250, at.Format("02/Jan/2006:15:04:05 -0700"), i, 100+i%900)
	}
	return b.String()
}

var numbered = regexp.MustCompile(`"GET /item/(\d+) `)

// holdings counts every numbered line in the files of a directory, those that
// are about to be deleted and those that were restored: where each is.
func holdings(t testing.TB, dir string) map[int][]string {
	t.Helper()
	found := make(map[int][]string)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == "spool" {
				return filepath.SkipDir
			}
			return err
		}
		if strings.Contains(path, "/.weir/") && !strings.Contains(path, "/.weir/claim/") {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		scan := bufio.NewScanner(f)
		for scan.Scan() {
			m := numbered.FindStringSubmatch(scan.Text())
			if m == nil {
				t.Errorf("%s has the line %q", path, scan.Text())
				continue
			}
			n, _ := strconv.Atoi(m[1])
			found[n] = append(found[n], strings.TrimPrefix(path, dir))
		}
		return scan.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// EachOnce holds what is in a directory, restored files too, against the lines
// that were written there: 0 to written, each exactly once.
func EachOnce(t testing.TB, dir string, written int) {
	t.Helper()
	count := holdings(t, dir)
	lost, doubled := 0, 0
	told := make(map[string]bool)
	for i := range written {
		if len(count[i]) == 0 {
			lost++
		}
		if len(count[i]) > 1 {
			doubled++
			if both := strings.Join(count[i], " and "); !told[both] {
				told[both] = true
				t.Logf("line %d is in %s", i, both)
			}
		}
	}
	if lost > 0 || doubled > 0 || len(count) != written {
		t.Errorf("of %d lines %d are lost and %d doubled; there are %d numbers", written, lost, doubled, len(count))
	}
}

// NothingLeft looks below directories for temporary files, and for the unfinished
// uploads that a directory as a bucket keeps.
func NothingLeft(t testing.TB, dirs ...string) {
	t.Helper()
	for _, root := range dirs {
		err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
			name := filepath.Base(path)
			if err == nil && (strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".packed") || strings.HasPrefix(name, "put-") || strings.HasPrefix(name, "upload-")) {
				t.Errorf("%s is left", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
