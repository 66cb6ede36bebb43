package ingest

import (
	"bytes"
	"time"

	"weir/ingest/event"
	"weir/stats"
)

// splitter turns the bytes of one file into the events of its lines. It holds
// back a line until its end has come.
type splitter struct {
	s       *source
	maxLine int
	allBad  bool
	bare    bool  // the events are not to be counted as they are: without rows
	after   int64 // events before this (Unix nanoseconds) are left out; 0 is none
	rows    stats.Preparer

	block    *block // being filled; nil while nothing but carry is held
	carry    []byte // a line that has begun, while there is no block
	searched int    // how much of what is held has no line end
	pending  bool   // what is held has line ends: the last block was full
	skipping bool   // the rest of a line that was cut
	nul      bool   // in a run of NUL bytes at the start of a line
	skipped  int64  // bytes to count with the next block
	seam     int    // where in what is held the file was truncated; 0 is nowhere
}

// usual is what a Parser may have for lines that are like most: it finds the end
// of the line that buf begins with as it parses it, and returns how many bytes both have;
// 0 where the line is for Parse. E is reset as ResetRest does, and has to be reset as Reset does then.
type usual interface {
	ParseUsual(buf []byte, e *event.Event) int
}

// usualTries is how many lines in a row may be for Parse until all others of a block are.
const usualTries = 8

// room returns where to read to next, never empty.
func (p *splitter) room(pool *pool) []byte {
	if p.block == nil {
		p.block = pool.get()
		p.block.grow(len(p.carry) + minBlockSize)
		p.block.buf = append(p.block.buf, p.carry...)
		p.carry = p.carry[:0]
		if cap(p.carry) > 4*minBlockSize {
			p.carry = nil
		}
	}
	b := p.block
	if most := p.maxLine + minBlockSize; len(b.buf) > cap(b.buf)/2 && cap(b.buf) < most {
		if size := 2 * cap(b.buf); size <= blockSize {
			b.grow(min(size, most))
		} else { // a line that long may be of any length: growing step by step leaves as much behind again
			b.grow(most)
		}
	}
	return b.buf[len(b.buf):cap(b.buf)]
}

// take parses the lines that end in the n bytes read to room. It returns the
// block when there is something to send, and keeps the line that has begun.
func (p *splitter) take(n int) *block {
	b := p.block
	b.buf = b.buf[:len(b.buf)+n]
	rest := p.split(b)
	if b.Lines == 0 {
		b.buf = b.buf[:copy(b.buf, rest)]
		return nil
	}
	p.hold(rest)
	return b
}

// hold keeps rest without its block.
func (p *splitter) hold(rest []byte) {
	p.carry = append(p.carry[:0], rest...)
	p.block = nil
}

// idle gives the block back while nothing comes, except where a long line has
// begun. It returns the block when that has to be sent to count its bytes.
func (p *splitter) idle(pool *pool) *block {
	b := p.block
	if b == nil || len(b.buf) > minBlockSize {
		return nil
	}
	p.hold(b.buf)
	if b.Bytes == 0 {
		pool.put(b)
		return nil
	}
	return b
}

// last parses what is held as a line that ends without a newline. It returns
// the block when there is something to send.
func (p *splitter) last(pool *pool) *block {
	if p.block == nil && len(p.carry) == 0 && p.skipped == 0 {
		return nil
	}
	p.room(pool)
	b := p.block
	p.block = nil
	if len(b.buf) > 0 && !p.skipping {
		p.parse(b, b.buf, false)
	}
	b.Bytes += len(b.buf) + int(p.skipped)
	b.Beyond = cap(b.buf) - len(b.buf)
	p.skipped = 0
	p.searched, p.skipping, p.nul, p.seam = 0, false, false, 0
	if b.Bytes == 0 {
		pool.put(b)
		return nil
	}
	return b
}

// skip counts n NUL bytes that were not read.
func (p *splitter) skip(n int64) { p.skipped += n }

// inNul reports whether what was taken in last is NUL bytes at the start of a line.
func (p *splitter) inNul() bool { return p.nul && p.held() == 0 }

// truncated says that the file begins anew: what is held is the beginning of a
// line whose rest comes at the new beginning, or a last line without its end.
func (p *splitter) truncated() {
	p.seam, p.searched, p.skipping, p.nul = p.held(), 0, false, false
}

// held is the number of bytes taken in and not counted yet.
func (p *splitter) held() int {
	if p.block != nil {
		return len(p.block.buf)
	}
	return len(p.carry)
}

// split parses the lines that end in b.buf and returns what is left.
func (p *splitter) split(b *block) (rest []byte) {
	rest = p.parseAll(b)
	b.Rows.Seal()
	return rest
}

// parseAll is split but for the sealing.
func (p *splitter) parseAll(b *block) (rest []byte) {
	buf := b.buf
	if p.s.line == 0 {
		learn(p.s.parser, buf[:min(len(buf), spanHead)])
	}
	if cap(b.Events) == 0 {
		n := bytes.Count(buf, []byte{'\n'})
		n = min(n+n/16, maxEvents)
		b.Reserve(n)
		if !p.bare {
			b.Rows.Reserve(n)
		}
	}
	start, from := 0, p.searched
	short, _ := p.s.parser.(usual)
	tries := usualTries
	p.pending = false
	b.Bytes += int(p.skipped)
	p.skipped = 0
	for start < len(buf) {
		if p.skipping {
			i := bytes.IndexByte(buf[start:], '\n')
			if i < 0 {
				start = len(buf)
				break
			}
			start += i + 1
			p.skipping = false
			continue
		}
		if buf[start] == 0 {
			if !p.nul {
				p.nul = true
				p.reject(b, event.Reject{Reason: event.Binary}, nil)
			}
			start += nulPrefix(buf[start:])
			continue
		}
		if p.nul {
			p.nul = false
			if buf[start] == '\n' { // nothing but NUL in the whole line
				start++
				continue
			}
		}
		if len(b.Events) >= maxEvents {
			p.pending = true
			break
		}
		if short != nil && p.seam == 0 && tries > 0 {
			e := b.NextUsual()
			if n := short.ParseUsual(buf[start:min(len(buf), start+p.maxLine+1)], e); n > 0 {
				if e.More != nil {
					b.weigh(e)
				}
				p.event(b, e, e.Raw)
				start += n
				tries = usualTries
				continue
			}
			b.Drop()
			tries--
		}
		from = max(from, start)
		end := bytes.IndexByte(buf[from:], '\n') + from
		switch {
		case end < from && len(buf)-start <= p.maxLine:
			p.searched = len(buf) - start
			b.Bytes += start
			b.Beyond = cap(buf) - start
			return buf[start:]
		case end < from || end-start > p.maxLine:
			p.parse(b, buf[start:start+p.maxLine], true)
			start += p.maxLine
			p.skipping = true
		default:
			p.parse(b, buf[start:end], false)
			start = end + 1
		}
	}
	p.searched = 0
	b.Bytes += start
	b.Beyond = cap(buf) - start
	return buf[start:]
}

// parse makes an event of line, which has no newline. With cut it is only the
// head of a longer one.
func (p *splitter) parse(b *block, line []byte, cut bool) {
	if seam := p.seam; seam > 0 {
		p.seam = 0
		if seam < len(line) && !p.whole(b, line, seam) {
			p.parse(b, line[:seam], false)
			line = line[seam:]
		}
	}
	if line = unmarked(line); !cut {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	e := b.Next()
	if reject := p.s.parser.Parse(line, e); reject != nil {
		r := *reject
		if cut {
			r.Reason = event.TooLong
		}
		b.Drop()
		p.reject(b, r, line)
		return
	}
	if e.Flags&event.BadTime != 0 {
		e.Time = time.Now().UnixNano()
	}
	if cut {
		e.Flags |= event.LongLine
	}
	b.weigh(e)
	p.event(b, e, line)
}

// event takes in e, the last event of b, made of line.
func (p *splitter) event(b *block, e *event.Event, line []byte) {
	p.s.line++
	if p.after != 0 && e.Time < p.after {
		b.Drop()
		return
	}
	b.Lines++
	e.Line, e.Raw, e.Source = p.s.line, line, p.s.name
	if !p.bare {
		p.rows.Prepare(e, &b.Rows)
	}
}

// whole reports whether line, whose first seam bytes were the end of a file
// before it was truncated in place, is one line that was written in two parts,
// and not two lines.
func (p *splitter) whole(b *block, line []byte, seam int) bool {
	defer b.Drop()
	e := b.Next()
	if p.s.parser.Parse(unmarked(line[:seam]), e) == nil {
		return false
	}
	e.Reset()
	return p.s.parser.Parse(content(line), e) == nil
}

func (p *splitter) reject(b *block, r event.Reject, line []byte) {
	p.s.line++
	b.Lines++
	b.Rejected[r.Reason]++
	if r.Reason.Expected() || len(b.Bad) >= keptBad && !p.allBad {
		return
	}
	text := append([]byte(nil), line[:min(len(line), badText)]...)
	b.Bad = append(b.Bad, event.Bad{Reject: r, Line: p.s.line, Text: text})
}

var zeros [4096]byte

// nulPrefix is the number of NUL bytes that b begins with.
func nulPrefix(b []byte) int {
	n := 0
	for len(b)-n >= len(zeros) && bytes.Equal(b[n:n+len(zeros)], zeros[:]) {
		n += len(zeros)
	}
	for n < len(b) && b[n] == 0 {
		n++
	}
	return n
}
