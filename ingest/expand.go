package ingest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Expand returns the files that names stand for: a file's name stands for
// itself, there or not, "-" for standard input, a directory for the logs in it
// and a glob (with ** for any depth) for the logs it matches. Compressed logs
// are logs. The order is that of names, and by name within each; no file comes
// twice. A directory or a glob that yields nothing is an error.
func Expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		found, err := expand(name, nil)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out, nil
}

// several reports whether name may stand for files that are not there yet, and
// the directory in which those would appear.
func several(name string) (dir string, ok bool) {
	if name == "-" {
		return "", false
	}
	if info, err := os.Stat(name); err == nil {
		return name, info.IsDir()
	}
	if !strings.ContainsAny(name, "*?[{") {
		return "", false
	}
	dir, _ = doublestar.SplitPattern(filepath.ToSlash(name))
	return filepath.FromSlash(dir), true
}

// standsFor reports whether name, a directory or a glob, stands for path if that is a log.
func standsFor(name, path string) bool {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return filepath.Dir(path) == filepath.Clean(name)
	}
	ok, err := doublestar.PathMatch(filepath.Clean(name), path)
	return err == nil && ok
}

// expand returns the files that name stands for now. A file for which skip says
// so is not looked into.
func expand(name string, skip func(string) bool) ([]string, error) {
	dir, ok := several(name)
	if !ok {
		return []string{name}, nil
	}
	var (
		all []string
		why error
	)
	if dir == name {
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, errors.New(Explain(name, err))
		}
		for _, entry := range entries {
			all = append(all, filepath.Join(name, entry.Name()))
		}
		why = fmt.Errorf("no logs in %s: name another directory, or a file", name)
	} else {
		var how []doublestar.GlobOption
		if strings.Contains(name, "**") { // through links that lead upwards it would never end
			how = append(how, doublestar.WithNoFollow())
		}
		matched, err := doublestar.FilepathGlob(name, how...)
		if err != nil {
			return nil, UsageError{fmt.Errorf("%q is no pattern: %w", name, err)}
		}
		all = matched
		sort.Strings(all)
		why = fmt.Errorf("no log matches %q: check the pattern, or name a file", name)
		if len(all) == 0 { // a directory that may not be read looks like an empty one
			if _, err := os.ReadDir(dir); errors.Is(err, fs.ErrPermission) {
				why = errors.New(Explain(dir, err))
			}
		}
	}
	var out []string
	for _, path := range all {
		if skip != nil && skip(path) || isLog(path) {
			out = append(out, path)
		}
	}
	there := map[string]bool{}
	for _, path := range out {
		there[path] = true
	}
	out = slices.DeleteFunc(out, func(path string) bool { // what is just being compressed
		end := filepath.Ext(path)
		return slices.Contains(codecEnds, end) && there[strings.TrimSuffix(path, end)]
	})
	if len(out) == 0 {
		return nil, why
	}
	return out, nil
}

// notLogs are the ends of names in a log directory that are no logs.
var notLogs = []string{"~", ".pid", ".lock", ".sock", ".swp", ".db", ".db-wal", ".db-shm", ".sqlite", ".journal", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".zip"}

// codecEnds are the ends of the names of compressed logs.
var codecEnds = []string{".gz", ".zst", ".bz2", ".xz"}

// isLog reports whether a file that nobody named may be a log: a regular file,
// not hidden, and text or compressed.
func isLog(path string) bool {
	if !mayBeLog(path) {
		return false
	}
	info, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	if !info.Mode().IsRegular() {
		return false
	}
	in, err := os.Open(path)
	if err != nil {
		return true // and says why it cannot be read
	}
	defer in.Close()
	return looksLikeLog(in)
}

// mayBeLog judges by the name alone.
func mayBeLog(path string) bool {
	base := filepath.Base(path)
	if strings.HasPrefix(base, ".") {
		return false
	}
	return !slices.ContainsFunc(notLogs, func(end string) bool { return strings.HasSuffix(base, end) })
}

// looksLikeLog reports whether in begins like a text or like something compressed.
func looksLikeLog(in io.ReaderAt) bool {
	var head [512]byte
	n, _ := in.ReadAt(head[:], 0)
	return codecOf(head[:n]) != plain || isText(head[:n])
}

// isText reports whether b may be text. NUL at the very beginning is: it is
// what truncation leaves of a log whose writer does not append.
func isText(b []byte) bool {
	odd := 0
	for _, c := range b[nulPrefix(b):] {
		switch {
		case c == 0:
			return false
		case c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0x1b || c == 0x7f:
			odd++
		}
	}
	return odd*10 <= len(b)
}

// checkPatterns finds the globs that cannot be understood.
func checkPatterns(names []string) error {
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil || name == "-" {
			continue
		}
		if !doublestar.ValidatePathPattern(name) {
			return UsageError{fmt.Errorf("%q is no pattern: check its brackets and braces", name)}
		}
	}
	return nil
}
