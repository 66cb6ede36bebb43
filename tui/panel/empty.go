package panel

import (
	"time"

	"weir/ingest/event"
	"weir/tui/paint"
	"weir/tui/theme"
)

// silence says why there is nothing to see in the window, as a headline and
// what is known beyond it. It is empty when there are requests.
func (f *Frame) silence() (headline string, more []string) {
	switch {
	case f.Window.Hits > 0:
		return "", nil
	case f.Seq == 0:
		return "starting", nil
	case len(f.Sources) == 0:
		return "no log to read", []string{"name a file, a directory, a glob or - for standard input"}
	}
	for i := range f.Sources {
		if text := sourceSilence(&f.Sources[i]); text != "" {
			more = append(more, text)
		}
	}
	switch total := &f.Total; {
	case len(more) == len(f.Sources) && total.Parsed == 0:
		return more[0], more[1:]
	case total.Backlog < 1:
		return "reading what is already there: " + percent(total.Backlog) + " %", nil
	case total.Unparsed > 0 && total.Parsed == 0:
		return "none of the " + Signed(total.Unparsed) + " lines parses", append([]string{"Sources shows the first ones and where they fail; name the format with --format"}, more...)
	case f.Shelved:
		return "the " + Span(f.Span) + " before " + f.clock(time.Unix(f.At, 0)) + " are in the archive: R restores this day", nil
	case f.before():
		return "nothing is known of " + f.clock(time.Unix(f.At, 0)) + ": the log begins at " + f.clock(time.Unix(f.First, 0)), []string{"l goes forward, L back to now"}
	case f.Filter != nil && f.Filter.Err == "" && !f.Filter.Done:
		return "reading the log again for the filter", nil
	case f.Filter != nil && f.Filter.Err == "" && (f.Travel || !f.Live):
		return "no request matches in the " + Span(f.Span) + " before " + f.clock(time.Unix(f.At, 0)), f.unfiltered()
	case f.Filter != nil && f.Filter.Err == "":
		return "no request matches in the last " + Span(f.Span), f.unfiltered()
	case f.Window.Messages > 0:
		return "no requests, " + Grouped(f.Window.Messages) + " other events", append([]string{"2 shows them in Explore"}, more...)
	case f.Travel || !f.Live:
		return "no requests in the " + Span(f.Span) + " before " + f.clock(time.Unix(f.At, 0)), more
	}
	return "no requests in the last " + Span(f.Span), more
}

// unfiltered is what may be missing where nothing matches.
func (f *Frame) unfiltered() []string {
	more := []string{"backspace removes the last filter"}
	if f.Filter.Lost != "" {
		more = append([]string{f.Filter.Lost}, more...)
	}
	return more
}

// before reports whether the moment is one of which nothing is known.
func (f *Frame) before() bool {
	return f.Travel && f.Window.Hits == 0 && (f.Shelved || f.First != 0 && f.At <= f.First)
}

// brief is silence in a few words, for the smaller panels.
func (f *Frame) brief() string {
	headline, _ := f.silence()
	if headline == "" || f.Total.Parsed > 0 || len(f.Sources) == 0 {
		return headline
	}
	worst := &f.Sources[0]
	for i := range f.Sources {
		if f.Sources[i].State == event.Unreadable {
			worst = &f.Sources[i]
			break
		}
	}
	name := base(worst.Path)
	if worst.Path == "-" {
		name = "standard input"
	}
	switch worst.State {
	case event.Waiting, event.Gone:
		return "waiting for " + name
	case event.Empty:
		return name + " is empty"
	case event.Unreadable:
		return name + " is unreadable"
	case event.Done, event.Live, event.Reading, event.Rotated:
	}
	return headline
}

// sourceSilence says why nothing comes from a source, "" when it may.
func sourceSilence(s *event.Source) string {
	path := s.Path
	if path == "-" {
		path = "standard input"
	}
	switch s.State {
	case event.Waiting:
		if s.Err != "" {
			return s.Err
		}
		return "waiting for " + path + ": it is not there yet"
	case event.Gone:
		return path + " is gone: waiting for it to come back"
	case event.Empty:
		return path + " is empty: waiting for its first line"
	case event.Unreadable:
		if s.Err == "" {
			return path + " is unreadable"
		}
		return s.Err
	case event.Done:
		if s.Lines == 0 {
			return path + " ended without a line"
		}
	case event.Live, event.Reading, event.Rotated:
	}
	return ""
}

// explain draws why a panel is empty, in the middle of it.
func explain(c paint.Canvas, headline string, more ...string) {
	if c.Empty() || headline == "" {
		return
	}
	wide := min(c.W()-2, 72)
	if c.W() < 6 {
		wide = c.W()
	}
	rows := rowsOf(c, headline, wide)
	for _, m := range more {
		rows += rowsOf(c, m, wide)
	}
	y := max(0, (c.H()-rows)/2)
	at := c.Sub((c.W()-widest(c, wide, headline, more))/2, 0, wide, c.H())
	y = at.Wrap(y, headline, 0, theme.Text)
	for _, m := range more {
		y = at.Wrap(y, m, 2, theme.Dim)
	}
}

func rowsOf(c paint.Canvas, text string, w int) int { return (c.Width(text) + w - 1) / max(w, 1) }

func widest(c paint.Canvas, limit int, headline string, more []string) int {
	w := c.Width(headline)
	for _, m := range more {
		w = max(w, c.Width(m))
	}
	return min(w, limit)
}
