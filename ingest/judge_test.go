package ingest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/alert"
	"weir/ingest/event"
)

func ruled(t *testing.T, texts ...string) (all []alert.Rule) {
	t.Helper()
	for _, text := range texts {
		r, err := alert.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// failing is n requests of one second, of which every other one fails.
func failing(at time.Time, n int) *event.Batch {
	b := burst(at, 1, n, false)
	for i := range b.Events {
		if i%2 == 0 {
			b.Events[i].Status = 503
		}
		b.Events[i].Raw = fmt.Appendf(nil, "line %d", i)
	}
	return b
}

func TestRulesFireAndRecoverWithTheClockThoughNoLineArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var changes []string
		cfg := PumpConfig{
			Threshold: 1000, Rules: ruled(t, "errors: errors() > 20% over 20s", "quiet: no data for 15s", "rate: rate() > 2 over 20s"),
			OnChange: func(c alert.Change) {
				changes = append(changes, fmt.Sprintf("%s %s after %v, %d lines", c.Rule, c.State, c.Time.Sub(start), len(c.Samples)))
			},
		}
		in := make(chan *event.Batch)
		p := NewPump(cfg, in)
		done := make(chan error)
		go func() { done <- p.Run(t.Context()) }()
		for range 10 {
			at := time.Now()
			time.Sleep(time.Second)
			in <- failing(at, 8)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		m := p.Moment()
		if len(m.Firing) != 3 || len(m.Rules) != 3 || m.Rules[0].Phase != alert.Broken || m.Rules[0].Value != "50 %" {
			t.Errorf("firing %v, rules %+v", m.Firing, m.Rules)
		}
		at := time.Now()
		time.Sleep(20 * time.Second)
		in <- burst(at.Add(19*time.Second), 1, 1, false)
		time.Sleep(10 * time.Second)
		close(in)
		if err := <-done; err != nil {
			t.Error(err)
		}
		want := []string{
			"errors firing after 0s, 4 lines", "rate firing after 5s, 5 lines", "quiet firing after 24s, 0 lines",
			"rate recovered after 25s, 0 lines", "errors recovered after 29s, 0 lines", "quiet recovered after 49s, 0 lines",
		}
		if diff := cmp.Diff(want, changes); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMomentThatIsOutKeepsWhatFired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan *event.Batch)
		p := NewPump(PumpConfig{Threshold: 1000, Rules: ruled(t, "a: errors() > 20% over 5s", "b: rate() > 2 over 5s", "c: count() > 3 over 5s per section")}, in)
		go p.Run(t.Context())
		at := time.Now()
		time.Sleep(time.Second)
		in <- failing(at, 20)
		time.Sleep(7 * time.Second)
		synctest.Wait()
		before := p.Moment()
		if len(before.Firing) != 3 || before.Firing[0].Key != "/a" {
			t.Fatalf("firing %+v", before.Firing)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if after := p.Moment(); len(after.Firing) != 0 || len(before.Firing) != 3 || len(after.Alerts) != 6 {
			t.Errorf("before %d, after %d firing, %d changes", len(before.Firing), len(after.Firing), len(after.Alerts))
		}
		close(in)
	})
}
