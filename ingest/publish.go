package ingest

import (
	"context"
	"slices"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// publish makes a Moment where something changed: new lines, a new second, a new wish.
func (p *Pump) publish(ctx context.Context, now time.Time) {
	q := p.query.Load()
	if q.Threshold > 0 {
		p.watch.Threshold = q.Threshold
	}
	last := p.moment.Load()
	sources := p.sources()
	if last != nil && !p.dirty && !p.narrow.moved() && q == p.asked && last.Now.Unix() == now.Unix() {
		return
	}
	p.dirty, p.asked = false, q
	p.copyLines(keptLines)
	p.seq++

	m := &Moment{
		Seq: p.seq, Now: now, Span: q.Span, Step: max(q.Step, 1),
		Threshold: p.watch.Threshold, AlertPeriod: p.cfg.AlertPeriod,
		Sources: sources, Total: p.total,
	}
	m.At, m.Live = p.end(q, now)
	picture(p.engine, q, m)
	m.First, _, _ = p.engine.Extent()
	if n := len(p.lines); n > 0 {
		m.Lines = append([]Line(nil), p.lines[max(0, n-keptLines):]...)
	}
	if n := p.filtered(ctx, q, m); n != nil {
		n.show(q, m, &p.past)
	}
	m.Known = p.known(m)
	m.Average = p.average(m.At - 1)
	m.Firing = p.firing
	if p.rules != nil {
		m.Rules = p.rules.Status()
	}
	if _, firing := p.watch.Firing(); m.Live && !firing {
		m.Pending = p.pending(m.At)
	}
	m.Alerts = newestFirst(p.everyAlert())
	m.Total.Late, m.Total.Future = p.engine.Late, p.engine.Future
	if p.cfg.dropped != nil {
		m.Total.Dropped = uint64(p.cfg.dropped())
	}
	m.Total.PerSecond = p.meter.measure(now, p.total.Lines)
	m.Total.Backlog = 1
	for i := range sources {
		m.Total.Behind += sources[i].Behind
	}
	if !p.live && m.Total.Behind > 0 {
		m.Total.Backlog = float64(p.total.Bytes) / float64(p.total.Bytes+m.Total.Behind)
	}
	p.moment.Store(m)
	if p.cfg.OnMoment != nil {
		p.cfg.OnMoment(m)
	}
}

// sources is how the inputs are doing, with their late lines.
func (p *Pump) sources() []event.Source {
	sources := p.cfg.Sources()
	if len(p.late) == 0 {
		return sources
	}
	sources = slices.Clone(sources)
	for i := range sources {
		sources[i].Late = p.late[i]
	}
	return sources
}

// known is how finely the traffic before the end of m is known: what is read line
// by line, for a filter or from restored files, as if it had come just then.
func (p *Pump) known(m *Moment) Known {
	var k Known
	k.BySecond, k.ByMinute = p.engine.Known()
	if m.Filter != nil && m.Filter.Err == "" || p.past.whole(m.At-1, m.At) {
		k.BySecond = min(k.BySecond, m.At-readBySecond)
	}
	for _, r := range p.past.files {
		if r.First < m.At && r.Last >= m.At-1 {
			k.ByMinute = min(k.ByMinute, r.First)
		}
	}
	return k
}

// readBySecond is for how many seconds lines that are read again are known by the second.
const readBySecond = 100 * 60

// end is the second at which the window ends, and whether that is now.
func (p *Pump) end(q *Query, now time.Time) (at int64, live bool) {
	_, head, ok := p.engine.Span()
	switch {
	case q.At != 0:
		return q.At, false
	case ok && (p.cfg.Replay || p.final || !p.clock.live() || !p.live && head < now.Add(-quietLimit).Unix()):
		return head + 1, false
	}
	return now.Unix(), true
}

// seriesStart aligns the elements of a series to their own length, so that a
// picture a second later has the same ones; the newest is then incomplete.
func seriesStart(at, step int64, n int) int64 {
	last := at - 1
	return last - ((last%step)+step)%step - int64(n-1)*step
}

const (
	trendKeys   = 40
	trendStep   = 10
	trendSlices = 12
)

// timeline is what a picture is made of.
type timeline interface {
	Window(from, to int64) *stats.Summary
	Series(from, to, step int64) []stats.Counter
	Trend(d stats.Dim, key string, to, step int64, n int) []uint64
}

// picture fills in what depends on the events that are counted.
func picture(g timeline, q *Query, m *Moment) {
	span := max(int64(q.Span/time.Second), 1)
	m.Window = g.Window(m.At-span, m.At)
	back := max(int64(q.Against/time.Second), span)
	m.Before = g.Window(m.At-back-span, m.At-back)
	m.Against = q.Against
	m.Series = g.Series(seriesStart(m.At, m.Step, q.Graph), m.At, m.Step)
	m.Trends = make(map[string][]uint64, trendKeys)
	for _, e := range m.Window.Top(stats.Section, trendKeys) {
		m.Trends[e.Key] = g.Trend(stats.Section, e.Key, m.At, trendStep, trendSlices)
	}
}

func newestFirst(alerts []alert.Change) []alert.Change {
	n := min(len(alerts), keptAlerts)
	out := make([]alert.Change, 0, n)
	for i := len(alerts) - 1; i >= len(alerts)-n; i-- {
		out = append(out, alerts[i])
	}
	return out
}

// Total returns the summary of everything read. It may be called once, after Run
// has returned, and ends the Pump.
func (p *Pump) Total() *stats.Summary { return p.engine.Drain() }
