package tui

import (
	"maps"
	"slices"
	"strings"

	"weir/tui/explore"
	"weir/tui/overlay"
	"weir/tui/panel"
	"weir/tui/vault"
)

// action is what a key does to the whole screen.
type action uint8

const (
	quit action = iota
	back
	help
	showTab
	tabBefore
	tabAfter
	focusNext
	focusBefore
	move // by the panel in focus
	drill
	widen
	widenAll
	compare
	mark
	seek
	command
	errorsOnly
	nextError
	export
	archiveNow
	restoreDays
	cleanRestored
	dayEarlier
	pause
	windowShorter
	windowLonger
	timeBack
	timeForward
	timeLive
	zoom
	editThreshold
	nextTheme
	faster
	slower
	mouse
	suspend
)

// Key is one line of the key map.
type Key struct {
	Keys  []string // as Bubble Tea names them
	Shown string   // as the help writes them
	Help  string   // what they do
	Short string   // the same in the bar at the bottom; "" is not shown there
	Group string   // the help's heading
	rank  int      // in the bar the first to appear has 1, 0 never does
	do    action
}

// Keys is the key map: what the keys do wherever no panel or dialog takes
// them first. The help is made from it.
var Keys = []Key{
	{[]string{"1", "2", "3", "7"}, "1 2 3 7", "go to a tab", "", "Places", 0, showTab},
	{[]string{"["}, "[", "the tab before", "", "Places", 0, tabBefore},
	{[]string{"]"}, "]", "the next tab", "", "Places", 0, tabAfter},
	{[]string{"tab"}, "tab", "focus the next panel", "focus", "Places", 3, focusNext},
	{[]string{"shift+tab"}, "shift+tab", "focus the panel before", "", "Places", 0, focusBefore},
	{[]string{"z"}, "z", "zoom the focused panel", "zoom", "Places", 9, zoom},
	{[]string{"esc"}, "esc", "one level back, always", "", "Places", 0, back},

	{[]string{"j", "k", "down", "up"}, "j k ↓ ↑", "move in the panel", "", "In a panel", 0, move},
	{[]string{"ctrl+d", "ctrl+u"}, "ctrl+d ctrl+u", "half a page down, up", "", "In a panel", 0, move},
	{[]string{"pgdown", "pgup"}, "pgdn pgup", "a page down, up", "", "In a panel", 0, move},
	{[]string{"g", "G"}, "g G", "to the first, last row", "", "In a panel", 0, move},
	{[]string{"e", "E"}, "e E", "next, previous error", "", "In a panel", 0, nextError},
	{[]string{"o"}, "o", "export what is shown", "", "In a panel", 0, export},

	{[]string{"enter"}, "enter", "only the selected row", "filter", "Filter", 4, drill},
	{[]string{"/"}, "/", "find rows as you type", "search", "Filter", 5, seek},
	{[]string{":", "F"}, ": F", "command or expression", "command", "Filter", 6, command},
	{[]string{"x"}, "x", "5xx of five minutes", "", "Filter", 0, errorsOnly},
	{[]string{"backspace"}, "backspace", "remove the last filter", "", "Filter", 0, widen},
	{[]string{`\`}, `\`, "remove all filters", "", "Filter", 0, widenAll},

	{[]string{" "}, "space", "pause, resume", "pause", "Time", 7, pause},
	{[]string{"h", "left"}, "h ←", "back by one window", "", "Time", 0, timeBack},
	{[]string{"l", "right"}, "l →", "forward again", "", "Time", 0, timeForward},
	{[]string{"L", "end"}, "L end", "back to live", "", "Time", 0, timeLive},
	{[]string{"B"}, "B", "a day back, by hours", "", "Time", 0, dayEarlier},
	{[]string{"c"}, "c", "compare with earlier", "", "Time", 0, compare},
	{[]string{"v"}, "v", "choose a range to zoom", "", "Time", 0, mark},
	{[]string{"w"}, "w", "shorter window", "", "Time", 0, windowShorter},
	{[]string{"W"}, "W", "longer window", "window", "Time", 8, windowLonger},

	{[]string{"A"}, "A", "archive complete files", "", "Archive", 0, archiveNow},
	{[]string{"R"}, "R", "restore days", "", "Archive", 0, restoreDays},
	{[]string{"C"}, "C", "delete restored files", "", "Archive", 0, cleanRestored},

	{[]string{"T"}, "T", "traffic threshold", "threshold", "Settings", 10, editThreshold},
	{[]string{"t"}, "t", "next theme", "theme", "Settings", 11, nextTheme},
	{[]string{"+", "="}, "+", "refresh faster", "", "Settings", 0, faster},
	{[]string{"-"}, "-", "refresh slower", "", "Settings", 0, slower},
	{[]string{"m"}, "m", "mouse off, on", "", "Settings", 0, mouse},
	{[]string{"?", "f1"}, "? F1", "this help", "help", "Settings", 1, help},
	{[]string{"q"}, "q", "close, at the top quit", "quit", "Settings", 2, quit},
	{[]string{"ctrl+c"}, "ctrl+c", "quit", "", "Settings", 0, quit},
	{[]string{"ctrl+z"}, "ctrl+z", "stop; fg comes back", "", "Settings", 0, suspend},
}

// alertKeys are the keys that matter on the Alerts tab, for the bar.
var alertKeys = []Key{
	{Shown: "?", Short: "help", rank: 1},
	{Shown: "q", Short: "quit", rank: 2},
	{Shown: "enter", Short: "open", rank: 3},
	{Shown: "a", Short: "seen", rank: 4},
	{Shown: "T", Short: "threshold", rank: 5},
	{Shown: "tab", Short: "focus", rank: 6},
	{Shown: "y", Short: "copy", rank: 7},
	{Shown: "z", Short: "zoom", rank: 8},
	{Shown: "space", Short: "pause", rank: 9},
}

// lookup returns what a key does.
func lookup(key string) (action, bool) {
	for i := range Keys {
		if slices.Contains(Keys[i].Keys, key) {
			return Keys[i].do, true
		}
	}
	return 0, false
}

// Sheet is every key there is: the key map by group, and the keys that only
// some panels know by the titles of those.
func Sheet() []overlay.Group {
	var all []panel.Panel
	for _, spec := range panel.Panels {
		all = append(all, spec.New())
	}
	all = append(all, explore.New(nil))
	rooms := vault.New(nil).Panels()
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		all = append(all, rooms[name])
	}
	return helpGroups(all, &panel.Frame{Moment: panel.Empty()})
}

// helpGroups is the help: the key map by group, and after it the keys of the
// panels on the screen.
func helpGroups(panels []panel.Panel, f *panel.Frame) []overlay.Group {
	var groups []overlay.Group
	for i := range Keys {
		k := &Keys[i]
		if len(groups) == 0 || groups[len(groups)-1].Title != k.Group {
			groups = append(groups, overlay.Group{Title: k.Group})
		}
		g := &groups[len(groups)-1]
		g.Keys = append(g.Keys, panel.Binding{Key: k.Shown, Help: k.Help})
	}
	var seen []string
	for _, p := range panels {
		var sheet []string
		for _, b := range p.Keys() {
			sheet = append(sheet, b.Key+b.Help)
		}
		id := strings.Join(sheet, "|")
		if at := slices.Index(seen, id); at >= 0 && id != "" {
			groups[len(groups)-len(seen)+at].Title += ", " + p.Title(f)
		} else if id != "" {
			seen = append(seen, id)
			groups = append(groups, overlay.Group{Title: p.Title(f), Keys: p.Keys()})
		}
	}
	return groups
}
