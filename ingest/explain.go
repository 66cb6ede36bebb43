package ingest

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// inquiry is a change whose why is not exact yet, or that waits for one before it.
type inquiry struct {
	change alert.Change
	target target
	before uint64 // requests in the two windows when it was judged
	after  uint64
	exact  bool // the why is; only lines are wanted
	open   bool // the lines have to be read again
}

const (
	// untoldMost is how many changes wait to be told; beyond that the log waits.
	untoldMost = 1024
	// longestRecount is the longest period of which lines are read again, seconds:
	// what was counted is known by the second for both windows.
	longestRecount = 3600
	// curiousMost is how many alerts of a backlog are explained where nobody writes them down.
	curiousMost = 50
)

// explain says which keys moved and shows a few of the lines, as far as memory
// goes: a Rough why counts by coarser slices than the windows.
func (p *Pump) explain(c *alert.Change, second, period int64) (exact bool) {
	t := target{second, period}
	before, after := p.engine.Window(t.from(), t.split()), p.engine.Window(t.split(), second+1)
	c.Why = alert.Movers(before, after)
	exact = covers(before, t.from(), t.split()) && covers(after, t.split(), second+1) && alert.Exact(before, after)
	c.Rough = !exact
	section := section(c.Why)
	p.copyLines(keptLines)
	for i := len(p.lines) - 1; i >= 0 && len(c.Samples) < alert.SampleLines; i-- {
		line := &p.lines[i]
		if at := line.At.Unix(); at < t.split() || at > second {
			continue
		}
		if section == "" || string(event.Section([]byte(line.Target))) == section {
			c.Samples = append(c.Samples, line.Raw)
		}
	}
	return exact
}

func covers(s *stats.Summary, from, to int64) bool { return s.From == from && s.To == to }

// section is the one that explains most, "" where none does.
func section(why []alert.Mover) string {
	if len(why) == 0 || why[0].Dimension != stats.Section.String() {
		return ""
	}
	return why[0].Key
}

// changed keeps a change and sees that its why becomes exact. It is told, in
// order, once that is so.
func (p *Pump) changed(c alert.Change, second, period int64) {
	q := &inquiry{change: c}
	if c.State == alert.Firing {
		t := target{second, period}
		q.target, q.exact, q.open = t, p.explain(&q.change, second, period), p.cfg.Parsers != nil && period <= longestRecount
		q.before, q.after = p.engine.Hits(t.from(), t.split()), p.engine.Hits(t.split(), second+1)
	}
	p.note(q)
}

// note keeps a change and has it told in its turn. What a Moment holds is never changed.
func (p *Pump) note(q *inquiry) {
	c := q.change
	p.firing = slices.DeleteFunc(slices.Clone(p.firing), func(f alert.Change) bool { return f.Same(&c) })
	if c.State == alert.Firing {
		p.firing = append([]alert.Change{c}, p.firing...)
	}
	p.alerts = append(p.alerts, q.change)
	if len(p.alerts) > 2*keptAlerts {
		p.alerts = append([]alert.Change(nil), p.alerts[len(p.alerts)-keptAlerts:]...)
	}
	slog.Debug("alert "+string(c.State), "rule", c.Rule, "at", c.Time, "value", c.Value, "threshold", c.Threshold, "rough", q.change.Rough)
	p.untold = append(p.untold, q)
	if p.cfg.OnChange == nil {
		p.untold = slices.DeleteFunc(p.untold, func(q *inquiry) bool { return !q.open })
		p.untold = p.untold[max(0, len(p.untold)-curiousMost):]
		return
	}
	p.tell()
	for len(p.untold) > untoldMost && p.ctx.Err() == nil {
		p.investigate()
		p.learn(<-p.learned)
	}
}

// tell hands over the changes that are known as well as they will be, in order.
func (p *Pump) tell() {
	if p.cfg.OnChange == nil {
		return
	}
	for len(p.untold) > 0 && (!p.untold[0].open || p.ctx.Err() != nil) {
		c := p.untold[0].change
		if c.Time = c.Time.In(p.cfg.Location); !c.Since.IsZero() {
			c.Since = c.Since.In(p.cfg.Location)
		}
		p.cfg.OnChange(c)
		p.untold = p.untold[1:]
	}
}

// finding is what reading again came to.
type finding struct {
	inquiries []*inquiry
	changes   []alert.Change // of them
}

// investigate starts reading for the next alerts that are to be explained, if
// nothing is being read. Where somebody writes the changes down they are taken in
// order and at once, otherwise from the newest on and after the backlog.
func (p *Pump) investigate() {
	if p.reading || p.cfg.OnChange == nil && !p.live {
		return
	}
	var open []*inquiry
	for _, q := range p.untold {
		if q.open {
			open = append(open, q)
		}
	}
	if p.cfg.OnChange == nil {
		slices.Reverse(open)
	}
	if len(open) == 0 {
		return
	}
	p.reading = true
	job := investigation{inquiries: together(open), stores: p.stores(), parsers: p.cfg.Parsers, lateness: p.engine.Lateness()}
	ctx, learned := p.ctx, p.learned
	go func() { learned <- job.run(ctx) }()
}

// together is the first of the inquiries with those that follow it in time
// within a few periods, so that one pass serves them all.
func together(open []*inquiry) []*inquiry {
	n := 1
	for n < len(open) && n < recountTogether {
		gap := open[n].target.second - open[n-1].target.second
		if max(gap, -gap) > 2*open[n].target.period+disorder {
			break
		}
		n++
	}
	return slices.Clone(open[:n])
}

// stores are where the sources can be read again, up to what is counted.
func (p *Pump) stores() []store {
	sources := p.cfg.Sources()
	var out []store
	for i := range sources {
		if p.read[i] != nil {
			out = append(out, p.store(i, &sources[i]))
		}
	}
	return out
}

// store is where the lines of a source stand that are counted.
func (p *Pump) store(i int, source *event.Source) store {
	s := store{path: source.Path, end: p.read[i].offset, marks: slices.Clone(p.read[i].marks), renewed: source.Rotations+source.Truncated > 0}
	if p.cfg.spool != nil {
		s.spool = p.cfg.spool(i)
	}
	if p.cfg.trail != nil {
		s.trail = p.cfg.trail(i)
	}
	return s
}

// learn takes in what was found and tells what can be told.
func (p *Pump) learn(f finding) {
	p.reading = false
	for i, q := range f.inquiries {
		for j := range p.alerts {
			if same(&p.alerts[j], &q.change) {
				p.alerts[j] = f.changes[i]
			}
		}
		if at := slices.IndexFunc(p.firing, func(c alert.Change) bool { return same(&c, &q.change) }); at >= 0 {
			p.firing = slices.Clone(p.firing) // the old one is on screens
			p.firing[at] = f.changes[i]
		}
		q.change, q.open = f.changes[i], false
	}
	p.dirty = true
	if p.cfg.OnChange == nil {
		p.untold = slices.DeleteFunc(p.untold, func(q *inquiry) bool { return !q.open })
	}
	p.tell()
	p.investigate()
}

func same(a, b *alert.Change) bool {
	return a.State == b.State && a.Rule == b.Rule && a.Message == b.Message && a.Time.Equal(b.Time)
}

// settle waits until every change is told, where somebody wants to be told.
func (p *Pump) settle() {
	for p.cfg.OnChange != nil && len(p.untold) > 0 && p.ctx.Err() == nil {
		p.investigate()
		p.learn(<-p.learned)
	}
}

// investigation reads the lines of some alerts again, beside the Pump.
type investigation struct {
	inquiries []*inquiry // the Pump's; what is read of them does not change meanwhile
	stores    []store
	parsers   func() Parser
	lateness  int64 // seconds
}

// run returns the changes with their exact why; those that can't be explained
// better than they were are as they were.
func (v *investigation) run(ctx context.Context) finding {
	f := finding{inquiries: v.inquiries}
	inquiries := slices.SortedFunc(slices.Values(v.inquiries), func(a, b *inquiry) int { return int(a.target.second - b.target.second) })
	exact := make(map[*inquiry][]alert.Mover)
	var wanting []*inquiry
	for _, q := range inquiries {
		if q.exact {
			exact[q] = q.change.Why
		} else {
			wanting = append(wanting, q)
		}
	}
	found := v.recount(ctx, wanting, exact)
	for _, q := range v.inquiries {
		c := q.change
		if why, ok := exact[q]; ok {
			c.Why, c.Rough = why, false
			lines := found[q]
			if len(lines) == 0 {
				lines, _ = samples(ctx, v.stores, v.parsers, q.target, v.lateness, section(why))
			}
			if len(lines) > 0 {
				c.Samples = lines
			}
		}
		f.changes = append(f.changes, c)
	}
	return f
}

// recount finds the exact movers of the inquiries and adds them to exact. What
// does not add up to what was counted at the time is not exact. It returns the
// lines that it came across.
func (v *investigation) recount(ctx context.Context, wanting []*inquiry, exact map[*inquiry][]alert.Mover) (lines map[*inquiry][]string) {
	if len(wanting) == 0 {
		return nil
	}
	start := time.Now()
	var targets []target
	for _, q := range wanting {
		targets = append(targets, q.target)
	}
	r := newRecount(targets, v.lateness)
	lines = make(map[*inquiry][]string)
	for _, s := range v.stores {
		if err := r.add(ctx, s, v.parsers()); err != nil {
			slog.Debug("alert not explained exactly", "path", s.path, "error", err)
		}
	}
	for i, q := range wanting {
		before, after := r.windows(i)
		if before.Hits == q.before && after.Hits == q.after && alert.Exact(before, after) {
			exact[q] = alert.Movers(before, after)
			lines[q] = r.samples(i, section(exact[q]))
		}
	}
	slog.Debug("lines read again for alerts", "alerts", len(wanting), "exact", len(exact), "from", r.cuts[0], "to", r.cuts[len(r.cuts)-1], "took", time.Since(start))
	return lines
}
