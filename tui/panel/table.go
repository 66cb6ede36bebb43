package panel

import (
	"math"
	"sort"
	"strconv"

	"weir/stats"
	"weir/tui/paint"
	"weir/tui/theme"
)

// row is one key of a ranking.
type row struct {
	key, label    string
	hits          uint64
	approximate   bool
	bytes         uint64
	errors        uint64
	p50, p95, p99 float64
	trend         []uint64
}

// field is what a column of a ranking shows.
type field uint8

const (
	byBar field = iota
	byRate
	byHits
	byShare
	byErrors
	byBytes
	byP50
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
	byShare:  {3, "%"},
	byErrors: {5, "5xx %"},
	byBytes:  {6, ""},
	byP50:    {6, "p50"},
	byP95:    {6, "p95"},
	byP99:    {6, "p99"},
	byTrend:  {6, "trend"},
}

// ranking is a table of the keys of one dimension.
type ranking struct {
	title   string
	dim     stats.Dim
	columns []field // in the order they stand
	first   []field // in the order they appear as the width grows
	least   int     // columns that the name has at least
	cut     paint.Cut
	label   bool // keys are User-Agents: rows are their labels
	trend   bool

	list
	sort    field
	reverse bool

	seq    uint64
	sorted field
	turned bool
	rows   []row
	units  [byName + 1]unit
}

func newSections() Panel {
	return &ranking{title: "Sections", dim: stats.Section, least: 11, trend: true, sort: byHits,
		columns: []field{byBar, byRate, byHits, byShare, byErrors, byBytes, byP50, byP95, byP99, byTrend},
		first:   []field{byHits, byShare, byErrors, byP99, byBar, byTrend, byRate, byBytes, byP50, byP95}}
}

func newURLs() Panel {
	return &ranking{title: "URLs", dim: stats.Path, least: 26, sort: byHits, cut: paint.CutMiddle,
		columns: []field{byHits, byShare, byErrors, byBytes, byP50, byP95, byP99},
		first:   []field{byHits, byP99, byShare, byErrors, byBytes, byP50, byP95}}
}

func newClients() Panel {
	return &ranking{title: "Clients", dim: stats.Client, least: 13, cut: paint.CutMiddle, sort: byHits,
		columns: []field{byHits, byShare, byErrors, byBytes},
		first:   []field{byHits, byShare, byErrors, byBytes}}
}

func newAgents() Panel {
	return &ranking{title: "Agents", dim: stats.Agent, least: 12, sort: byHits, label: true,
		columns: []field{byHits, byShare, byErrors, byBytes},
		first:   []field{byHits, byShare, byErrors, byBytes}}
}

func newHosts() Panel {
	return &ranking{title: "Hosts", dim: stats.Host, least: 14, sort: byHits,
		columns: []field{byHits, byShare, byErrors, byBytes, byP50, byP95, byP99},
		first:   []field{byHits, byShare, byErrors, byP99, byBytes, byP50, byP95}}
}

// keptRows is how far down a ranking can be scrolled.
const keptRows = 500

// prepare brings the rows up to the frame's moment.
func (t *ranking) prepare(f *Frame) {
	if t.seq == f.Seq && t.sorted == t.sort && t.turned == t.reverse && f.Seq != 0 {
		return
	}
	t.seq, t.sorted, t.turned = f.Seq, t.sort, t.reverse
	t.rows = t.rows[:0]
	for _, e := range f.Window.Top(t.dim, keptRows) {
		r := row{key: e.Key, label: e.Key, hits: e.Hits, approximate: e.Bound > 0, bytes: e.Bytes, errors: e.Errors, p50: e.P50, p95: e.P95, p99: e.P99}
		if t.trend {
			r.trend = f.Trends[e.Key]
		}
		t.rows = append(t.rows, r)
	}
	if t.label && f.Label != nil {
		t.rows = grouped(t.rows, f.Label)
	}
	t.arrange()
	t.measure(f)
	t.follow(len(t.rows), func(i int) string { return t.rows[i].key })
}

// grouped adds up the rows that have the same label.
func grouped(rows []row, label func(string) string) []row {
	at := make(map[string]int, len(rows))
	out := rows[:0]
	for _, r := range rows {
		r.label = label(r.key)
		r.key = r.label
		i, known := at[r.label]
		if !known {
			at[r.label] = len(out)
			out = append(out, r)
			continue
		}
		sum := &out[i]
		sum.hits += r.hits
		sum.bytes += r.bytes
		sum.errors += r.errors
		sum.approximate = sum.approximate || r.approximate
	}
	return out
}

func (t *ranking) arrange() {
	value := func(r *row) float64 {
		switch t.sort {
		case byErrors:
			return float64(r.errors) / float64(max(r.hits, 1))
		case byBytes:
			return float64(r.bytes)
		case byP50:
			return number(r.p50)
		case byP95:
			return number(r.p95)
		case byP99:
			return number(r.p99)
		default:
			return float64(r.hits)
		}
	}
	sort.SliceStable(t.rows, func(i, j int) bool {
		a, b := &t.rows[i], &t.rows[j]
		if t.reverse {
			a, b = b, a
		}
		if t.sort == byName {
			return a.label < b.label
		}
		if x, y := value(a), value(b); x != y {
			return x > y
		}
		if a.hits != b.hits {
			return a.hits > b.hits
		}
		return a.label < b.label
	})
}

func number(v float64) float64 {
	if math.IsNaN(v) {
		return -1
	}
	return v
}

// measure chooses the unit of each column by its largest number.
func (t *ranking) measure(f *Frame) {
	var bytes, hits, p50, p95, p99 float64
	for i := range t.rows {
		r := &t.rows[i]
		bytes, hits = max(bytes, float64(r.bytes)), max(hits, float64(r.hits))
		p50, p95, p99 = max(p50, number(r.p50)), max(p95, number(r.p95)), max(p99, number(r.p99))
	}
	t.units[byBytes] = byteUnit(bytes)
	t.units[byRate] = rateUnit(hits / max(f.Span.Seconds(), 1))
	t.units[byP50], t.units[byP95], t.units[byP99] = timeUnit(p50), timeUnit(p95), timeUnit(p99)
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
	for _, id := range t.first {
		width := fields[id].width
		switch {
		case (id == byP50 || id == byP95 || id == byP99) && !timed, id == byBytes && !sized:
			continue
		}
		if avail-width-columnGap < t.least && (id != byHits || avail-width-columnGap < 5) {
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
	for _, id := range t.columns {
		if chosen[id] > 0 {
			columns = append(columns, placed{id, x + columnGap, chosen[id]})
			x += columnGap + chosen[id]
		}
	}
	return name, columns
}

// Title names the dimension.
func (t *ranking) Title(*Frame) string { return t.title }

// Head draws the headings of the columns.
func (t *ranking) Head(c paint.Canvas, from int, f *Frame) {
	t.prepare(f)
	_, columns := t.place(c.W(), f)
	drawn := from
	for _, col := range columns {
		title := fields[col.field].title
		if u := t.units[col.field].name; u != "" && col.field != byRate {
			if title != "" {
				title += " "
			}
			title += u
		}
		if title == "" {
			continue
		}
		style := theme.Dim
		if col.field == t.sort && f.Focused {
			style = theme.Accent
		}
		at := col.x + col.w - c.Width(title)
		if col.field == byTrend {
			at = col.x
		}
		if at-1 < from {
			continue
		}
		drawn = heading(c, drawn, at, title, style, drawn == from)
	}
}

// Draw paints the rows.
func (t *ranking) Draw(c paint.Canvas, f *Frame) {
	t.prepare(f)
	t.show(len(t.rows), c.H())
	if len(t.rows) == 0 {
		t.explain(c, f)
		return
	}
	name, columns := t.place(c.W(), f)
	for y := 0; y < c.H() && t.top+y < len(t.rows); y++ {
		r := &t.rows[t.top+y]
		c.Fit(1, y, name, r.label, t.cut, theme.Text)
		for _, col := range columns {
			t.cell(c, col, y, r, f)
		}
		if f.Focused && t.top+y == t.row {
			c.Set(0, y, c.Glyphs().Marker, theme.Accent)
			c.Row(y).Mark(theme.Selected)
		}
	}
}

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
	case byP95:
		right(t.units[byP95].write(r.p95), theme.Dim)
	case byP99:
		right(t.units[byP99].write(r.p99), theme.Text)
	case byTrend:
		drawTrend(c.Sub(col.x, y, col.w, 1), r.trend)
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

// whole writes a share in percent without decimals; what is there is never 0.
func whole(share float64) string {
	if share > 0 && share < 0.005 {
		return "<1"
	}
	return strconv.FormatFloat(100*share, 'f', 0, 64)
}

func (t *ranking) explain(c paint.Canvas, f *Frame) {
	if text := f.brief(); text != "" {
		explain(c, text)
		return
	}
	explain(c, "no line names "+map[stats.Dim]string{stats.Agent: "an agent", stats.Host: "a host", stats.Client: "a client"}[t.dim])
}

// Key moves, sorts and copies.
func (t *ranking) Key(key string, f *Frame) (Action, bool) {
	t.prepare(f)
	switch key {
	case "s":
		t.sort = t.nextSort(f)
	case "r":
		t.reverse = !t.reverse
	case "y":
		if t.row < len(t.rows) {
			r := &t.rows[t.row]
			return Copy{r.label + "\t" + strconv.FormatUint(r.hits, 10)}, true
		}
	default:
		if !t.move(key, len(t.rows)) {
			return nil, false
		}
		if t.row < len(t.rows) {
			t.key = t.rows[t.row].key
		}
	}
	return nil, true
}

// nextSort is the next field to sort by: those with a column of numbers, then the name.
func (t *ranking) nextSort(f *Frame) field {
	timed := f.Window.Durations.Count() > 0
	var all []field
	for _, id := range t.columns {
		switch id {
		case byHits, byErrors, byBytes:
			all = append(all, id)
		case byP50, byP95, byP99:
			if timed {
				all = append(all, id)
			}
		}
	}
	all = append(all, byName)
	for i, id := range all {
		if id == t.sort {
			return all[(i+1)%len(all)]
		}
	}
	return byHits
}

// Keys are the keys of a ranking.
func (t *ranking) Keys() []Binding {
	return []Binding{{"s", "sort by another column"}, {"r", "reverse the order"}, {"y", "copy the row"}}
}

// Click selects the row at y.
func (t *ranking) Click(y int) {
	if at := t.top + y; at < len(t.rows) {
		t.row, t.key = at, t.rows[at].key
	}
}
