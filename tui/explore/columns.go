package explore

import (
	"bytes"
	"slices"
	"strconv"

	"weir/ingest"
	"weir/ingest/event"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// column is one thing that records say.
type column struct {
	name  string // as it is called on the screen, and in filters where it is a field
	width int    // columns that it has at most
	right bool   // numbers
	rank  int    // the lower come first as the width grows
	text  func(e *event.Event) []byte
	show  func(r *ingest.Record, f *panel.Frame) string // how it is shown, where that differs
	style func(r *ingest.Record) paint.Style
	value func(e *event.Event) float64 // to sort by; nil sorts by the text
	steps func(e *event.Event) float64 // what is counted by steps of a scale, and not each value for itself
	few   bool                         // it is worth its place only where values differ
	dull  bool                         // of requests it says little: it comes late
}

// flex is the column that takes what is left.
const flex = "path"

// known are the columns that every format may have, in the order they stand.
var known = []column{
	{name: "time", width: 8, rank: 3, show: clock, value: func(e *event.Event) float64 { return float64(e.Time) }, text: func(e *event.Event) []byte { return e.When().UTC().AppendFormat(nil, minuteLayout) }},
	{name: "source", width: 16, rank: 8, text: func(e *event.Event) []byte { return e.Source }, show: func(r *ingest.Record, _ *panel.Frame) string { return base(r.Source) }, few: true},
	{name: "severity", width: 9, rank: 1, text: more(func(m *event.More) []byte { return m.Severity }), style: severity, dull: true},
	{name: "status", width: 6, right: true, rank: 1, text: number(func(e *event.Event) int64 { return int64(e.Status) }), value: func(e *event.Event) float64 { return float64(e.Status) },
		style: func(r *ingest.Record) paint.Style { return theme.Class(r.Class()) }},
	{name: "method", width: 7, rank: 2, text: func(e *event.Event) []byte { return e.Method }},
	{name: "service", width: 16, rank: 4, text: more(func(m *event.More) []byte { return m.Service })},
	{name: flex, text: func(e *event.Event) []byte { return e.Path }, show: what},
	{name: "duration", width: 8, right: true, rank: 5, text: number(func(e *event.Event) int64 { return e.Duration }), show: millis, value: func(e *event.Event) float64 { return float64(e.Duration) },
		steps: func(e *event.Event) float64 { return float64(e.Duration) / 1e9 }},
	{name: "bytes", width: 8, right: true, rank: 7, text: number(func(e *event.Event) int64 { return e.Bytes }), show: kilobytes, value: func(e *event.Event) float64 { return float64(e.Bytes) },
		steps: func(e *event.Event) float64 { return float64(e.Bytes) }},
	{name: "client", width: 24, rank: 6, text: func(e *event.Event) []byte { return e.Client }},
	{name: "user", width: 16, rank: 11, text: func(e *event.Event) []byte { return e.User }},
	{name: "host", width: 20, rank: 12, text: func(e *event.Event) []byte { return e.Host }, few: true},
	{name: "agent", width: 24, rank: 9, text: func(e *event.Event) []byte { return e.Agent }, show: agent},
	{name: "referrer", width: 28, rank: 14, text: func(e *event.Event) []byte { return e.Referrer }},
	{name: "country", width: 7, rank: 10, text: func(e *event.Event) []byte { return e.Country }},
	{name: "action", width: 12, rank: 13, text: more(func(m *event.More) []byte { return m.Action })},
	{name: "outcome", width: 8, rank: 13, text: more(func(m *event.More) []byte { return m.Outcome })},
	{name: "upstream", width: 21, rank: 15, text: more(func(m *event.More) []byte { return m.Upstream })},
	{name: "cache", width: 8, rank: 16, text: more(func(m *event.More) []byte { return m.CacheStatus })},
	{name: "hostname", width: 16, rank: 17, text: more(func(m *event.More) []byte { return m.Hostname }), few: true},
}

// minuteLayout is how the minute of a record is counted: in UTC.
const minuteLayout = "2006-01-02T15:04"

// titles are the units that stand above a column instead of its name.
var titles = map[string]string{"duration": "ms", "bytes": "kB"}

func more(of func(m *event.More) []byte) func(e *event.Event) []byte {
	return func(e *event.Event) []byte {
		if e.More == nil {
			return nil
		}
		return of(e.More)
	}
}

func number(of func(e *event.Event) int64) func(e *event.Event) []byte {
	return func(e *event.Event) []byte {
		n := of(e)
		if n < 0 {
			return nil
		}
		return strconv.AppendInt(nil, n, 10)
	}
}

func clock(r *ingest.Record, f *panel.Frame) string {
	if r.Bad {
		return ""
	}
	return r.When().In(f.Location).Format("15:04:05")
}

func dated(r *ingest.Record, f *panel.Frame) string {
	if r.Bad {
		return ""
	}
	return r.When().In(f.Location).Format("01-02 15:04:05")
}

func millis(r *ingest.Record, _ *panel.Frame) string {
	if r.Duration < 0 {
		return ""
	}
	return strconv.FormatFloat(float64(r.Duration)/1e6, 'f', 1, 64)
}

func kilobytes(r *ingest.Record, _ *panel.Frame) string {
	if r.Bytes < 0 {
		return ""
	}
	return strconv.FormatFloat(float64(r.Bytes)/1000, 'f', 1, 64)
}

func agent(r *ingest.Record, f *panel.Frame) string {
	if f.Label == nil || len(r.Agent) == 0 {
		return string(r.Agent)
	}
	return f.Label(string(r.Agent))
}

// what is the text of the flexible column: what was asked for, or what a line says.
func what(r *ingest.Record, _ *panel.Frame) string {
	switch {
	case len(r.Target) > 0:
		return string(r.Target)
	case r.More != nil && len(r.More.Body) > 0:
		return string(r.More.Body)
	}
	return string(r.Raw)
}

func severity(r *ingest.Record) paint.Style {
	switch {
	case r.Failed():
		return theme.Bad
	case r.More != nil && bytes.HasPrefix(bytes.ToLower(r.More.Severity), []byte("warn")):
		return theme.Warn
	}
	return theme.Dim
}

func base(path []byte) string {
	if string(path) == "-" {
		return "standard input"
	}
	return string(path[bytes.LastIndexByte(path, '/')+1:])
}

// attribute is the column of a field without a name of its own.
func attribute(key string) column {
	return column{name: key, width: 20, rank: lastOne, text: func(e *event.Event) []byte { return attributeOf(e, key) }}
}

func attributeOf(e *event.Event, key string) []byte {
	if e.More == nil {
		return nil
	}
	for i := range e.More.Attributes {
		if a := &e.More.Attributes[i]; string(a.Key) == key {
			return a.Value
		}
	}
	return nil
}

// columns knows which columns the records that were seen have something for.
type columns struct {
	all   []column
	seen  map[string]*seen
	total int
	spans bool // the records are of several days
	day   [2]int
}

// seen is what is known of the values of one column.
type seen struct {
	count  int
	common bool // enough records have one
	widest int
	value  string // of the first
	many   bool   // others are different
}

const (
	mostAttributes = 16
	rareAttribute  = 12 // a column has to have a value in one of so many records
)

func (cs *columns) reset() {
	*cs = columns{all: slices.Clone(known), seen: make(map[string]*seen)}
}

// learn looks at the records of a window; columns come and widen, and never go.
func (cs *columns) learn(window []*ingest.Record) {
	attributes := make(map[string]int)
	stride := max(1, len(window)/200)
	for i := 0; i < len(window); i += stride {
		r := window[i]
		cs.total++
		t := r.When()
		if day := [2]int{t.Year(), t.YearDay()}; !r.Bad && cs.day != day {
			cs.spans = cs.spans || cs.day != [2]int{}
			cs.day = day
		}
		for j := range cs.all {
			c := &cs.all[j]
			if text := c.text(r.Event); len(text) > 0 {
				cs.note(c.name, text)
			}
		}
		if r.More != nil {
			for _, a := range r.More.Attributes {
				attributes[string(a.Key)]++
			}
		}
	}
	var keys []string
	for key, n := range attributes {
		if n*rareAttribute*stride >= len(window) && !slices.ContainsFunc(cs.all, func(c column) bool { return c.name == key }) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if len(cs.all) < len(known)+mostAttributes {
			cs.all = append(cs.all, attribute(key))
			cs.note(key, []byte(key))
		}
	}
}

func (cs *columns) note(name string, text []byte) {
	s := cs.seen[name]
	if s == nil {
		s = &seen{value: string(text)}
		cs.seen[name] = s
	}
	s.count++
	s.widest = max(s.widest, len(text))
	s.many = s.many || s.value != string(text)
	s.common = s.common || s.count*rareAttribute >= cs.total
}

// place is a column where it stands.
type place struct {
	*column
	title string
	x, w  int
}

const (
	gap     = 2
	lastOne = 20 // of the ranks
)

// arrange chooses the columns that fit in w and where they stand.
func (cs *columns) arrange(w int, f *panel.Frame) []place {
	least := max(20, w*3/10)
	avail := w - 2 - least
	requests := cs.seen["method"] != nil
	var chosen []int
	for rank := 1; rank <= lastOne; rank++ {
		for i := range cs.all {
			c := &cs.all[i]
			at := c.rank
			if c.dull && requests {
				at = lastOne - 1
			}
			if at != rank || !cs.has(c, f) {
				continue
			}
			if width := cs.width(c); avail-width-gap >= 0 {
				avail -= width + gap
				chosen = append(chosen, i)
			}
		}
	}
	var places []place
	x := 1
	for i := range cs.all {
		c := &cs.all[i]
		width := cs.width(c)
		switch {
		case c.name == flex:
			width = least + avail
		case !slices.Contains(chosen, i):
			continue
		}
		title := c.name
		if t := titles[title]; t != "" {
			title = t
		}
		if c.name == flex && !requests {
			title = "message"
		}
		places = append(places, place{c, title, x, width})
		x += width + gap
	}
	return places
}

// has reports whether a column has something to say.
func (cs *columns) has(c *column, f *panel.Frame) bool {
	switch s := cs.seen[c.name]; {
	case c.name == "time":
		return true
	case c.name == "source":
		return len(f.Sources) > 1
	case s == nil || !s.common:
		return false
	case c.few:
		return s.many
	}
	return true
}

// width is how many columns a column has: as many as its values need, within bounds.
func (cs *columns) width(c *column) int {
	switch {
	case c.name == "time" && cs.spans:
		return 14
	case c.right || c.name == "time" || c.name == "source":
		return c.width
	}
	widest := 0
	if s := cs.seen[c.name]; s != nil {
		widest = s.widest
	}
	least := len(c.name)
	if c.name == "client" {
		least = 13
	}
	return max(least, min(widest, c.width))
}

// cell is what a column shows of a record.
func (cs *columns) cell(c *column, r *ingest.Record, f *panel.Frame) string {
	switch {
	case c.name == "time" && cs.spans:
		return dated(r, f)
	case c.show != nil:
		return c.show(r, f)
	}
	return string(c.text(r.Event))
}

// find is the column of that name.
func (cs *columns) find(name string) *column {
	if name == flex && cs.seen["method"] == nil { // messages
		return &column{name: "body", text: more(func(m *event.More) []byte { return m.Body })}
	}
	for i := range cs.all {
		if cs.all[i].name == name {
			return &cs.all[i]
		}
	}
	return nil
}
