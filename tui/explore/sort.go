package explore

import (
	"bytes"
	"container/heap"
	"context"
	"slices"

	"weir/ingest"
	"weir/ingest/event"
	"weir/tui/panel"
)

// sorting is the first records of a stretch of time in the order of a column.
type sorting struct {
	column    string
	ascending bool
	scope     scope
	top       []*ingest.Record
	total     int
	done      bool

	back *ingest.Record // that was selected before
}

// keptSorted is how many records are kept in an order.
const keptSorted = 1000

// sortBy begins to sort by a column.
func (r *Room) sortBy(name string, ascending, all bool, f *panel.Frame) {
	c := r.columns.find(name)
	if c == nil {
		return
	}
	column := *c
	s := &sorting{column: name, ascending: ascending, scope: r.scope(f, all)}
	s.scope.Fields = true
	r.start("sorting "+s.scope.text+" by "+name, func(ctx context.Context, t *task) Done {
		best := &first{before: column.order(ascending)}
		err := r.records.Each(ctx, s.scope.Stretch, func(e *event.Event, keep func() *ingest.Record) {
			if len(column.text(e)) == 0 {
				return
			}
			s.total++
			switch {
			case len(best.all) < keptSorted:
				heap.Push(best, keep())
			case best.before(e, best.all[0].Event):
				best.all[0] = keep()
				heap.Fix(best, 0)
			}
		}, t.progress)
		if err != nil {
			return func() { r.note = err.Error() }
		}
		slices.SortStableFunc(best.all, func(a, b *ingest.Record) int {
			switch {
			case best.before(a.Event, b.Event):
				return -1
			case best.before(b.Event, a.Event):
				return 1
			}
			return 0
		})
		s.top, s.done = best.all, true
		return func() {
			s.back = r.current()
			if r.sorted != nil {
				s.back = r.sorted.back
			}
			r.sorted, r.detail, r.follow = s, nil, false
			r.row, r.top = 0, 0
			r.columns.learn(s.top)
		}
	})
}

// order says which of two events comes first: the earlier where they are equal.
func (c *column) order(ascending bool) func(a, b *event.Event) bool {
	return func(a, b *event.Event) bool {
		by := 0
		if c.value != nil {
			x, y := c.value(a), c.value(b)
			switch {
			case x < y:
				by = -1
			case x > y:
				by = 1
			}
		} else {
			by = bytes.Compare(c.text(a), c.text(b))
		}
		if by == 0 {
			return a.Time < b.Time
		}
		return (by < 0) == ascending
	}
}

// first is a heap of the records that come first, the last of them on top.
type first struct {
	all    []*ingest.Record
	before func(a, b *event.Event) bool
}

func (h *first) Len() int           { return len(h.all) }
func (h *first) Less(i, j int) bool { return h.before(h.all[j].Event, h.all[i].Event) }
func (h *first) Swap(i, j int)      { h.all[i], h.all[j] = h.all[j], h.all[i] }

// Push implements heap.Interface.
func (h *first) Push(x any) { h.all = append(h.all, x.(*ingest.Record)) }

// Pop implements heap.Interface.
func (h *first) Pop() any {
	n := len(h.all) - 1
	x := h.all[n]
	h.all = h.all[:n]
	return x
}

// news says what is sorted.
func (s *sorting) news() string {
	text := panel.Grouped(uint64(s.total)) + " records of " + s.scope.text
	if s.total > len(s.top) {
		text = "the first " + panel.Grouped(uint64(len(s.top))) + " of " + text
	}
	text += " by " + s.column + map[bool]string{false: ", falling", true: ", rising"}[s.ascending]
	if s.scope.To != 0 {
		text += "   a everything"
	}
	return text + "   esc"
}

// sortNext sorts by the column in focus or, where that is done, by the next one.
func (r *Room) sortNext(f *panel.Frame) panel.Action {
	if r.sorted != nil && r.sorted.column == r.focused() {
		r.shift(1, f)
	}
	all := r.sorted != nil && r.sorted.scope.To == 0
	name := r.focused()
	c := r.columns.find(name)
	r.sortBy(name, c != nil && c.value == nil, all, f)
	return nil
}

func (r *Room) reverse(f *panel.Frame) panel.Action {
	if s := r.sorted; s != nil {
		r.sortBy(s.column, !s.ascending, s.scope.To == 0, f)
		return nil
	}
	return r.sortNext(f)
}

// all sorts everything there is, or only the window again.
func (r *Room) all(f *panel.Frame) panel.Action {
	if s := r.sorted; s != nil {
		r.sortBy(s.column, s.ascending, s.scope.To != 0, f)
	} else {
		r.note = "all is here; s sorts and # counts the window, a then all"
	}
	return nil
}

func (r *Room) unsort() {
	back := r.sorted.back
	r.sorted = nil
	if r.row = 0; back != nil {
		r.row = max(slices.IndexFunc(r.view.window, back.Same), 0)
	}
	r.top = r.row - r.page/2
	r.clamp()
}

// focused is the column in focus.
func (r *Room) focused() string {
	if r.focus == "" {
		return flex
	}
	return r.focus
}
