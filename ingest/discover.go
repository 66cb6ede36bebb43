package ingest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"weir/ingest/event"
)

// discovery finds the files that the names stand for, now and later.
type discovery struct {
	r       *Reader
	skip    []string             // absolute
	known   map[string]*source   // by path; some have ended
	judged  map[string]judgement // paths that have none
	waiting map[string]*source   // names that stand for nothing yet
	dirs    map[string]bool      // where more may appear
}

// judgement is why a file was not taken, and when to judge anew.
type judgement struct {
	id      fileID
	size    int64
	changed time.Time
}

func newDiscovery(r *Reader) *discovery {
	d := &discovery{r: r, known: map[string]*source{}, judged: map[string]judgement{}, waiting: map[string]*source{}, dirs: map[string]bool{}}
	for _, path := range r.cfg.Skip {
		if abs, err := filepath.Abs(path); err == nil {
			d.skip = append(d.skip, abs)
		}
	}
	return d
}

// begin makes the sources of what is there. A name that stands for nothing yet
// is a source too and waits; with Once it is an error.
func (d *discovery) begin() (sources []*source, err error) {
	var errs []error
	for _, name := range d.r.cfg.Paths {
		dir, ok := several(name)
		if ok {
			d.dirs[dir] = true
		}
		paths, err := d.find(name)
		if err != nil && d.r.cfg.Once {
			errs = append(errs, err)
			continue
		}
		if err != nil && d.known[name] == nil {
			s := d.r.add(name)
			s.is(event.Waiting, err.Error())
			d.waiting[name], d.known[name] = s, s
			continue
		}
		for _, path := range paths {
			s := d.r.add(path)
			s.found = ok
			sources = append(sources, s)
			d.known[path] = s
		}
	}
	return sources, errors.Join(errs...)
}

// find returns the paths that name stands for and that have no source yet.
func (d *discovery) find(name string) ([]string, error) {
	reading := func(path string) bool {
		s := d.known[path]
		return s != nil && !s.over.Load()
	}
	paths, err := expand(name, reading)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(paths, func(path string) bool { return reading(path) || d.skipped(path) }), nil
}

func (d *discovery) skipped(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && slices.Contains(d.skip, abs)
}

// run starts reading what appears, until ctx ends.
func (d *discovery) run(ctx context.Context, start func(*source)) {
	var events chan fsnotify.Event
	if watcher, err := fsnotify.NewWatcher(); err == nil && !d.r.cfg.Blind {
		defer func() { _ = watcher.Close() }()
		for dir := range d.dirs {
			_ = watcher.Add(dir) // what cannot be watched is looked at
		}
		events = watcher.Events
	}
	pause := d.r.cfg.Rescan
	for {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-events:
			// Every line written in the directory is an event: few are taken.
			if sleep(ctx, min(pause, 100*time.Millisecond)) != nil {
				return
			}
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		begun := time.Now()
		d.look(start)
		pause = max(d.r.cfg.Rescan, 50*time.Since(begun)) // a large tree is not looked through all the time
	}
}

// look starts reading what has appeared.
func (d *discovery) look(start func(*source)) {
	for _, name := range d.r.cfg.Paths {
		if _, ok := several(name); !ok {
			continue
		}
		paths, err := d.find(name)
		if err != nil {
			continue
		}
		for _, path := range paths {
			if !d.isNew(path) {
				continue
			}
			s := d.waiting[name]
			switch {
			case s != nil:
				delete(d.waiting, name)
				s.named(path)
			case d.known[path] != nil: // it was read once, and what was there is gone
				s = d.known[path]
			default:
				s = d.r.add(path)
			}
			s.found = true
			d.known[path] = s
			start(s)
		}
	}
}

// isNew reports whether nothing of the file at path has been read yet.
func (d *discovery) isNew(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return errors.Is(err, fs.ErrPermission)
	}
	now := judgement{idOf(info), info.Size(), info.ModTime()}
	if d.judged[path] == now {
		return false
	}
	in, err := os.Open(path)
	if err != nil {
		return true
	}
	defer in.Close()
	if info.Size() == 0 && d.known[path] == nil && len(d.waiting) == 0 {
		return false // what it will be shows when something is in it
	}
	if d.isKnown(path, in, info) {
		d.judged[path] = now
		return false
	}
	delete(d.judged, path)
	return true
}

// isKnown reports whether what in holds has been read, or cannot be told yet.
func (d *discovery) isKnown(path string, in *os.File, info fs.FileInfo) bool {
	if d.r.ledger.same(in, info) || d.r.ledger.kin(path, in, info) != stranger {
		return true
	}
	var head [16]byte
	n, _ := in.ReadAt(head[:], 0)
	how := codecOf(head[:n])
	if how == plain {
		return false
	}
	decoded := newAhead(in, how)
	defer func() { _ = decoded.Close() }()
	var (
		first [headSize]byte
		err   error
	)
	n = 0
	for n < len(first) && err == nil {
		var m int
		m, err = decoded.Read(first[n:])
		n += m
	}
	if err != nil && err != io.EOF {
		return true // still being written, or damaged
	}
	return d.r.ledger.kinHead(path, first[:n]) != stranger
}
