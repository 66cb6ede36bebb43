package ingest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"weir/stats/filter"
)

// Browser is a window of neighbouring records that moves over the logs. Its
// memory is bounded; what leaves it at one side is read again when it comes
// back. One goroutine may use it at a time.
type Browser struct {
	records *Records
	deck    *deck
	only    *filter.Filter
	tapes   []tape

	window     []*Record
	cost       int
	start, end []edge // of the window, in every tape
	first      bool   // nothing stands before the window
	last       bool   // nothing stood after it when last looked
	err        error
	lost       error // why logs are not among the tapes
}

const (
	// keptRecords and keptCost bound a window: records, and bytes of memory.
	keptRecords = 1500
	keptCost    = 6 << 20
	leastKept   = 120 // records, whatever they cost
)

// Browse returns a Browser of the records that match an expression.
func (r *Records) Browse(expression string) (*Browser, error) {
	only, err := r.compile(expression)
	if err != nil {
		return nil, err
	}
	return &Browser{records: r, deck: r.deck(), only: only}, nil
}

// compile compiles an expression for one goroutine; nil matches all.
func (r *Records) compile(expression string) (*filter.Filter, error) {
	if expression == "" {
		return nil, nil
	}
	return compile(expression, r.cfg.Location)
}

// Matches returns a test for one goroutine whether a record matches an expression,
// which is not "".
func (r *Records) Matches(expression string) (func(*Record) bool, error) {
	match, err := r.compile(expression)
	if err != nil {
		return nil, err
	}
	return func(o *Record) bool { return !o.Bad && match.Match(o.Event) }, nil
}

// Window is the window: the oldest record first. The slice is the caller's.
func (b *Browser) Window() []*Record { return slices.Clone(b.window) }

// Whole tells whether nothing stands before the window, and nothing after it.
func (b *Browser) Whole() (first, last bool) { return b.first, b.last }

// Err is why logs can't be read, or why the last one could not; nil where all can.
func (b *Browser) Err() error { return cmp.Or(b.lost, b.err) }

// Share is about where in the logs the window begins, 0 to 1, by bytes.
func (b *Browser) Share() float64 {
	at, all := int64(0), int64(0)
	for i := range b.tapes {
		at, all = at+min(b.start[i].at, b.tapes[i].size), all+b.tapes[i].size
	}
	return float64(at) / float64(max(all, 1))
}

// End empties the window and puts it after the last record.
func (b *Browser) End() {
	b.tapes, b.lost = b.records.look()
	b.put(ends(b.tapes))
	for i := range b.end { // when what comes was written nobody knows
		b.end[i].mark = math.MinInt64
	}
	b.last = true
}

// Start empties the window and puts it before the first record.
func (b *Browser) Start() {
	b.tapes, b.lost = b.records.look()
	b.put(starts(b.tapes))
	b.first = true
}

// Time empties the window and puts it between the records before a time, in
// nanoseconds, and those after it.
func (b *Browser) Time(ctx context.Context, when int64) error {
	return b.place(ctx, when, nil)
}

// Record empties the window and puts it before a record.
func (b *Browser) Record(ctx context.Context, r *Record) error {
	return b.place(ctx, r.Time, r)
}

func (b *Browser) place(ctx context.Context, when int64, r *Record) error {
	tapes, lost := b.records.look()
	at, err := b.deck.at(ctx, tapes, when, r)
	if err != nil {
		return err
	}
	b.tapes, b.lost = tapes, lost
	b.put(at)
	return nil
}

func (b *Browser) put(at []edge) {
	b.window, b.cost = nil, 0
	b.start, b.end = at, slices.Clone(at)
	b.first, b.last, b.err = false, false, nil
}

// refresh takes in what the logs have become. A log that is new joins after the
// window where it is newer, otherwise it is divided by the window's end.
func (b *Browser) refresh(ctx context.Context) {
	tapes, lost := b.records.look()
	for i := len(b.tapes); i < len(tapes); i++ {
		at := edge{0, tapes[i].first}
		if n := len(b.window); n > 0 && tapes[i].first < b.window[n-1].Time {
			if all, err := b.deck.at(ctx, tapes, b.window[n-1].Time, nil); err == nil {
				at = all[i]
				b.first = false
			}
		}
		b.start, b.end = append(b.start, at), append(b.end, at)
	}
	for i := range tapes {
		b.start[i].at, b.end[i].at = max(b.start[i].at, tapes[i].begin), max(b.end[i].at, tapes[i].begin)
		if tapes[i].in != nil && b.end[i].at != atEnd { // truncated
			b.start[i].at, b.end[i].at = min(b.start[i].at, tapes[i].size), min(b.end[i].at, tapes[i].size)
		}
	}
	b.tapes, b.lost = tapes, lost
}

// Back puts up to n records before the window. It gives up when the time is
// over; done is true once there is nothing more to find for it: n are there, or
// nothing stands before.
func (b *Browser) Back(ctx context.Context, n int, budget time.Duration) (done bool) {
	return b.extend(ctx, n, budget, true)
}

// Ahead puts up to n records after the window, those included that have been
// written since. It is Back the other way.
func (b *Browser) Ahead(ctx context.Context, n int, budget time.Duration) (done bool) {
	b.refresh(ctx)
	return b.extend(ctx, n, budget, false)
}

// farBehind is how many bytes may be read to follow; where more came the window
// is put after the last record anew.
const farBehind = 8 << 20

// Follow is Ahead for as much as came, for a window that is at the end: so that
// it stays there however fast the logs grow.
func (b *Browser) Follow(ctx context.Context, n int, budget time.Duration) (done bool) {
	b.refresh(ctx)
	behind := int64(0)
	for i := range b.tapes {
		behind += max(b.tapes[i].size-b.end[i].at, 0)
	}
	if behind > farBehind {
		b.End()
		return b.extend(ctx, n, budget, true)
	}
	return b.extend(ctx, keptRecords, budget, false)
}

func (b *Browser) extend(ctx context.Context, n int, budget time.Duration, back bool) bool {
	from := b.end
	if back {
		from = b.start
	}
	s := b.deck.scan(b.tapes, from, back, b.only)
	until := time.Now().Add(budget)
	var found []*Record
	ended := false
	for len(found) < n && !ended {
		var r *Record
		if r, ended = s.next(ctx, until); r == nil {
			break
		}
		found = append(found, r)
		b.cost += r.cost()
	}
	done := ended || len(found) >= n
	s.edges(from)
	for i := range s.lanes {
		b.tapes[i] = s.lanes[i].tape
	}
	if s.err != nil && !errors.Is(s.err, errOvertaken) {
		b.err = s.err
	}
	if back {
		slices.Reverse(found)
		b.window = append(found, b.window...)
		b.first = ended
		b.forgetLast()
	} else {
		b.window = append(b.window, found...)
		b.last = ended
		b.forgetFirst()
	}
	return done
}

func (b *Browser) tooMany(n, cost int) bool {
	return n > keptRecords || cost > keptCost && n > leastKept
}

func (b *Browser) forgetLast() {
	n := len(b.window)
	for ; b.tooMany(n, b.cost); n-- {
		r := b.window[n-1]
		b.cost -= r.cost()
		b.end[r.tape] = edge{r.At, r.Time}
		b.last = false
	}
	clear(b.window[n:])
	b.window = b.window[:n]
}

func (b *Browser) forgetFirst() {
	k := 0
	for ; b.tooMany(len(b.window)-k, b.cost); k++ {
		r := b.window[k]
		b.cost -= r.cost()
		b.start[r.tape] = edge{r.End, r.Time}
		b.first = false
	}
	b.window = slices.Clone(b.window[k:])
}

// Same reports whether two records are the same line.
func (r *Record) Same(o *Record) bool { return r.tape == o.tape && r.At == o.At }

// Wanted says which record a search looks for.
type Wanted struct {
	Text       string // a text that the line holds
	Expression string // or an expression that its event matches
	Errors     bool   // or status 500 and above, or a severity of error and above
}

// Search looks for the next record in steps.
type Search struct {
	scan *scan
	from []edge
}

// Search begins to look from a record on, or back from it, for the next one;
// a nil record means from the first on, or back from the last.
func (b *Browser) Search(ctx context.Context, from *Record, back bool, want Wanted) (*Search, error) {
	d := b.records.deck()
	only, err := b.records.compile(b.only.String())
	if err != nil {
		return nil, err
	}
	tapes, _ := b.records.look()
	at := starts(tapes)
	if back {
		at = ends(tapes)
	}
	if from != nil {
		if at, err = d.at(ctx, tapes, from.Time, from); err != nil {
			return nil, err
		}
		if !back {
			at[from.tape].at = from.End
		}
	}
	s := d.scan(tapes, at, back, only)
	switch {
	case want.Errors:
		s.accept = (*Record).Failed
	case want.Expression != "":
		if s.accept, err = b.records.Matches(want.Expression); err != nil {
			return nil, err
		}
	default:
		s.probe = Holds(want.Text)
	}
	return &Search{scan: s, from: slices.Clone(at)}, nil
}

// Step goes on for a while. It returns the record when it is found, and ended
// when there is none.
func (s *Search) Step(ctx context.Context, budget time.Duration) (found *Record, ended bool) {
	return s.scan.next(ctx, time.Now().Add(budget))
}

// Share is how much is searched, 0 to 1.
func (s *Search) Share() float64 { return s.scan.share(s.from) }

// severe are the severities of an error.
var severe = []string{"error", "err", "erro", "fail", "critical", "crit", "fatal", "fata", "alert", "emergency", "emerg", "panic", "pani", "severe"}

// Failed reports whether r tells of an error: status 500 or above, or a severity of error or above.
func (r *Record) Failed() bool {
	if r.Status >= 500 {
		return true
	}
	if r.More == nil {
		return false
	}
	for _, s := range severe {
		if equalFold(r.More.Severity, s) {
			return true
		}
	}
	return false
}

func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c|0x20 != lower[i] {
			return false
		}
	}
	return true
}
