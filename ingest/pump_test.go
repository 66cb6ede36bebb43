package ingest

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/alert"
	"weir/ingest/event"
)

// burst is a batch of n requests a second over some seconds from start.
func burst(start time.Time, seconds, n int, replay bool) *event.Batch {
	b := &event.Batch{Replay: replay}
	for s := range seconds {
		for range n {
			e := b.Next()
			e.Time, e.Path, e.Client, e.Status = start.Add(time.Duration(s)*time.Second).UnixNano(), []byte("/a/b"), []byte("192.0.2.1"), 200
			b.Lines++
		}
	}
	return b
}

type told struct {
	State alert.State
	After time.Duration // since the start of the test
	Value float64
}

// drive runs a Pump over batches given as time passes, and returns the changes it told.
func drive(t *testing.T, cfg PumpConfig, feed func(in chan<- *event.Batch)) (changes []told, last *Moment) {
	t.Helper()
	start := time.Now()
	in := make(chan *event.Batch)
	cfg.OnChange = func(c alert.Change) { changes = append(changes, told{c.State, c.Time.Sub(start), c.Value}) }
	p := NewPump(cfg, in)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	feed(in)
	last = p.Moment()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return changes, last
}

func TestAnAlertRecoversThoughNoLineArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		changes, last := drive(t, PumpConfig{Threshold: 10, AlertPeriod: 20 * time.Second}, func(in chan<- *event.Batch) {
			time.Sleep(10 * time.Second)
			in <- burst(start, 10, 25, false) // 250 requests in the first ten seconds
			time.Sleep(time.Minute)
		})
		want := []told{
			{alert.Firing, 8 * time.Second, 11.25},
			{alert.Recovered, 22 * time.Second, 8.75}, // seconds 3 to 9 are left
		}
		if diff := cmp.Diff(want, changes); diff != "" {
			t.Error(diff)
		}
		if !last.Live || last.Window.Hits != 0 || len(last.Firing) != 0 {
			t.Errorf("a minute later: live %v, %d hits, %d firing", last.Live, last.Window.Hits, len(last.Firing))
		}
	})
}

func TestAnAlertIsPendingBeforeItsSecondCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		changes, last := drive(t, PumpConfig{Threshold: 10, AlertPeriod: 20 * time.Second}, func(in chan<- *event.Batch) {
			time.Sleep(10 * time.Second)
			in <- burst(start.Add(9*time.Second), 1, 250, false)
			time.Sleep(1100 * time.Millisecond)
		})
		if len(changes) != 0 || len(last.Pending) != 1 {
			t.Errorf("told %v, pending %v", changes, last.Pending)
		}
	})
}

func TestALogWithOldDatesPassesTimeAtItsOwnMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now().AddDate(-3, 0, 0)
		var began = time.Now()
		changes, last := drive(t, PumpConfig{Threshold: 10, AlertPeriod: 20 * time.Second}, func(in chan<- *event.Batch) {
			for s := range 30 {
				n := 1
				if s < 10 {
					n = 25
				}
				in <- burst(start.Add(time.Duration(s)*time.Second), 1, n, false)
				time.Sleep(time.Second)
			}
			time.Sleep(30 * time.Second)
		})
		offset := began.Sub(start)
		want := []told{{alert.Firing, 8*time.Second - offset, 11.25}, {alert.Recovered, 22*time.Second - offset, 9.4}}
		if diff := cmp.Diff(want, changes); diff != "" {
			t.Error(diff)
		}
		if last.Live {
			t.Error("a log of three years ago is shown as live")
		}
	})
}

func TestABufferedLogDoesNotFlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes, _ := drive(t, PumpConfig{Threshold: 10, AlertPeriod: 20 * time.Second}, func(in chan<- *event.Batch) {
			for range 12 { // flushed every 15 s, as nginx does with buffer= and flush=
				from := time.Now()
				time.Sleep(15 * time.Second)
				in <- burst(from, 15, 12, false)
			}
		})
		if len(changes) != 1 || changes[0].State != alert.Firing {
			t.Errorf("got %v, want one alert and no recovery", changes)
		}
	})
}

func TestWatchingALogGrowGivesTheAlertsOfAReplay(t *testing.T) {
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			rng := rand.New(rand.NewPCG(seed, 8))
			arriving := make([][]time.Time, 200) // by the second of arrival: when the lines say they are from
			rate := 3
			for s := range 190 {
				if rng.IntN(15) == 0 {
					rate = rng.IntN(25)
				}
				for range rate {
					at := s + rng.IntN(5) // up to the lateness
					arriving[at] = append(arriving[at], start.Add(time.Duration(s)*time.Second))
				}
			}
			cfg := PumpConfig{Threshold: 8, AlertPeriod: 15 * time.Second}
			lines := func(times []time.Time, replay bool) *event.Batch {
				b := &event.Batch{Replay: replay}
				for _, at := range times {
					e := b.Next()
					e.Time, e.Path = at.UnixNano(), []byte("/a")
				}
				return b
			}
			watched, _ := drive(t, cfg, func(in chan<- *event.Batch) {
				for _, times := range arriving {
					time.Sleep(time.Second)
					in <- lines(times, false)
				}
				time.Sleep(time.Minute)
			})
			cfg.Replay = true
			var replayed []told
			cfg.OnChange = func(c alert.Change) { replayed = append(replayed, told{c.State, c.Time.Sub(start), c.Value}) }
			in := make(chan *event.Batch, len(arriving))
			for _, times := range arriving {
				in <- lines(times, true)
			}
			close(in)
			if err := NewPump(cfg, in).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(replayed); len(watched) < n || !cmp.Equal(watched[:n], replayed) {
				t.Errorf("seed %d: watched %v, replayed %v", seed, watched, replayed)
			}
		})
	}
}

func TestMomentsComeAsOftenAsTheScreenAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all []time.Duration
		start := time.Now()
		drive(t, PumpConfig{Threshold: 1000, OnMoment: func(m *Moment) { all = append(all, m.Now.Sub(start)) }}, func(in chan<- *event.Batch) {
			for range 150 {
				time.Sleep(10 * time.Millisecond)
				in <- burst(time.Now(), 1, 1, false)
			}
		})
		if want := []time.Duration{0, 500 * time.Millisecond, time.Second, 1500 * time.Millisecond}; !cmp.Equal(all, want) {
			t.Errorf("asked for nothing: Moments after %v, want %v", all, want)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start, in, n := time.Now(), make(chan *event.Batch), 0
		p := NewPump(PumpConfig{OnMoment: func(*Moment) { n++ }}, in)
		ended := make(chan error)
		go func() { ended <- p.Run(t.Context()) }()
		p.Ask(Query{Span: 10 * time.Second, Graph: 1, Refresh: 100 * time.Millisecond})
		for time.Since(start) < 5*time.Second {
			time.Sleep(10 * time.Millisecond)
			in <- burst(time.Now(), 1, 1, false)
		}
		if n < 49 || n > 53 {
			t.Errorf("%d Moments in 5 s, want one every 100 ms", n)
		}
		close(in)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestLateLinesAreCountedForTheirSource(t *testing.T) {
	in := make(chan *event.Batch, 2)
	for source, seconds := range [][]int64{{1000, 1100}, {1099, 1000, 1001}} {
		b := &event.Batch{Source: source}
		for _, second := range seconds {
			e := b.Next()
			e.Time, e.Status = second*1e9, 200
		}
		in <- b
	}
	close(in)
	sources := []event.Source{{Path: "in time"}, {Path: "late"}}
	p := NewPump(PumpConfig{Replay: true, Sources: func() []event.Source { return sources }}, in)
	if err := p.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := p.Moment().Sources
	if got[0].Late != 0 || got[1].Late != 2 || p.Moment().Total.Late != 2 {
		t.Errorf("%d and %d late, %d in all", got[0].Late, got[1].Late, p.Moment().Total.Late)
	}
	if sources[1].Late != 0 {
		t.Error("what others hold is changed")
	}
}
