package alert

import (
	"fmt"
	"testing"
	"time"

	"weir/ingest/event"
)

// ten are rules of every kind, as an operator may have them.
var ten = []string{
	"errors: errors() > 5% over 2m clear 2% min 50",
	"rate: rate() > 100000 over 2m",
	"missing: count(status == 404) > 5000/s over 5m",
	"volume: bytes() > 5GB/s over 10m",
	"crowd: clients() > 500000 over 1m",
	"slow: p95(duration) > 8s over 5m",
	"sections: p99(duration) > 8s per section over 2m",
	"api: ratio(status >= 500, path startsWith \"/s1\") > 50% over 10m",
	"surge: change(rate()) > +2000% over 5m",
	"budget: burn(slo 99%, status >= 500)",
}

func atWork(texts []string) *Rules {
	var rules []Rule
	for _, text := range texts {
		r, err := Parse(text)
		if err != nil {
			panic(err)
		}
		rules = append(rules, r)
	}
	return NewRules(RulesConfig{Lateness: lateness}, rules)
}

// traffic are events of one minute, a hundredth of them failures.
func traffic() []event.Event {
	events := make([]event.Event, 6000)
	for i := range events {
		h := hit{second: int64(start + i/100), section: fmt.Sprintf("/s%d", i%20), client: i % 200, status: 200, bytes: 1234, duration: time.Duration(i%977) * time.Millisecond}
		if i%100 == 0 {
			h.status = 503
		}
		events[i] = *h.event()
	}
	return events
}

func TestRulesAllocateNothingPerLine(t *testing.T) {
	events := traffic()
	j := atWork(ten)
	shift, i := int64(0), 0
	one := func() {
		second := events[i].Time/1e9 + shift
		if i%100 == 0 {
			j.Step(second - lateness)
		}
		j.Add(second, &events[i])
		if i++; i == len(events) {
			i, shift = 0, shift+60
		}
	}
	for range 12 * len(events) { // until every window is full
		one()
	}
	if n := testing.AllocsPerRun(2*len(events), one); n != 0 {
		t.Errorf("%v allocations per line", n)
	}
}

// BenchmarkRules is the cost of a line with ten rules, the steps of the seconds
// included: 100 lines a second.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			events := traffic()
			j := atWork(ten[:n])
			b.ReportAllocs()
			for i := range b.N {
				at := i % len(events)
				second := events[at].Time/1e9 + int64(i/len(events)*60)
				if i%100 == 0 {
					j.Step(second - lateness)
				}
				j.Add(second, &events[at])
			}
		})
	}
}

// BenchmarkRuleWindows is one line and one step a second, with windows of a
// minute and of seven days: they cost the same.
func BenchmarkRuleWindows(b *testing.B) {
	events := traffic()
	for _, over := range []string{"1m", "10m", "1d", "7d"} {
		b.Run(over, func(b *testing.B) {
			j := atWork([]string{"a: errors() > 50% over " + over, "b: p99(duration) > 9s over " + over, "c: clients() > 9999 over " + over})
			for i := range b.N {
				second := int64(1_600_000_000 + i)
				j.Step(second - lateness)
				j.Add(second, &events[i%len(events)])
			}
		})
	}
}
