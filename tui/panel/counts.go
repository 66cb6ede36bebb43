package panel

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"weir/ingest/event"
	"weir/tui/paint"
	"weir/tui/theme"
)

// Counts is the last row: how reading goes.
func Counts(c paint.Canvas, f *Frame) {
	t := &f.Total
	x := 1
	number := func(label, value string, style paint.Style) {
		if x+c.Width(label)+c.Width(value)+1 > c.W()-1 {
			return
		}
		if label == "read" {
			x = c.Text(x, 0, label+" ", theme.Dim)
			x = c.Text(x, 0, value, style) + 3
			return
		}
		x = c.Text(x, 0, value, style)
		x = c.Text(x, 0, " "+label, theme.Dim) + 3
	}
	alarming := func(n uint64) paint.Style {
		if n > 0 {
			return theme.Warn
		}
		return theme.Dim
	}
	number("read", rate(t.PerSecond)+" lines/s", theme.Dim)
	rest := len(" unparsed    late    dropped  ") + len(Signed(t.Unparsed)+Grouped(t.Late)+Grouped(t.Dropped))
	for _, m := range f.missing() {
		if name := base(m.name); m.n == 1 && x+c.Width(name+m.what)+rest+4 < c.W() {
			number(m.what, name, theme.Warn)
		} else {
			number(m.noun, strconv.Itoa(m.n), theme.Warn)
		}
	}
	number("unparsed", Signed(t.Unparsed), alarming(uint64(max(t.Unparsed, 0))))
	number("late", Grouped(t.Late), alarming(t.Late))
	if t.Future > 0 {
		number("from the future", Grouped(t.Future), theme.Warn)
	}
	number("dropped", Grouped(t.Dropped), alarming(t.Dropped))
	if t.Behind > 0 {
		number("behind", byteSize(float64(t.Behind)), theme.Warn)
	}
	total := Signed(t.Lines) + " lines so far"
	if at := c.W() - 1 - len(total); at > x {
		c.Text(at, 0, total, theme.Dim)
	}
}

// missing is inputs of which nothing comes, for one cause.
type missing struct {
	name       string // of the first
	n          int
	what, noun string // behind the name, behind the number
}

// missing are the inputs of which nothing comes and nothing else on the screen
// says so. What a directory no longer holds is not missing: logs are cleaned up.
func (f *Frame) missing() []missing {
	if f.Total.Parsed == 0 && f.waiting() {
		return nil
	}
	all := []missing{{what: "is unreadable", noun: "unreadable"}, {what: "is not there", noun: "not there"}, {what: "is waited for", noun: "waited for"}}
	for i := range f.Sources {
		s := &f.Sources[i]
		at := 0
		switch named := slices.Contains(f.Files, s.Path); {
		case s.State == event.Unreadable:
		case s.State == event.Gone && named, s.State == event.Waiting && named && s.Err == "":
			at = 1
		case s.State == event.Waiting && named:
			at = 2
		default:
			continue
		}
		if m := &all[at]; s.Path != "-" {
			m.name, m.n = cmp.Or(m.name, s.Path), m.n+1
		}
	}
	return slices.DeleteFunc(all, func(m missing) bool { return m.n == 0 })
}

// Amiss is what Counts would warn of, for screens without that row.
func Amiss(f *Frame) string {
	var all []string
	for _, m := range f.missing() {
		all = append(all, strconv.Itoa(m.n)+" "+m.noun)
	}
	t := &f.Total
	for _, one := range []struct {
		n     uint64
		label string
	}{{uint64(max(t.Unparsed, 0)), "unparsed"}, {t.Late, "late"}, {t.Future, "from the future"}, {t.Dropped, "dropped"}} {
		if one.n > 0 {
			all = append(all, Grouped(one.n)+" "+one.label)
		}
	}
	return strings.Join(all, "  ")
}

// Top is the strip's second row: the section with the most requests.
func Top(c paint.Canvas, f *Frame) {
	if headline, _ := f.silence(); headline != "" {
		c.Fit(1, 0, c.W()-1, headline, paint.CutEnd, theme.Dim)
		return
	}
	p := newSections().(*ranking)
	p.prepare(f)
	for y := 0; y < c.H() && y < len(p.rows); y++ {
		r := &p.rows[y]
		text := whole(float64(r.hits)/float64(max(f.Window.Hits, 1))) + " %"
		at := c.Right(c.W()-1, y, text, theme.Dim)
		c.Fit(1, y, at-2, r.label, paint.CutMiddle, theme.Text)
	}
}
