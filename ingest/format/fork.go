package format

import "weir/ingest/event"

// Fork returns a Parser for the lines that stand ahead lines further on in the
// stream, to be used in another goroutine; nil while lines can't be understood
// without those before them. What it explains holds when Join says so. It may
// reuse old, an earlier fork of a or nil.
func (a *Auto) Fork(old *Auto, ahead int) *Auto {
	if a.current < 0 || a.lead > 0 || a.lines < askFirst || a.better >= 0 || a.taught || a.past.inner || a.formats[a.current].Stateful {
		return nil
	}
	f := old
	if f == nil {
		f = NewAuto(a.options)
	}
	f.current, f.other, f.lead, f.lines, f.better, f.agreed = a.current, a.other, 0, a.lines, -1, 0
	f.seen, f.moves, f.taught = a.seen+ahead, a.moves, false
	f.missed, f.behind, f.met = 0, 0, false
	f.fork.seen, f.fork.moves, *f.past = f.seen, f.moves, past{lapses: a.past.lapses}
	return f
}

// Join reports whether a, had it been given the lines that f was, would have
// explained them as f did. It then goes on behind them.
func (a *Auto) Join(f *Auto) bool {
	if a.seen != f.fork.seen || a.moves != f.fork.moves || f.moves != f.fork.moves || a.missed+f.behind >= turns {
		return false
	}
	if !a.past.join(f.past) {
		return false
	}
	if !f.met {
		f.missed += a.missed
	}
	a.seen, a.missed = f.seen, f.missed
	return true
}

// join goes on behind the lines of f, unless they depend on those before them.
func (p *past) join(f *past) bool {
	if p.inner || f.leaned || f.inner {
		return false
	}
	if f.anything {
		p.last, p.anything = f.last, true
	}
	return true
}

// One is a Parser of one format that can be forked, as Auto.
type One struct {
	Parser
	format  Format
	options Options
}

// NewOne returns a One of f.
func NewOne(f Format, o Options) *One {
	o.past = new(past)
	return &One{f.New(o), f, o}
}

// ParseUsual is Auto.ParseUsual.
func (p *One) ParseUsual(buf []byte, e *event.Event) int {
	if p, ok := p.Parser.(*clf); ok {
		return p.ParseUsual(buf, e)
	}
	return 0
}

// Format names the format.
func (p *One) Format() string { return p.format.Name }

// Fork is Auto.Fork; the format tells whether lines need those before them.
func (p *One) Fork(old *One) *One {
	switch {
	case p.format.Stateful || p.options.past.inner:
		return nil
	case old == nil:
		old = NewOne(p.format, p.options)
	}
	*old.options.past = past{lapses: p.options.past.lapses}
	return old
}

// Join is Auto.Join.
func (p *One) Join(f *One) bool { return p.options.past.join(f.options.past) }
