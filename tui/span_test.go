package tui

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
)

func TestRangeScreens(t *testing.T) {
	firing().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range [][2]int{{60, 12}, {80, 24}, {120, 40}} {
			m := open(cfg, pump, size[0], size[1])
			press(m, "v", "H", "H", "h", "v", "H", "H", "l", "l")
			golden(t, fmt.Sprintf("range-%dx%d", size[0], size[1]), plain(m))
			press(m, "enter")
			golden(t, fmt.Sprintf("ranged-%dx%d", size[0], size[1]), plain(m))
			press(m, "L")
		}
	})
}

func TestRangeIsZoomedToAndLeftAgain(t *testing.T) {
	m, b := stilled(80, 24)
	for _, k := range []string{"v", "h", "h", "v", "h", "h", "l", "h", "enter", "h", "L", "v", "h", "enter", "esc", "v", "h", "esc", "v", "enter"} {
		m.Update(keyMsg(k))
	}
	var got []string
	for _, q := range b.queries {
		got = append(got, fmt.Sprint(q.Span, " to ", q.At, " by ", q.Step))
	}
	want := []string{
		"10s to 0 by 5",
		"10s to 1000 by 1", // the columns of the moment stand for five seconds
		"10s to 990 by 1",
		"10s to 0 by 5",
		"5s to 1010 by 1",
		"10s to 0 by 5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m.paused || m.frame.Range != nil {
		t.Error("paused, or a range is left")
	}
}

func TestRangeHoldsThePictureStill(t *testing.T) {
	m, b := stilled(80, 24)
	m.Update(keyMsg("v"))
	next := *b.moment
	next.Seq++
	next.At++
	b.moment = &next
	m.Update(tick{})
	if m.frame.At != 1010 {
		t.Errorf("the picture moved to %d", m.frame.At)
	}
	m.Update(keyMsg("esc"))
	if m.frame.At != 1011 {
		t.Errorf("the picture stays at %d", m.frame.At)
	}
}
