package tui

import (
	"slices"
	"strings"

	"weir/tui/overlay"
	"weir/tui/panel"
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
)

// Key is one line of the key map.
type Key struct {
	Keys  []string // as Bubble Tea names them
	Shown string   // as the help writes them
	Help  string   // what they do
	Short string   // the same in the bar at the bottom; "" is not shown there
	Group string   // the help's heading
	do    action
}

// Keys is the key map: what the keys do wherever no panel or dialog takes
// them first. The help is made from it.
var Keys = []Key{
	{[]string{"1", "3"}, "1 3", "go to a tab", "", "Places", showTab},
	{[]string{"["}, "[", "the tab before", "", "Places", tabBefore},
	{[]string{"]"}, "]", "the next tab", "", "Places", tabAfter},
	{[]string{"tab"}, "tab", "focus the next panel", "focus", "Places", focusNext},
	{[]string{"shift+tab"}, "shift+tab", "focus the panel before", "", "Places", focusBefore},
	{[]string{"z"}, "z", "zoom the focused panel to the full screen", "zoom", "Places", zoom},
	{[]string{"esc"}, "esc", "one level back, always", "", "Places", back},

	{[]string{"j", "k", "down", "up"}, "j k ↓ ↑", "move in the panel", "", "In a panel", move},
	{[]string{"ctrl+d", "ctrl+u"}, "ctrl+d ctrl+u", "half a page down, up", "", "In a panel", move},
	{[]string{"pgdown", "pgup"}, "pgdn pgup", "a page down, up", "", "In a panel", move},
	{[]string{"g", "G"}, "g G", "to the first row, to the last", "", "In a panel", move},

	{[]string{" "}, "space", "pause, resume", "pause", "Time", pause},
	{[]string{"h", "left"}, "h ←", "back in time by one window", "", "Time", timeBack},
	{[]string{"l", "right"}, "l →", "forward in time", "", "Time", timeForward},
	{[]string{"L", "end"}, "L end", "back to live", "", "Time", timeLive},
	{[]string{"w"}, "w", "shorter window", "", "Time", windowShorter},
	{[]string{"W"}, "W", "longer window", "window", "Time", windowLonger},

	{[]string{"T"}, "T", "traffic threshold", "threshold", "Settings", editThreshold},
	{[]string{"t"}, "t", "next theme", "theme", "Settings", nextTheme},
	{[]string{"+", "="}, "+", "refresh faster", "", "Settings", faster},
	{[]string{"-"}, "-", "refresh slower", "", "Settings", slower},
	{[]string{"?", "f1"}, "? F1", "this help", "help", "Settings", help},
	{[]string{"q"}, "q", "close, at the top quit", "quit", "Settings", quit},
	{[]string{"ctrl+c"}, "ctrl+c", "quit", "", "Settings", quit},
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
