package stats

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// sunday is midnight before the day that these tests restore.
const sunday = int64(1_700_006_400)

// day draws the events of some hours of a day with quiet spells and bursts, in order but for a
// little, and of a log called access.log.
var day = rapid.Custom(func(t *rapid.T) []*event.Event {
	var all []*event.Event
	sec := sunday + rapid.Int64Range(0, 7200).Draw(t, "begins")
	for sec < sunday+4*3600 && len(all) < 600 {
		for range rapid.SampledFrom([]int{1, 1, 2, 40}).Draw(t, "burst") {
			e := sampleEvent(rapid.IntRange(0, 500).Draw(t, "event"))
			e.Time = (sec - rapid.SampledFrom([]int64{0, 0, 0, 1, 4}).Draw(t, "late")) * 1e9
			all = append(all, e)
		}
		sec += rapid.SampledFrom([]int64{1, 1, 30, 400, 2000}).Draw(t, "step")
	}
	return all
})

// judged counts events and returns the changes of an alert above two requests
// per second in a minute, as the Pump makes them.
func judged(events []*event.Event) (g *Engine, changes []string) {
	watch := crossing{}
	g = New(Config{OnClose: func(sec int64) { changes = watch.step(g, sec, changes) }})
	for _, e := range events {
		g.Add(e)
	}
	g.Finish()
	return g, changes
}

type crossing struct{ firing bool }

func (c *crossing) step(g *Engine, sec int64, changes []string) []string {
	average := float64(g.Hits(sec-59, sec+1)) / 60
	if average > 2 && !c.firing || average < 2 && c.firing {
		c.firing = !c.firing
		changes = append(changes, fmt.Sprint(sec, c.firing, average))
	}
	return changes
}

// TestARestoredDayEqualsTheDayThatWasCounted holds every number that the panels
// and the report read off an engine that restored a day against one that counted
// it, three days later.
func TestARestoredDayEqualsTheDayThatWasCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := day.Draw(t, "day")
		var since []*event.Event
		for i := range 50 {
			e := sampleEvent(i)
			e.Time = (sunday + 3*86400 + int64(i)*100) * 1e9
			since = append(since, e)
		}
		live, want := judged(append(append([]*event.Event(nil), events...), since...))
		restored, _ := judged(since)
		r := NewRollup()
		r.depth = rapid.Uint64Range(1, 400).Draw(t, "depth") // many slices
		r.raw = 1 << 30                                      // and room for all of them
		for _, e := range events {
			e.Source = nil // the archive does not know it
			add(r, e)
		}
		if err := restored.Restore("key", "access.log", stored(t, r)); err != nil {
			t.Fatal(err)
		}
		same := func(what string, want, got any) {
			if diff := cmp.Diff(want, got, equate); diff != "" {
				t.Fatalf("%s: %s", what, diff)
			}
		}
		same("the total", counted(live.Total()), counted(restored.Total()))
		same("the day", counted(live.Window(sunday-3600, sunday+90000)), counted(restored.Window(sunday-3600, sunday+90000)))
		same("what came since", counted(live.Window(sunday+86400*3, sunday+86400*4)), counted(restored.Window(sunday+86400*3, sunday+86400*4)))
		for _, step := range []int64{60, 600, 3600} {
			want, got := live.Series(sunday-7200, sunday+4*86400, step), restored.Series(sunday-7200, sunday+4*86400, step)
			if !slices.Equal(want, got) {
				same("the graph", want, got)
			}
		}
		first, head, _ := live.Span()
		gotFirst, gotHead, _ := restored.Extent()
		same("the extent", [2]int64{first, head}, [2]int64{gotFirst, gotHead})

		var replayed []string
		watch := crossing{}
		for sec := first - 5; sec <= sunday+5*3600; sec++ {
			replayed = watch.step(restored, sec, replayed)
		}
		same("the alerts", want, replayed)

		// any window is what was counted within the bounds that it says it has
		from := rapid.Int64Range(sunday-3600, sunday+86400).Draw(t, "from")
		w := restored.Window(from, from+rapid.Int64Range(1, 7200).Draw(t, "span"))
		whole := NewSummary(0)
		for _, e := range events {
			if sec := floor(e.Time); sec >= w.From && sec < w.To {
				e.Source = []byte("access.log")
				whole.Add(e)
			}
		}
		whole.From, whole.To = w.From, w.To
		if w.From > from {
			t.Fatalf("the window of %d begins at %d", from, w.From)
		}
		same("a window", counted(whole), counted(w))

		if !restored.Forget("key") || restored.Forget("key") {
			t.Fatal("it has to be forgotten once")
		}
		again, _ := judged(since)
		same("what is left", knownOf(again.Total()), knownOf(restored.Total()))
	})
}

func TestNothingRestoredCountsTwice(t *testing.T) {
	var events []*event.Event
	for i := range 3000 {
		e := sampleEvent(i)
		e.Time = (sunday + int64(i)*20) * 1e9
		events = append(events, e)
	}
	later := sampleEvent(1)
	later.Time = (sunday + 2*86400) * 1e9
	n := func(g *Engine) uint64 { return g.Total().Hits + g.Total().Messages }

	t.Run("restored again", func(t *testing.T) {
		g, _ := judged([]*event.Event{later})
		for range 2 {
			if err := g.Restore("key", "a", rollupOf(events)); err != nil {
				t.Fatal(err)
			}
		}
		if n(g) != 3001 {
			t.Errorf("%d of 3001", n(g))
		}
	})
	t.Run("counted already", func(t *testing.T) {
		for _, horizon := range []int64{0, sunday + 86400*2, sunday + 86400*20} { // however coarsely
			g := New(Config{})
			if horizon > 0 {
				g.Horizon(time.Unix(horizon, 0))
			}
			for _, e := range append(append([]*event.Event(nil), events...), later) {
				g.Add(e)
			}
			g.Finish()
			if err := g.Restore("key", "a", rollupOf(events)); !errors.Is(err, ErrCounted) {
				t.Errorf("horizon %d: %v", horizon, err)
			}
			if n(g) != 3001 {
				t.Errorf("%d of 3001", n(g))
			}
		}
	})
	t.Run("half of it counted already", func(t *testing.T) {
		g, _ := judged(events[1500:])
		r := NewRollup()
		r.depth = 100
		for _, e := range events {
			add(r, e)
		}
		if err := g.Restore("key", "a", r); err != nil {
			t.Fatal(err)
		}
		if got := n(g); got < 2900 || got > 3000 { // the slice that holds both is left out whole
			t.Errorf("%d of 3000", got)
		}
		series := uint64(0)
		for _, c := range g.Series(sunday, sunday+86400, 3600) {
			series += c.Hits
		}
		if hits := g.Total().Hits; series != hits {
			t.Errorf("the graph has %d of %d", series, hits)
		}
	})
	t.Run("the other side of a rotation", func(t *testing.T) {
		g, _ := judged(events[1501:]) // 20 seconds later, in the same minute
		if err := g.Restore("key", "a", rollupOf(events[:1501])); err != nil {
			t.Fatal(err)
		}
		if n(g) != 3000 {
			t.Errorf("%d of 3000", n(g))
		}
	})
	t.Run("a file of seconds", func(t *testing.T) {
		g, _ := judged(events[:3])
		if err := g.Restore("key", "a", rollupOf(events[:3])); !errors.Is(err, ErrCounted) {
			t.Error(err)
		}
	})
}

func TestADayIsRestoredWhereNothingWasCounted(t *testing.T) {
	g := New(Config{})
	events := make([]*event.Event, 100)
	for i := range events {
		events[i] = sampleEvent(i)
		events[i].Source = nil
	}
	if err := g.Restore("key", "a", rollupOf(events)); err != nil {
		t.Fatal(err)
	}
	first, last, ok := g.Extent()
	if !ok || first != 1_700_000_000 || last != 1_700_000_033 {
		t.Errorf("from %d to %d, %v", first, last, ok)
	}
	if w := g.Window(first, last+1); w.Hits+w.Messages != 100 {
		t.Errorf("%d requests, %d messages", w.Hits, w.Messages)
	}
	if e, _ := g.Total().Key(Source, "a"); e.Hits != g.Total().Hits {
		t.Errorf("the source has %d", e.Hits)
	}
}
