package ingest

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"weir/ingest/event"
	"weir/stats"
	"weir/stats/filter"
)

// narrow answers a filter. Summaries can't be filtered, so the files are read
// again for the time that is on the screen, newest part first, while what comes
// is counted as it comes. Two goroutines meet here: the Pump's and the reader's.
type narrow struct {
	text   string
	filter *filter.Filter
	err    string
	wants  wants
	days   int // which restored files it knows

	whole event.Event // a line that came, with every field

	mu     sync.Mutex
	now    *stats.Engine // the window and what comes
	past   *stats.Engine // what lies before the window: a filter may match so little that one would take it for a broken clock
	lines  [2][]Line     // of the past and of now
	shares [2]float64    // of the window, and of what lies before it
	from   int64         // the oldest second that is whole
	gap    bool          // what is before from was counted, and can't be read again
	lost   lost
	begin  int64 // the oldest second that restored files have, math.MaxInt64 without any
	done   bool
	dirty  bool

	poke   func() // says that there is more to show
	poked  time.Time
	cancel context.CancelFunc
	ended  chan struct{}
}

// pokeEvery is how often a growing answer is shown.
const pokeEvery = 100 * time.Millisecond

// wants is what has to be read again: seconds [from, to), to is 0 for live. The
// window that is looked at begins at window.
type wants struct{ from, window, to int64 }

// covers reports whether the answer to w serves o.
func (w wants) covers(o wants) bool { return w.to == o.to && w.from <= o.from }

// newNarrow compiles the filter and starts reading, by parsers that are keeping
// where the filter asks for it; stores end where each source has been counted:
// what follows comes through add.
func newNarrow(ctx context.Context, text string, w wants, now time.Time, stores []store, parsers, keeping func() Parser, zone *time.Location, poke func()) *narrow {
	n := &narrow{poke: poke, text: text, wants: w, now: stats.New(stats.Config{Budget: narrowBudget}), past: stats.New(stats.Config{Budget: narrowBudget}), shares: [2]float64{1, 1}, done: true, from: w.from, begin: math.MaxInt64, cancel: func() {}, ended: make(chan struct{})}
	var err error
	if n.filter, err = compile(text, zone); err != nil {
		n.err = err.Error()
		slog.Debug("filter refused", "filter", text, "error", err)
		close(n.ended)
		return n
	}
	ctx, n.cancel = context.WithCancel(ctx)
	n.shares, n.done = [2]float64{}, false
	if keeping != nil && n.filter.Attributes() {
		parsers = keeping
	}
	slog.Debug("filter set", "filter", text, "from", time.Unix(w.from, 0), "sources", len(stores))
	go n.read(ctx, now, stores, parsers, zone)
	return n
}

// read counts what matches of what has been: the window beside what lies before
// it, so that the first numbers are those that are looked at. What has to be read
// from its beginning is read once.
func (n *narrow) read(ctx context.Context, now time.Time, stores []store, parsers func() Parser, zone *time.Location) {
	defer close(n.ended)
	to := n.wants.to
	if to == 0 {
		to = math.MaxInt64 / 2
	}
	var group sync.WaitGroup
	for i, part := range [...]struct{ from, to int64 }{{n.wants.window, to}, {n.wants.from, n.wants.window}} {
		group.Go(func() {
			only, _ := compile(n.text, zone) // it did before
			p := passage{n, only, part.from, part.to, hasPast(stores), now.Add(stats.DefaultSkew).Unix(), min(to, now.Unix()) - shownSeconds}
			for j, s := range stores {
				if s.sequential() {
					if i > 0 {
						continue
					}
					p.from = n.wants.from
				}
				p.read(ctx, s, parsers, now, func(share float64) { n.progress(i, (float64(j)+share)/float64(len(stores))) })
				p.from = part.from
			}
			n.progress(i, 1)
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return
	}
	n.mu.Lock()
	n.done, n.dirty = true, true
	if n.begin != math.MaxInt64 {
		n.from = max(n.from, n.begin)
	}
	n.mu.Unlock()
	n.poke()
}

// passage is a stretch of time that is read again for a filter, on a goroutine of its own.
type passage struct {
	n        *narrow
	only     *filter.Filter
	from, to int64 // seconds, [from, to)
	days     bool  // there are restored files
	latest   int64 // a later line has a broken clock
	newest   int64 // from here on lines are kept to be shown
}

// hasPast reports whether there are restored files among the stores.
func hasPast(stores []store) bool {
	return slices.ContainsFunc(stores, func(s store) bool { return s.past })
}

// read counts what matches of one store.
func (p *passage) read(ctx context.Context, s store, parsers func() Parser, now time.Time, done func(share float64)) {
	err := errStream
	since := p.from
	if parsers != nil {
		since, err = s.read(ctx, p.from, p.to, parsers(), func(e *event.Event) {
			if p.only.Match(e) {
				p.n.count(e, p.latest, e.Time/1e9 >= p.newest)
			}
		}, done)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil { // a stream, or gone: from now on then
		slog.Debug("filter does not know what was", "path", s.path, "error", err)
		since = now.Unix()
	}
	p.n.mu.Lock()
	defer p.n.mu.Unlock()
	if err != nil && !errors.Is(err, errStream) && !s.past {
		p.n.lost.add(s.path, err)
	}
	switch {
	case s.past:
		p.n.begin = min(p.n.begin, since)
	case p.days && since >= p.to: // a log that begins after the days that are restored is no gap
	case since > p.from:
		p.n.from = max(p.n.from, min(since, now.Unix()))
		p.n.gap = p.n.gap || err != nil || s.spool != nil || s.renewed
	}
}

func (n *narrow) progress(part int, share float64) {
	n.mu.Lock()
	n.shares[part], n.dirty = share, true
	now := time.Now()
	due := now.Sub(n.poked) >= pokeEvery
	if due {
		n.poked = now
	}
	n.mu.Unlock()
	if due {
		n.poke()
	}
}

// shownSeconds is for how many seconds before the end lines are kept to be shown.
const shownSeconds = 60

// narrowBudget is how many bytes the summaries of the window, and of what lies
// before it, may hold.
const narrowBudget = 8 << 20

// count counts e unless it is dated later than latest, a second.
func (n *narrow) count(e *event.Event, latest int64, show bool) {
	second := e.Time / 1e9
	if second > latest {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	engine, lines := n.now, &n.lines[1]
	if second < n.wants.window {
		engine, lines = n.past, &n.lines[0]
	}
	engine.Clock(time.Unix(second, 0)) // however far from the last that matched
	engine.Add(e)
	if show {
		*lines = keepLine(*lines, e)
	}
}

// add counts what matches of a batch that has just come. A keeper parses the lines
// again, where the filter asks for what the events come without.
func (n *narrow) add(b *event.Batch, keeper Parser) {
	if n.filter == nil || n.wants.to != 0 {
		return
	}
	latest := time.Now().Add(stats.DefaultSkew).Unix()
	for i := range b.Events {
		e := &b.Events[i]
		whole := e
		if keeper != nil {
			whole = &n.whole
			whole.Reset()
			if keeper.Parse(e.Raw, whole) != nil {
				continue
			}
			whole.Time, whole.Line, whole.Raw, whole.Source = e.Time, e.Line, e.Raw, e.Source
		}
		if n.filter.Match(whole) {
			n.count(e, latest, true)
		}
	}
}

// moved reports whether there is something new to show; a nil narrow has nothing.
func (n *narrow) moved() bool {
	if n == nil {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dirty
}

// close ends the reading and waits for it.
func (n *narrow) close() {
	n.cancel()
	<-n.ended
}

// filtered keeps the answer to the wish in force, and returns it; nil without a filter.
func (p *Pump) filtered(ctx context.Context, q *Query, m *Moment) *narrow {
	if q.Filter == "" && !p.reread(q, m) {
		if p.narrow != nil {
			p.narrow.close()
			p.narrow = nil
		}
		return nil
	}
	span := max(int64(q.Span/time.Second), 1)
	w := wants{from: m.At - max(2*span, int64(q.Graph)*m.Step), window: m.At - span, to: q.At}
	if p.narrow != nil && p.narrow.text == q.Filter && p.narrow.days == p.past.change && (p.narrow.err != "" || p.narrow.wants.covers(w)) {
		return p.narrow
	}
	if p.narrow != nil {
		p.narrow.close()
	}
	stores := append(p.past.stores(w.from, m.At), p.stores()...)
	p.narrow = newNarrow(ctx, q.Filter, w, m.Now, stores, p.cfg.Parsers, p.cfg.Keeping, p.cfg.Location, p.wake)
	p.narrow.days = p.past.change
	return p.narrow
}

// reread reports whether the window is one of restored lines: a Rollup knows it
// by coarse slices only.
func (p *Pump) reread(q *Query, m *Moment) bool {
	span := max(int64(q.Span/time.Second), 1)
	return q.At != 0 && p.cfg.Parsers != nil && p.past.whole(m.At-span, m.At)
}

// show puts the filter's own numbers in place of all.
func (n *narrow) show(q *Query, m *Moment, past *past) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dirty = false
	if n.text == "" {
		n.sharpen(q, m, past)
		return
	}
	m.Filter = &Filter{Text: n.text, Err: n.err, From: n.from, Gap: n.gap, Lost: n.lost.String(), Share: (n.shares[0] + n.shares[1]) / 2, Done: n.done}
	if n.err != "" {
		return
	}
	picture(n, q, m)
	m.Lines = n.newest()
}

// Window returns the summary of [from, to), widened where only coarser slices are
// left, but never over the beginning of the window that was asked for first.
func (n *narrow) Window(from, to int64) *stats.Summary {
	border := n.wants.window
	if from >= border {
		w := n.now.Window(from, to)
		w.From = max(w.From, border)
		return w
	}
	w := n.past.Window(from, min(to, border))
	w.From, w.To = max(w.From, n.wants.from), min(w.To, border)
	if to > border {
		w.Merge(n.now.Window(border, to))
	}
	return w
}

// Series returns the counters of [from, to) in slices of step seconds.
func (n *narrow) Series(from, to, step int64) []stats.Counter {
	all := n.now.Series(from, to, step)
	for i, c := range n.past.Series(from, to, step) {
		all[i].Merge(&c)
	}
	return all
}

// Trend returns the hits of a key in n slices of step seconds that end at to.
func (n *narrow) Trend(d stats.Dim, key string, to, step int64, slices int) []uint64 {
	all := n.now.Trend(d, key, to, step, slices)
	for i, hits := range n.past.Trend(d, key, to, step, slices) {
		all[i] += hits
	}
	return all
}

// newest returns the lines to be shown.
func (n *narrow) newest() []Line {
	lines := slices.Concat(n.lines[0], n.lines[1])
	return lines[max(0, len(lines)-keptLines):]
}

// sharpen puts what was counted line by line in place of what is known by coarse
// slices, as far as nothing is lost by it.
func (n *narrow) sharpen(q *Query, m *Moment, past *past) {
	span := max(int64(q.Span/time.Second), 1)
	if !n.done || n.begin == math.MaxInt64 || n.from > max(m.At-span, n.begin) {
		return
	}
	exact := Moment{At: m.At, Step: m.Step}
	picture(n, q, &exact)
	m.Window, m.Trends = exact.Window, exact.Trends
	if back := max(int64(q.Against/time.Second), span); m.At-back-span >= n.wants.from {
		m.Before = exact.Before
	}
	for i := range m.Series {
		minute := m.Series[i].At - m.Series[i].At%60 // which a Rollup counts as one
		if past.whole(minute, minute+max(m.Step, 60)) || m.Series[i].Hits < exact.Series[i].Hits {
			m.Series[i] = exact.Series[i]
		}
	}
	m.Lines = n.newest()
}
