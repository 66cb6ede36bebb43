package stats

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"weir/stats/sketch"
)

// restored is a Rollup that an Engine shows as if it had counted the lines.
type restored struct {
	id     string
	rollup *Rollup
	size   int
}

// ErrCounted says that an Engine has the lines of a Rollup already, all or some.
var ErrCounted = errors.New("lines of this time are counted already")

// Restore adds what a Rollup counted to everything that g answers from now on:
// windows, series, hits and totals. The id names the content, such as a
// manifest's key: what is restored under it already is not counted again.
// Source is what its lines are listed under. The Rollup is g's from then on.
//
// A slice of time in which g counted lines itself is left out whole, so that
// none counts twice; only at its two ends, where a file was rotated, may a minute
// be shared. The error is ErrCounted where nothing else is left, and another one
// where memory, half the budget, does not suffice.
func (g *Engine) Restore(id, source string, r *Rollup) error {
	for _, o := range g.restored {
		if o.id == id {
			return nil
		}
	}
	r.settle()
	g.flush()
	kept := r.slices[:0]
	for _, s := range r.slices {
		if !g.counted(s, r) {
			s.named(source)
			kept = append(kept, s)
		}
	}
	if len(kept) == 0 && len(r.slices) > 0 {
		return ErrCounted
	}
	o := &restored{id: id, rollup: r}
	if len(kept) < len(r.slices) {
		r.stray = NewSummary(1)
		r.slices = kept
		r.clip()
	}
	r.stray.named(source)
	o.weigh()
	total := o.size
	for _, o := range g.restored {
		total += o.size
	}
	if total > g.cfg.Budget/2 {
		return fmt.Errorf("restore %s: what is restored would take %d bytes of memory, more than %d: let go of another one first", id, total, g.cfg.Budget/2)
	}
	g.restored = append(g.restored, o)
	g.held += o.size
	g.balance(0)
	return nil
}

// Forget lets go of what was restored under an id, for good or because its lines
// are now going to be counted themselves. It reports whether there was any.
func (g *Engine) Forget(id string) bool {
	for i, o := range g.restored {
		if o.id == id {
			g.held -= o.size
			g.restored = append(g.restored[:i:i], g.restored[i+1:]...)
			return true
		}
	}
	return false
}

// counted reports whether g has lines of its own in a slice of r.
func (g *Engine) counted(s *Summary, r *Rollup) bool {
	if !g.started {
		return false
	}
	from, to := s.From, s.To
	if from == align(r.first, 60) {
		from += 60
	}
	if to == align(r.last, 60)+60 {
		to -= 60
	}
	if from >= to || s.Hits > 0 && len(r.between(from, to)) == 0 { // it is all ends
		from, to = s.From, s.To
	}
	for t := max(from, align(g.first, 60)); t < to && t <= g.head; t += 60 {
		if g.hasMinute(t) {
			return true
		}
	}
	return false
}

// hasMinute reports whether g counted lines of its own in a minute; of what is
// older than nine days, in its hour.
func (g *Engine) hasMinute(at int64) bool {
	if c := g.minutes.known(mod(at/60, minuteSpan)); c != nil && c.At == at && c.Hits > 0 {
		return true
	}
	for i := range numLevels - 1 {
		for t := align(at, levels[i].step); t < at+60; t += levels[i].step {
			if s := g.find(i, t); s != nil && s.Hits+s.Messages > 0 {
				return true
			}
		}
	}
	if at > align(g.head, 60)-60*minuteSpan {
		return false
	}
	s := g.find(numLevels-1, align(at, 3600))
	return s != nil && s.Hits+s.Messages > 0
}

// named ranks all requests of s under a source, where they have none.
func (s *Summary) named(source string) {
	if s.Hits > 0 && s.tops[Source] == nil && source != "" {
		key := []byte(source)
		s.top(Source).Add(key, sketch.Hash(key), s.Hits, s.Bytes, uint32(min(s.Classes[5], math.MaxUint32)), -1)
		s.tops[Source].Compact(1, 0)
	}
}

// clip drops the minutes outside of all slices, and corrects the ends.
func (r *Rollup) clip() {
	kept := r.minutes[:0]
	i := 0
	for _, m := range r.minutes {
		for i < len(r.slices) && r.slices[i].To <= m.at {
			i++
		}
		if i < len(r.slices) && r.slices[i].From <= m.at {
			kept = append(kept, m)
		}
	}
	r.minutes = kept
	r.first = max(r.first, r.slices[0].From)
	r.last = min(r.last, r.slices[len(r.slices)-1].To-1)
}

func (o *restored) weigh() {
	o.size = 256 + o.rollup.stray.Size()
	for _, s := range o.rollup.slices {
		o.size += s.Size()
	}
	for _, m := range o.rollup.minutes {
		o.size += 32 + cap(m.data)
	}
}

// compactRestored leaves what is restored with as many keys as what was counted.
func (g *Engine) compactRestored() {
	for _, o := range g.restored {
		g.held -= o.size
		for _, s := range o.rollup.slices {
			s.Compact(g.keep)
			s.Clients.Compact()
		}
		o.weigh()
		g.held += o.size
	}
}

// within returns the slices that share a second with [from, to).
func (r *Rollup) within(from, to int64) []*Summary {
	i := sort.Search(len(r.slices), func(i int) bool { return r.slices[i].To > from })
	n := sort.Search(len(r.slices)-i, func(n int) bool { return r.slices[i+n].From >= to })
	return r.slices[i : i+n]
}

// between returns the minutes that share a second with [from, to).
func (r *Rollup) between(from, to int64) []packed {
	i := sort.Search(len(r.minutes), func(i int) bool { return r.minutes[i].at+60 > from })
	n := sort.Search(len(r.minutes)-i, func(n int) bool { return r.minutes[i+n].at >= to })
	return r.minutes[i : i+n]
}

// hits returns the requests of [from, to), seconds.
func (r *Rollup) hits(from, to int64) uint64 {
	n := uint64(0)
	var m minute
	for _, p := range r.between(from, to) {
		p.read(&m)
		for i, hits := range m.seconds {
			if sec := p.at + int64(i); sec >= from && sec < to {
				n += uint64(hits)
			}
		}
	}
	return n
}

// Extent returns the oldest and the newest second of any event, counted or restored;
// ok is false where there is none.
func (g *Engine) Extent() (first, head int64, ok bool) {
	first, head, ok = g.first, g.head, g.started
	for _, o := range g.restored {
		f, l, some := o.rollup.Span()
		switch {
		case !some:
		case !ok:
			first, head, ok = f, l, true
		default:
			first, head = min(first, f), max(head, l)
		}
	}
	return first, head, ok
}

// widen returns the bounds of the whole slices that are touched by [from, to).
func (g *Engine) widen(from, to int64) (int64, int64) {
	for _, o := range g.restored {
		if all := o.rollup.within(from, to); len(all) > 0 {
			from, to = min(from, all[0].From), max(to, all[len(all)-1].To)
		}
	}
	return from, to
}
