package panel

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"weir/stats"
	"weir/tui/paint"
	"weir/tui/theme"
)

// row is one key of a ranking.
type row struct {
	key, label         string
	hits               uint64
	approximate        bool
	bytes              uint64
	errors             uint64
	p50, p90, p95, p99 float64
	trend              []uint64
	before             uint64   // hits in the window before, where the two are compared
	all                []string // the keys, where one label stands for several
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
	found  string
	beside bool // compared with the window before
	sorted field
	turned bool
	rows   []row
	units  [byName + 1]unit
}

// keptRows is how far down a ranking can be scrolled.
const keptRows = 500

// prepare brings the rows up to the frame's moment.
func (t *ranking) prepare(f *Frame) {
	if t.seq == f.Seq && t.sorted == t.sort && t.turned == t.reverse && t.found == f.Find && t.beside == f.Compare && f.Seq != 0 {
		return
	}
	t.seq, t.sorted, t.turned, t.found, t.beside = f.Seq, t.sort, t.reverse, f.Find, f.Compare
	t.rows = t.rows[:0]
	for _, e := range f.Window.Top(t.dim, keptRows) {
		r := row{key: e.Key, label: e.Key, hits: e.Hits, approximate: e.Bound > 0, bytes: e.Bytes, errors: e.Errors, p50: e.P50, p90: e.P90, p95: e.P95, p99: e.P99}
		if t.trend {
			r.trend = f.Trends[e.Key]
		}
		t.rows = append(t.rows, r)
	}
	if f.Compare && !f.unknown() {
		t.rows = compared(t.rows, f, t.dim)
	} else if t.sort == byChange && !f.Compare {
		t.sort = byHits
	}
	if t.label && f.Label != nil {
		t.rows = grouped(t.rows, f.Label)
	}
	if f.Find != "" {
		t.rows = slices.DeleteFunc(t.rows, func(r row) bool { return !holds(r.label, f.Find) })
	}
	t.arrange()
	t.measure(f)
	t.follow(len(t.rows), func(i int) string { return t.rows[i].key })
}

// compared adds what each key had in the window before, and the keys that are gone.
func compared(rows []row, f *Frame, d stats.Dim) []row {
	seen := make(map[string]bool, len(rows))
	for i := range rows {
		r := &rows[i]
		seen[r.key] = true
		if e, known := f.Before.Key(d, r.key); known {
			r.before, r.approximate = f.scaled(e.Hits), r.approximate || e.Bound > 0 || f.coarse()
		} else if f.Before.Forgotten(d) > 0 {
			r.approximate = true
		}
	}
	for _, e := range f.Before.Top(d, keptRows) {
		if seen[e.Key] {
			continue
		}
		r := row{key: e.Key, label: e.Key, before: f.scaled(e.Hits), approximate: e.Bound > 0 || f.coarse(), p50: math.NaN(), p90: math.NaN(), p95: math.NaN(), p99: math.NaN()}
		if now, known := f.Window.Key(d, e.Key); known {
			r.hits, r.bytes, r.errors = now.Hits, now.Bytes, now.Errors
		}
		rows = append(rows, r)
	}
	return rows
}

// grouped adds up the rows that have the same label.
func grouped(rows []row, label func(string) string) []row {
	at := make(map[string]int, len(rows))
	out := rows[:0]
	for _, r := range rows {
		key := r.key
		r.label = label(key)
		r.key = r.label
		r.all = []string{key}
		i, known := at[r.label]
		if !known {
			at[r.label] = len(out)
			out = append(out, r)
			continue
		}
		sum := &out[i]
		sum.all = append(sum.all, key)
		sum.hits += r.hits
		sum.before += r.before
		sum.bytes += r.bytes
		sum.errors += r.errors
		sum.approximate = sum.approximate || r.approximate
	}
	return out
}

func (t *ranking) arrange() {
	value := func(r *row) float64 {
		switch t.sort {
		case byChange:
			return math.Abs(float64(r.hits) - float64(r.before))
		case byErrors:
			return float64(r.errors) / float64(max(r.hits, 1))
		case byBytes:
			return float64(r.bytes)
		case byP50:
			return number(r.p50)
		case byP90:
			return number(r.p90)
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

func (t *ranking) explain(c paint.Canvas, f *Frame) {
	if text := f.brief(); text != "" {
		explain(c, text)
		return
	}
	if f.Find != "" {
		explain(c, "no row holds "+f.Find)
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
	case "enter":
		if t.row < len(t.rows) {
			r := &t.rows[t.row]
			if d := dossierOf(r); t.dim == stats.Client && f.filteredBy(d.Chip) {
				return d, true
			}
			return t.only(r), true
		}
	case "i":
		if t.dim != stats.Client {
			return nil, false
		}
		if t.row < len(t.rows) {
			return dossierOf(&t.rows[t.row]), true
		}
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

// holds reports whether text holds part, in whichever letters.
func holds(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// Found is the filter for the rows that hold what is looked for.
func (t *ranking) Found(f *Frame) Action {
	t.prepare(f)
	if !t.label {
		return containing(t.dim.String(), f.Find)
	}
	var all []string
	for i := range t.rows {
		all = append(all, t.rows[i].key)
		if t.rows[i].all != nil {
			all = append(all[:len(all)-1], t.rows[i].all...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return anyOf(t.dim, all, "~ "+f.Find)
}

func (t *ranking) only(r *row) Only {
	if r.all != nil {
		return anyOf(t.dim, r.all, r.label)
	}
	return only(t.dim, r.key, r.label)
}

// nextSort is the next field to sort by: those with a column of numbers, then the name.
func (t *ranking) nextSort(f *Frame) field {
	timed := f.Window.Durations.Count() > 0
	var all []field
	for _, id := range t.columns {
		switch id {
		case byHits, byErrors, byBytes:
			all = append(all, id)
			if id == byHits && f.Compare {
				all = append(all, byChange)
			}
		case byP50, byP90, byP95, byP99:
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
	all := []Binding{{"s", "sort by another column"}, {"r", "reverse the order"}, {"y", "copy the row"}}
	if t.dim == stats.Client {
		all = append(all, Binding{"i", "the whole client"})
	}
	return all
}

// Click selects the row at y.
func (t *ranking) Click(y int) {
	if at := t.top + y; at < len(t.rows) {
		t.row, t.key = at, t.rows[at].key
	}
}
