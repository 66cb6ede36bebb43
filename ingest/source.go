package ingest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"weir/ingest/event"
	"weir/ingest/format"
)

// source is one input: what its reader needs, and the picture for everybody.
type source struct {
	index  int
	name   []byte
	parser Parser
	how    string
	line   int64             // lines so far
	queue  chan *event.Batch // takes what is to be merged, and nil for the end of the file as it is; nil where nothing is merged
	rests  bool              // the end of the file as it is was said last
	ended  bool              // queue is closed
	found  bool              // in a directory or by a glob: nobody named it
	over   atomic.Bool       // reading has ended
	err    error             // why; valid once it is over

	mu  sync.Mutex
	pic event.Source
}

func newSource(path string, index int, parser Parser) *source {
	s := &source{index: index, name: []byte(path), parser: parser, how: "detected"}
	if _, ok := parser.(given); ok {
		s.how = "given"
	}
	s.pic = event.Source{Path: path, State: event.Waiting, Since: time.Now()}
	return s
}

// picture is a copy nobody changes: Bad only ever grows behind its end.
func (s *source) picture() event.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pic
}

// change edits the picture.
func (s *source) change(f func(*event.Source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.pic)
}

// is sets the state, and what is wrong with the source when something is.
func (s *source) is(state event.State, err string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pic.State != state {
		s.pic.State, s.pic.Since = state, time.Now()
	}
	s.pic.Err = err
}

// named gives the source the path of a file that has appeared, before it is read.
func (s *source) named(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.pic.Path = []byte(path), path
}

// empty reports whether nothing has been read yet.
func (s *source) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pic.Bytes == 0
}

// gone reports whether the source is of a file that nobody named, is read, and
// is not there any more.
func (s *source) gone() bool {
	return s.found && s.over.Load() && !there(s.picture().Path)
}

// caughtUp says that no more is to be merged.
func (s *source) caughtUp() {
	if s.queue != nil && !s.ended {
		s.ended = true
		close(s.queue)
	}
}

// rest says that everything that is there now is sent: the merge need not wait for more.
func (s *source) rest(ctx context.Context, r *Reader, meanwhile func()) error {
	if s.queue == nil || s.ended || s.rests {
		return nil
	}
	s.rests = true
	_, err := s.merge(ctx, r, nil, meanwhile)
	return err
}

// merge hands b to the merge, and reports whether that took it or has ended.
// While it is busy it calls meanwhile now and then.
func (s *source) merge(ctx context.Context, r *Reader, b *event.Batch, meanwhile func()) (taken bool, err error) {
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for {
		select {
		case s.queue <- b:
			return true, nil
		case <-r.merged:
			s.caughtUp()
			return false, nil
		case <-tick.C:
			if meanwhile != nil {
				meanwhile()
			}
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// emit counts and sends b. Until every source has once been read to its end at
// the same time, all goes to be merged: what was written while the rest was
// read, too. What comes from elsewhere waits for that, and meanwhile is called
// now and then.
func (s *source) emit(ctx context.Context, r *Reader, b *block, behind int64, meanwhile func()) error {
	b.Source = s.index
	s.count(b, behind)
	if s.queue != nil && !s.ended {
		replay := b.Replay
		b.Replay, s.rests = true, false
		switch taken, err := s.merge(ctx, r, &b.Batch, meanwhile); {
		case err != nil:
			r.pool.put(b)
			return err
		case taken:
			return nil
		}
		b.Replay = replay
	}
	if err := r.await(ctx, meanwhile); err != nil {
		r.pool.put(b)
		return err
	}
	return r.send(ctx, r.out, b, meanwhile)
}

// count adds b to the picture.
func (s *source) count(b *block, behind int64) {
	name := formatOf(s.parser)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.pic
	p.Lines += int64(b.Lines)
	p.Parsed += int64(len(b.Events))
	p.Bytes += int64(b.Bytes)
	for i, n := range b.Rejected {
		p.Rejected[i] += int64(n)
	}
	if n := keptBad - len(p.Bad); n > 0 && len(b.Bad) > 0 {
		for i := range b.Bad[:min(n, len(b.Bad))] {
			bad := b.Bad[i]
			bad.Near = format.Nearest(bad.Text, s.parser.Format(), bad.Column)
			p.Bad = append(p.Bad, bad)
		}
	}
	p.Behind = max(behind, 0)
	if name != "" {
		p.Format, p.How = name, s.how
	}
}

// formatOf names the format of a parser's lines, and what is around them where they are wrapped.
func formatOf(p Parser) string {
	if w, ok := p.(format.Wrapper); ok && w.Inside() != "" {
		return w.Inside()
	}
	return p.Format()
}
