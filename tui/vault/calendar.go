package vault

import (
	"fmt"
	"strconv"
	"time"

	"weir/archive"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// daysPanel is the calendar of what the bucket has.
type daysPanel Room

// Title is "Archive".
func (*daysPanel) Title(*panel.Frame) string { return "Archive" }

// Head names the archive.
func (p *daysPanel) Head(c paint.Canvas, from int, _ *panel.Frame) {
	if p.cfg == nil || c.W()-from < 12 {
		return
	}
	text := c.Shorten(p.cfg.URI, c.W()-from-3, paint.CutMiddle)
	c.Text(c.W()-c.Width(text)-2, 0, " "+text+" ", theme.Dim)
}

const (
	cellWidth  = 4
	monthWidth = 7*cellWidth + 2
	monthRows  = 8 // its name, the days of the week and six weeks
)

// setUp says how an archive is configured.
var setUp = []string{
	"weir --archive /var/log/nginx=s3://BUCKET /var/log/nginx/access.log",
	"or file:///DIR in place of s3://; or archive = \"DIR=URI\" in the config file; or LOGS_DIR and BACKUP_… in .env",
	"weir archive doctor URI tells whether it can be written, and which proof allows deletion",
}

// Draw paints as many months as there is room for, and below them the day.
func (p *daysPanel) Draw(c paint.Canvas, f *panel.Frame) {
	r := (*Room)(p)
	switch {
	case c.Empty():
		return
	case r.cfg == nil:
		panel.Explain(c, "no archive is configured", setUp...)
		return
	case r.wrong != "" && len(r.days) == 0:
		panel.Explain(c, "the archive can't be asked", r.wrong, "asked again in half a minute, or with u")
		return
	}
	below := 3
	months := max(1, min((c.W()-1)/monthWidth, monthsBefore+1))
	rows := c.H() - below
	if rows < monthRows || c.W() < monthWidth {
		r.list(c.Sub(0, 0, c.W(), max(rows, 0)), f)
	} else {
		most := r.most()
		for i := range months {
			m := time.Date(r.cursor.Year(), r.cursor.Month()-time.Month(months-1-i), 1, 0, 0, 0, 0, r.cfg.Location)
			r.month(c.Sub(1+i*monthWidth, 0, monthWidth, rows), m, most, f)
		}
	}
	foot := c.Sub(0, max(rows, 0), c.W(), below)
	r.foot(foot)
}

// list is the days with something in them, where there is no room for a calendar.
func (r *Room) list(c paint.Canvas, f *panel.Frame) {
	for y := range c.H() {
		day := r.cursor.AddDate(0, 0, y-c.H()/2)
		d := r.days[day.Format(time.DateOnly)]
		if r.chosen(day) && f.Focused {
			c.Row(y).Mark(theme.Selected)
		}
		if day.Equal(r.cursor) {
			c.Set(0, y, c.Glyphs().Marker, theme.Accent)
		}
		x := c.Text(1, y, day.Format("Mon 02 Jan"), r.dayStyle(day, d))
		c.Fit(x+1, y, c.W()-x-1, r.dayText(day, d), paint.CutEnd, theme.Text)
	}
}

// most is the most lines of a day.
func (r *Room) most() (most int64) {
	for _, d := range r.days {
		most = max(most, d.Lines)
	}
	return most
}

func (r *Room) dayStyle(day time.Time, d archive.Day) paint.Style {
	switch {
	case d.Objects > 0 && r.lighted(day):
		return theme.Good
	case d.Objects > 0:
		return theme.Text | theme.Bold
	}
	return theme.Faint
}

// month paints one month.
func (r *Room) month(c paint.Canvas, first time.Time, most int64, f *panel.Frame) {
	title := first.Format("January 2006")
	if r.asking && !r.months[first.Format(monthLayout)] {
		title += " · reading"
	}
	c.Fit(0, 0, c.W()-2, title, paint.CutEnd, theme.Title)
	for i, name := range [...]string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"} {
		c.Text(i*cellWidth, 1, name, theme.Dim)
	}
	y := 2
	for day := first; day.Month() == first.Month(); day = day.AddDate(0, 0, 1) {
		column := (int(day.Weekday()) + 6) % 7
		d := r.days[day.Format(time.DateOnly)]
		style := r.dayStyle(day, d)
		if r.chosen(day) {
			if f.Focused {
				style = theme.Badge
			} else {
				style |= theme.Selected
			}
		}
		cell := c.Sub(column*cellWidth, y, cellWidth-1, 1)
		cell.Right(2, 0, strconv.Itoa(day.Day()), style)
		if d.Objects > 0 {
			mark, heat := shade(c.Glyphs(), d.Lines, most)
			if r.lighted(day) {
				mark, heat = c.Glyphs().Good, theme.Good
			}
			cell.Set(2, 0, mark, heat)
		}
		if column == 6 {
			y++
		}
	}
}

// shade is the sign for so many lines.
func shade(glyphs *paint.Glyphs, lines, most int64) (rune, paint.Style) {
	step := 0
	if most > 0 {
		step = int(lines * int64(len(theme.Heats)-1) / most)
	}
	return glyphs.Sparks[1+step*(len(glyphs.Sparks)-2)/(len(theme.Heats)-1)], theme.Heats[step]
}

// chosen reports whether a day is the cursor's or in the range.
func (r *Room) chosen(day time.Time) bool {
	from, last := r.rangeOf()
	return !day.Before(from) && !day.After(last)
}

// rangeOf is the first and the last day that are chosen.
func (r *Room) rangeOf() (first, last time.Time) {
	switch {
	case r.anchor.IsZero():
		return r.cursor, r.cursor
	case r.anchor.Before(r.cursor):
		return r.anchor, r.cursor
	}
	return r.cursor, r.anchor
}

// dayText is what the archive has of a day.
func (r *Room) dayText(day time.Time, d archive.Day) string {
	if d.Objects == 0 {
		if !r.months[day.Format(monthLayout)] {
			return "not read yet"
		}
		return "nothing archived"
	}
	text := fmt.Sprintf("%d obj  %s  %s in %s", d.Objects, panel.Plural(d.Lines, "line"), bytesOf(d.Raw), bytesOf(d.Packed))
	if d.Foreign > 0 {
		text += fmt.Sprintf("  %d without manifest", d.Foreign)
	}
	if d.Frozen > 0 {
		text += fmt.Sprintf("  %d frozen", d.Frozen)
	}
	if r.lighted(day) {
		text += "  restored"
	}
	return text
}

// foot tells of the days that are chosen, and what is wrong.
func (r *Room) foot(c paint.Canvas) {
	first, last := r.rangeOf()
	var sum archive.Day
	name := first.Format("Mon 2 Jan 2006")
	if !first.Equal(last) {
		name += " to " + last.Format("Mon 2 Jan")
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		d := r.days[day.Format(time.DateOnly)]
		sum.Objects, sum.Lines, sum.Raw, sum.Packed = sum.Objects+d.Objects, sum.Lines+d.Lines, sum.Raw+d.Raw, sum.Packed+d.Packed
		sum.Foreign, sum.Frozen = sum.Foreign+d.Foreign, sum.Frozen+d.Frozen
	}
	c.Fit(1, 0, c.W()-2, name, paint.CutEnd, theme.Title)
	c.Fit(1, 1, c.W()-2, r.dayText(first, sum), paint.CutEnd, theme.Text)
	switch {
	case r.wrong != "":
		c.Fit(1, 2, c.W()-2, r.wrong, paint.CutEnd, theme.Bad)
	case len(r.bad) > 0:
		c.Fit(1, 2, c.W()-2, panel.Plural(int64(len(r.bad)), "manifest")+" can't be read: "+r.bad[0], paint.CutEnd, theme.Warn)
	case len(r.days) == 0 && len(r.months) > 0:
		c.Fit(1, 2, c.W()-2, "the archive has nothing of these months: A archives what is complete", paint.CutEnd, theme.Dim)
	case sum.Objects > 0 && r.lighted(last):
		c.Fit(1, 2, c.W()-2, "enter shows this day", paint.CutEnd, theme.Dim)
	case sum.Objects > 0:
		c.Fit(1, 2, c.W()-2, "R restores it", paint.CutEnd, theme.Dim)
	}
}

// Key moves the cursor, chooses a range and goes to a day.
func (p *daysPanel) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	r := (*Room)(p)
	if r.cfg == nil {
		return r.key(key)
	}
	step := func(days, months int) {
		r.cursor = midnight(r.cursor.AddDate(0, months, days).Add(12*time.Hour), r.cfg.Location)
	}
	switch key {
	case "h", "left":
		step(-1, 0)
	case "l", "right":
		step(1, 0)
	case "k", "up":
		step(-7, 0)
	case "j", "down":
		step(7, 0)
	case "pgup", "ctrl+u":
		step(0, -1)
	case "pgdown", "ctrl+d":
		step(0, 1)
	case "g", "home":
		r.goTo(false)
	case "G":
		r.goTo(true)
	case "v":
		if r.anchor.IsZero() {
			r.anchor = r.cursor
		} else {
			r.anchor = time.Time{}
		}
	case "enter":
		if d := r.days[r.cursor.Format(time.DateOnly)]; d.Objects > 0 && !r.lighted(r.cursor) {
			return panel.Vault{Do: panel.VaultRestore}, true
		}
		return panel.Vault{Do: panel.VaultGo, At: r.endOf(r.cursor)}, true
	case "esc":
		if !r.anchor.IsZero() {
			r.anchor = time.Time{}
			return nil, true
		}
		return r.key(key)
	default:
		return r.key(key)
	}
	return nil, true
}

// goTo moves the cursor to the first or the last day that has something.
func (r *Room) goTo(last bool) {
	var to time.Time
	for _, d := range r.days {
		if to.IsZero() || last == d.Begin.After(to) {
			to = d.Begin
		}
	}
	if !to.IsZero() {
		r.cursor = to
	}
}

// endOf is the second after what the timeline shows of a day, or of the day itself.
func (r *Room) endOf(day time.Time) int64 {
	from, to := day.Unix(), day.AddDate(0, 0, 1).Unix()
	r.mu.Lock()
	defer r.mu.Unlock()
	end := from
	for _, s := range r.lit {
		if s[0] < to && s[1] >= from {
			end = max(end, min(s[1]+1, to))
		}
	}
	if end == from {
		return to
	}
	return end
}

// Keys are the calendar's own.
func (*daysPanel) Keys() []panel.Binding {
	return append([]panel.Binding{
		{Key: "h j k l", Help: "another day, week"}, {Key: "pgdn pgup", Help: "another month"},
		{Key: "v", Help: "begin a range of days"}, {Key: "enter", Help: "show, restore the day"},
	}, roomKeys...)
}
