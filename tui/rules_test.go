package tui

import (
	"fmt"
	"testing"

	"weir/ingest"
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
		for _, size := range sizes[1:] {
			m := open(cfg, pump, size[0], size[1])
			press(m, "3")
			has(t, m, "✓", "fired ", "why ", "/search", "3 clients")
			press(m, "enter")
			has(t, m, "lines ", "203.0.113.8 - - [")
		}
	})
}
