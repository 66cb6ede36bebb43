package explore

import (
	"strconv"
	"strings"
	"time"

	"weir/ingest"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// Title is "Records".
func (*Room) Title(*panel.Frame) string { return "Records" }

// Head draws the titles of the columns.
func (r *Room) Head(c paint.Canvas, from int, f *panel.Frame) {
	if r.table != nil || r.records == nil || len(r.rows()) == 0 {
		return
	}
	drawn := from
	for _, p := range r.columns.arrange(r.listWidth(c.W()), f) {
		title, style := p.title, theme.Dim
		if p.name == r.focused() && f.Focused {
			style = theme.Accent
		}
		if r.sorted != nil && r.sorted.column == p.name {
			arrow := c.Glyphs().Down
			if r.sorted.ascending {
				arrow = c.Glyphs().Up
			}
			title, style = title+string(arrow), theme.Accent
		}
		at := p.x
		if p.right {
			at = p.x + p.w - c.Width(title)
		}
		if at-1 < from {
			continue
		}
		drawn = panel.Heading(c, drawn, at, title, style, drawn == from)
	}
}

// wideDetails is the width from which on the details stand beside the list.
const wideDetails = 150

func (r *Room) listWidth(w int) int {
	if r.detail != nil && w >= wideDetails {
		return w - w*2/5 - 1
	}
	return w
}

// Draw paints the list, and what stands before or beside it.
func (r *Room) Draw(c paint.Canvas, f *panel.Frame) {
	if c.Empty() {
		return
	}
	if r.records == nil {
		panel.Explain(c, "nothing can be read again here")
		return
	}
	list := c
	if c.H() >= 3 {
		list = c.Sub(0, 0, c.W(), c.H()-1)
		r.status(c.Row(c.H()-1), f)
	}
	if r.table != nil {
		r.table.draw(list, f)
		return
	}
	if d := r.detail; d != nil {
		var side paint.Canvas
		if w := r.listWidth(c.W()); w < c.W() {
			side = list.Sub(w+1, 0, c.W()-w-1, list.H())
			for y := range list.H() {
				list.Set(w, y, c.Glyphs().Box[5], theme.Faint)
			}
			list = list.Sub(0, 0, w, list.H())
		} else {
			h := max(list.H()/3, min(list.H(), 3))
			side = list.Sub(0, h+1, c.W(), list.H()-h-1)
			list.HLine(0, h, c.W(), theme.Faint)
			list = list.Sub(0, 0, c.W(), h)
		}
		d.draw(side, f)
	}
	r.list(list, f)
}

func (r *Room) list(c paint.Canvas, f *panel.Frame) {
	r.page, r.width = c.H(), c.W()
	rows := r.rows()
	if len(rows) == 0 {
		r.explain(c, f)
		return
	}
	r.clamp()
	places := r.columns.arrange(c.W(), f)
	found := r.finds()
	for y := 0; y < c.H() && r.top+y < len(rows); y++ {
		r.line(c.Row(y), rows[r.top+y], places, found, r.top+y == r.row, f)
	}
}

// line paints one record.
func (r *Room) line(c paint.Canvas, o *ingest.Record, places []place, found func(*ingest.Record) bool, selected bool, f *panel.Frame) {
	away := r.moment != 0 && (o.Time >= f.At*1e9 || o.Time < (f.At-int64(f.Span/time.Second))*1e9)
	shown := make([]string, len(places))
	for i, p := range places {
		text, cut, style := r.columns.cell(p.column, o, f), paint.CutEnd, theme.Dim
		if p.style != nil {
			style = p.style(o)
		}
		if p.name == flex {
			style = theme.Text
			if len(o.Target) > 0 {
				cut = paint.CutMiddle
			}
			if o.Bad || away {
				style = theme.Dim
			}
		} else if p.name == "client" || p.name == "upstream" {
			cut = paint.CutMiddle
		}
		shown[i] = c.Shorten(text, p.w, cut)
		if p.right {
			c.Sub(p.x, 0, p.w, 1).Right(p.w, 0, shown[i], style)
		} else {
			c.Sub(p.x, 0, p.w, 1).Text(0, 0, shown[i], style)
		}
	}
	if selected {
		c.Set(0, 0, c.Glyphs().Marker, theme.Accent)
		c.Mark(theme.Selected)
	}
	if found == nil || !found(o) {
		return
	}
	marked := false
	for i, p := range places {
		if r.want.Text != "" && !p.right {
			marked = highlight(c.Sub(p.x, 0, p.w, 1), shown[i], r.want.Text) || marked
		}
	}
	switch {
	case marked:
	case selected:
		c.Set(0, 0, c.Glyphs().Marker, theme.Warn|theme.Selected)
	default: // it is in what is not shown
		c.Set(0, 0, c.Glyphs().Dot, theme.Warn)
	}
}

// highlight marks what is looked for in a text that stands on c.
func highlight(c paint.Canvas, text, part string) bool {
	from, found := text, false
	if strings.ToLower(part) == part {
		from = lowered(text)
	}
	for at := 0; ; {
		i := strings.Index(from[at:], part)
		if i < 0 {
			return found
		}
		x := c.Width(text[:at+i])
		c.Sub(x, 0, c.W()-x, 1).Text(0, 0, text[at+i:at+i+len(part)], theme.Away)
		at, found = at+i+len(part), true
	}
}

// lowered is text with its ASCII capitals in small letters: of the same length.
func lowered(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// explain says why there is nothing to see.
func (r *Room) explain(c paint.Canvas, f *panel.Frame) {
	switch {
	case r.wrong != "":
		panel.Explain(c, "no filter", r.wrong)
	case r.working || r.place != nil:
		panel.Explain(c, "reading the logs")
	case r.view.amiss != "" && f.Wanted != "":
		panel.Explain(c, r.view.amiss, "no other line matches: backspace removes the last filter")
	case r.view.amiss != "":
		panel.Explain(c, r.view.amiss)
	case f.Wanted != "":
		panel.Explain(c, "no line matches", "backspace removes the last filter")
	default:
		panel.Explain(c, "no line yet")
	}
}

// status is the row below the list: what is going on, and where in the logs this is.
func (r *Room) status(c paint.Canvas, f *panel.Frame) {
	if r.asking != nil {
		r.asking.draw(c)
		return
	}
	text, style := r.news(c.Glyphs(), f)
	if r.view.amiss != "" && r.task == nil && r.note == "" && len(r.rows()) > 0 {
		text = strings.TrimLeft(text+"   "+r.view.amiss, " ")
	}
	right := c.W() - 1
	for _, where := range r.where(f) {
		if room := c.W() - 4 - c.Width(text); c.Width(where) <= room {
			right = c.Right(right, 0, where, theme.Dim) - 2
			break
		}
	}
	c.Fit(1, 0, right-1, text, paint.CutEnd, style)
}

// news is what is going on.
func (r *Room) news(g *paint.Glyphs, f *panel.Frame) (string, paint.Style) {
	switch {
	case r.task != nil:
		return r.task.what + " " + strconv.FormatFloat(float64(r.task.share.Load())/1e4, 'f', 0, 64) + " %   esc stops", theme.Warn
	case r.note != "":
		return r.note, theme.Accent
	case r.view.wanting && r.working:
		return "reading on", theme.Warn
	case r.table != nil:
		return r.table.news(), theme.Dim
	case r.sorted != nil && r.sorted.done:
		return r.sorted.news(), theme.Dim
	case r.looking != "":
		return "/" + r.looking + "   n next   N before", theme.Dim
	case f.Paused:
		return "paused +" + panel.Signed(f.Missed), theme.Away
	case r.follow && f.Live:
		return string(g.Dot) + " following", theme.Good
	case r.moment == 0 && f.Live && !r.view.last:
		return "G follows", theme.Dim
	case r.moment == 0 && f.Live && f.Total.Lines > r.lines:
		return "+" + panel.Signed(f.Total.Lines-r.lines) + " newer   G follows", theme.Dim
	}
	return "", theme.Dim
}

// where says of which time the selected record is, and how far in the logs: in
// many words, and in fewer.
func (r *Room) where(f *panel.Frame) []string {
	o := r.current()
	if o == nil || r.table != nil {
		return nil
	}
	if o.Bad {
		text := "no event: " + o.Reason.String()
		return []string{base(o.Source) + "   " + text, text}
	}
	when := o.When().In(f.Location)
	far := ""
	switch {
	case r.sorted != nil || len(r.view.window) == 0:
	case r.view.first && r.row == 0:
		far = "   first"
	case r.view.last && r.row == len(r.view.window)-1:
		far = "   last"
	default:
		far = "   " + strconv.FormatFloat(100*r.view.share, 'f', 0, 64) + " %"
	}
	full := when.Format("2006-01-02 15:04:05.000 -0700")
	return []string{base(o.Source) + "   " + full + far, full + far, when.Format("2006-01-02 15:04:05") + far, when.Format("15:04:05") + far, when.Format("15:04:05")}
}
