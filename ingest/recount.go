package ingest

import (
	"context"
	"slices"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

const (
	// recountKeys is how many keys of a dimension a recount tells apart.
	recountKeys = 16 << 10
	// recountTogether is how many alerts are recounted in one pass at most.
	recountTogether = 16
	// sampleTail is the part of a window that is looked at first for them, seconds.
	sampleTail = 10
)

// target is an alert whose two windows are wanted: the period that ends with
// second, and the period before.
type target struct{ second, period int64 }

// split is where the period begins, from where the one before does.
func (t target) split() int64 { return t.second - t.period + 1 }
func (t target) from() int64  { return t.second - 2*t.period + 1 }

// tail is from where on its samples are looked for at first.
func (t target) tail() int64 { return max(t.second-sampleTail+1, t.split()) }

// recount sums the exact windows of a few alerts in one pass over the lines,
// whatever is kept of them in memory. Time is cut where any window begins or
// ends, so that every line is counted once. As when the alert was judged, a line
// does not count for it that came when its second was closed already.
type recount struct {
	targets  []target // by second
	lateness int64    // seconds
	cuts     []int64  // where the windows begin and end, ascending
	pieces   map[piece]*stats.Summary
	tails    []tail // of the targets
}

// tail is the newest lines of the last seconds of a target's period, by section;
// those of any are under "". They are there without reading once more.
type tail map[string][]sampled

// tailSections is how many sections a tail tells apart.
const tailSections = 64

// keep keeps e, of a second, where it is among the newest.
func (t tail) keep(second int64, e *event.Event) {
	t[""] = keepNewest(t[""], second, e)
	section := event.Section(e.Path)
	if all, known := t[string(section)]; known && len(section) > 0 {
		t[string(section)] = keepNewest(all, second, e)
	} else if len(section) > 0 && len(t) <= tailSections {
		t[string(section)] = keepNewest(nil, second, e)
	}
}

// piece is a part of the windows: the cut at which it begins, and how many of
// the targets were judged when its lines came.
type piece struct{ cut, judged int }

func newRecount(targets []target, lateness int64) *recount {
	r := &recount{targets: targets, lateness: lateness, pieces: make(map[piece]*stats.Summary)}
	for _, t := range targets {
		r.tails = append(r.tails, tail{})
		r.cuts = append(r.cuts, t.from(), t.split(), t.second+1)
	}
	slices.Sort(r.cuts)
	r.cuts = slices.Compact(r.cuts)
	return r
}

// add counts what a store has.
func (r *recount) add(ctx context.Context, s store, parser Parser) error {
	var (
		clock  = begun
		judged int
		at     piece
		into   *stats.Summary
	)
	last := r.cuts[len(r.cuts)-1]
	_, err := s.each(ctx, r.cuts[0], last, parser, func(e *event.Event) bool {
		second := e.Time / 1e9
		for closed := clock.see(second) - r.lateness; judged < len(r.targets) && r.targets[judged].second < closed; judged++ {
		}
		if judged == len(r.targets) {
			return false
		}
		if e.Kind != event.Request || second < r.cuts[0] || second >= last {
			return true
		}
		cut, on := slices.BinarySearch(r.cuts, second)
		if !on {
			cut--
		}
		if p := (piece{cut, judged}); into == nil || p != at {
			at, into = p, r.pieces[p]
			if into == nil {
				into = stats.NewSummary(recountKeys)
				r.pieces[p] = into
			}
		}
		into.Add(e)
		for i := judged; i < len(r.targets); i++ {
			if t := r.targets[i]; second <= t.second && second >= t.tail() {
				r.tails[i].keep(second, e)
			}
		}
		return true
	}, func(float64) {})
	return err
}

// samples returns the newest lines of a target's last seconds that are in a
// section ("" is any), newest first; none where there are too few.
func (r *recount) samples(i int, section string) []string {
	if all := r.tails[i][section]; len(all) == alert.SampleLines {
		return texts(all)
	}
	return nil
}

// windows returns the two windows of a target.
func (r *recount) windows(i int) (before, after *stats.Summary) {
	t := r.targets[i]
	return r.sum(i, t.from(), t.split()), r.sum(i, t.split(), t.second+1)
}

func (r *recount) sum(target int, from, to int64) *stats.Summary {
	var parts []*stats.Summary
	for p, s := range r.pieces {
		if at := r.cuts[p.cut]; at >= from && at < to && p.judged <= target {
			parts = append(parts, s)
		}
	}
	if len(parts) == 1 {
		sum := *parts[0] // only read from here on
		sum.From, sum.To = from, to
		return &sum
	}
	sum := stats.NewSummary(recountKeys)
	for _, s := range parts {
		sum.Merge(s)
	}
	sum.From, sum.To = from, to
	return sum
}

// samples returns the newest lines of a target's period that are in a section
// ("" is any), newest first.
func samples(ctx context.Context, stores []store, parsers func() Parser, t target, lateness int64, section string) ([]string, error) {
	for _, from := range []int64{t.tail(), t.split()} {
		var all []sampled
		for _, s := range stores {
			clock := begun
			_, err := s.each(ctx, from, t.second+1, parsers(), func(e *event.Event) bool {
				second := e.Time / 1e9
				if clock.see(second)-lateness > t.second {
					return false
				}
				if second >= from && second <= t.second && e.Kind == event.Request && (section == "" || string(event.Section(e.Path)) == section) {
					all = keepNewest(all, second, e)
				}
				return true
			}, func(float64) {})
			if err != nil {
				return nil, err
			}
		}
		if len(all) == alert.SampleLines || from == t.split() {
			return texts(all), nil
		}
	}
	return nil, nil
}

// sampled is a line and when it was written.
type sampled struct {
	second int64
	text   string
}

// keepNewest keeps the newest lines, oldest first; of one second those that came last.
func keepNewest(all []sampled, second int64, e *event.Event) []sampled {
	if len(all) == alert.SampleLines && second < all[0].second {
		return all
	}
	at := len(all)
	for at > 0 && all[at-1].second > second {
		at--
	}
	all = slices.Insert(all, at, sampled{second, clip(shown(e))})
	if len(all) > alert.SampleLines {
		all = slices.Delete(all, 0, 1)
	}
	return all
}

func texts(all []sampled) []string {
	var out []string
	for _, s := range slices.Backward(all) {
		out = append(out, s.text)
	}
	return out
}
