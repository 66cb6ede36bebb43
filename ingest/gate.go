package ingest

import (
	"path/filepath"
	"slices"
)

// gate watches directories for files under names that nobody follows yet. Each is
// opened at once, like what comes to a followed path, so that a log that is there
// for a moment only is read, too. A nil gate sees nothing.
type gate struct {
	n      *names
	wanted func(path string) bool // must be quick
	wake   chan struct{}          // something has come to a directory

	dirs map[int][]string // by what inotify calls them, as spelled
	came []*sight         // of the names that were wanted, and are not taken yet
}

const (
	maxGuests  = 256  // names that came and are not judged yet
	maxWatched = 1024 // directories
)

// newGate returns the one gate of n, nil where directories are not watched.
func (n *names) newGate(wanted func(path string) bool) *gate {
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gate = &gate{n: n, wanted: wanted, wake: make(chan struct{}, 1), dirs: map[int][]string{}}
	return n.gate
}

// watch begins to watch a directory, where it is there.
func (g *gate) watch(dir string) {
	if g == nil {
		return
	}
	g.n.mu.Lock()
	defer g.n.mu.Unlock()
	wd, err := g.n.in.add(dir)
	if err != nil {
		return
	}
	switch spelled := g.dirs[wd]; {
	case slices.Contains(spelled, dir):
		return
	case len(spelled) == 0 && len(g.dirs) >= maxWatched:
		if _, there := g.n.dirs[wd]; !there {
			g.n.in.remove(wd)
		}
		return
	}
	g.dirs[wd] = append(g.dirs[wd], dir)
	if g.n.dirs[wd] == "" {
		g.n.dirs[wd] = dir
	}
}

// admit looks at a name that has come. The caller holds the lock of names.
func (g *gate) admit(at entry) {
	if g == nil || len(g.dirs[at.dir]) == 0 || len(g.n.sights[at]) > 0 {
		return
	}
	for _, dir := range g.dirs[at.dir] {
		path := filepath.Join(dir, at.name)
		if len(g.came) < maxGuests && g.wanted(path) {
			s := newSight(g.n, path)
			s.place([]entry{at})
			g.came = append(g.came, s)
			break
		}
	}
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// take returns the names that came.
func (g *gate) take() []*sight {
	if g == nil {
		return nil
	}
	g.n.mu.Lock()
	defer g.n.mu.Unlock()
	came := g.came
	g.came = nil
	return came
}

// woken reports what happens in the directories; a nil gate reports nothing.
func (g *gate) woken() <-chan struct{} {
	if g == nil {
		return nil
	}
	return g.wake
}
