package ingest

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"sync"
)

// A backlog is read in a rush: several goroutines read chunks of the file that end
// with a line, one after the other, and each parses what it has read, as that is in the
// cache of its core. One of them sends them on in their order.
// What comes of it is what reading block by block gives. A chunk that does not
// stand for itself, because it holds NUL bytes or a line without bounds or because
// the parser learned something from it, is parsed again in its turn, and the rush ends.

const (
	rushFrom    = 8   // blocks that are worth one
	spareChunks = 2   // more than one for each worker, so that none waits for the file
	shortRest   = 8   // blocks read one by one, at most, where there can be no rush for now
	mostRest    = 256 // and at most after one that went wrong
)

// haste is how the rushes through a file went.
type haste struct {
	rest  int // blocks to read before the next
	short int // how many they were last, where there could be no rush
	wary  int // how many they were last, after one that went wrong
}

// chunk is some lines of a file on their way through a rush.
type chunk struct {
	block  *block
	from   source        // what the lines seem to come from: it has a parser of its own
	lines  splitter      // over from
	number int64         // of the last line before it
	count  int           // line ends
	end    int64         // offset in the file behind it
	whole  bool          // it stands for itself
	parsed chan struct{} // holds an item once the lines are parsed
	bug    any           // with which parsing them panicked
}

// rush is one run through the backlog of a file.
type rush struct {
	f *follower
	g *file

	// Helpers are given what follows, f, g and its parser under mu; run alone changes wrong,
	// and the parser, which others only fork.
	mu    sync.Mutex
	room  sync.Cond // there may be some in sent, or it is over
	sent  []*chunk  // in the order of the file; not collected
	spare []*chunk
	ahead int    // lines of sent
	rest  []byte // a line that has begun
	over  bool   // nothing more is to be read
	wrong bool   // a chunk did not stand for itself
	bug   any    // with which a helper panicked
}

// hurried reports whether the rest of g is to be read in a rush.
func (f *follower) hurried(g *file) bool {
	p := &g.lines
	if f.r.workers < 2 || g.size-g.off < int64(rushFrom*f.r.pool.size) || g.doubtful || p.block != nil || p.skipping || p.nul || p.seam > 0 || p.skipped > 0 {
		return false
	}
	if g.haste.rest > 0 {
		g.haste.rest--
		return false
	}
	return true
}

// rush reads g up to about where it ended when it was last looked at.
func (f *follower) rush(ctx context.Context, g *file) error {
	r := &rush{f: f, g: g, rest: g.lines.carry}
	r.room.L = &r.mu
	g.lines.searched = 0
	before := g.off
	err := r.work(ctx)
	for _, p := range r.sent { // given up
		f.r.pool.put(p.block)
	}
	g.lines.carry = r.rest
	if err != nil {
		return err
	}
	switch {
	case g.off == before:
		g.haste.short = min(2*g.haste.short+1, shortRest)
		g.haste.rest = g.haste.short
	case r.wrong:
		g.haste.wary = min(2*g.haste.wary+1, mostRest)
		g.haste.rest = g.haste.wary
	default:
		g.haste = haste{}
	}
	return nil
}

// work does it all, with helpers. A panic of theirs is its own.
func (r *rush) work(ctx context.Context) error {
	var group sync.WaitGroup
	defer func() {
		r.mu.Lock()
		r.end()
		r.mu.Unlock()
		group.Wait()
	}()
	for range r.f.r.workers - 1 {
		group.Go(func() { r.help(ctx) })
	}
	return r.run(ctx)
}

// help reads and parses chunks as long as there are some.
func (r *rush) help(ctx context.Context) {
	defer func() {
		if bug := caught(recover()); bug != nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.bug = bug
			r.end()
		}
	}()
	for p := r.next(ctx); p != nil; p = r.next(ctx) {
		p.parse()
	}
}

// run collects all chunks, and reads and parses some while none is ready.
func (r *rush) run(ctx context.Context) error {
	for {
		p, mine := r.turn(ctx)
		switch {
		case p == nil && r.bug != nil:
			panic(r.bug)
		case p == nil:
			return ctx.Err()
		case mine:
			p.parse()
		default:
			<-p.parsed
			if p.bug != nil {
				panic(p.bug)
			}
			if err := r.collect(ctx, p); err != nil {
				return err
			}
		}
	}
}

// turn returns a chunk to parse, or the oldest one, which is to be collected next; nil at the end.
func (r *rush) turn(ctx context.Context) (p *chunk, mine bool) {
	r.lock()
	defer r.mu.Unlock()
	if len(r.sent) == 0 || len(r.sent[0].parsed) == 0 {
		if p := r.read(ctx); p != nil {
			return p, true
		}
	}
	if len(r.sent) == 0 {
		return nil, false
	}
	return r.sent[0], false
}

// next returns a chunk to parse as soon as there is room for one; nil at the end.
func (r *rush) next(ctx context.Context) *chunk {
	r.lock()
	defer r.mu.Unlock()
	for !r.over && r.full() {
		r.room.Wait()
	}
	return r.read(ctx)
}

// lock locks mu for who has a chunk to parse next. It may be held while a block is read, and that is
// mostly in memory, and there in less time than it takes to sleep and be woken.
func (r *rush) lock() {
	for range 100 {
		if r.mu.TryLock() {
			return
		}
		runtime.Gosched()
	}
	r.mu.Lock()
}

// full reports whether the chunks that were read have to be collected first.
func (r *rush) full() bool { return len(r.sent) >= r.f.r.workers+spareChunks }

// end lets nothing more be read.
func (r *rush) end() {
	r.over = true
	r.room.Broadcast()
}

// read reads a chunk where there is room. It is nil where there is none, and where reading
// has to go on block by block or something is to be found out: then nothing more is read.
func (r *rush) read(ctx context.Context) *chunk {
	if r.over || r.full() {
		return nil
	}
	p := r.cut(ctx)
	if p == nil {
		r.end()
	}
	return p
}

// cut reads the lines that come next in the file, about a block of them.
func (r *rush) cut(ctx context.Context) *chunk {
	f, g := r.f, r.g
	if g.size-g.off < int64(f.r.pool.size) || ctx.Err() != nil {
		return nil
	}
	parser := fork(g.lines.s.parser, r.old(), r.ahead)
	if parser == nil {
		return nil
	}
	b := f.r.pool.get()
	b.grow(len(r.rest) + min(f.r.pool.size, minBlockSize))
	b.buf = append(b.buf, r.rest...)
	held := len(b.buf)
	n, err := g.f.ReadAt(b.buf[held:cap(b.buf)], g.off)
	if err != nil && err != io.EOF || n == 0 || !g.intact(n) { // the follower finds out
		f.r.pool.put(b)
		return nil
	}
	b.buf = b.buf[:held+n]
	size := bytes.LastIndexByte(b.buf, '\n') + 1
	if size == 0 { // a long line
		f.r.pool.put(b)
		return nil
	}
	f.advance(g, b.buf[held:])
	f.r.ledger.note(g.claim, g.off, g.head, g.tail, false)
	r.rest = append(r.rest[:0], b.buf[size:]...)
	b.buf = b.buf[:size]
	return r.chunk(b, parser)
}

// old is a parser that may be used again.
func (r *rush) old() Parser {
	if n := len(r.spare); n > 0 {
		return r.spare[n-1].from.parser
	}
	return nil
}

// chunk makes one of b.
func (r *rush) chunk(b *block, parser Parser) *chunk {
	var p *chunk
	if n := len(r.spare); n > 0 {
		p, r.spare = r.spare[n-1], r.spare[:n-1]
	} else {
		p = &chunk{parsed: make(chan struct{}, 1)}
	}
	s := r.g.lines.s
	p.block, p.end, p.count = b, r.g.off-int64(len(r.rest)), bytes.Count(b.buf, []byte{'\n'})
	p.number = s.line + int64(r.ahead)
	p.from.name, p.from.parser, p.from.line = s.name, parser, p.number
	p.lines = splitter{s: &p.from, maxLine: r.g.lines.maxLine, allBad: r.g.lines.allBad, after: r.g.lines.after, rows: p.lines.rows}
	r.ahead += p.count
	r.sent = append(r.sent, p)
	return p
}

// parse parses the lines of p.
func (p *chunk) parse() {
	defer func() {
		p.bug = caught(recover())
		p.parsed <- struct{}{}
	}()
	rest := p.lines.split(p.block)
	p.whole = len(rest) == 0 && !p.lines.pending && !p.lines.skipping && !p.lines.nul
}

// collect sends p, the oldest chunk, which is parsed.
func (r *rush) collect(ctx context.Context, p *chunk) error {
	b, end := p.block, p.end // p may be another chunk soon
	if !r.take(p) {
		return r.again(ctx, p)
	}
	return r.emit(ctx, b, end)
}

// take removes p, the oldest chunk, and goes on behind it where it stands for itself.
func (r *rush) take(p *chunk) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = r.sent[1:]
	r.ahead -= p.count
	r.room.Signal()
	s := r.g.lines.s
	if !p.whole || p.number != s.line || p.from.line != p.number+int64(p.count) || !join(s.parser, p.from.parser) {
		r.wrong = true
		r.end()
		return false
	}
	s.line = p.from.line
	r.spare = append(r.spare, p)
	return true
}

// again parses p where it stands.
func (r *rush) again(ctx context.Context, p *chunk) error {
	lines, b := &r.g.lines, p.block
	b.Clear()
	lines.block, lines.carry = b, nil
	for {
		out := lines.take(0)
		if out == nil && !lines.pending { // all its lines are before --since
			out, lines.block = lines.block, nil
		}
		if out != nil {
			if err := r.emit(ctx, out, p.end-int64(lines.held())); err != nil {
				return err
			}
		}
		if !lines.pending {
			lines.carry = nil
			return nil
		}
		lines.room(&r.f.r.pool)
	}
}

func (r *rush) emit(ctx context.Context, b *block, end int64) error {
	behind := r.locate(b, end)
	return r.f.s.emit(ctx, r.f.r, b, behind, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.f.look(false)
	})
}

// locate sets where b stands, which ends at end, and returns how many bytes are behind it.
func (r *rush) locate(b *block, end int64) (behind int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.g
	b.Offset, b.Replay = end, end-int64(b.Bytes) < g.there
	if len(b.Events) > 0 {
		r.f.r.ledger.note(g.claim, g.off, g.head, g.tail, true)
	}
	return r.f.behind() + g.off - end
}
