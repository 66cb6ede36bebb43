package tui

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/tui/panel"
)

// ruled is the site of firing under rules, of which one fires for a section
// beside the traffic alert and one did before.
func ruled() scene {
	s := firing()
	s.rules = []string{
		"errors: errors() > 5% over 2m clear 2% min 50 severity critical",
		"slow: p95(duration) > 150ms per section over 1m min 20 for 10s",
		"surge: change(rate()) > +150% over 1m",
		"budget: burn(slo 99%)",
		"quiet: no data(status == 503) for 5m no data hold",
	}
	return s
}

func TestRulesAreShownWithWhatTheyMeasure(t *testing.T) {
	ruled().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range sizes {
			m := open(cfg, pump, size[0], size[1])
			press(m, "3")
			golden(t, fmt.Sprintf("rules-%dx%d", size[0], size[1]), plain(m))
		}
	})
}

// A row has no room for the text of most rules: the selected one's stands below it.
func TestTheSelectedRuleIsReadWhole(t *testing.T) {
	s := ruled()
	long := "long: ratio(status >= 500 and section == \"/search\", section == \"/search\") > 15% over 1m clear 10% min 50 severity warning for 10s"
	s.rules = append(s.rules, long)
	s.run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			m := open(cfg, pump, size[0], size[1])
			press(m, "3", "shift+tab", "G")
			text := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "▌", " ").Replace(plain(m))), " ")
			if want := strings.TrimPrefix(long, "long: "); strings.Count(text, want) != 1 {
				t.Errorf("%v: %q is not there once:\n%s", size, want, plain(m))
			}
			if size[0] == 80 {
				golden(t, "rules-selected-80x24", plain(m))
			}
			press(m, "g")
			if text := plain(m); strings.Contains(text, "severity warning") {
				t.Errorf("%v: it stands there while another is selected:\n%s", size, text)
			}
		}
	})
}

// The list has no room for the text of most alerts: opened, an alert has it.
func TestAnOpenedAlertIsReadWhole(t *testing.T) {
	ruled().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 60, 24)
		press(m, "3", "G")
		const want = "slow of section /login fired: p95(duration) 242 ms above 150 ms over 1m"
		whole := func() bool { return strings.Contains(strings.Join(strings.Fields(plain(m)), " "), want) }
		if whole() {
			t.Fatalf("the list has room for it:\n%s", plain(m))
		}
		if press(m, "enter"); !whole() {
			t.Errorf("no %q:\n%s", want, plain(m))
		}
	})
}

func TestAnAlertIsOpenedAndAcknowledged(t *testing.T) {
	ruled().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		m := open(cfg, pump, 80, 24)
		press(m, "3", "enter")
		golden(t, "rules-open-80x24", plain(m))
		press(m, "esc")
		for range len(m.frame.Alerts) { // whatever fires
			press(m, "a", "j")
		}
		press(m, "1")
		has(t, m, "acknowledged")
		golden(t, "rules-acknowledged-80x24", plain(m))
		press(m, "3", "g")
		press(m, "a")
		press(m, "1")
		lacks(t, m, "· acknowledged")
	})
}

func TestWhyTheLastAlertFiredIsOneKeyAwayAlsoOnceItIsOver(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range append([][2]int{{40, 10}}, sizes[1:]...) {
			m := open(cfg, pump, size[0], size[1])
			press(m, "3")
			has(t, m, "✓", "fired ", "why ", "/search", " ~+216/s")
			press(m, "enter")
			if size[0] >= 60 {
				has(t, m, "lines ", "3 clients", "203.0.113.8 - - [")
			}
		}
	})
}

func TestSessionsKeepWhatSomeoneHasSeenAndTheThreshold(t *testing.T) {
	ruled().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		t.Chdir(t.TempDir())
		m := open(cfg, pump, 80, 24)
		press(m, ":")
		press(m, append(typed("threshold 410"), "enter")...)
		press(m, "3", "a", "j", "j", "a") // two of them
		seen := m.frame.Acknowledged
		run(m, m.save("morning.session"))
		text, err := os.ReadFile("morning.session")
		if err != nil {
			t.Fatal(err)
		}
		again := open(cfg, pump, 80, 24)
		again.cfg.Play = strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
		again.play()
		if diff := cmp.Diff(seen, again.frame.Acknowledged); diff != "" || len(seen) != 2 {
			t.Errorf("%s\n%s", diff, text)
		}
		if again.limit != 410 {
			t.Errorf("threshold %g\n%s", again.limit, text)
		}
		lacks(t, again, "session:")
		m = open(cfg, pump, 80, 24)
		press(m, ":")
		press(m, append(typed("acknowledge"), "enter")...)
		if has(t, m, "acknowledged"); !m.frame.Acknowledged[panel.AlertID(&m.frame.Firing[0])] {
			t.Errorf("%v is acknowledged, want the newest that fires", m.frame.Acknowledged)
		}
	})
}

func TestASessionSavedOnAnyTabComesBackToIt(t *testing.T) {
	for _, want := range tabs {
		m, _ := stilled(80, 24)
		m.show(want.name)
		again, _ := stilled(80, 24)
		again.cfg.Play = strings.Split(strings.TrimSpace(string(m.session())), "\n")[1:]
		again.play()
		if again.tab != want.name {
			t.Errorf("on %s, want %s: %s", again.tab, want.name, again.notice)
		}
	}
}
