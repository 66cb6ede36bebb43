package ingest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/ingest/event"
)

// discovery finds the files that the names stand for, now and later.
type discovery struct {
	r       *Reader
	skip    []string             // absolute
	known   map[string]*source   // by path; some have ended
	judged  map[string]judgement // paths that have none
	waiting map[string]*source   // names that stand for nothing yet
	many    []string             // names that may stand for several files
	dirs    map[string]bool      // where more may appear
	gate    *gate
	guests  map[string]guest // by path
}

// judgement is why a file was not taken, and when to judge anew.
type judgement struct {
	id      fileID
	size    int64
	changed time.Time
}

func newDiscovery(r *Reader) *discovery {
	d := &discovery{r: r, known: map[string]*source{}, judged: map[string]judgement{}, waiting: map[string]*source{}, dirs: map[string]bool{}, guests: map[string]guest{}}
	for _, name := range r.cfg.Paths {
		if _, ok := several(name); ok {
			d.many = append(d.many, name)
		}
	}
	d.gate = r.names.newGate(func(path string) bool {
		_, ok := d.nameOf(path)
		return ok && mayBeLog(path) && !d.skipped(path)
	})
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
			d.gate.watch(dir)
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
			if dir := filepath.Dir(path); ok && !d.dirs[dir] {
				d.dirs[dir] = true
				d.gate.watch(dir)
			}
		}
	}
	return sources, errors.Join(errs...)
}

// find returns the paths that name stands for and that have no source yet.
func (d *discovery) find(name string) ([]string, error) {
	paths, err := expand(name, d.reads)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(paths, func(path string) bool { return d.reads(path) || d.skipped(path) }), nil
}

// reads reports whether path is followed.
func (d *discovery) reads(path string) bool {
	s := d.known[path]
	return s != nil && !s.over.Load()
}

func (d *discovery) skipped(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && slices.Contains(d.skip, abs)
}

// run starts reading what appears, until ctx ends.
func (d *discovery) run(ctx context.Context, start func(*source, *sight)) {
	defer d.close()
	due := time.Now().Add(d.r.cfg.Rescan) // for all directories
	soon := due                           // when something has happened in them
	for {
		pause := time.Until(due)
		if len(d.guests) > 0 {
			pause = min(pause, soonest)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-d.gate.woken():
			due = soon
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
		d.welcome(ctx, start)
		if begun := time.Now(); !begun.Before(due) {
			d.look(ctx, start)
			now := time.Now()
			soon = now.Add(max(soonest, 50*now.Sub(begun))) // a large tree is not looked through all the time
			due = now.Add(max(d.r.cfg.Rescan, 50*now.Sub(begun)))
		}
	}
}

// soonest is how often directories are looked through at most.
const soonest = 100 * time.Millisecond

func (d *discovery) close() {
	d.meet()
	for _, g := range d.guests {
		g.close()
	}
}

// meet takes over the names that came to the gate.
func (d *discovery) meet() {
	for _, s := range d.gate.take() {
		if was, ok := d.guests[s.path]; ok {
			was.close()
		}
		d.guests[s.path] = guest{s, time.Now()}
	}
}

// guest is a name that has come, and what was opened there.
type guest struct {
	*sight
	since time.Time
}

// welcome starts reading the files that came and are logs that are not read yet.
func (d *discovery) welcome(ctx context.Context, start func(*source, *sight)) {
	d.meet()
	for path, g := range d.guests {
		news := false
		g.keep(func(a arrival) bool {
			is := d.judge(path, a.f)
			news = news || is == stranger
			return is != duplicate
		})
		switch name, ok := d.nameOf(path); {
		case ok && news && !d.reads(path):
			d.take(ctx, name, path, start)
		case d.reads(path) || time.Since(g.since) > d.r.cfg.Grace:
			g.close()
			delete(d.guests, path)
		}
	}
}

// judge says whether an open file, found at path, is a log that is not read yet,
// one that is or no log at all, or cannot be told yet.
func (d *discovery) judge(path string, in *os.File) kinship {
	info, err := in.Stat()
	if err != nil {
		return duplicate
	}
	if info.Size() == 0 {
		return unclear
	}
	if !looksLikeLog(in) || d.r.ledger.same(in, info) {
		return duplicate
	}
	if end := filepath.Ext(path); slices.Contains(codecEnds, end) {
		if _, err := os.Stat(strings.TrimSuffix(path, end)); err == nil {
			return unclear // it is just being compressed
		}
	}
	if d.isKnown(path, in, info) {
		return unclear
	}
	return stranger
}

// nameOf is the name that stands for path.
func (d *discovery) nameOf(path string) (name string, ok bool) {
	for _, name := range d.many {
		if standsFor(name, path) {
			return name, true
		}
	}
	return "", false
}

// look starts reading what has appeared.
func (d *discovery) look(ctx context.Context, start func(*source, *sight)) {
	for dir := range d.dirs {
		d.gate.watch(dir)
	}
	for _, name := range d.r.cfg.Paths {
		if _, ok := several(name); !ok {
			continue
		}
		paths, err := d.find(name)
		if err != nil {
			continue
		}
		for _, path := range paths {
			if d.isNew(path) {
				d.take(ctx, name, path, start)
			}
		}
	}
	if len(d.judged) > maxClaims {
		maps.DeleteFunc(d.judged, func(path string, _ judgement) bool { return !there(path) })
	}
}

// take starts reading what is or was at path, which name stands for.
func (d *discovery) take(ctx context.Context, name, path string, start func(*source, *sight)) {
	s := d.waiting[name]
	switch {
	case s != nil:
		delete(d.waiting, name)
		s.named(path)
	case d.known[path] != nil: // it was read once, and what was there is gone
		s = d.known[path]
	default:
		var gone *source
		if s, gone = d.r.instead(path); gone != nil {
			delete(d.known, gone.picture().Path)
			d.r.anew(ctx, s)
		} else {
			s = d.r.add(path)
		}
	}
	s.found = true
	s.is(event.Live, "") // it is there: nobody waits for it
	d.known[path] = s
	came := d.guests[path].sight
	delete(d.guests, path)
	start(s, came)
	if dir := filepath.Dir(path); !d.dirs[dir] {
		d.dirs[dir] = true
		d.gate.watch(dir)
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
	decoded := newAhead(io.NewSectionReader(in, 0, math.MaxInt64), how)
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

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
