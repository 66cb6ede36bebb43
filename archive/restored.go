package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// restored is one file that a restore made. Only such files are ever cleaned
// away or replaced, and only while they are as they were made.
type restored struct {
	Path     string `json:"path"` // absolute
	Key      string `json:"key"`
	From     int    `json:"from"` // frames
	To       int    `json:"to"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // unix nanoseconds
	Hash     string `json:"hash"`     // XXH64 of its bytes
	Gone     bool   `json:"gone,omitempty"`
}

// intact says that the file is as it was made.
func (r *restored) intact(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != r.Size {
		return false
	}
	if info.ModTime().UnixNano() == r.Modified {
		return true
	}
	f, _, err := openSource(path)
	if err != nil {
		return false
	}
	defer f.Close()
	sum, err := hashOf(f, 0, r.Size)
	return err == nil && sum == r.Hash
}

// restoredList remembers what was restored from a directory's archive, in
// DIR/.weir/restored.jsonl.
type restoredList struct {
	path  string
	files map[string]restored // by path
}

func readRestored(dir string) (*restoredList, error) {
	l := &restoredList{path: filepath.Join(dir, homeName, "restored.jsonl"), files: make(map[string]restored)}
	data, err := os.ReadFile(l.path)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("read the list of restored files: %w", err)
	}
	for line := range bytes.Lines(data) {
		var r restored
		if json.Unmarshal(line, &r) != nil || r.Path == "" {
			continue // torn by a crash
		}
		if r.Gone {
			delete(l.files, r.Path)
		} else {
			l.files[r.Path] = r
		}
	}
	return l, nil
}

func (l *restoredList) get(into, name string) (restored, bool) {
	path, err := filepath.Abs(filepath.Join(into, name))
	if err != nil {
		return restored{}, false
	}
	r, ok := l.files[path]
	return r, ok
}

// in returns the files below into, by name.
func (l *restoredList) in(into string) map[string]restored {
	found := make(map[string]restored)
	abs, err := filepath.Abs(into)
	if err != nil {
		return found
	}
	for path, r := range l.files {
		if filepath.Dir(path) == abs {
			found[filepath.Base(path)] = r
		}
	}
	return found
}

// add makes an entry durable.
func (l *restoredList) add(r restored) error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return full(l.path, fmt.Errorf("write the list of restored files: %w", err))
	}
	line, err := json.Marshal(&r)
	if err != nil {
		return fmt.Errorf("write the list of restored files: %w", err)
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return full(l.path, fmt.Errorf("write the list of restored files: %w", err))
	}
	defer f.Close()
	// A line of its own even after a torn one.
	if _, err = f.Write(append(append([]byte("\n"), line...), '\n')); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return full(l.path, fmt.Errorf("write the list of restored files: %w", err))
	}
	if r.Gone {
		delete(l.files, r.Path)
	} else {
		l.files[r.Path] = r
	}
	return nil
}

// compact drops what was cleaned away.
func (l *restoredList) compact() error {
	var out bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(l.files)) {
		r := l.files[path]
		line, err := json.Marshal(&r)
		if err != nil {
			return fmt.Errorf("write the list of restored files: %w", err)
		}
		out.Write(append(line, '\n'))
	}
	if err := writeDurably(l.path, out.Bytes()); err != nil {
		return fmt.Errorf("write the list of restored files: %w", err)
	}
	return nil
}

func sumName(s string) string { return hash64(xxhash.Sum64String(s))[:8] }
