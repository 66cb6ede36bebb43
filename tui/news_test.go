package tui

import (
	"testing"
	"testing/synctest"
	"time"

	"weir/ingest"
	"weir/ingest/event"
)

func TestAMomentIsShownAtOnceAndNotAtTheNextBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news := make(chan struct{}, 1)
		in := make(chan *event.Batch)
		pump := ingest.NewPump(ingest.PumpConfig{Refresh: time.Hour, OnMoment: func(*ingest.Moment) { news <- struct{}{} }}, in)
		ended := make(chan error)
		go func() { ended <- pump.Run(t.Context()) }()
		synctest.Wait()
		m := New(Config{Refresh: time.Hour, News: news}, pump, 120, 40)
		site := newSite()
		take := func() (waited time.Duration) { // what is new, and no beat
			start := time.Now()
			m.take(m.listen()())
			return time.Since(start)
		}
		take()                                 // the first Moment
		take()                                 // what the screen asked for
		press(m, "+", "+", "+", "+", "+", "+") // faster
		for range 5 {                          // answers
			take()
		}
		in <- site.second(0, time.Now())
		if waited := take(); waited != 100*time.Millisecond || m.frame.Total.Lines == 0 {
			t.Errorf("%d lines are shown after %s, want them after 100 ms", m.frame.Total.Lines, waited)
		}
		close(in)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
