package overlay

import (
	"errors"
	"strings"

	"weir/tui/panel"
)

// tabNames are what tab may be told.
var tabNames = []string{"overview", "explore", "alerts", "archive"}

func showTab(argument string, _ *panel.Frame) (panel.Action, error) {
	for _, name := range tabNames {
		if strings.EqualFold(name, argument) {
			return panel.ShowTab{Name: argument}, nil
		}
	}
	return nil, errors.New("there are " + strings.Join(tabNames, ", "))
}

func save(argument string, _ *panel.Frame) (panel.Action, error) {
	if argument == "" {
		return nil, errors.New("name a file, like morning.session")
	}
	return panel.Save{Path: argument}, nil
}

// tell returns what hands a verb's argument to the Explore tab.
func tell(verb string) func(string, *panel.Frame) (panel.Action, error) {
	return func(argument string, _ *panel.Frame) (panel.Action, error) {
		if argument == "" {
			return nil, errors.New("say what to " + verb)
		}
		return panel.Tell{Verb: verb, Argument: argument}, nil
	}
}
