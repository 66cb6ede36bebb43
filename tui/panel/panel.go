// Package panel holds the boxes of the screen, one a file, and Frame, the
// picture of the moment they draw. A panel paints on a clipped canvas and knows
// nothing of the terminal; what a key means to it comes back as an Action.
package panel

import (
	"time"

	"weir/ingest"
	"weir/stats"
	"weir/tui/paint"
	"weir/tui/theme"
)

// Frame is everything a panel may look at. Nobody changes it while it is drawn.
type Frame struct {
	*ingest.Moment

	Files    []string                  // the inputs, as the user named them
	Demo     bool                      // the inputs are generated
	Location *time.Location            // of every time shown
	Label    func(agent string) string // the short name of a User-Agent
	Theme    string                    // name of the theme
	Chips    []Chip                    // the filters in force
	Wanted   string                    // all of them as one expression
	Compare  bool                      // rankings show the change against Moment.Before
	Range    *Range                    // what the user chooses on the graph, nil while nothing
	Find     string                    // the panel being drawn shows only rows that hold this

	Acknowledged map[string]bool // alerts that someone has seen, by AlertID

	Bare    bool          // the screen has no room for the header
	Focused bool          // keys go to the panel being drawn
	Paused  bool          // the user stopped the picture
	Missed  int64         // lines read since then
	Travel  bool          // the user went back in time
	Shelved bool          // the archive has lines of the window that are not restored
	Stale   time.Duration // how long overdue the picture is; 0 while it is not
	Refresh time.Duration
}

// Empty is the Moment before the first one.
func Empty() *ingest.Moment {
	nothing := stats.NewSummary(1)
	return &ingest.Moment{Window: nothing, Before: nothing, Step: 1, Total: ingest.Totals{Backlog: 1}}
}

// Panel is one box. It never blocks and does no I/O. It may keep what the user
// did to it (selection, sorting) and what is costly to compute again.
type Panel interface {
	// Title stands at the left of the top border.
	Title(f *Frame) string
	// Head draws on the rest of the top border, on a canvas of one row whose
	// columns are those of Draw's; columns before from are taken by the title.
	Head(c paint.Canvas, from int, f *Frame)
	// Draw paints the inside.
	Draw(c paint.Canvas, f *Frame)
	// Key answers a key; false means that the key is not the panel's.
	Key(key string, f *Frame) (Action, bool)
	// Keys are the keys that only this panel has, for the help.
	Keys() []Binding
}

// Binding is a key and what it does, for the help.
type Binding struct{ Key, Help string }

// Action is what a panel wants done: one of the types below, or nil for nothing more.
type Action interface{ action() }

// Copy puts a text on the clipboard.
type Copy struct{ Text string }

func (Copy) action() {}

// Spec is a panel's place in the table: its name for layouts, and how to make it.
type Spec struct {
	Name string
	New  func() Panel
}

// Panels lists every panel, in the order the focus visits them. To add one,
// write one file and add one line.
var Panels = []Spec{
	{"traffic", newTraffic},
	{"alerts", newAlerts},
	{"sections", newSections},
	{"status", newStatus},
	{"latency", newLatency},
	{"urls", newURLs},
	{"clients", newClients},
	{"agents", newAgents},
	{"hosts", newHosts},
	{"lines", newLines},
	{"sources", newSources},
	{"history", newHistory},
	{"rules", newRules},
}

// Border is how a panel is set off from its neighbours.
type Border uint8

// The borders.
const (
	Full Border = iota // a box
	Rule               // a line above: where rows are few
	Bare               // nothing, and no title
)

// Paint draws a panel with its border.
func Paint(c paint.Canvas, p Panel, f *Frame, border Border) {
	if c.Empty() {
		return
	}
	line, title := theme.Faint, theme.Title
	if f.Focused {
		line, title = theme.Accent, theme.Accent
	}
	var head, inside paint.Canvas
	switch {
	case border == Bare || c.H() == 1:
		p.Draw(c, f)
		return
	case border == Rule || c.W() < 4 || c.H() < 3:
		c.HLine(0, 0, c.W(), line)
		head, inside = c.Row(0), c.Sub(0, 1, c.W(), c.H()-1)
	default:
		inside = c.Box(line)
		head = c.Sub(1, 0, c.W()-2, 1)
	}
	name := p.Title(f)
	head.Text(0, 0, " ", line)
	end := head.Text(1, 0, name, title)
	end = head.Text(end, 0, " ", line)
	p.Head(head, end+1, f)
	p.Draw(inside, f)
}

// heading draws a column's title over the border; between two of them the
// border is left out. It returns the column after the title.
func heading(head paint.Canvas, drawn, at int, title string, s paint.Style, first bool) int {
	if first {
		drawn = at - 1
	}
	for x := drawn; x < at; x++ {
		head.Set(x, 0, ' ', s)
	}
	end := head.Text(at, 0, title, s)
	head.Set(end, 0, ' ', s)
	return end
}

// note draws a text at the right of a panel's head, where it fits; it returns
// the column it begins at.
func note(head paint.Canvas, from, upTo int, text string) int {
	w := head.Width(text)
	if at := upTo - w - 2; at >= from {
		head.Text(at, 0, " ", theme.Dim)
		end := head.Text(at+1, 0, text, theme.Dim)
		head.Text(end, 0, " ", theme.Dim)
		return at
	}
	return upTo
}

// SetThreshold changes the threshold of the traffic alert.
type SetThreshold struct{ PerSecond float64 }

func (SetThreshold) action() {}
