package ingest

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// names watches the directories of followed paths. It opens whatever comes to a
// followed path at once, before its reader has time for it, and what has been
// renamed before it could be opened, under the name it has now. So a file that
// is at its path for a moment only is read, where a look now and then would not
// find it. It knows nothing of a file that is gone for good before it could be
// opened; nor where there are no events: on network file systems, of what other
// machines do, and on systems other than Linux. There it is the looking that
// finds files.
//
// What is opened by name is the file meant, as long as the events, read on
// until there are none, tell of nobody else who came to that name.
type names struct {
	in *inotify

	mu     sync.Mutex
	dirs   map[int]string     // by what inotify calls them, as last spelled
	sights map[entry][]*sight // who looks there
	gate   *gate              // who waits for names that nobody looks at
	lost   []*stray
	spare  []spare // to be counted
}

// spare is a file that came to a path and is given up for those that came later.
type spare struct {
	arrival
	path string
}

// entry is a name in a watched directory.
type entry struct {
	dir  int
	name string
}

// nameEvent is something that happened to a name.
type nameEvent struct {
	what   happening
	at     entry
	cookie uint32 // the same for both ends of a renaming, else 0
}

type happening int

const (
	came        happening = iota
	went                  // deleted or renamed
	unwatchable           // the directory is gone
	unsure                // some events are lost
)

// sight is one follower's view of its path. A nil one sees nothing.
type sight struct {
	n    *names
	path string
	wake chan struct{} // something has happened

	mu       sync.Mutex
	at       []entry
	arrivals []arrival // opened and not taken yet, in order
	stale    bool      // at may be wrong
	checked  time.Time // when at was last found
}

// arrival is a file that came to the path of a sight.
type arrival struct {
	f    *os.File
	info fs.FileInfo
}

// stray is a file that came to a path and is not opened yet.
type stray struct {
	s      *sight
	at     entry  // where it is now
	gone   bool   // it is nowhere that is watched
	cookie uint32 // of the renaming that made it so
	age    int    // for how many rounds
	tried  bool
	f      *os.File // what was at the name opened
	opened entry
}

const (
	maxArrivals = 64              // of a sight, open at once
	maxStrays   = 1024            // at once
	recheck     = 5 * time.Second // where a path leads, at least
)

// newNames returns what watches names, nil where there is nothing to watch with.
func newNames() *names {
	in, err := newInotify()
	if err != nil {
		slog.Debug("directories are not watched", "error", err)
		return nil
	}
	return &names{in: in, dirs: map[int]string{}, sights: map[entry][]*sight{}}
}

// run watches until ctx ends. It calls drop for each file that is given up, which
// closes it.
func (n *names) run(ctx context.Context, drop func(context.Context, spare)) {
	defer context.AfterFunc(ctx, n.in.close)()
	for {
		events, err := n.in.read(true)
		if err != nil {
			return
		}
		err = n.round(events)
		for _, x := range n.spares() {
			drop(ctx, x)
		}
		if err != nil {
			return
		}
	}
}

// spares takes over what is given up.
func (n *names) spares() []spare {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.spare
	n.spare = nil
	return all
}

// round takes events in, and all that come while it opens what they tell of.
func (n *names) round(events []nameEvent) (err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, x := range n.lost {
		x.age++
	}
	for {
		for _, e := range events {
			n.take(e)
		}
		n.fetch()
		if events, err = n.in.read(false); err != nil || len(events) == 0 {
			n.deliver()
			return err
		}
	}
}

// take follows one event.
func (n *names) take(e nameEvent) {
	switch e.what {
	case unsure, unwatchable:
		for at, sights := range n.sights {
			if e.what == unsure || at.dir == e.at.dir {
				for _, s := range sights {
					s.moved()
				}
			}
		}
		if e.what == unwatchable {
			delete(n.dirs, e.at.dir)
			if n.gate != nil {
				delete(n.gate.dirs, e.at.dir)
			}
		}
		return
	case went:
		for _, x := range n.lost {
			if !x.gone && x.at == e.at {
				x.gone, x.cookie, x.age = true, e.cookie, 0
			}
		}
		for _, s := range n.sights[e.at] {
			s.moved()
		}
		return
	}
	for _, x := range n.lost {
		if x.f != nil && x.opened == e.at { // it may be the one that has just come
			if slices.Contains(n.sights[e.at], x.s) {
				x.s.arrive(x.f)
			} else {
				x.f.Close()
			}
			x.f, x.tried = nil, false
		}
		switch {
		case !x.gone && x.at == e.at: // it was replaced
			x.gone, x.cookie = true, 0
		case x.gone && x.cookie != 0 && x.cookie == e.cookie:
			x.gone, x.at, x.tried = false, e.at, false
		}
	}
	n.gate.admit(e.at)
	for _, s := range n.sights[e.at] {
		s.moved()
		if len(n.lost) < maxStrays {
			n.lost = append(n.lost, &stray{s: s, at: e.at})
		}
	}
}

// fetch opens what is not opened yet, where it is now.
func (n *names) fetch() {
	for _, x := range n.lost {
		if x.gone || x.tried || x.f != nil {
			continue
		}
		x.tried, x.opened = true, x.at
		x.f = openRegular(filepath.Join(n.dirs[x.at.dir], x.at.name))
	}
}

// openRegular opens what path names if that is a regular file.
func openRegular(path string) *os.File {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return f
}

// deliver hands over what is opened, and gives up what cannot be any more.
func (n *names) deliver() {
	n.lost = slices.DeleteFunc(n.lost, func(x *stray) bool {
		switch {
		case x.f != nil:
			x.s.arrive(x.f)
			return true
		case x.gone && x.cookie != 0 && x.age < 2:
			return false // the other end of a renaming may still come
		case x.gone:
			slog.Debug("gone before it could be opened", "path", x.s.path)
			return true
		}
		return x.tried // the reader will find out why it cannot be opened
	})
}

// watch begins to look at path.
func (n *names) watch(path string) *sight {
	if n == nil {
		return nil
	}
	s := newSight(n, path)
	s.look()
	return s
}

func newSight(n *names, path string) *sight {
	return &sight{n: n, path: path, wake: make(chan struct{}, 1), stale: true}
}

// hops are the path and, where it is a link, what that names, there or not, and so on.
func hops(path string) []string {
	out := []string{path}
	for range 16 {
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if path = target; !filepath.IsAbs(target) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(out[len(out)-1]))
			if err != nil {
				break
			}
			path = filepath.Join(dir, target)
		}
		out = append(out, path)
	}
	return out
}

// look finds where the path leads: the directory it is in, and those of what it
// names where it is a link. It does so seldom when nothing has happened.
func (s *sight) look() {
	if s == nil {
		return
	}
	s.mu.Lock()
	due := s.stale || time.Since(s.checked) >= recheck
	if due {
		s.stale, s.checked = false, time.Now()
	}
	s.mu.Unlock()
	if !due {
		return
	}
	paths := hops(s.path)
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	var now []entry
	for _, path := range paths {
		wd, err := s.n.in.add(filepath.Dir(path))
		if err != nil {
			s.doubt() // until the directory is there
			continue
		}
		s.n.dirs[wd] = filepath.Dir(path)
		if at := (entry{wd, filepath.Base(path)}); !slices.Contains(now, at) {
			now = append(now, at)
		}
	}
	s.place(now)
}

// place says where s looks from now on. The caller holds the lock of names.
func (s *sight) place(now []entry) {
	was := s.at
	s.at = now
	for _, at := range was {
		if !slices.Contains(now, at) {
			s.n.leave(s, at)
		}
	}
	for _, at := range now {
		if !slices.Contains(was, at) {
			s.n.sights[at] = append(s.n.sights[at], s)
		}
	}
}

// leave ends looking at one place.
func (n *names) leave(s *sight, at entry) {
	rest := slices.DeleteFunc(slices.Clone(n.sights[at]), func(other *sight) bool { return other == s })
	if n.sights[at] = rest; len(rest) > 0 {
		return
	}
	delete(n.sights, at)
	for other := range n.sights {
		if other.dir == at.dir {
			return
		}
	}
	if n.gate != nil && len(n.gate.dirs[at.dir]) > 0 {
		return
	}
	if _, there := n.dirs[at.dir]; there {
		delete(n.dirs, at.dir)
		n.in.remove(at.dir)
	}
}

// close ends looking.
func (s *sight) close() {
	if s == nil {
		return
	}
	s.n.mu.Lock()
	defer s.n.mu.Unlock()
	s.place(nil)
	s.n.lost = slices.DeleteFunc(s.n.lost, func(x *stray) bool { return x.s == s })
	for _, a := range s.arrivals {
		a.f.Close()
	}
	s.arrivals = nil
}

// moved says that something happened to the path.
func (s *sight) moved() {
	s.doubt()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// doubt has the next look find where the path leads.
func (s *sight) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = true
}

// arrive keeps an opened file for the follower. Where there are too many it takes
// the place of the one before: the newest may still be at the path. The caller
// holds the lock of names.
func (s *sight) arrive(f *os.File) {
	info, err := f.Stat()
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(a arrival) bool { return os.SameFile(a.info, info) }
	if err != nil || !info.Mode().IsRegular() || slices.ContainsFunc(s.arrivals, same) {
		f.Close()
		return
	}
	s.n.spare = slices.DeleteFunc(s.n.spare, func(x spare) bool { // it was opened before it was told of
		again := x.path == s.path && same(x.arrival)
		if again {
			x.f.Close()
		}
		return again
	})
	if last := len(s.arrivals) - 1; last+1 >= maxArrivals {
		s.n.spare = append(s.n.spare, spare{s.arrivals[last], s.path})
		s.arrivals = s.arrivals[:last]
	}
	s.arrivals = append(s.arrivals, arrival{f, info})
}

// keep goes through the files that came and are not taken yet, and closes those
// that are not to be kept.
func (s *sight) keep(wanted func(arrival) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrivals = slices.DeleteFunc(s.arrivals, func(a arrival) bool {
		if wanted(a) {
			return false
		}
		a.f.Close()
		return true
	})
}

// next returns the oldest file that came and is not taken yet.
func (s *sight) next() (arrival, bool) {
	if s == nil {
		return arrival{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.arrivals) == 0 {
		return arrival{}, false
	}
	a := s.arrivals[0]
	s.arrivals = slices.Delete(s.arrivals, 0, 1)
	return a, true
}

// woken reports what happens to the path; a nil sight reports nothing.
func (s *sight) woken() <-chan struct{} {
	if s == nil {
		return nil
	}
	return s.wake
}
