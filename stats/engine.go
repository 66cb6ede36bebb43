package stats

import (
	"bytes"
	"cmp"
	"math"
	"time"

	"weir/ingest/event"
)

// Config says how an Engine counts. The zero value works.
type Config struct {
	Lateness time.Duration // how much later than the newest line a line still counts as in time; 0 is 5 s
	Skew     time.Duration // how far beyond the clock a line may be dated; 0 is 10 s
	Capacity int           // keys a slice keeps exactly in each dimension, at most; 0 is what suits its length
	Budget   int           // bytes that closed summaries may hold; 0 is 16 MiB
	// Brief tells that a backlog will be asked for its total: but for its last
	// minute, or what Windows says, as far as they are known to be that, it counts there and in no window.
	Brief bool
	// Windows is how long before the end of a brief backlog windows are asked for; 0 is a minute.
	Windows time.Duration
	// OnClose is called once for every second, in order, when no line in time
	// can change it any more. It may read the engine.
	OnClose func(second int64)
	// Spread calls do(0) to do(n-1) and returns when all of them have, at the same
	// time where cores are free; nil calls them one after the other. None of them
	// touches what another does.
	Spread func(n int, do func(i int))
	// OnAdd is called for every event that counts in a second, after it is
	// counted. It must not keep the event.
	OnAdd func(second int64, e *event.Event)
}

// Defaults of Config.
const (
	DefaultLateness = 5 * time.Second
	DefaultSkew     = 10 * time.Second
	DefaultBudget   = 16 << 20
)

// Engine keeps the timeline: summaries of 1 s, 10 s, 1 min and 1 h, each in a
// bounded ring. Every event is counted in the second its line names. The
// newest second seen, less the lateness, closes seconds; Advance closes them
// where no line comes. It is not safe for concurrent use.
type Engine struct {
	cfg      Config
	lateness int64
	skew     int64

	levels   [numLevels]level
	counters counters // by the second
	minutes  counters // by the minute
	total    *Summary // all that the hours have passed on
	open     *Summary // the second last added to
	openC    *Counter
	openM    *Counter
	openFrom int64  // nanoseconds at which that second begins
	recent   recent // what Hits was asked last

	batch  batch          // what AddAll counts, as far as the parts of the summaries do not have it
	part   func(part int) // gives one part what is in batch
	finer  []*Summary     // being rolled up
	leapAt event.Row      // of leap
	rows   event.Rows     // of a batch that came without

	started bool
	first   int64            // oldest second of any event
	head    int64            // newest second of any event
	closed  int64            // seconds before this are closed
	closing bool             // and it is being closed itself
	wall    int64            // the clock, as last told
	since   [numLevels]int64 // from which second on lines are counted at this level or a finer one
	held    int              // bytes in closed summaries
	keep    int              // keys that an old slice keeps in each dimension

	restored []*restored

	leap   *event.Event // a line dated far ahead of all others, waiting for company
	strays int          // lines since then that were not

	Late   uint64 // lines of a second that was closed already
	Future uint64 // lines dated beyond the clock, or far ahead of all others: in the total only
}

// maxLateness keeps the open seconds well inside the finest ring.
const maxLateness = 300

// New returns an empty Engine.
func New(cfg Config) *Engine {
	if cfg.Lateness == 0 {
		cfg.Lateness = DefaultLateness
	}
	if cfg.Skew == 0 {
		cfg.Skew = DefaultSkew
	}
	if cfg.Budget == 0 {
		cfg.Budget = DefaultBudget
	}
	g := &Engine{
		cfg:      cfg,
		lateness: min(int64(cfg.Lateness/time.Second), maxLateness),
		skew:     int64(cfg.Skew / time.Second),
		counters: newCounters(counterSpan),
		minutes:  newCounters(minuteSpan),
		total:    NewSummary(Capacity),
		keep:     mostKept,
	}
	g.part = g.countPart
	if g.cfg.Spread == nil {
		g.cfg.Spread = oneByOne
	}
	for i := range g.levels {
		g.levels[i].ring = make([]*Summary, levels[i].slots)
		g.since[i] = math.MinInt64
	}
	return g
}

// farAhead is the gap after which a line must not move the timeline alone: one
// line with a broken clock would close everything before it.
const farAhead = 3600

// Add counts e in the second its line names. A line later than the lateness
// still counts where its slice is kept, and is counted in Late.
func (g *Engine) Add(e *event.Event) {
	r := rowOf(e)
	g.place(e, &r)
}

// place finds the slices that e belongs to, of which r is the row.
func (g *Engine) place(e *event.Event, r *event.Row) {
	if g.open != nil && uint64(r.Time-g.openFrom) < 1e9 { // most lines: the same second as the one before
		g.into(g.open, e, r)
		if r.Kind == event.Request {
			g.openC.add(r)
			g.openM.add(r)
		}
		if g.cfg.OnAdd != nil {
			g.cfg.OnAdd(g.openC.At, e)
		}
		return
	}
	sec := floor(r.Time)
	switch {
	case g.wall != 0 && sec > g.wall+g.skew:
		g.stray(e, r)
		return
	case g.started && sec > g.head+farAhead && (g.wall == 0 || sec < g.wall-farAhead):
		g.addLeap(sec, e, r)
		return
	}
	if g.leap != nil {
		if g.strays++; g.strays > 100 {
			leap := g.leap
			g.leap = nil
			g.stray(leap, &g.leapAt)
		}
	}
	g.add(sec, e, r)
}

func (g *Engine) add(sec int64, e *event.Event, r *event.Row) {
	if !g.started {
		g.started, g.first, g.head, g.closed = true, sec, sec, sec-g.lateness
		for i := range g.levels {
			g.levels[i].built = align(g.closed, levels[i].step)
		}
	}
	g.first = min(g.first, sec)
	if sec > g.head {
		g.close(sec-g.lateness, g.head) // before the head moves: the rings still reach what is rolled up
		g.head = sec
	}
	if sec < g.closed {
		g.Late++
	}
	if sec < g.recent.to {
		g.recent = recent{}
	}
	base := g.base(sec)
	c, m := g.counter(sec), g.minute(sec)
	g.open = nil
	var s *Summary
	past := g.cfg.Brief && base == numLevels-1 // nobody will ask for its hour
	if past {
		s = g.total
		s.cover(sec, sec+1)
	} else {
		s = g.slot(base, sec)
	}
	if s != nil {
		g.into(s, e, r)
		if c != nil && m != nil && sec >= g.closed && sec >= g.levels[base].built && (base == numLevels-1 || sec >= g.levels[base+1].built) {
			g.open, g.openC, g.openM, g.openFrom = s, c, m, sec*1e9
		}
	}
	if r.Kind == event.Request {
		if c != nil {
			c.add(r)
		}
		if m != nil {
			m.add(r)
		}
	}
	for i := base + 1; i < numLevels && sec < g.levels[i].built; i++ {
		if s := g.slot(i, sec); s != nil {
			g.into(s, e, r)
		}
	}
	if !past && sec < g.levels[numLevels-1].built {
		g.into(g.total, e, r)
		g.total.cover(sec, sec+1)
	}
	if g.cfg.OnAdd != nil {
		g.cfg.OnAdd(sec, e)
	}
}

// stray counts e in the total and nowhere else.
func (g *Engine) stray(e *event.Event, r *event.Row) {
	g.Future++
	g.into(g.total, e, r)
}

func (g *Engine) addLeap(sec int64, e *event.Event, r *event.Row) {
	if g.leap != nil {
		leap, row := g.leap, g.leapAt
		g.leap = nil
		if p := floor(leap.Time); sec >= p-farAhead && sec <= p+farAhead { // two agree: time did pass
			if p <= sec {
				g.add(p, leap, &row)
				g.add(sec, e, r)
			} else {
				g.add(sec, e, r)
				g.add(p, leap, &row)
			}
			return
		}
		g.stray(leap, &row)
	}
	g.leap, g.leapAt, g.strays = clone(e), *r, 0
}

// clone copies what counting reads of e.
func clone(e *event.Event) *event.Event {
	c := *e
	for _, p := range []*[]byte{&c.Client, &c.User, &c.Method, &c.Target, &c.Path, &c.Query, &c.Proto, &c.Host, &c.Referrer, &c.Agent, &c.Source, &c.Country} {
		*p = bytes.Clone(*p)
	}
	if e.More != nil {
		c.More = &event.More{Severity: bytes.Clone(e.More.Severity)}
	}
	return &c
}

// Clock tells the engine what time it is, to know lines from the future. It closes nothing.
func (g *Engine) Clock(now time.Time) { g.wall = now.Unix() }

// Horizon tells that a backlog is about to be read that ends at end. What lies
// far before the end is then counted by coarser steps at once, which is faster.
// Call it before the first Add.
func (g *Engine) Horizon(end time.Time) {
	for i := range numLevels - 1 {
		g.since[i] = end.Unix() - g.detail(i)
	}
}

// briefDetail is detail where only the total is asked for: no more than the usual windows.
const briefDetail = 60

// detail is how long before the end of a backlog counting at a level begins, seconds.
func (g *Engine) detail(i int) int64 {
	if g.cfg.Brief {
		return cmp.Or(int64(g.cfg.Windows/time.Second), briefDetail)
	}
	return levels[i].detail
}

// Backlog tells that about so much time is still to come until the end of the
// backlog, where the end itself is not known. It errs on the side of detail.
func (g *Engine) Backlog(left time.Duration) {
	for i := range numLevels - 1 {
		switch near := left/2 < time.Duration(g.detail(i))*time.Second; {
		case !g.started && !near:
			g.since[i] = math.MaxInt64
		case near && g.since[i] == math.MaxInt64:
			g.since[i] = align(g.head, levels[i+1].step) + levels[i+1].step
		}
	}
	g.open = nil
}

// Advance closes the seconds that are older than the log's time by more than
// the lateness: what makes time pass while no line comes. The log's time may be
// behind the clock's.
func (g *Engine) Advance(log time.Time) {
	now := log.Unix()
	if g.leap != nil && floor(g.leap.Time) <= now {
		g.settle()
	}
	if g.started {
		g.close(now-g.lateness, g.head)
	}
}

// Finish closes every second up to the newest event: no line will come any more.
func (g *Engine) Finish() {
	g.settle()
	if g.started {
		g.close(g.head+1, g.head)
	}
}

func (g *Engine) settle() {
	if g.leap != nil {
		leap := g.leap
		g.leap = nil
		row := g.leapAt
		g.add(floor(leap.Time), leap, &row)
	}
}

// Span returns the oldest and the newest second of any event; ok is false before the first.
func (g *Engine) Span() (first, head int64, ok bool) { return g.first, g.head, g.started }

// Lateness returns by how many seconds the newest line has to be later until a second closes.
func (g *Engine) Lateness() int64 { return g.lateness }

// Closed returns the second up to which (not included) everything is closed.
func (g *Engine) Closed() int64 { return g.closed }

// patience is how long a gap is walked second by second, so that every window
// empties and every rule recovers at its own second; beyond it time jumps.
const patience = counterSpan

// close closes the seconds before upTo; newest is the newest second that holds an event.
func (g *Engine) close(upTo, newest int64) {
	for g.closed < upTo {
		if g.cfg.OnClose != nil {
			g.closing = true
			g.cfg.OnClose(g.closed)
			g.closing = false
		}
		g.closed++
		for i := 1; i < numLevels && g.closed%levels[i].step == 0; i++ {
			if g.closed > g.levels[i].built {
				g.build(i, g.closed)
			}
		}
		if g.closed > newest+patience && upTo-g.closed > patience {
			g.closed = upTo - 1
			for i := 1; i < numLevels; i++ { // what comes for the time between is late
				g.levels[i].built = max(g.levels[i].built, align(g.closed, levels[i].step))
			}
		}
	}
	g.open = nil // what it was may have been passed on
}

func floor(nanos int64) int64 {
	sec := nanos / 1e9
	if nanos%1e9 < 0 {
		sec--
	}
	return sec
}
