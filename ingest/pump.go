package ingest

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// PumpConfig says how a Pump counts and alerts. The zero value works.
type PumpConfig struct {
	Window      time.Duration  // statistics window; 0 is 10 s
	Refresh     time.Duration  // between two Moments; 0 is 500 ms
	Threshold   float64        // requests per second that trigger the traffic alert; 0 is 10
	AlertPeriod time.Duration  // window of the traffic alert; 0 is 2 min
	Location    *time.Location // for the times in messages; nil is local
	Stats       stats.Config   // OnClose is the Pump's own
	Replay      bool           // the log's own time drives everything, to its end: --once; without OnMoment there is a Moment at the beginning, at the end and where Ask wants one
	Horizon     time.Time      // the end of what is already there, where it is known
	Rules       []alert.Rule   // beside the traffic alert

	Parsers  func() Parser         // to read files again for a filter; nil where they can't be
	Keeping  func() Parser         // the same that keep every field, for a filter that asks for more than Parsers keep; nil where these do
	Sources  func() []event.Source // how the inputs are doing; may be nil
	Stay     bool                  // go on answering after the end of the input
	OnChange func(alert.Change)    // called for every change of an alert, in order; must be quick
	OnPeriod func(*Moment)         // called every window of live time; must be quick
	OnMoment func(*Moment)         // called for every Moment; must be quick

	dropped func() int64 // lines that are not read; may be nil

	spool func(source int) *spool // where a stream can be read again; may be nil
	trail func(source int) *trail // where the newest of a compressed file can be; may be nil
}

// Pump drives batches of events through the statistics and the alerts. One
// goroutine, Run, owns them all; Moment and Ask are safe from any other.
type Pump struct {
	cfg    PumpConfig
	in     <-chan *event.Batch
	engine *stats.Engine
	watch  alert.Watch
	rules  *alert.Rules // nil without
	period int64

	moment atomic.Pointer[Moment]
	query  atomic.Pointer[Query]
	poke   chan struct{}
	crew   crew

	narrow  *narrow        // the filter in force; nil without
	keepers map[int]Parser // of Keeping, by source
	read    map[int]*index // how far each source is counted
	late    map[int]uint64 // lines of each that came late

	ctx     context.Context // of Run
	untold  []*inquiry      // changes that wait to be explained, or to be told after those
	learned chan finding
	reading bool // lines are being read again for them

	past    past
	shown   atomic.Pointer[[]event.Source] // what Restored returns
	errands chan func()                    // done by Run
	over    chan struct{}                  // closed when Run has ended

	alerts []alert.Change
	firing []alert.Change
	lines  []Line
	total  Totals
	clock  logClock
	meter  meter
	seq    uint64
	asked  *Query
	dirty  bool         // something came since the last Moment
	held   *event.Batch // the last one: its lines are not in lines yet
	live   bool         // the backlog is read
	final  bool
}

// NewPump returns a Pump that reads in until it is closed.
func NewPump(cfg PumpConfig, in <-chan *event.Batch) *Pump {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&cfg.Window, 10*time.Second)
	def(&cfg.Refresh, 500*time.Millisecond)
	def(&cfg.AlertPeriod, 2*time.Minute)
	if cfg.Threshold == 0 {
		cfg.Threshold = 10
	}
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	if cfg.Sources == nil {
		cfg.Sources = func() []event.Source { return nil }
	}
	p := &Pump{
		cfg:    cfg,
		in:     in,
		watch:  alert.Watch{Rule: alert.Traffic, Threshold: cfg.Threshold},
		period: max(int64(cfg.AlertPeriod/time.Second), 1),
		poke:   make(chan struct{}, 1),

		keepers: make(map[int]Parser),
		read:    make(map[int]*index),
		late:    make(map[int]uint64),
		learned: make(chan finding, 1),
		errands: make(chan func()),
		over:    make(chan struct{}),
	}
	cfg.Stats.Spread = p.crew.spread
	p.engine = stats.New(p.judged(cfg.Stats))
	p.rule()
	if !cfg.Horizon.IsZero() {
		p.engine.Horizon(cfg.Horizon)
	}
	p.query.Store(&Query{Span: cfg.Window, Graph: 600, Step: 1})
	return p
}

// Moment returns the newest picture; nil before the first.
func (p *Pump) Moment() *Moment { return p.moment.Load() }

// Ask says what the screen wants to see from now on; the newest wish wins. The
// next Moment comes at once.
func (p *Pump) Ask(q Query) {
	p.query.Store(&q)
	p.wake()
}

func (p *Pump) wake() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// Query returns the wish in force.
func (p *Pump) Query() Query { return *p.query.Load() }

// Run counts until the input is closed or ctx ends. When the input is closed it
// closes every second and publishes the last Moment.
func (p *Pump) Run(ctx context.Context) error {
	tick := time.NewTicker(p.cfg.Refresh)
	defer tick.Stop()
	ctx, cancel := context.WithCancel(ctx)
	p.ctx = ctx
	defer p.leave(cancel)
	defer p.crew.hire(runtime.GOMAXPROCS(0) - 1)()
	now := time.Now()
	p.clock.start = now
	p.engine.Clock(now)
	p.publish(ctx, now)
	periodEnd := now.Add(p.cfg.Window)
	in := p.in
	for {
		select {
		case <-ctx.Done():
			return nil
		case b, ok := <-in:
			now = time.Now()
			if !ok {
				p.finish(ctx, now)
				if p.cfg.Stay {
					in = nil
					continue
				}
				return nil
			}
			p.take(b, now)
		case f := <-p.learned:
			p.learn(f)
		case do := <-p.errands:
			do()
			p.dirty = true
			p.publish(ctx, time.Now())
		case <-p.poke:
			now = time.Now()
			p.dirty = true
			if every := p.Query().Refresh; every > 0 && every != p.cfg.Refresh {
				p.cfg.Refresh = every
				tick.Reset(every)
			}
			p.publish(ctx, now)
		case <-tick.C:
			now = time.Now()
			p.tick(ctx, now)
			if !p.cfg.Replay && p.live && !now.Before(periodEnd) {
				if p.cfg.OnPeriod != nil {
					p.cfg.OnPeriod(p.moment.Load())
				}
				periodEnd = periodEnd.Add(p.cfg.Window)
				if periodEnd.Before(now) {
					periodEnd = now.Add(p.cfg.Window)
				}
			}
		}
	}
}

// leave ends what was begun, and tells what is known to whoever wants to know.
func (p *Pump) leave(cancel context.CancelFunc) {
	cancel()
	close(p.over)
	if p.past.ended != nil {
		<-p.past.ended
	}
	if p.narrow != nil {
		p.narrow.close()
	}
	if p.reading {
		p.learn(<-p.learned)
	}
	p.tell()
}

func (p *Pump) tick(ctx context.Context, now time.Time) {
	if !p.cfg.Replay && !p.final {
		p.engine.Clock(now)
		sources := p.cfg.Sources()
		p.yield(sources)
		p.live = caughtUp(sources) && len(p.in) == 0 // in this order: what was read before is in the channel
		if p.live {
			p.clock.begin(now, p.engine)
			p.engine.Advance(p.clock.at(now))
		}
	}
	p.investigate()
	if !p.cfg.Replay || p.cfg.OnMoment != nil { // otherwise nobody looks before the end
		p.publish(ctx, now)
	}
}

// caughtUp reports whether all that is there is read: until then the lines drive
// the time, and the clock would only make them late.
func caughtUp(sources []event.Source) bool {
	for i := range sources {
		if sources[i].State == event.Reading || sources[i].Behind > 0 {
			return false
		}
	}
	return true
}

// take counts a batch and gives it back. Of a source that another takes the place
// of nothing is left but what it counted.
func (p *Pump) take(b *event.Batch, now time.Time) {
	if b.Anew {
		delete(p.read, b.Source)
		delete(p.late, b.Source)
		delete(p.keepers, b.Source)
		if b.Recycle != nil {
			b.Recycle(b)
		}
		return
	}
	if b.Replay && p.cfg.Horizon.IsZero() {
		p.estimate()
	}
	_, before, started := p.engine.Span()
	oldest := int64(math.MaxInt64) // of the lines that are newer than all so far
	late := p.engine.Late
	p.engine.AddAll(b.Events, &b.Rows)
	if late = p.engine.Late - late; late > 0 {
		p.late[b.Source] += late
	}
	if !b.Replay {
		for i := range b.Events {
			if second := b.Events[i].Time / 1e9; second < oldest && (second > before || !started) {
				oldest = second
			}
		}
	}
	if oldest != math.MaxInt64 {
		p.clock.arrived(now, oldest)
	}
	p.total.Lines += int64(b.Lines)
	p.total.Parsed += int64(len(b.Events))
	p.total.Bytes += int64(b.Bytes)
	for r, n := range b.Rejected {
		if !event.Reason(r).Expected() {
			p.total.Unparsed += int64(n)
		}
	}
	x := p.read[b.Source]
	if x == nil {
		x = &index{}
		p.read[b.Source] = x
	}
	x.add(b)
	if p.narrow != nil {
		p.narrow.add(b, p.keeper(b.Source))
	}
	p.keep(b)
	p.dirty = true
	if p.cfg.Replay && len(p.untold) > 0 { // beside the rest of the log, not after it
		p.investigate()
	}
}

// estimate tells the engine how much of the log's time the rest of the backlog
// covers, judging by what is read.
func (p *Pump) estimate() {
	behind := int64(0)
	for _, s := range p.cfg.Sources() {
		behind += s.Behind
	}
	first, head, ok := p.engine.Span()
	switch read := p.total.Bytes; {
	case !ok && (behind > largeBacklog || p.cfg.Stats.Brief && behind > briefBacklog):
		p.engine.Backlog(math.MaxInt64)
	case ok && read > behind/judgedFrom:
		p.engine.Backlog(time.Duration(float64(behind) / float64(read) * float64(head-first+1) * float64(time.Second)))
	}
}

// judgedFrom is the part of a backlog, one in so many, that tells enough about
// the time that the rest covers.
const judgedFrom = 32

// largeBacklog is the bytes from which it pays to count the far past coarsely.
const largeBacklog = 16 << 20

// briefBacklog is largeBacklog where only the total is asked for. Compressed, it may be a day of a
// quiet server, whose seconds take ten times as long to count one by one as to read.
const briefBacklog = 64 << 10

// keep holds b for the lines pane, and gives back the batch before when it has
// copied what of that is still among the newest lines: next to nothing where
// batches are large.
func (p *Pump) keep(b *event.Batch) {
	p.copyLines(keptLines - len(b.Events))
	p.held = b
}

// copyLines copies the last n lines of the batch that is held, and gives it back.
func (p *Pump) copyLines(n int) {
	b := p.held
	if b == nil {
		return
	}
	p.held = nil
	for i := max(0, len(b.Events)-max(n, 0)); i < len(b.Events); i++ {
		e := &b.Events[i]
		if e.Kind != event.Request && len(e.Raw) == 0 {
			continue
		}
		p.lines = keepLine(p.lines, e)
	}
	if b.Recycle != nil {
		b.Recycle(b)
	}
}

// keepLine appends what a pane shows of e, and forgets the oldest lines now and then.
func keepLine(lines []Line, e *event.Event) []Line {
	if len(lines) >= 4*keptLines {
		lines = append([]Line(nil), lines[len(lines)-keptLines:]...)
	}
	return append(lines, Line{
		At: e.When(), Source: string(e.Source), Client: string(e.Client), Method: string(e.Method),
		Target: clip(e.Target), Status: e.Status, Bytes: e.Bytes, Duration: e.Duration, Message: message(e), Raw: clip(shown(e)),
	})
}

// message is the severity and the text of what is no request. What is anonymised
// is shown as a line only: its text may name a client.
func message(e *event.Event) string {
	if e.More == nil || len(e.Target) > 0 || len(e.More.Body) == 0 || e.Shown != nil {
		return ""
	}
	if len(e.More.Severity) == 0 {
		return clip(e.More.Body)
	}
	return string(e.More.Severity) + "  " + clip(e.More.Body)
}

// shown is the line as people may see it.
func shown(e *event.Event) []byte {
	if e.Shown != nil {
		return e.Shown
	}
	return e.Raw
}

// clip copies a text, cut to what a wide screen shows.
func clip(b []byte) string {
	const most = 1024
	if len(b) > most {
		b = b[:most]
	}
	return string(b)
}

// finish closes what is open: no more will come.
func (p *Pump) finish(ctx context.Context, now time.Time) {
	p.engine.Finish()
	p.final, p.dirty, p.live = true, true, true
	if !p.cfg.Stay { // otherwise there is time
		p.settle()
	}
	p.publish(ctx, now)
}

// judge steps the alerts at a second that is closed.
func (p *Pump) judge(second int64) {
	if c, changed := p.watch.Step(second, p.average(second)); changed {
		c.Message = alert.TrafficMessage(c, p.cfg.Location)
		p.changed(c, second, p.period)
	}
	p.judgeRules(second)
}

// average is requests per second over the whole alert period that ends with second.
func (p *Pump) average(second int64) float64 {
	return float64(p.engine.Hits(second-p.period+1, second+1)) / float64(p.period)
}

// maxPending is for how many seconds pending looks ahead.
const maxPending = 600

// pending steps a copy of the watch through the seconds that are not closed yet.
func (p *Pump) pending(upTo int64) []alert.Change {
	if _, _, ok := p.engine.Span(); !ok || upTo-p.engine.Closed() > maxPending {
		return nil
	}
	watch := p.watch
	var out []alert.Change
	for s := p.engine.Closed(); s < upTo; s++ {
		if c, changed := watch.Step(s, p.average(s)); changed && c.State == alert.Firing {
			c.Message = alert.TrafficMessage(c, p.cfg.Location)
			p.explain(&c, s, p.period)
			out = append(out, c)
		}
	}
	if _, firing := watch.Firing(); !firing {
		return nil
	}
	return out
}
