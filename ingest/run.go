package ingest

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"weir/ingest/event"
)

// Run reads until ctx ends, or until everything is read when Once is set or
// nothing is left that could grow. It returns when all it started has ended,
// and leaves out open. With Once the error is an UnreadError where something
// could not be read, after everything else was. Run is called once.
func (r *Reader) Run(ctx context.Context) error {
	r.started = time.Now()
	outer := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		group sync.WaitGroup
		bug   = make(chan error, 1)
	)
	start := func(s *source, first bool, came *sight) {
		s.over.Store(false)
		read := r.read(s, first, came)
		group.Go(func() {
			defer s.over.Store(true)
			returned := false
			err := Protect(func() error {
				s.err = read(ctx)
				returned = true
				return nil
			})()
			if !returned {
				stop()
				select {
				case bug <- err:
				default:
				}
			}
		})
	}
	if !r.cfg.Once {
		defer r.watchNames(ctx)()
	}
	d := newDiscovery(r)
	first, nothing := d.begin()
	r.pool.resize(cmp.Or(r.cfg.block, min(max(allBlocks/max(len(first), 1), minBlockSize), blockSize)))
	r.workers = cmp.Or(r.cfg.workers, min(runtime.GOMAXPROCS(0)/max(len(first), 1), mostWorkers))
	var merging []*source
	for _, s := range first {
		if len(first) > 1 {
			s.queue = make(chan *event.Batch)
			merging = append(merging, s)
		}
	}
	for _, s := range first { // one by one: the first name of a file is the one it is read under
		start(s, true, nil)
	}
	group.Go(func() { r.merge(ctx, merging) })
	if !r.cfg.Once && len(d.dirs) > 0 {
		group.Go(func() { d.run(ctx, func(s *source, came *sight) { start(s, false, came) }) })
	}
	group.Wait()
	select {
	case err := <-bug:
		return err
	default:
	}
	if !r.cfg.Once || outer.Err() != nil {
		return nil
	}
	errs := []error{nothing}
	for _, s := range r.sources {
		errs = append(errs, s.err)
	}
	if err := errors.Join(errs...); err != nil {
		return UnreadError{err}
	}
	return nil
}

// watchNames begins to watch directories, and returns what ends it.
func (r *Reader) watchNames(ctx context.Context) (stop func()) {
	if !r.cfg.Blind {
		r.names = newNames()
	}
	if r.names == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.names.run(ctx, r.drop)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// read returns what reads s; first is set at the start. What has come to its path
// meanwhile may be known.
func (r *Reader) read(s *source, first bool, came *sight) func(context.Context) error {
	path := s.picture().Path
	if path == "-" {
		return func(ctx context.Context) error { return r.standardInput(ctx, s) }
	}
	if came == nil {
		came = r.names.watch(path)
	}
	f := &follower{r: r, s: s, path: path, sight: came}
	f.look(first)
	return f.run
}

// newSplitter returns what makes events of the lines of one file of s.
func (r *Reader) newSplitter(s *source) splitter {
	return splitter{s: s, maxLine: r.cfg.MaxLine, allBad: r.cfg.AllBad, after: r.since.from(r.started)}
}

// anew tells who counts that what comes under the number of s is of another file
// than before.
func (r *Reader) anew(ctx context.Context, s *source) {
	b := r.pool.get()
	b.Source, b.Anew = s.index, true
	_ = r.send(ctx, r.out, b, nil) // only ctx ends it
}

// isMerged reports whether everything that was there at the start is sent.
func (r *Reader) isMerged() bool {
	select {
	case <-r.merged:
		return true
	default:
		return false
	}
}

// unmerged is closed when everything that was there at the start is sent, and
// nil when it is already.
func (r *Reader) unmerged() <-chan struct{} {
	if r.isMerged() {
		return nil
	}
	return r.merged
}

// await returns when everything that was there at the start is sent.
func (r *Reader) await(ctx context.Context, meanwhile func()) error {
	if r.isMerged() {
		return nil
	}
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for {
		select {
		case <-r.merged:
			return nil
		case <-tick.C:
			if meanwhile != nil {
				meanwhile()
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// send hands b over. While the receiver is busy it calls meanwhile now and then.
func (r *Reader) send(ctx context.Context, to chan<- *event.Batch, b *block, meanwhile func()) error {
	select {
	case to <- &b.Batch:
		return nil
	default:
	}
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for {
		select {
		case to <- &b.Batch:
			return nil
		case <-tick.C:
			if meanwhile != nil {
				meanwhile()
			}
		case <-ctx.Done():
			r.pool.put(b)
			return ctx.Err()
		}
	}
}
