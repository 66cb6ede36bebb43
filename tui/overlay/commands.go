package overlay

import (
	"errors"
	"slices"
	"strings"
	"time"

	"weir/duration"
	"weir/tui/panel"
	"weir/tui/theme"
)

// command is a word that is no filter.
type command struct {
	name, example, help string
	words               []string // all that may follow, where they are few
	run                 func(argument string, f *panel.Frame) (panel.Action, error)
}

// commands are what can be typed beside filters. To add one, add a line.
var commands = []command{
	{"window", "5m", "length of the window: window 5m", nil, setWindow},
	{"goto", "14:02", "to a time: goto 14:02, goto 2026-10-01 14:02, goto -10m", nil, goTo},
	{"live", "", "back to now", nil, func(string, *panel.Frame) (panel.Action, error) { return panel.GoTo{}, nil }},
	{"threshold", "200", "requests per second above which the alert fires", nil, setThreshold},
	{"acknowledge", "", "the alert that fires: someone has seen it", nil, func(argument string, f *panel.Frame) (panel.Action, error) {
		return f.Acknowledging(argument)
	}},
	{"compare", "yesterday", "with an earlier window: before, yesterday, week or off", comparisons(), compare},
	{"theme", "light", "colours: theme light", theme.Names(), setTheme},
	{"tab", "explore", "to a tab: tab explore", tabNames, showTab},
	{"search", "timeout", "in Explore the next line with a text, or that matches", nil, tell("search")},
	{"sort", "duration", "in Explore: sort duration, sort path rising everything", nil, tell("sort")},
	{"count", "client", "in Explore the values of a column: count client everything", nil, tell("count")},
	{"save", "FILE", "filters, moment and tab as a session, for weir play FILE", nil, save},
	{"quit", "", "leave", nil, func(string, *panel.Frame) (panel.Action, error) { return panel.Quit{}, nil }},
}

func commandNames() (names []string) {
	for i := range commands {
		names = append(names, commands[i].name)
	}
	return names
}

func find(name string) *command {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name || name == "q" && c.name == "quit" })
	if i < 0 {
		return nil
	}
	return &commands[i]
}

// longestWindow is what stays in memory for sure.
const longestWindow = 7 * 24 * time.Hour

func setWindow(argument string, _ *panel.Frame) (panel.Action, error) {
	span, err := duration.Parse(argument)
	if err != nil || span < time.Second || span > longestWindow {
		return nil, errors.New("write a length from 1s to 7d, like 30s, 5m or 1h")
	}
	return panel.SetWindow{Span: span.Truncate(time.Second)}, nil
}

func setThreshold(argument string, _ *panel.Frame) (panel.Action, error) {
	v, err := threshold(argument)
	return panel.SetThreshold{PerSecond: v}, err
}

const noComparison = "off"

func comparisons() []string {
	var words []string
	for _, c := range panel.Comparisons {
		words = append(words, c.Word)
	}
	return append(words, noComparison)
}

func compare(argument string, _ *panel.Frame) (panel.Action, error) {
	for _, c := range panel.Comparisons {
		if c.Word == argument {
			return panel.Compare{On: true, Ago: c.Ago}, nil
		}
	}
	if argument == noComparison {
		return panel.Compare{}, nil
	}
	return nil, errors.New("there are " + strings.Join(comparisons(), ", "))
}

func setTheme(argument string, _ *panel.Frame) (panel.Action, error) {
	if !slices.Contains(theme.Names(), argument) {
		return nil, errors.New("there are " + strings.Join(theme.Names(), ", "))
	}
	return panel.SetTheme{Name: argument}, nil
}

// goTo reads a moment: of the day, of a day, or so long ago. A time of day is
// the last one of that time before now, or on the day at which a log ends that
// is older.
func goTo(argument string, f *panel.Frame) (panel.Action, error) {
	if ago, ok := strings.CutPrefix(argument, "-"); ok {
		if d, err := duration.Parse(ago); err == nil && d > 0 {
			return goToTime(f.Now.Add(-d)), nil
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		t, err := time.Parse(layout, argument)
		if err != nil {
			continue
		}
		day := f.Now.In(f.Location)
		if end := time.Unix(f.At, 0); f.At != 0 && f.Now.Sub(end) > 24*time.Hour {
			day = end.In(f.Location)
		}
		at := time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), 0, f.Location)
		if at.After(f.Now) {
			at = time.Date(day.Year(), day.Month(), day.Day()-1, t.Hour(), t.Minute(), t.Second(), 0, f.Location)
		}
		return panel.GoTo{At: at.Unix()}, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, argument, f.Location); err == nil {
			if t.After(f.Now) {
				return nil, errors.New("that is in the future")
			}
			return goToTime(t), nil
		}
	}
	return nil, errors.New("write a time like 14:02, 2026-10-01 14:02 or -10m")
}

// goToTime goes there. At zero would be now.
func goToTime(t time.Time) panel.Action { return panel.GoTo{At: max(t.Unix(), 1)} }
