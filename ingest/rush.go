package ingest

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// A backlog is read in a rush: one goroutine reads chunks of the file that end
// with a line, several parse them, and the first sends them on in their order.
// What comes of it is what reading block by block gives. A chunk that does not
// stand for itself, because it holds NUL bytes or a line without bounds or because
// the parser learned something from it, is parsed again in its turn, and the rush ends.

const (
	rushFrom    = 8   // blocks that are worth one
	spareChunks = 2   // more than one for each worker, so that none waits for the file
	shortRest   = 8   // blocks read one by one where there can be no rush for now
	mostRest    = 256 // and at most after one that went wrong
)

// haste is how the rushes through a file went.
type haste struct {
	rest int // blocks to read before the next
	wary int // how many it was last time
}

// chunk is some lines of a file on their way through a rush.
type chunk struct {
	block  *block
	from   source   // what the lines seem to come from: it has a parser of its own
	lines  splitter // over from
	number int64    // of the last line before it
	count  int      // line ends
	end    int64    // offset in the file behind it
	whole  bool     // it stands for itself
	parsed chan struct{}
}

// rush is one run through the backlog of a file.
type rush struct {
	f     *follower
	g     *file
	todo  chan *chunk
	sent  []*chunk // in the order of the file; not collected
	spare []*chunk
	ahead int    // lines of sent
	rest  []byte // a line that has begun
	wrong bool   // a chunk did not stand for itself
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
	r := &rush{f: f, g: g, todo: make(chan *chunk, 2*f.r.workers+spareChunks), rest: g.lines.carry}
	g.lines.searched = 0
	var group sync.WaitGroup
	for range f.r.workers - 1 {
		group.Go(func() {
			for p := range r.todo {
				p.parse()
			}
		})
	}
	before := g.off
	err := r.run(ctx)
	close(r.todo)
	group.Wait()
	for _, p := range r.sent { // given up
		f.r.pool.put(p.block)
	}
	g.lines.carry = r.rest
	if err != nil {
		return err
	}
	switch {
	case g.off == before:
		g.haste.rest = shortRest
	case r.wrong:
		g.haste.wary = min(2*g.haste.wary+1, mostRest)
		g.haste.rest = g.haste.wary
	}
	return nil
}

func (r *rush) run(ctx context.Context) error {
	for !r.wrong && ctx.Err() == nil {
		more, err := r.read()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		for len(r.sent) > r.f.r.workers+spareChunks {
			if err := r.collect(ctx); err != nil {
				return err
			}
		}
	}
	for len(r.sent) > 0 {
		if err := r.collect(ctx); err != nil {
			return err
		}
	}
	if !r.wrong {
		r.g.haste.wary = 0
	}
	return ctx.Err()
}

// read reads the next chunk and has it parsed; it is false where reading has to
// go on block by block.
func (r *rush) read() (more bool, err error) {
	f, g := r.f, r.g
	if g.size-g.off < int64(f.r.pool.size) {
		return false, nil
	}
	parser := fork(g.lines.s.parser, r.old(), r.ahead)
	if parser == nil {
		return false, nil
	}
	b := f.r.pool.get()
	b.grow(len(r.rest) + min(f.r.pool.size, minBlockSize))
	b.buf = append(b.buf, r.rest...)
	held := len(b.buf)
	n, err := g.f.ReadAt(b.buf[held:cap(b.buf)], g.off)
	if err != nil && err != io.EOF || n == 0 || !g.intact(n) { // the follower finds out
		f.r.pool.put(b)
		return false, nil
	}
	b.buf = b.buf[:held+n]
	size := bytes.LastIndexByte(b.buf, '\n') + 1
	if size == 0 { // a long line
		f.r.pool.put(b)
		return false, nil
	}
	f.advance(g, b.buf[held:])
	f.r.ledger.note(g.claim, g.off, g.head, g.tail, false)
	r.rest = append(r.rest[:0], b.buf[size:]...)
	b.buf = b.buf[:size]
	r.submit(b, parser)
	return true, nil
}

// old is a parser that may be used again.
func (r *rush) old() Parser {
	if n := len(r.spare); n > 0 {
		return r.spare[n-1].from.parser
	}
	return nil
}

func (r *rush) submit(b *block, parser Parser) {
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
	r.todo <- p
}

// parse parses the lines of p.
func (p *chunk) parse() {
	rest := p.lines.split(p.block)
	p.whole = len(rest) == 0 && !p.lines.pending && !p.lines.skipping && !p.lines.nul
	p.parsed <- struct{}{}
}

// collect sends the oldest chunk, and helps to parse until it is ready.
func (r *rush) collect(ctx context.Context) error {
	p := r.sent[0]
	for ready := false; !ready; {
		select {
		case <-p.parsed:
			ready = true
			continue
		default:
		}
		select {
		case <-p.parsed:
			ready = true
		case other := <-r.todo:
			other.parse()
		}
	}
	r.sent = r.sent[1:]
	r.ahead -= p.count
	s, b := r.g.lines.s, p.block
	if !p.whole || p.number != s.line || p.from.line != p.number+int64(p.count) || !join(s.parser, p.from.parser) {
		r.wrong = true
		return r.again(ctx, p)
	}
	s.line = p.from.line
	r.spare = append(r.spare, p)
	return r.emit(ctx, b, p.end)
}

// again parses p where it stands.
func (r *rush) again(ctx context.Context, p *chunk) error {
	lines, b := &r.g.lines, p.block
	b.Clear()
	lines.block, lines.carry = b, nil
	for {
		out := lines.take(0)
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
	g := r.g
	b.Offset, b.Replay = end, end-int64(b.Bytes) < g.there
	if len(b.Events) > 0 {
		r.f.r.ledger.note(g.claim, g.off, g.head, g.tail, true)
	}
	return r.f.s.emit(ctx, r.f.r, b, r.f.behind()+g.off-end, func() { r.f.look(false) })
}
