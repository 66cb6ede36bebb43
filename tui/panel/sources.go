package panel

import (
	"fmt"

	"weir/ingest/event"
	"weir/tui/paint"
	"weir/tui/theme"
)

// sources is parse health: what each input is, how it is doing, and the lines
// that did not parse.
type sources struct {
	top, page, rows int
}

func newSources() Panel { return &sources{} }

// Title is "Sources".
func (*sources) Title(*Frame) string { return "Sources" }

// Head says the share of lines that parsed.
func (*sources) Head(c paint.Canvas, from int, f *Frame) {
	if all := f.Total.Parsed + f.Total.Unparsed; all > 0 {
		note(c, from, c.W(), percent(float64(f.Total.Parsed)/float64(all))+" % parsed")
	}
}

// Draw paints a block a source, scrolled by rows.
func (s *sources) Draw(c paint.Canvas, f *Frame) {
	if len(f.Sources) == 0 {
		headline, more := f.silence()
		explain(c, headline, more...)
		return
	}
	s.page = c.H()
	s.rows = s.draw(paint.Canvas{}, 0, c.W(), f)
	s.top = max(0, min(s.top, s.rows-c.H()))
	s.draw(c, -s.top, c.W(), f)
}

func (s *sources) draw(c paint.Canvas, y, w int, f *Frame) int {
	for i := range f.Sources {
		y = s.source(c, y, w, &f.Sources[i], f)
	}
	return y
}

func (s *sources) source(c paint.Canvas, y, w int, src *event.Source, f *Frame) int {
	sign, style := c.Glyphs().Dot, theme.Good
	switch src.State {
	case event.Waiting, event.Empty, event.Gone, event.Rotated, event.Reading:
		style = theme.Warn
	case event.Unreadable:
		sign, style = c.Glyphs().Bad, theme.Bad
	case event.Live, event.Done:
	}
	state := src.State.String()
	if src.State == event.Unreadable && !src.Since.IsZero() {
		state += " since " + f.clock(src.Since)
	}
	format, how := src.Format, ""
	if format == "" {
		format = "no format yet"
	} else if src.How != "" {
		how = ", " + src.How
	}
	if y >= 0 && y < c.H() {
		c.Set(1, y, sign, style)
		right := c.Right(w-1, y, state, style)
		name := max(0, right-4)
		if name > 24 {
			if len(format)+len(how) <= name/2 {
				format += how
			}
			format = c.Shorten(format, name/2, paint.CutEnd)
			right = c.Right(right-2, y, format, theme.Dim)
			name = right - 4
		}
		c.Fit(3, y, name, src.Path, paint.CutMiddle, theme.Text)
	}
	y++
	counts := fmt.Sprintf("%s  %s unparsed", Plural(src.Lines, "line"), Signed(src.Unparsed()))
	if src.Late > 0 {
		counts += fmt.Sprintf("  %s late", Signed(int64(src.Late)))
	}
	if src.Rotations > 0 {
		counts += fmt.Sprintf("  %s", Plural(src.Rotations, "rotation"))
	}
	if src.Truncated > 0 {
		counts += fmt.Sprintf("  truncated %s", Plural(src.Truncated, "time"))
	}
	if src.Behind > 0 {
		counts += "  behind " + byteSize(float64(src.Behind))
	}
	fitAt(c, 3, y, w-4, counts, theme.Dim)
	y++
	if src.Err != "" {
		fitAt(c, 3, y, w-4, src.Err, theme.Bad)
		y++
	}
	return s.unparsed(c, y, w, src)
}

// unparsed lists the reasons, each with its first line and where it fails.
func (s *sources) unparsed(c paint.Canvas, y, w int, src *event.Source) int {
	for r, n := range src.Rejected {
		reason := event.Reason(r)
		if n == 0 || reason.Expected() {
			continue
		}
		text := Plural(n, "line") + " " + reason.String()
		for i := range src.Bad {
			b := &src.Bad[i]
			if b.Reason != reason {
				continue
			}
			text += fmt.Sprintf(": first line %s", Signed(b.Line))
			if b.Field != "" {
				text += ", " + b.Field
			}
			text += fmt.Sprintf(", column %d", b.Column+1)
			if b.Near != "" {
				text += ", nearest " + b.Near
			}
			fitAt(c, 3, y, w-4, text, theme.Warn)
			y++
			fitAt(c, 5, y, w-6, string(b.Text), theme.Dim)
			text = ""
			break
		}
		if text != "" {
			fitAt(c, 3, y, w-4, text, theme.Warn)
		}
		y++
	}
	return y
}

func fitAt(c paint.Canvas, x, y, w int, text string, s paint.Style) {
	if y >= 0 && y < c.H() {
		c.Fit(x, y, w, text, paint.CutEnd, s)
	}
}

// Plural is n of what one names: 1 line, 1,234 lines.
func Plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Signed(n) + " " + one + "s"
}

// Key scrolls.
func (s *sources) Key(key string, _ *Frame) (Action, bool) {
	l := list{row: s.top, page: s.page}
	if !l.move(key, max(s.rows-s.page, 0)+1) {
		return nil, false
	}
	s.top = l.row
	return nil, true
}

// Keys are those of scrolling.
func (*sources) Keys() []Binding { return nil }
