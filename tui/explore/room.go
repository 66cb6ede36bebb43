// Package explore is the tab on which the records themselves are read, found,
// sorted, counted and exported. What takes time is done elsewhere: Work returns
// it, and what comes of it is a Done for the screen's own goroutine.
package explore

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/ingest"
	"weir/tui/panel"
)

// Room is the tab. It is a panel.
type Room struct {
	records *ingest.Records
	ctx     context.Context
	stop    context.CancelFunc
	jobs    sync.WaitGroup
	mu      sync.Mutex
	closed  bool

	view    view
	browser *ingest.Browser // the job's, while there is one
	filter  string          // the one that browser has
	working bool            // a job reads
	halt    context.CancelFunc
	place   *landing // where to go next
	moment  int64    // that the window was put at; 0 is live
	opened  bool
	seen    uint64 // the Moment that was followed last
	lines   int64  // read by then
	wrong   string // why there is nothing to show

	row, top int
	page     int
	width    int
	follow   bool
	onward   bool // the record after the last is wanted: it is written, but not read
	columns  columns
	focus    string // the column in focus

	asking  *question
	want    ingest.Wanted // what n and N look for
	looking string        // the same as it was typed
	task    *task
	note    string
	detail  *details
	table   *frequency
	sorted  *sorting
	told    []told // to be done once the records are there
}

// view is what the last job has read. Nobody changes it.
type view struct {
	window      []*ingest.Record
	first, last bool
	share       float64
	wanting     bool   // there may be more to find to fill the page
	amiss       string // why logs can't be read
}

// landing is where to put the window, and the row to select then.
type landing struct {
	kind   landingKind
	when   int64 // nanoseconds
	record *ingest.Record
	raw    string // of the record to select, where it is known
	asked  bool   // by Open: another filter or moment leaves it where it is
	placed bool
}

type landingKind uint8

const (
	toEnd landingKind = iota
	toStart
	toTime
	toRecord
)

// Done is what is left to do on the screen's goroutine after a job.
type Done func()

// New returns the room over some records; nil where nothing can be read again.
func New(records *ingest.Records) *Room {
	r := &Room{records: records, follow: true, place: &landing{}}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.columns.reset()
	return r
}

// Close ends what is being done and waits for it.
func (r *Room) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.jobs.Wait()
}

// job makes a function of do that can be run on any goroutine, until Close.
func (r *Room) job(do func() Done) func() Done {
	return func() Done {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return nil
		}
		r.jobs.Add(1)
		r.mu.Unlock()
		defer r.jobs.Done()
		return do()
	}
}

// Busy reports whether the picture may change without a key or a Moment.
func (r *Room) Busy() bool { return r.working || r.task != nil }

// Typing reports whether keys are letters of a text.
func (r *Room) Typing() bool { return r.asking != nil }

// step is how long a job reads before it shows what it has.
const step = 100 * time.Millisecond

// Work returns what has to be done to show the frame at a moment (unix seconds; 0 is now).
func (r *Room) Work(f *panel.Frame, at int64) []func() Done {
	if r.records == nil {
		return nil
	}
	var all []func() Done
	if t := r.task; t != nil && !t.begun {
		t.begun = true
		all = append(all, r.job(t.run))
	}
	r.notice(f, at)
	if r.working {
		return all
	}
	r.obey(f)
	if t := r.task; t != nil && !t.begun {
		t.begun = true
		all = append(all, r.job(t.run))
	}
	if job := r.reading(f); job != nil {
		r.working = true
		all = append(all, r.job(job))
	}
	return all
}

// notice finds out whether the filter or the moment is another than before.
func (r *Room) notice(f *panel.Frame, at int64) {
	if r.opened && r.filter == f.Wanted && r.moment == at {
		return
	}
	var next *landing
	switch {
	case r.place != nil && (r.place.asked || !r.opened && (r.place.kind != toEnd || at == 0)): // where it was opened at
		next = r.place
	case r.moment != at || !r.opened || r.follow:
		next = &landing{when: at * 1e9}
		if at != 0 {
			next.kind = toTime
		}
		r.follow = at == 0
	case r.current() != nil:
		next = &landing{kind: toTime, when: r.current().Time + 1, raw: string(r.current().Raw)}
	default:
		next = &landing{}
	}
	if r.filter != f.Wanted {
		r.browser, r.table, r.sorted, r.detail = nil, nil, nil, nil
		r.columns.reset()
	}
	r.opened, r.filter, r.moment = true, f.Wanted, at
	r.go_(next)
}

// go_ puts the window somewhere else.
func (r *Room) go_(to *landing) {
	r.place = to
	r.follow = to.kind == toEnd && r.moment == 0
	if r.working && r.halt != nil {
		r.halt()
	}
}

// reading returns the job that the picture lacks; nil when it lacks nothing.
func (r *Room) reading(f *panel.Frame) func() Done {
	if r.sorted != nil || r.table != nil {
		return nil
	}
	page := max(r.page, 20)
	v := &r.view
	to, onward := r.place, false
	fresh := (r.follow || r.onward) && v.last && f.Seq != r.seen && !f.Paused && r.moment == 0
	back := !v.first && r.top < 2*page
	ahead := !v.last && len(v.window)-r.top < 3*page
	switch {
	case to != nil && !to.placed || back || ahead:
	case fresh:
		onward, r.onward = r.onward, false
		r.seen, r.lines = f.Seq, f.Total.Lines
	default:
		return nil
	}
	ctx, halt := context.WithCancel(r.ctx)
	r.halt = halt
	lines := f.Total.Lines
	browser, expression := r.browser, r.filter
	return func() Done {
		defer halt()
		var err error
		if browser == nil {
			if browser, err = r.records.Browse(expression); err != nil {
				return func() { r.working, r.wrong, r.view = false, err.Error(), view{first: true, last: true} }
			}
		}
		if to != nil && !to.placed {
			err = to.put(ctx, browser)
			back, ahead = true, to.kind != toEnd
		}
		half := step
		if back && ahead {
			half /= 2
		}
		whole := true
		if back && err == nil {
			whole = browser.Back(ctx, 4*page, half)
		}
		if ahead && err == nil {
			whole = browser.Ahead(ctx, 4*page, half) && whole
		}
		if fresh && !back && !ahead {
			browser.Follow(ctx, 4*page, step)
		}
		next := view{window: browser.Window(), share: browser.Share(), wanting: !whole}
		next.first, next.last = browser.Whole()
		if err := browser.Err(); err != nil {
			next.amiss = err.Error()
		}
		halted := ctx.Err() != nil || err != nil
		return func() {
			if next.last {
				r.lines = max(r.lines, lines)
			}
			r.show(next, browser, expression, to, halted)
			if onward && r.detail != nil {
				r.move("down")
			}
		}
	}
}

func (to *landing) put(ctx context.Context, b *ingest.Browser) error {
	switch to.kind {
	case toStart:
		b.Start()
	case toTime:
		return b.Time(ctx, to.when)
	case toRecord:
		return b.Record(ctx, to.record)
	case toEnd:
		b.End()
	}
	return nil
}

// show takes over what a job has read.
func (r *Room) show(next view, browser *ingest.Browser, expression string, to *landing, halted bool) {
	r.working = false
	if expression != r.filter {
		return
	}
	r.browser, r.wrong = browser, ""
	if halted && r.place != to { // it was told to go elsewhere
		return
	}
	if halted {
		r.browser = nil
		return
	}
	if r.sorted != nil { // what is listed is another list
		r.view = next
		return
	}
	before := r.current()
	r.view = next
	r.columns.learn(next.window)
	if to != nil && to == r.place {
		to.placed = true
		if len(next.window) == 0 && !(next.first && next.last) {
			return
		}
		r.row = to.row(next.window)
		r.top = max(0, r.row-r.page/2)
		if to.kind != toEnd && to.kind != toTime && r.moment == 0 {
			r.follow = false
		}
		r.place = nil
	} else if before != nil {
		if at := slices.IndexFunc(next.window, before.Same); at >= 0 {
			r.top, r.row = r.top+at-r.row, at
		}
	}
	if r.follow && next.last {
		r.row = len(next.window) - 1
	}
	r.clamp()
}

// row is the one to select in the window that a landing put somewhere.
func (to *landing) row(window []*ingest.Record) int {
	n := len(window)
	switch to.kind {
	case toStart:
		return 0
	case toRecord:
		if at := slices.IndexFunc(window, to.record.Same); at >= 0 {
			return at
		}
		return max(0, slices.IndexFunc(window, func(o *ingest.Record) bool { return o.Time >= to.record.Time }))
	case toTime:
		at := slices.IndexFunc(window, func(o *ingest.Record) bool { return o.Time >= to.when })
		if at < 0 {
			at = n
		}
		if to.raw != "" {
			for i := max(0, at-200); i < min(n, at+200); i++ {
				if string(window[i].Raw) == to.raw {
					return i
				}
			}
		}
		return max(at-1, 0)
	case toEnd:
	}
	return max(n-1, 0)
}

func (r *Room) clamp() {
	n := len(r.rows())
	r.row = max(0, min(r.row, n-1))
	r.top = max(0, min(r.top, r.row, n-r.page))
	if r.page > 0 && r.row >= r.top+r.page {
		r.top = r.row - r.page + 1
	}
}

// rows are the records that are listed: those of the window or the sorted ones.
func (r *Room) rows() []*ingest.Record {
	if r.sorted != nil && r.sorted.done {
		return r.sorted.top
	}
	return r.view.window
}

// current is the selected record, nil where there is none.
func (r *Room) current() *ingest.Record {
	if rows := r.rows(); r.row >= 0 && r.row < len(rows) {
		return rows[r.row]
	}
	return nil
}

// Open goes to a moment (nanoseconds), to the line of that text where it is known.
func (r *Room) Open(when int64, raw string) {
	r.leave()
	r.opened = r.opened && r.browser != nil
	r.go_(&landing{kind: toTime, when: when + 1, raw: raw, asked: true})
}

// leave closes what stands before the list.
func (r *Room) leave() {
	r.detail, r.table, r.sorted, r.asking = nil, nil, nil, nil
	r.cancel()
}

// task is something that goes through much of the logs.
type task struct {
	what   string // it does, for the status row
	run    func() Done
	begun  bool
	share  atomic.Uint64 // of 1e6 that are done
	cancel context.CancelFunc
}

// start begins a task in place of the one that runs.
func (r *Room) start(what string, do func(ctx context.Context, t *task) Done) {
	r.cancel()
	ctx, cancel := context.WithCancel(r.ctx)
	t := &task{what: what, cancel: cancel}
	t.run = func() Done {
		defer cancel()
		done := do(ctx, t)
		return func() {
			if r.task == t {
				r.task = nil
				if done != nil {
					done()
				}
			}
		}
	}
	r.task, r.note = t, ""
}

func (t *task) progress(share float64) { t.share.Store(uint64(share * 1e6)) }

// cancel ends the task that runs, if one does.
func (r *Room) cancel() bool {
	if r.task == nil {
		return false
	}
	r.task.cancel()
	r.task = nil
	return true
}
