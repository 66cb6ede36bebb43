package ingest

import (
	"context"
	"errors"
	"log/slog"
	"math"
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

	mu     sync.Mutex
	engine *stats.Engine
	lines  []Line
	share  float64
	from   int64 // the oldest second that is whole
	done   bool
	dirty  bool

	poke   func() // says that there is more to show
	poked  time.Time
	cancel context.CancelFunc
	ended  chan struct{}
}

// pokeEvery is how often a growing answer is shown.
const pokeEvery = 100 * time.Millisecond

// wants is what has to be read again: seconds [from, to), to is 0 for live.
type wants struct{ from, to int64 }

// covers reports whether the answer to w serves o.
func (w wants) covers(o wants) bool { return w.to == o.to && w.from <= o.from }

// newNarrow compiles the filter and starts reading; stores end where each
// source has been counted: what follows comes through add.
func newNarrow(ctx context.Context, text string, w wants, now time.Time, stores []store, parsers func() Parser, zone *time.Location, poke func()) *narrow {
	n := &narrow{poke: poke, text: text, wants: w, engine: stats.New(stats.Config{}), share: 1, done: true, from: w.from, cancel: func() {}, ended: make(chan struct{})}
	n.engine.Clock(now)
	var err error
	if n.filter, err = compile(text, zone); err != nil {
		n.err = err.Error()
		slog.Debug("filter refused", "filter", text, "error", err)
		close(n.ended)
		return n
	}
	ctx, n.cancel = context.WithCancel(ctx)
	n.share, n.done = 0, false
	slog.Debug("filter set", "filter", text, "from", time.Unix(w.from, 0), "sources", len(stores))
	again, _ := compile(text, zone) // for the other goroutine
	go n.read(ctx, again, now, stores, parsers)
	return n
}

func (n *narrow) read(ctx context.Context, again *filter.Filter, now time.Time, stores []store, parsers func() Parser) {
	defer close(n.ended)
	to := n.wants.to
	if to == 0 {
		to = math.MaxInt64 / 2
	}
	newest := min(to, now.Unix()) - shownSeconds
	whole := n.wants.from
	for i, s := range stores {
		if parsers == nil {
			whole = max(whole, now.Unix())
			continue
		}
		since, err := s.read(ctx, n.wants.from, to, parsers(), func(e *event.Event) {
			if again.Match(e) {
				n.count(e, e.Time/1e9 >= newest)
			}
		}, func(share float64) { n.progress((float64(i) + share) / float64(len(stores))) })
		switch {
		case errors.Is(err, context.Canceled):
			return
		case err != nil: // a stream, or gone: from now on then
			slog.Debug("read again for a filter", "path", s.path, "error", err)
			whole = max(whole, now.Unix())
		default:
			whole = max(whole, since)
		}
	}
	n.mu.Lock()
	n.share, n.done, n.dirty, n.from = 1, true, true, whole
	n.mu.Unlock()
	n.poke()
}

func (n *narrow) progress(share float64) {
	n.mu.Lock()
	n.share, n.dirty = share, true
	n.mu.Unlock()
	if now := time.Now(); now.Sub(n.poked) >= pokeEvery {
		n.poked = now
		n.poke()
	}
}

// shownSeconds is for how many seconds before the end lines are kept to be shown.
const shownSeconds = 60

func (n *narrow) count(e *event.Event, show bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.engine.Add(e)
	if show {
		n.lines = keepLine(n.lines, e)
	}
}

// add counts what matches of a batch that has just come.
func (n *narrow) add(b *event.Batch) {
	if n.filter == nil || n.wants.to != 0 {
		return
	}
	for i := range b.Events {
		if n.filter.Match(&b.Events[i]) {
			n.count(&b.Events[i], true)
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
	if q.Filter == "" {
		if p.narrow != nil {
			p.narrow.close()
			p.narrow = nil
		}
		return nil
	}
	span := max(int64(q.Span/time.Second), 1)
	w := wants{from: m.At - max(2*span, int64(q.Graph)*m.Step), to: q.At}
	if p.narrow != nil && p.narrow.text == q.Filter && (p.narrow.err != "" || p.narrow.wants.covers(w)) {
		return p.narrow
	}
	if p.narrow != nil {
		p.narrow.close()
	}
	p.narrow = newNarrow(ctx, q.Filter, w, m.Now, p.stores(), p.cfg.Parsers, p.cfg.Location, p.wake)
	return p.narrow
}

// show puts the filter's own numbers in place of all.
func (n *narrow) show(q *Query, m *Moment) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dirty = false
	m.Filter = &Filter{Text: n.text, Err: n.err, From: n.from, Share: n.share, Done: n.done}
	if n.err != "" {
		return
	}
	picture(n.engine, q, m)
	m.Lines = append([]Line(nil), n.lines[max(0, len(n.lines)-keptLines):]...)
}
