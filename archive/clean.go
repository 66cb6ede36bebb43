package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Clean deletes what restores into the directory brought back, and nothing else:
// a file that was changed since stays. into is the folder to clean; "" is all of
// them. Cleaning again is no error.
func Clean(dir, into string, dryRun bool, now func() time.Time, on func(Event)) (int, error) {
	if _, err := os.Stat(dir); err != nil {
		return 0, fmt.Errorf("open the log directory: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, homeName)); errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	home, err := openHome(dir, restoreLock)
	if err != nil {
		return 0, err
	}
	defer home.close()
	list, err := readRestored(dir)
	if err != nil {
		return 0, err
	}
	if into != "" {
		if into, err = filepath.Abs(into); err != nil {
			return 0, err
		}
	}
	var paths []string
	for path := range list.files {
		if into == "" || filepath.Dir(path) == into {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	cleaned := 0
	for _, path := range paths {
		r := list.files[path]
		e := Event{Time: now(), What: Cleaned, File: path, Bytes: r.Size}
		_, err := os.Lstat(path)
		gone := errors.Is(err, os.ErrNotExist)
		if !gone && !r.intact(path) {
			e.What, e.Reason = Held, "it was changed since it was restored"
			on(e)
			continue
		}
		if dryRun {
			e.What = Planned
			on(e)
			continue
		}
		if !gone {
			if err := os.Remove(path); err != nil {
				return cleaned, fmt.Errorf("clean: %w", err)
			}
			cleaned++
			on(e)
		}
		r.Gone = true
		if err := list.add(r); err != nil {
			return cleaned, err
		}
	}
	if dryRun || len(paths) == 0 {
		return cleaned, nil
	}
	return cleaned, list.compact()
}
