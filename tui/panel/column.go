package panel

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"weir/tui/paint"
	"weir/tui/theme"
)

// field is what a column of a ranking shows.
type field uint8

const (
	byBar field = iota
	byRate
	byHits
	byChange
	byShare
	byErrors
	byBytes
	byP50
	byP90
	byP95
	byP99
	byTrend
	byName
)

// fields say how wide a column is and what stands above it; the units of some
// come with the numbers.
var fields = [...]struct {
	width int
	title string
}{
	byBar:    {5, ""},
	byRate:   {6, "req/s"},
	byHits:   {7, "hits"},
	byChange: {7, "Δ"},
	byShare:  {3, "%"},
	byErrors: {5, "5xx %"},
	byBytes:  {6, ""},
	byP50:    {6, "p50"},
	byP90:    {6, "p90"},
	byP95:    {6, "p95"},
	byP99:    {6, "p99"},
	byTrend:  {6, "trend"},
}

// measure chooses the unit of each column by its largest number.
func (t *ranking) measure(f *Frame) {
	var bytes, hits, p50, p90, p95, p99 float64
	for i := range t.rows {
		r := &t.rows[i]
		bytes, hits = max(bytes, float64(r.bytes)), max(hits, float64(r.hits))
		p50, p90, p95, p99 = max(p50, number(r.p50)), max(p90, number(r.p90)), max(p95, number(r.p95)), max(p99, number(r.p99))
	}
	t.units[byBytes] = byteUnit(bytes)
	t.units[byRate] = rateUnit(hits / max(f.Span.Seconds(), 1))
	t.units[byP50], t.units[byP90], t.units[byP95], t.units[byP99] = timeUnit(p50), timeUnit(p90), timeUnit(p95), timeUnit(p99)
}

// placed is a column where it stands.
type placed struct {
	field
	x, w int
}

const columnGap = 2

// place chooses the columns that fit in w and where they stand; the name takes
// the first name columns.
func (t *ranking) place(w int, f *Frame) (name int, columns []placed) {
	avail := w - 2 // the marker, and a space before the border
	timed := f.Window.Durations.Count() > 0 || f.Seq == 0
	sized := f.Window.Sized > 0 || f.Seq == 0
	var chosen [byName + 1]int
	first := t.first
	if f.Compare {
		first = append([]field{byHits, byChange}, first[1:]...)
	}
	for _, id := range first {
		width := fields[id].width
		switch {
		case (id == byP50 || id == byP90 || id == byP95 || id == byP99) && !timed, id == byBytes && !sized:
			continue
		}
		if avail-width-columnGap < t.least && (id != byHits && id != byChange || avail-width-columnGap < 5) {
			break
		}
		avail -= width + columnGap
		chosen[id] = width
	}
	name = avail
	if chosen[byTrend] > 0 { // what the name does not need makes the pictures larger
		if extra := min(name-32, 6); extra > 0 {
			chosen[byTrend] += extra
			name -= extra
		}
	}
	if chosen[byBar] > 0 {
		if extra := min(name-18, 16); extra > 0 {
			extra = extra * 2 / 3
			chosen[byBar] += extra
			name -= extra
		}
	}
	x := 1 + name
	put := func(id field) {
		if chosen[id] > 0 {
			columns = append(columns, placed{id, x + columnGap, chosen[id]})
			x += columnGap + chosen[id]
		}
	}
	for _, id := range t.columns {
		put(id)
		if id == byHits {
			put(byChange)
		}
	}
	return name, columns
}

// cell draws what one column shows of a row.
func (t *ranking) cell(c paint.Canvas, col placed, y int, r *row, f *Frame) {
	share := float64(r.hits) / float64(max(f.Window.Hits, 1))
	right := func(text string, s paint.Style) { c.Sub(col.x, 0, col.w, c.H()).Right(col.w, y, text, s) }
	switch col.field {
	case byBar:
		c.Bar(col.x, y, col.w, share, theme.Bar)
	case byRate:
		right(t.units[byRate].write(float64(r.hits)/max(f.Window.Seconds(), 1)), theme.Text)
	case byHits:
		right(count(r.hits, r.approximate, col.w), theme.Text)
	case byChange:
		text, style := f.change(r.hits, r.before, r.approximate, col.w)
		right(text, style)
	case byShare:
		right(whole(share), theme.Dim)
	case byErrors:
		style, ratio := theme.Dim, float64(r.errors)/float64(max(r.hits, 1))
		if ratio >= 0.0005 {
			style = theme.Class5
		}
		right(strconv.FormatFloat(100*ratio, 'f', 1, 64), style)
	case byBytes:
		right(t.units[byBytes].write(float64(r.bytes)), theme.Dim)
	case byP50:
		right(t.units[byP50].write(r.p50), theme.Dim)
	case byP90:
		right(t.units[byP90].write(r.p90), theme.Dim)
	case byP95:
		right(t.units[byP95].write(r.p95), theme.Dim)
	case byP99:
		right(t.units[byP99].write(r.p99), theme.Text)
	case byTrend:
		if !f.Travel || slices.Max(append([]uint64{0}, r.trend...)) > 0 { // so long ago nothing is known of ten seconds
			drawTrend(c.Sub(col.x, y, col.w, 1), r.trend)
		}
	case byName:
	}
}

// drawTrend draws the newest values, each row to its own height: what is steady
// stands at half of it.
func drawTrend(c paint.Canvas, trend []uint64) {
	values := make([]float64, 0, 12)
	top, sum := 0.0, 0.0
	for _, v := range trend[max(0, len(trend)-c.W()):] {
		values = append(values, float64(v))
		top = max(top, float64(v))
		sum += float64(v)
	}
	top = max(top, 2*sum/float64(max(len(values), 1)))
	c.Spark(c.W()-len(values), 0, values, top, theme.Graph, theme.Faint)
}

// count writes hits in at most w columns, ~ before what is approximate.
func count(n uint64, approximate bool, w int) string {
	text, mark := Grouped(n), ""
	if approximate {
		mark = "~"
	}
	if len(mark)+len(text) > w {
		text = short(float64(n))
	}
	return mark + text
}

// change writes how many more or fewer there are than in the window compared with.
func (f *Frame) change(now, before uint64, approximate bool, w int) (string, paint.Style) {
	if f.unknown() {
		return "–", theme.Dim
	}
	return change(now, before, approximate, w)
}

func change(now, before uint64, approximate bool, w int) (string, paint.Style) {
	sign, by, style := "+", now-before, theme.Accent
	switch {
	case now == before:
		return "=", theme.Dim
	case before == 0 && !approximate:
		return "new", theme.Accent
	case now < before:
		sign, by, style = "−", before-now, theme.Text
	}
	if approximate {
		sign = "~" + sign
	}
	text := Grouped(by)
	if utf8.RuneCountInString(sign)+len(text) > w {
		text = short(float64(by))
	}
	return sign + text, style
}

// whole writes a share in percent without decimals; what is there is never 0.
func whole(share float64) string {
	if share > 0 && share < 0.005 {
		return "<1"
	}
	return strconv.FormatFloat(100*share, 'f', 0, 64)
}
