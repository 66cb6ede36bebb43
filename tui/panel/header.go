package panel

import (
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/tui/paint"
	"weir/tui/theme"
)

// Header is the first row of the screen: what is read, which time the numbers
// are of, and the clock.
func Header(c paint.Canvas, f *Frame) {
	w := c.W()
	clock := f.Now.In(f.Location).Format("15:04:05 MST")
	if f.Now.IsZero() {
		clock = ""
	}
	right := c.Right(w-1, 0, clock, theme.Dim)
	if w < 64 {
		right = w - 1
		c.Row(0).Fill(' ', theme.Text)
	}
	text, style := f.when()
	gap := 3
	if right == w-1 {
		gap = 0
	}
	right = c.Right(right-gap, 0, text, style)
	x := c.Text(1, 0, "weir", theme.Accent)
	files(c.Sub(x, 0, max(right-x-2, 0), 1), f)
}

// when says which time the numbers are of.
func (f *Frame) when() (string, paint.Style) {
	window := Span(f.Span)
	switch {
	case f.Seq == 0:
		return "starting", theme.Dim
	case f.Paused:
		return " PAUSED +" + Signed(f.Missed) + " ", theme.Away
	case f.Stale > 0:
		return " STALE " + ago(f.Stale) + " ", theme.Away
	case f.Total.Backlog < 1 && !f.Travel:
		return "reading " + strconv.FormatFloat(math.Floor(100*f.Total.Backlog), 'f', 0, 64) + " %", theme.Warn
	case f.waiting() && !f.Travel:
		return "waiting", theme.Warn
	case f.Live:
		return "LIVE · last " + window, theme.Good
	}
	at := time.Unix(f.At, 0)
	text := f.clock(at) + "  −" + ago(f.Now.Sub(at))
	if f.Travel {
		return " " + text + " · " + window + " ", theme.Away
	}
	return "log ends " + text + " · " + window, theme.Warn
}

// waiting reports whether no input has a line to give yet.
func (f *Frame) waiting() bool {
	for i := range f.Sources {
		switch f.Sources[i].State {
		case event.Reading, event.Live, event.Rotated, event.Done:
			return false
		case event.Waiting, event.Empty, event.Gone, event.Unreadable:
		}
	}
	return len(f.Sources) > 0
}

// files names the inputs, as many as there is room for, and counts the rest.
func files(c paint.Canvas, f *Frame) {
	names := f.Files
	if f.Demo {
		names = []string{"demo"}
	}
	if len(names) < 2 && len(f.Sources) > len(names) { // a directory or a glob
		names = nil
		for i := range f.Sources {
			names = append(names, f.Sources[i].Path)
		}
	}
	x := 0
	for i, path := range names {
		name := filepath.Base(path)
		if path == "-" {
			name = "standard input"
		}
		more := ""
		if rest := len(names) - i - 1; rest > 0 {
			more = "  +" + strconv.Itoa(rest)
		}
		room := c.W() - x - 2 - len(more)
		if i > 0 && c.Width(name) > room {
			c.Text(x, 0, "  +"+strconv.Itoa(len(names)-i), theme.Dim)
			return
		}
		c.Fit(x+2, 0, room, name, paint.CutMiddle, f.nameStyle(path))
		x += 2 + min(c.Width(name), max(room, 0))
	}
}

// nameStyle shows which input is in trouble.
func (f *Frame) nameStyle(path string) paint.Style {
	for i := range f.Sources {
		if s := &f.Sources[i]; s.Path == path {
			switch s.State {
			case event.Unreadable:
				return theme.Bad
			case event.Waiting, event.Gone:
				return theme.Warn
			case event.Empty, event.Reading, event.Live, event.Rotated, event.Done:
			}
		}
	}
	return theme.Text
}

// segment is one group of numbers of the status line.
type segment struct {
	rank  int // the first to appear has 0
	width int
	draw  func(c paint.Canvas)
}

// Status is the row of numbers that says whether anything is wrong.
func Status(c paint.Canvas, f *Frame) {
	w := c.W()
	gap := 3
	if w < 110 {
		gap = 2
	}
	var segments []segment
	addText := func(rank int, draw func(c paint.Canvas) int) {
		// Drawn once on nothing to know how wide it is.
		segments = append(segments, segment{rank, draw(paint.Canvas{}), func(c paint.Canvas) { draw(c) }})
	}
	sparks := min(max((w-60)/6, 0), 6+max(w-140, 0)/10)
	if w < 60 {
		sparks = 5
	}
	addText(0, func(c paint.Canvas) int { return f.drawRate(c, 0, w) })
	if state, style := f.when(); f.Bare && (f.Paused || f.Travel || f.Stale > 0 || f.Total.Backlog < 1) {
		if w < 40 {
			state, _, _ = strings.Cut(strings.TrimSpace(state), " ")
		}
		addText(1, func(c paint.Canvas) int { return pair(c, "", state, style) })
	}
	if w >= 40 {
		addText(4, func(c paint.Canvas) int { return f.drawSpark(c, sparks, hitsOf, 0, theme.Graph) })
	}
	if f.Window.Sized > 0 && w >= 40 {
		addText(6, func(c paint.Canvas) int {
			return pair(c, "", byteSize(float64(f.Window.Bytes)/max(f.Window.Seconds(), 1))+"/s", theme.Text)
		})
	}
	if f.Window.Hits > 0 {
		style := theme.Text
		if f.Window.ErrorRatio() >= 0.01 {
			style = theme.Class5 | theme.Bold
		}
		addText(2, func(c paint.Canvas) int { return pair(c, "5xx", percent(f.Window.ErrorRatio())+" %", style) })
		if w >= 110 {
			addText(8, func(c paint.Canvas) int { return f.drawSpark(c, sparks, errorsOf, 0.01, theme.Class5) })
		}
	}
	if f.Window.Durations.Count() > 0 {
		addText(7, func(c paint.Canvas) int { return pair(c, "p50", seconds(f.Window.Quantile(.5)), theme.Text) })
		addText(3, func(c paint.Canvas) int { return pair(c, "p99", seconds(f.Window.Quantile(.99)), theme.Text) })
	}
	if n := f.Window.Clients.Count(); n > 0 {
		addText(5, func(c paint.Canvas) int {
			return pair(c, "clients", count(n, !f.Window.Clients.Exact(), 9), theme.Text)
		})
	}
	alerts := segment{1, f.drawAlerts(paint.Canvas{}, 0, w), nil}

	room := w - 2
	if firing, _ := f.firing(); len(firing) > 0 {
		room -= alerts.width
	}
	shown := make([]bool, len(segments))
	for rank := range 9 {
		for i, s := range segments {
			if s.rank == rank {
				if room < s.width+gap && rank > 0 {
					continue
				}
				room -= s.width + gap
				shown[i] = true
			}
		}
	}
	x := 1
	for i, s := range segments {
		if !shown[i] {
			continue
		}
		if s.rank == 4 || s.rank == 8 { // a sparkline belongs to the number before
			x -= gap - 1
		}
		s.draw(c.Sub(x, 0, min(s.width, w-x), 1))
		x += s.width + gap
	}
	if alerts.width > 0 && w-1-alerts.width >= min(x, 12) && (len(f.Firing)+len(f.Pending) > 0 || w-1-alerts.width >= x) {
		f.drawAlerts(c.Sub(w-1-alerts.width, 0, alerts.width, 1), 0, w)
	}
}

// pair draws a label and a number and returns how wide they are.
func pair(c paint.Canvas, label, value string, style paint.Style) int {
	x := 0
	if label != "" {
		c.Text(0, 0, label, theme.Dim)
		x = len(label) + 1
	}
	c.Text(x, 0, value, style)
	return x + c.Width(value)
}

func (f *Frame) drawRate(c paint.Canvas, x, w int) int {
	glyph, style := c.Glyphs().Dot, theme.Good
	switch firing, _ := f.firing(); {
	case f.Paused:
		glyph, style = c.Glyphs().Paused, theme.Warn
	case len(firing) > 0:
		glyph, style = c.Glyphs().Bad, theme.Bad
	case f.Window.Hits == 0:
		style = theme.Faint
	}
	c.Set(x, 0, glyph, style)
	number, unit := rate(f.Window.Rate()), " req/s"
	if w < 40 {
		unit = "/s"
	}
	c.Text(x+2, 0, number, theme.Text|theme.Bold)
	c.Text(x+2+len(number), 0, unit, theme.Dim)
	return x + 2 + len(number) + len(unit)
}

func hitsOf(s *slice) float64 { return float64(s.Hits) / s.seconds() }

func errorsOf(s *slice) float64 { return float64(s.Classes[5]) / float64(max(s.Hits, 1)) }

// drawSpark draws the newest slices of the graph; top is the least value of the full height.
func (f *Frame) drawSpark(c paint.Canvas, n int, value func(*slice) float64, top float64, style paint.Style) int {
	if n <= 0 {
		return 0
	}
	all, length := f.slices(4 * n)
	if last := len(all) - 1; last >= 0 && 2*int64(all[last].seconds()) < length {
		all = all[:last] // too short to say anything
	}
	values := make([]float64, n)
	for i := range values {
		if at := len(all) - n + i; at >= 0 {
			values[i] = value(&all[at])
			top = max(top, values[i])
		}
	}
	c.Spark(0, 0, values, top, style, theme.Faint)
	return n
}

// drawAlerts says how many alerts fire and how many are past.
func (f *Frame) drawAlerts(c paint.Canvas, x, w int) int {
	firing, _ := f.firing()
	past := 0
	for i := range f.Alerts {
		if f.Alerts[i].State == alert.Firing && !isFiring(f.Firing, &f.Alerts[i]) {
			past++
		}
	}
	if w < 40 {
		if len(firing) == 0 {
			return x
		}
		text := strconv.Itoa(len(firing))
		c.Set(x, 0, c.Glyphs().Bad, theme.Bad)
		c.Text(x+1, 0, text, theme.Bad)
		return x + 1 + len(text)
	}
	if len(firing) > 0 {
		text := "ALERT " + strconv.Itoa(len(firing)) + " firing"
		c.Text(x, 0, text, theme.Bad)
		x += len(text)
		if past > 0 && w >= 100 {
			text = " · " + strconv.Itoa(past) + " past"
			c.Text(x, 0, text, theme.Dim)
			x += c.Width(text)
		}
		return x
	}
	text := "no alert"
	if past > 0 {
		text = "alerts " + strconv.Itoa(past) + " past"
	}
	c.Text(x, 0, text, theme.Dim)
	return x + len(text)
}

// BannerRows is how many rows Banner needs where h rows are left for everything:
// none before the first alert.
func BannerRows(f *Frame, w, h int) int {
	firing, _ := f.firing()
	switch {
	case len(firing) > 0 && h >= 16:
		return 2
	case len(firing) > 0:
		return 1
	case len(f.Alerts) > 0 && h >= 16:
		return 1
	}
	return 0
}

// Banner shows the alert that fires and why, or the last one that did.
func Banner(c paint.Canvas, f *Frame) {
	if c.Empty() {
		return
	}
	firing, pending := f.firing()
	if len(firing) == 0 {
		if len(f.Alerts) == 0 {
			return
		}
		last := &f.Alerts[0]
		sign(c, 1, 0, last.State)
		text := f.oneLine(last, c.W()-4)
		if took := lasted(last); took != "" && len(text)+8+len(took) <= c.W()-4 {
			text += ", after " + took
		}
		c.Fit(3, 0, c.W()-4, text, paint.CutEnd, theme.Dim)
		return
	}
	change := &firing[0]
	row := c.Row(0)
	row.Fill(' ', theme.Banner)
	row.Set(1, 0, c.Glyphs().Bad, theme.Banner)
	row.Fit(3, 0, c.W()-4, f.oneLine(change, c.W()-4), paint.CutEnd, theme.Banner)
	if c.H() < 2 {
		return
	}
	clues := f.why(change, 4)
	x := c.Text(3, 1, "why", theme.Dim) + 1
	if len(clues) == 0 {
		text := "nothing stands out: every section, client and status rose alike"
		if pending {
			text = "as soon as these seconds are complete"
		}
		c.Fit(x, 1, c.W()-x-1, text, paint.CutEnd, theme.Text)
		return
	}
	for i, clue := range clues {
		amount := clue.rise
		if i == 0 {
			amount = clue.amount()
		}
		need := c.Width(clue.text) + 1 + len(amount)
		if i > 0 {
			if x+3+need > c.W()-1 {
				break
			}
			x = c.Text(x, 1, " · ", theme.Faint)
		}
		room := max(c.W()-1-x-1-len(amount), 8)
		c.Fit(x, 1, room, clue.text, paint.CutMiddle, theme.Text|theme.Bold)
		x += min(room, c.Width(clue.text))
		x = c.Text(x+1, 1, amount, theme.Dim)
	}
}

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
