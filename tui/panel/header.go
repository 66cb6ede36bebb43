package panel

import (
	"math"
	"path/filepath"
	"strconv"
	"time"

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
	if f.Compare && !f.Bare {
		window += " vs " + f.against(window)
	}
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
	switch {
	case f.Demo:
		names = []string{"demo"}
	case len(names) < 2 && len(f.Sources) > len(names): // a directory or a glob
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
