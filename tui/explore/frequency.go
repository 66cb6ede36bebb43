package explore

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/ingest"
	"weir/ingest/event"
	"weir/stats/filter"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// frequency is how often each value of a column occurs in a stretch of time.
type frequency struct {
	column  column
	scope   scope
	rows    []value
	total   uint64 // records
	missing uint64 // that say nothing
	bound   uint64 // by how much a count may be too small
	done    bool

	row, top, page int
}

// value is one row of a frequency table.
type value struct {
	key   string
	count uint64
}

// scope is a stretch of time and how people say it.
type scope struct {
	ingest.Stretch
	text string
}

// scope is the window that the header names or, with all, everything there is.
func (r *Room) scope(f *panel.Frame, all bool) scope {
	s := scope{Stretch: ingest.Stretch{Expression: r.filter}, text: "everything"}
	if !all {
		s.To = f.At * 1e9
		s.From = s.To - int64(f.Span)
		s.text = "the " + panel.Span(f.Span) + " before " + time.Unix(f.At, 0).In(f.Location).Format("15:04:05")
	}
	return s
}

const (
	// mostValues and mostValueBytes bound what is counted exactly.
	mostValues     = 100_000
	mostValueBytes = 8 << 20
)

// tally counts values in bounded memory: where there are too many the rarest are
// forgotten, and no count is too small by more than bound (Manku and Motwani,
// Approximate Frequency Counts over Data Streams, VLDB 2002).
type tally struct {
	counts map[string]*uint64
	bytes  int
	bound  uint64
}

func (t *tally) add(key []byte) {
	if n, known := t.counts[string(key)]; known {
		*n++
		return
	}
	n := uint64(1)
	t.counts[string(key)] = &n
	if t.bytes += len(key); len(t.counts) <= mostValues && t.bytes <= mostValueBytes {
		return
	}
	for len(t.counts) > mostValues/2 || t.bytes > mostValueBytes/2 {
		least := uint64(math.MaxUint64)
		for _, n := range t.counts {
			least = min(least, *n)
		}
		t.bound += least
		for key, n := range t.counts {
			if *n -= min(*n, least); *n == 0 {
				delete(t.counts, key)
				t.bytes -= len(key)
			}
		}
	}
}

// count begins to count the values of the column in focus.
func (r *Room) count(f *panel.Frame, all bool) {
	c := r.columns.find(r.focused())
	if c == nil {
		return
	}
	t := &frequency{column: *c, scope: r.scope(f, all)}
	t.scope.Fields = c.rank == lastOne
	r.start("counting "+c.name+" in "+t.scope.text, func(ctx context.Context, task *task) Done {
		counted := tally{counts: make(map[string]*uint64)}
		of := c.text
		if c.steps != nil {
			of = func(e *event.Event) []byte { return stepOf(c.steps(e)) }
		}
		err := r.records.Each(ctx, t.scope.Stretch, func(e *event.Event, _ func() *ingest.Record) {
			t.total++
			key := of(e)
			if len(key) == 0 {
				t.missing++
				return
			}
			counted.add(key)
		}, task.progress)
		if err != nil {
			return func() { r.note = err.Error() }
		}
		t.bound, t.done = counted.bound, true
		for key, n := range counted.counts {
			t.rows = append(t.rows, value{key, *n})
		}
		t.arrange()
		return func() { r.table, r.detail = t, nil }
	})
}

// arrange puts what occurs most first; steps and times stand in their order.
func (t *frequency) arrange() {
	slices.SortFunc(t.rows, func(a, b value) int {
		switch {
		case t.column.steps != nil:
			x, _ := strconv.Atoi(a.key)
			y, _ := strconv.Atoi(b.key)
			return x - y
		case t.column.name == "time":
			return strings.Compare(a.key, b.key)
		case a.count != b.count:
			return int(b.count) - int(a.count)
		}
		return strings.Compare(a.key, b.key)
	})
}

// zeroStep is the step of zero: lower than any other.
const zeroStep = -1000

// stepOf names the step of a scale 1, 2, 5, 10, … that a number is in; nothing where it is unknown.
func stepOf(v float64) []byte {
	switch {
	case math.IsNaN(v) || v < 0:
		return nil
	case v == 0:
		return strconv.AppendInt(nil, zeroStep, 10)
	}
	n := int(math.Floor(math.Log10(v)))*3 - 3
	for v >= stepStart(n+1) {
		n++
	}
	return strconv.AppendInt(nil, int64(n), 10)
}

// stepStart is the least number of a step.
func stepStart(n int) float64 {
	ten := n / 3
	if n%3 < 0 {
		ten--
	}
	return []float64{1, 2, 5}[n-3*ten] * math.Pow10(ten)
}

// label is how a row is called.
func (t *frequency) label(v *value, f *panel.Frame) string {
	switch {
	case t.column.steps != nil:
		n, _ := strconv.Atoi(v.key)
		write := panel.Seconds
		if t.column.name == "bytes" {
			write = panel.ByteSize
		}
		if n == zeroStep {
			return "0"
		}
		return write(stepStart(n)) + " – " + write(stepStart(n+1))
	case t.column.name == "agent" && f.Label != nil:
		return f.Label(v.key) + "   " + v.key
	case t.column.name == "time":
		return strings.Replace(v.key, "T", " ", 1)
	}
	return v.key
}

func (t *frequency) draw(c paint.Canvas, f *panel.Frame) {
	if len(t.rows) == 0 {
		panel.Explain(c, "no record in "+t.scope.text+" has a "+t.column.name, "a counts everything there is, W makes the window longer")
		return
	}
	const counts, shares = 11, 7
	bars := min(max(c.W()/5, 6), 30)
	room := c.W() - 2 - counts - shares - bars - 4
	if room < 20 { // the values come before the bars
		room, bars = room+bars+2, 0
	}
	head := c.Row(0)
	head.Fit(1, 0, room, t.column.name, paint.CutEnd, theme.Title)
	head.Sub(0, 0, 1+room+counts+1, 1).Right(1+room+counts, 0, "records", theme.Dim)
	head.Sub(0, 0, 1+room+counts+1+shares, 1).Right(1+room+counts+shares, 0, "%", theme.Dim)
	list := c.Sub(0, 1, c.W(), c.H()-1)
	t.page = list.H()
	t.clamp()
	for y := 0; y < list.H() && t.top+y < len(t.rows); y++ {
		v := &t.rows[t.top+y]
		share := float64(v.count) / float64(max(t.total, 1))
		list.Fit(1, y, room, t.label(v, f), paint.CutMiddle, theme.Text)
		mark := ""
		if t.bound > 0 {
			mark = "~"
		}
		list.Sub(0, 0, 1+room+counts, list.H()).Right(1+room+counts, y, mark+panel.Grouped(v.count), theme.Text)
		list.Sub(0, 0, 1+room+counts+shares, list.H()).Right(1+room+counts+shares, y, strconv.FormatFloat(100*share, 'f', 1, 64), theme.Dim)
		list.Bar(1+room+counts+shares+2, y, bars, share, theme.Bar)
		if t.top+y == t.row {
			list.Set(0, y, list.Glyphs().Marker, theme.Accent)
			list.Row(y).Mark(theme.Selected)
		}
	}
}

func (t *frequency) clamp() {
	n := len(t.rows)
	t.row = max(0, min(t.row, n-1))
	t.top = max(0, min(t.top, t.row, n-t.page))
	if t.page > 0 && t.row >= t.top+t.page {
		t.top = t.row - t.page + 1
	}
}

// news says what was counted.
func (t *frequency) news() string {
	values := " values in "
	if len(t.rows) == 1 {
		values = " value in "
	}
	text := panel.Grouped(uint64(len(t.rows))) + values + panel.Grouped(t.total) + " records of " + t.scope.text
	if t.bound > 0 {
		text = "the most frequent values, each short by " + panel.Grouped(t.bound) + " at most, in " + panel.Grouped(t.total) + " records of " + t.scope.text
	}
	if t.missing > 0 {
		text += ", " + panel.Grouped(t.missing) + " without"
	}
	if t.scope.To != 0 {
		text += "   a everything"
	}
	return text
}

// key moves, filters by a row and copies it.
func (t *frequency) key(key string, r *Room, f *panel.Frame) (panel.Action, bool) {
	switch key {
	case "j", "down":
		t.row++
	case "k", "up":
		t.row--
	case "ctrl+d":
		t.row += max(t.page/2, 1)
	case "ctrl+u":
		t.row -= max(t.page/2, 1)
	case "pgdown":
		t.row += t.page
	case "pgup":
		t.row -= t.page
	case "g", "home":
		t.row = 0
	case "G":
		t.row = len(t.rows) - 1
	case "a", "#":
		r.count(f, t.scope.To != 0)
	case "q":
		r.table = nil
	case "y":
		if t.row < len(t.rows) {
			v := &t.rows[t.row]
			return panel.Copy{Text: v.key + "\t" + strconv.FormatUint(v.count, 10)}, true
		}
	case "enter":
		if t.row < len(t.rows) {
			return t.only(&t.rows[t.row], r, f), true
		}
	default:
		return nil, false
	}
	t.clamp()
	return nil, true
}

// only is the filter for the records of a row. Those of a minute are gone to,
// and what filters can't ask for is searched.
func (t *frequency) only(v *value, r *Room, f *panel.Frame) panel.Action {
	c := &t.column
	switch {
	case c.steps != nil:
		n, _ := strconv.Atoi(v.key)
		text := c.name + " == 0"
		if n != zeroStep {
			text = c.name + " >= " + bare(stepStart(n)) + " and " + c.name + " < " + bare(stepStart(n+1))
		}
		return panel.Only{Chip: panel.Chip{Text: text, Label: c.name + " " + t.label(v, f)}}
	case c.name == "time":
		r.table = nil
		if minute, err := time.Parse(minuteLayout, v.key); err == nil {
			r.Open(minute.Add(time.Minute).UnixNano(), "")
		}
		return nil
	case filter.Known(c.name):
		label := v.key
		if c.name == "agent" && f.Label != nil {
			label = f.Label(label)
		}
		return panel.Only{Chip: panel.Chip{Text: filter.Equal(c.name, v.key), Label: c.name + " " + label}}
	}
	r.table = nil
	r.want, r.looking = ingest.Wanted{Text: v.key}, v.key
	if c.rank == lastOne {
		r.looking = filter.Attribute(c.name, v.key)
		r.want = ingest.Wanted{Expression: r.looking}
	}
	r.search(false, r.want, r.looking)
	return nil
}

func bare(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
