package panel

import (
	"math"
	"strconv"
	"strings"
	"time"

	"weir/stats"
	"weir/stats/filter"
	"weir/tui/paint"
	"weir/tui/theme"
)

// Chip is one of the filters in force: all of them must match.
type Chip struct {
	Text  string // the expression; see package filter
	Label string // the same in few words
}

// Only adds a filter.
type Only struct{ Chip }

func (Only) action() {}

// only is the filter for one key of a dimension.
func only(d stats.Dim, key, label string) Only {
	return Only{Chip{filter.Equal(d.String(), key), d.String() + " " + label}}
}

// anyOf is the filter for any of the keys of a dimension.
func anyOf(d stats.Dim, keys []string, label string) Only {
	if len(keys) == 1 {
		return only(d, keys[0], label)
	}
	list := make([]string, len(keys))
	for i, key := range keys {
		list[i] = strings.TrimPrefix(filter.Equal(d.String(), key), d.String()+" == ")
	}
	return Only{Chip{d.String() + " in [" + strings.Join(list, ", ") + "]", d.String() + " " + label}}
}

// containing is the filter for the events whose field holds a text, in whichever letters.
func containing(field, text string) Only {
	quoted := strings.TrimPrefix(filter.Equal("path", strings.ToLower(text)), "path == ")
	return Only{Chip{"lower(" + field + ") contains " + quoted, field + " ~ " + text}}
}

// Filtered reports whether the numbers are, or are about to be, not of all requests.
func (f *Frame) Filtered() bool { return len(f.Chips) > 0 || f.Filter != nil }

// Chips is the row that says which filters are in force, the newest last, and
// how far they have got.
func Chips(c paint.Canvas, f *Frame) {
	right := c.W() - 1
	text, style := f.filterState()
	if c.Width(text) > c.W()-20 {
		text, _, _ = strings.Cut(text, " · ")
	}
	if c.Width(text) > c.W()-16 && style != theme.Bad { // the chip matters more
		text = ""
		if style == theme.Warn {
			text = "…"
		}
	}
	if text != "" {
		right = c.Right(right, 0, text, style) - 2
	}
	x := 1
	if c.W() >= 60 {
		x = c.Text(x, 0, "only", theme.Dim) + 1
	}
	const least, hidden = 12, 4 // columns of a chip that is cut; of the number of those left out
	room := right - x
	first := len(f.Chips)
	for used := 0; first > 0; first-- {
		width := min(c.Width(f.Chips[first-1].Label), room/2) + 3
		if rest := first - 1; used > 0 && used+width > room-min(rest, 1)*hidden {
			break
		}
		used += width
	}
	if first > 0 {
		x = c.Text(x, 0, "+"+strconv.Itoa(first), theme.Dim) + 1
	}
	for i := first; i < len(f.Chips); i++ {
		label := f.Chips[i].Label
		width := min(c.Width(label), max(room/2, least))
		if first == len(f.Chips)-1 {
			width = min(c.Width(label), right-x-2)
		}
		width = min(width, right-x-2)
		if width <= 0 {
			return
		}
		c.Sub(x, 0, width+2, 1).Fill(' ', theme.Badge)
		c.Fit(x+1, 0, width, label, paint.CutMiddle, theme.Badge)
		x += width + 3
	}
}

// filterState says whether the numbers obey the filter already, and from when on.
func (f *Frame) filterState() (string, paint.Style) {
	state := f.Filter
	switch {
	case f.Paused:
		return "", theme.Dim
	case len(f.Chips) == 0:
		return "filter ends", theme.Warn
	case state == nil || state.Text != f.Wanted:
		return "applying", theme.Warn
	case state.Err != "":
		return "no filter · " + state.Err, theme.Bad
	case !state.Done:
		return "reading again " + strconv.FormatFloat(math.Floor(100*state.Share), 'f', 0, 64) + " %", theme.Warn
	case state.From > f.At-int64(f.Span/time.Second) && state.Gap && f.First < state.From:
		return "since " + f.clock(time.Unix(state.From, 0)) + " · earlier lines can't be read again", theme.Warn
	case state.From > f.At-int64(f.Span/time.Second):
		return "since " + f.clock(time.Unix(state.From, 0)) + " · nothing before", theme.Warn
	case state.From > 0:
		return "since " + f.clock(time.Unix(state.From, 0)), theme.Dim
	}
	return "", theme.Dim
}
