package panel

import (
	"math"
	"slices"
	"sort"
	"strings"

	"weir/stats"
	"weir/stats/filter"
	"weir/stats/sketch"
	"weir/tui/paint"
	"weir/tui/theme"
)

// status is the share of each status class, and the codes below.
type status struct{ list }

func newStatus() Panel { return &status{} }

var classNames = [6]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// classWidth is where the numbers of a row end at the right.
const classWidth = 8

// Title is "Status".
func (*status) Title(*Frame) string { return "Status" }

// Head has no headings.
func (*status) Head(c paint.Canvas, from int, f *Frame) {
	if f.Compare && c.W() >= wideStatus {
		end := c.W() - 1
		drawn := heading(c, from, end-wideHits-classWidth-1, "Δ", theme.Dim, true)
		drawn = heading(c, drawn, end-wideHits-1, "%", theme.Dim, false)
		heading(c, drawn, end-len("hits"), "hits", theme.Dim, false)
		return
	}
	if f.Compare {
		note(c, from, c.W(), "Δ  %")
		return
	}
	columns := timings(c.W(), f)
	if len(columns) == 0 {
		note(c, from, c.W(), "% of requests")
		return
	}
	drawn := heading(c, from, columns[0].right-timingWidth-wideHits-1, "%", theme.Dim, true)
	drawn = heading(c, drawn, columns[0].right-timingWidth-len("hits"), "hits", theme.Dim, false)
	for _, col := range columns {
		title := strings.TrimSpace(col.name + " " + col.unit.name)
		drawn = heading(c, drawn, col.right-len(title), title, theme.Dim, false)
	}
}

// timing is a column of the durations of each code.
type timing struct {
	name  string
	value func(r *statusRow) float64
	right int // where it ends
	unit  unit
}

const (
	timingWidth = 8
	wideHits    = 9  // with the hits beside the share
	wideStatus  = 34 // from here on
	leastBar    = 8
)

// timings are the percentiles for which a panel of w columns has room, in the order they stand.
func timings(w int, f *Frame) []timing {
	if f.Window.Durations.Count() == 0 || f.Compare || w < wideStatus {
		return nil
	}
	all := [...]timing{
		{name: "p50", value: func(r *statusRow) float64 { return r.p50 }}, {name: "p90", value: func(r *statusRow) float64 { return r.p90 }},
		{name: "p95", value: func(r *statusRow) float64 { return r.p95 }}, {name: "p99", value: func(r *statusRow) float64 { return r.p99 }},
	}
	room := (w - 6 - classWidth - wideHits - leastBar) / timingWidth
	var columns []timing
	for _, choice := range [][]int{{0, 1, 2, 3}, {0, 2, 3}, {0, 3}, {3}} {
		if len(choice) > room {
			continue
		}
		rows, _ := (*status)(nil).rows(f)
		for i, at := range choice {
			col := all[at]
			col.right = w - 1 - timingWidth*(len(choice)-1-i)
			slowest := 0.0
			for i := range rows {
				slowest = max(slowest, number(col.value(&rows[i])))
			}
			col.unit = timeUnit(slowest)
			columns = append(columns, col)
		}
		return columns
	}
	return nil
}

// statusRow is a class or a code.
type statusRow struct {
	key   string
	code  bool
	class int
	hits  uint64
	was   uint64 // in the window before

	p50, p90, p95, p99 float64 // of a code, in seconds; NaN where none is known
}

// only is the filter for the row.
func (r *statusRow) only() Only {
	if r.code {
		return only(stats.Status, r.key, r.key)
	}
	key := r.key
	if r.class == 0 {
		key = ""
	}
	return Only{Chip{filter.Equal("class", key), "status " + r.key}}
}

// rows are the classes and then the codes.
func (*status) rows(f *Frame) (all []statusRow, classes int) {
	for _, class := range []int{2, 3, 4, 5, 1, 0} {
		if n := f.Window.Classes[class]; n > 0 || class >= 2 {
			none := math.NaN()
			all = append(all, statusRow{classNames[class], false, class, n, f.scaled(f.Before.Classes[class]), none, none, none, none})
		}
	}
	classes = len(all)
	for _, e := range telling(f.Window.Top(stats.Status, -1)) {
		class := 0
		if len(e.Key) == 3 && e.Key[0] >= '1' && e.Key[0] <= '5' {
			class = int(e.Key[0] - '0')
		}
		was, _ := f.Before.Key(stats.Status, e.Key)
		all = append(all, statusRow{e.Key, true, class, e.Hits, f.scaled(was.Hits), e.P50, e.P90, e.P95, e.P99})
	}
	return all, classes
}

// Draw paints a row a class, and where there is room a row a code.
func (s *status) Draw(c paint.Canvas, f *Frame) {
	if text := f.brief(); text != "" {
		explain(c, text)
		return
	}
	all, classes := s.rows(f)
	s.follow(len(all), func(i int) string { return all[i].key })
	columns := timings(c.W(), f)
	if c.H() < classes+2 { // no room for a code: one list
		s.show(len(all), c.H())
		for y := 0; y < c.H() && s.top+y < len(all); y++ {
			s.bar(c, y, &all[s.top+y], columns, s.top+y == s.row, f)
		}
		return
	}
	for y := range classes {
		s.bar(c, y, &all[y], columns, y == s.row, f)
	}
	c.HLine(1, classes, c.W()-2, theme.Faint)
	c.Text(2, classes, " codes ", theme.Dim)
	codes := list{row: max(s.row-classes, 0), top: s.top}
	codes.show(len(all)-classes, c.H()-classes-1)
	s.top, s.page = codes.top, c.H()
	for y := 0; y < codes.page && codes.top+y < len(all)-classes; y++ {
		i := classes + codes.top + y
		s.bar(c, classes+1+y, &all[i], columns, i == s.row, f)
	}
}

// telling puts the errors before the rest.
func telling(codes []sketch.Entry) []sketch.Entry {
	sort.SliceStable(codes, func(i, j int) bool { return codes[i].Key >= "400" && codes[j].Key < "400" })
	return codes
}

func (*status) bar(c paint.Canvas, y int, r *statusRow, columns []timing, selected bool, f *Frame) {
	style := theme.Class(r.class)
	share := float64(r.hits) / float64(max(f.Window.Hits, 1))
	x := c.Text(1, y, r.key, style)
	end := c.W() - 1
	for _, col := range slices.Backward(columns) {
		if r.code {
			c.Right(col.right, y, col.unit.write(col.value(r)), theme.Dim)
		}
		end = col.right - timingWidth
	}
	if c.W() >= wideStatus {
		c.Right(end, y, count(r.hits, false, 8), theme.Dim)
		end -= wideHits
	}
	c.Right(end, y, percent(share)+" %", theme.Text)
	x = max(x, 4) + 1
	end -= classWidth
	if f.Compare {
		text, style := f.change(r.hits, r.was, false, 7)
		c.Right(end, y, text, style)
		end -= 9
	}
	c.Bar(x, y, end-x, share, style)
	if f.Focused && selected {
		c.Set(0, y, c.Glyphs().Marker, theme.Accent)
		c.Row(y).Mark(theme.Selected)
	}
}

// Key moves and filters.
func (s *status) Key(key string, f *Frame) (Action, bool) {
	all, _ := s.rows(f)
	if key == "enter" {
		if f.Window.Hits > 0 && s.row < len(all) {
			return all[s.row].only(), true
		}
		return nil, true
	}
	if !s.move(key, len(all)) {
		return nil, false
	}
	s.key = all[s.row].key
	return nil, true
}

// Keys are none of its own.
func (*status) Keys() []Binding { return nil }
