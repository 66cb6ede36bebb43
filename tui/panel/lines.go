package panel

import (
	"slices"
	"strconv"
	"strings"

	"weir/ingest"
	"weir/tui/paint"
	"weir/tui/theme"
)

// linesPane is the newest requests, the newest at the bottom.
type linesPane struct {
	list
	away bool // the user scrolled: the selection no longer follows the end
}

func newLines() Panel { return &linesPane{} }

// Title is "Lines".
func (*linesPane) Title(*Frame) string { return "Lines" }

// lineColumn is one column of the lines pane.
type lineColumn struct {
	title string
	width int
	left  bool
	text  func(l *ingest.Line, f *Frame) string
	style func(l *ingest.Line) paint.Style
}

// lineColumns stand in this order; linePriority says which come first as the
// width grows. The target takes what is left.
var lineColumns = []lineColumn{
	{"time", 8, true, func(l *ingest.Line, f *Frame) string { return l.At.In(f.Location).Format("15:04:05") }, nil},
	{"source", 14, true, func(l *ingest.Line, _ *Frame) string { return base(l.Source) }, nil},
	{"client", 15, true, func(l *ingest.Line, _ *Frame) string { return l.Client }, nil},
	{"status", 6, false, func(l *ingest.Line, _ *Frame) string {
		if l.Status <= 0 {
			return "–"
		}
		return strconv.Itoa(int(l.Status))
	}, func(l *ingest.Line) paint.Style { return theme.Class(int(l.Status / 100)) }},
	{"method", 7, true, func(l *ingest.Line, _ *Frame) string { return l.Method }, nil},
	{"target", 0, true, nil, nil},
	{"kB", 7, false, func(l *ingest.Line, _ *Frame) string {
		if l.Bytes < 0 {
			return "–"
		}
		return strconv.FormatFloat(float64(l.Bytes)/1000, 'f', 1, 64)
	}, nil},
	{"ms", 7, false, func(l *ingest.Line, _ *Frame) string {
		if l.Duration < 0 {
			return "–"
		}
		return strconv.FormatFloat(float64(l.Duration)/1e6, 'f', 1, 64)
	}, nil},
}

var linePriority = []string{"status", "method", "time", "client", "ms", "kB", "source"}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// The target has so many columns at least, and more before the size and the source come.
const leastTarget, roomyTarget = 18, 24

type linePlace struct {
	*lineColumn
	x, w int
}

func placeLines(w int, f *Frame) []linePlace {
	avail := w - 2
	shown := map[string]bool{"target": true}
	timed := f.timed() || f.Window.Durations.Count() > 0
	for _, title := range linePriority {
		if title == "source" && len(f.Sources) < 2 || title == "ms" && !timed {
			continue
		}
		for i := range lineColumns {
			if col := &lineColumns[i]; col.title == title {
				least := leastTarget
				if title == "kB" || title == "source" {
					least = roomyTarget
				}
				if avail-col.width-columnGap < least {
					continue
				}
				avail -= col.width + columnGap
				shown[title] = true
			}
		}
	}
	var places []linePlace
	x := 1
	for i := range lineColumns {
		col := &lineColumns[i]
		if !shown[col.title] {
			continue
		}
		width := col.width
		if col.title == "target" {
			width = avail
		}
		places = append(places, linePlace{col, x, width})
		x += width + columnGap
	}
	return places
}

// Head draws the headings.
func (p *linesPane) Head(c paint.Canvas, from int, f *Frame) {
	drawn := from
	for _, col := range placeLines(c.W(), f) {
		at := col.x
		if !col.left {
			at = col.x + col.w - len(col.title)
		}
		if at-1 < from {
			continue
		}
		drawn = heading(c, drawn, at, col.title, theme.Dim, drawn == from)
	}
}

// shown are the lines of the frame's window or, live, the newest.
func (p *linesPane) shown(f *Frame) []ingest.Line {
	if f.Find != "" {
		some := *f
		some.Find = ""
		return slices.DeleteFunc(slices.Clone(p.shown(&some)), func(l ingest.Line) bool { return !holds(l.Target, f.Find) })
	}
	if !f.Travel {
		return f.Lines
	}
	from, to := len(f.Lines), len(f.Lines)
	start := f.At - int64(f.Span.Seconds())
	for i, v := range slices.Backward(f.Lines) {
		switch at := v.At.Unix(); {
		case at >= f.At:
			to = i
		case at >= start:
			from = i
		}
	}
	return f.Lines[min(from, to):to]
}

// Draw paints the newest lines that fit.
func (p *linesPane) Draw(c paint.Canvas, f *Frame) {
	all := p.shown(f)
	if len(all) == 0 {
		if f.Find != "" {
			explain(c, "no line holds "+f.Find)
		} else if text := f.brief(); text != "" {
			explain(c, text)
		} else {
			explain(c, "the lines of that moment are not kept here", "2 reads them again")
		}
		return
	}
	if !p.away {
		p.row = len(all) - 1
	}
	p.row = max(0, min(p.row, len(all)-1))
	p.show(len(all), c.H())
	places := placeLines(c.W(), f)
	for y := 0; y < c.H() && p.top+y < len(all); y++ {
		l := &all[p.top+y]
		for i, col := range places {
			p.cell(c, y, i, col, l, f)
		}
		if f.Focused && p.away && p.top+y == p.row {
			c.Set(0, y, c.Glyphs().Marker, theme.Accent)
			c.Row(y).Mark(theme.Selected)
		}
	}
}

func (p *linesPane) cell(c paint.Canvas, y, _ int, col linePlace, l *ingest.Line, f *Frame) {
	if col.text == nil {
		switch {
		case l.Target != "":
			c.Fit(col.x, y, col.w, l.Target, paint.CutMiddle, theme.Text)
		case l.Message != "":
			c.Fit(col.x, y, col.w, l.Message, paint.CutEnd, theme.Text)
		default:
			c.Fit(col.x, y, col.w, l.Raw, paint.CutMiddle, theme.Text)
		}
		return
	}
	style := theme.Dim
	if col.style != nil {
		style = col.style(l)
	}
	text := col.text(l, f)
	if col.left {
		c.Fit(col.x, y, col.w, text, paint.CutEnd, style)
	} else {
		c.Sub(col.x, 0, col.w, c.H()).Right(col.w, y, text, style)
	}
}

// Key moves; at the end the pane follows again.
func (p *linesPane) Key(key string, f *Frame) (Action, bool) {
	all := p.shown(f)
	if key == "enter" && len(all) > 0 {
		l := &all[max(0, min(p.row, len(all)-1))]
		return Open{At: l.At.UnixNano(), Raw: l.Raw}, true
	}
	if key == "y" {
		if p.row < len(all) {
			return Copy{all[p.row].Raw}, true
		}
		return nil, true
	}
	if !p.move(key, len(all)) {
		return nil, false
	}
	p.away = p.row < len(all)-1
	return nil, true
}

// Found is the filter for the lines whose target holds what is looked for.
func (*linesPane) Found(f *Frame) Action { return containing("target", f.Find) }

// Keys are the keys of the lines pane.
func (p *linesPane) Keys() []Binding {
	return []Binding{{"enter", "the line in Explore"}, {"y", "copy the line"}, {"G", "follow the newest line"}}
}
