package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/ingest/event"
)

var update = flag.Bool("update", false, "write the golden files")

// pictures is where the golden files are, wherever a test goes.
var pictures, _ = filepath.Abs("testdata")

// golden compares a screen with the picture in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(pictures, name+".txt")
	if *update {
		if err := os.MkdirAll(pictures, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got); go test ./tui -update writes it\n%s", path, diff)
	}
}

func keyMsg(k string) tea.KeyMsg {
	types := map[string]tea.KeyType{
		"tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "esc": tea.KeyEsc, "enter": tea.KeyEnter, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "end": tea.KeyEnd, "home": tea.KeyHome, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
		"ctrl+c": tea.KeyCtrlC, "ctrl+d": tea.KeyCtrlD, "ctrl+u": tea.KeyCtrlU, "f1": tea.KeyF1, "backspace": tea.KeyBackspace, " ": tea.KeySpace,
	}
	if kind, ok := types[k]; ok {
		msg := tea.KeyMsg{Type: kind}
		if k == " " {
			msg.Runes = []rune{' '}
		}
		return msg
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
}

var sizes = [][2]int{{20, 5}, {60, 12}, {79, 24}, {80, 24}, {120, 40}, {200, 60}}

// firing is a site whose second surge is on; calm is one after its only surge.
func firing() scene {
	return scene{seconds: 780, site: newSite([2]int{200, 290}, [2]int{716, 900}), sources: healthy}
}
func calm() scene { return scene{seconds: 780, site: newSite([2]int{300, 400}), sources: healthy} }

func TestOverviewAndAlertsAtEverySize(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range sizes {
			m := open(cfg, pump, size[0], size[1])
			golden(t, fmt.Sprintf("overview-%dx%d", size[0], size[1]), plain(m))
			press(m, "3")
			golden(t, fmt.Sprintf("alerts-%dx%d", size[0], size[1]), plain(m))
		}
	})
}

func TestScreensOfOtherStatesAt80x24(t *testing.T) {
	source := func(state event.State, err string) []event.Source {
		return []event.Source{{Path: "/var/log/nginx/access.log", State: state, Err: err}}
	}
	untimed := newSite()
	untimed.plain = true
	for name, s := range map[string]scene{
		"calm":       calm(),
		"untimed":    {seconds: 100, site: untimed, sources: healthy},
		"no-alert":   {seconds: 100, site: newSite(), sources: healthy},
		"waiting":    {seconds: 3, sources: source(event.Waiting, "")},
		"empty":      {seconds: 3, sources: source(event.Empty, "")},
		"unreadable": {seconds: 3, sources: source(event.Unreadable, "open /var/log/nginx/access.log: permission denied: run weir as a user who may read it, or chmod the file")},
	} {
		t.Run(name, func(t *testing.T) {
			s.run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
				golden(t, "state-"+name, plain(open(cfg, pump, 80, 24)))
			})
		})
	}
}

func TestDialogsAt80x24(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 80, 24)
		press(m, "?")
		golden(t, "help", plain(m))
		press(m, "esc", "T", "backspace", "5")
		golden(t, "threshold", plain(m))
		press(m, "esc", "z")
		for _, name := range []string{"traffic", "latency", "lines", "sources", "sections"} {
			for m.focus != name {
				press(m, "tab")
			}
			golden(t, "zoomed-"+name, plain(m))
		}
		cfg.ASCII = true
		golden(t, "ascii", plain(open(cfg, pump, 80, 24)))
	})
}
