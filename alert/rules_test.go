package alert

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
	"weir/stats"
)

// hit is a request as the tests draw it.
type hit struct {
	second   int64
	section  string
	client   int
	status   int32
	bytes    int64
	duration time.Duration // negative is none
	arrival  int64         // second at which the line comes, at most lateness later
}

func (h hit) event() *event.Event {
	e := new(event.Event)
	e.Reset()
	e.Time = h.second*1e9 + 5e8
	e.Path, e.Client = []byte(h.section+"/x"), fmt.Appendf(nil, "192.0.2.%d", h.client)
	e.Status, e.Bytes, e.Duration, e.Method = h.status, h.bytes, int64(h.duration), []byte("GET")
	e.Raw = fmt.Appendf(nil, "%d %s %d", h.second, h.section, h.status)
	return e
}

const lateness = 5

// drive counts hits in the order they are given, as the Pump does over a log
// that is read to its end, and returns the changes.
func drive(hits []hit, rules ...Rule) (changes []Change, j *Rules) {
	return driven(hits, false, rules)
}

// driven is drive; watched, the clock goes on between the lines as they come.
func driven(hits []hit, watched bool, rules []Rule) (changes []Change, j *Rules) {
	j = NewRules(RulesConfig{Lateness: lateness}, rules)
	engine := stats.New(stats.Config{
		Lateness: lateness * time.Second,
		OnAdd:    j.Add,
		OnClose:  func(second int64) { changes = append(changes, j.Step(second)...) },
	})
	for _, h := range hits {
		if watched {
			engine.Advance(time.Unix(h.arrival, 0))
		}
		engine.Add(h.event())
	}
	engine.Finish()
	return changes, j
}

// naive is a rule straight from its definition: at every second it looks at all
// the hits of the window again.
type naive struct {
	Rule
	hits []hit
	from int64 // the second that is judged first
}

func (n naive) matches(h hit) bool { return n.Filter == "" || h.status >= 500 }

func (n naive) window(second int64, key string) (in []hit) {
	for _, h := range n.hits {
		if h.second <= second && h.second > second-n.Over && (key == "" || h.section == key) {
			in = append(in, h)
		}
	}
	return in
}

// value is what the rule measures over the window that ends with a second.
func (n naive) value(second int64, key string) (v float64, known bool) {
	var amount float64
	var samples uint64
	var durations []float64
	clients := make(map[int]bool)
	in := n.window(second, key)
	for _, h := range in {
		switch name := n.Metric.Name; {
		case name == "ratio" || name == "errors":
			samples++
			if h.status >= 500 {
				amount++
			}
		case !n.matches(h):
		case name == "bytes" && h.bytes >= 0:
			samples++
			amount += float64(h.bytes)
		case (name == "mean" || name == "p50" || name == "max") && h.duration >= 0:
			samples++
			amount += h.duration.Seconds()
			durations = append(durations, h.duration.Seconds())
		case name == "clients":
			clients[h.client] = true
			samples, amount = uint64(len(clients)), float64(len(clients))
		case name == "rate" || name == "count":
			samples++
			amount++
		}
	}
	v = amount
	switch name := n.Metric.Name; {
	case name == "rate" || n.PerSecond:
		v /= float64(n.Over)
	case name == "ratio" || name == "errors" || name == "mean":
		v /= float64(samples)
	case name == "p50" || name == "max":
		sort.Float64s(durations)
		v = math.NaN()
		if len(durations) > 0 {
			v = durations[max(int(math.Ceil(n.Quantile*float64(len(durations)))), 1)-1]
		}
	case name == "no data":
		v = float64(second - n.last(second))
		return v, true
	}
	known = samples >= n.Min && !math.IsNaN(v)
	if !n.Op.upward() && second-n.first(second)+1 < n.Over {
		known = false
	}
	return v, known
}

func (n naive) last(second int64) int64 {
	last := n.from - 1
	for _, h := range n.hits {
		if h.second <= second && n.matches(h) {
			last = max(last, h.second)
		}
	}
	return last
}

func (n naive) first(int64) int64 {
	first := n.hits[0].second
	for _, h := range n.hits {
		first = min(first, h.second)
	}
	return first
}

// compared is value, or what it is against the window before.
func (n naive) compared(second int64, key string) (float64, bool) {
	v, known := n.value(second, key)
	if !n.Change {
		return v, known
	}
	before, was := n.value(second-n.Over, key)
	if second-n.Over-n.first(second)+1 < n.Over || !was || !(before > 0) {
		return math.NaN(), false
	}
	return v/before - 1, known
}

// changes are the seconds at which a key fires and recovers.
func (n naive) changes(key string, upTo int64) (all []string) {
	var bad, good []bool
	var fires []int64
	firing, since := false, 0 // index from which on the present state counts
	for second := n.from; second <= upTo; second++ {
		v, known := n.compared(second, key)
		bad = append(bad, known && n.Op.holds(v, n.Raise) || !known && n.NoData == NoDataAlert)
		whole := known && (n.Op.upward() && v < n.Clear || !n.Op.upward() && v > n.Clear)
		good = append(good, whole || !known && n.NoData == NoDataOK)
		run := func(of []bool) (seconds int64) {
			for i := len(of) - 1; i >= since && of[i]; i-- {
				seconds++
			}
			return seconds - 1
		}
		switch {
		case !firing && run(bad) >= n.For:
			firing, since = true, len(bad)
			fires = append(fires, second)
			all = append(all, fmt.Sprintf("%d %s firing %s", second, key, n.shown(v, known)))
		case firing && run(good) >= n.wait(fires):
			firing, since = false, len(bad)
			all = append(all, fmt.Sprintf("%d %s recovered %s", second, key, n.shown(v, known)))
		}
	}
	return all
}

// wait is for how long what fires has to be whole.
func (n naive) wait(fires []int64) int64 {
	last, count := fires[len(fires)-1], 0
	for _, second := range fires {
		if second > last-n.Flap.Within {
			count++
		}
	}
	if n.Flap.Times > 0 && count >= n.Flap.Times {
		return max(n.ClearFor, n.Flap.Hold)
	}
	return n.ClearFor
}

// shown is a value, the exact ones only.
func (n naive) shown(v float64, known bool) string {
	if !known || n.Metric.Unit == Seconds {
		return ""
	}
	return n.Format(v)
}

func someHits(t *rapid.T) []hit {
	var hits []hit
	second := int64(1_600_000_000)
	for range rapid.IntRange(1, 8).Draw(t, "phases") {
		seconds, rate := rapid.Int64Range(1, 12).Draw(t, "seconds"), rapid.IntRange(0, 5).Draw(t, "rate")
		broken := rapid.IntRange(0, 3).Draw(t, "broken")
		for range seconds {
			for range rate {
				h := hit{second: second, section: rapid.SampledFrom([]string{"/a", "/b", "/c"}).Draw(t, "section"), client: rapid.IntRange(1, 9).Draw(t, "client"), status: 200, bytes: 100, duration: 10 * time.Millisecond}
				if rapid.IntRange(0, 3).Draw(t, "lot") < broken {
					h.status, h.bytes, h.duration = 503, 1000, rapid.SampledFrom([]time.Duration{time.Second, 100 * time.Millisecond, -1}).Draw(t, "duration")
				}
				hits = append(hits, h)
			}
			second++
		}
		second += rapid.SampledFrom([]int64{0, 0, 3, 20}).Draw(t, "gap")
	}
	if len(hits) == 0 {
		hits = append(hits, hit{second: second, section: "/a", status: 200})
	}
	arrival := make(map[int]float64) // later by less than the lateness
	order := make([]int, len(hits))
	for i := range hits {
		order[i], arrival[i] = i, float64(hits[i].second)+rapid.Float64Range(0, lateness-0.1).Draw(t, "late")
	}
	sort.SliceStable(order, func(a, b int) bool { return arrival[order[a]] < arrival[order[b]] })
	shuffled := make([]hit, len(hits))
	for i, from := range order {
		shuffled[i] = hits[from]
		shuffled[i].arrival = int64(arrival[from])
	}
	return shuffled
}

func someRule(t *rapid.T) Rule {
	text := "r: " + rapid.SampledFrom([]string{
		"rate() > 2 clear 1", "rate(status >= 500) > 1", "rate() < 2", "rate() <= 2 clear 3", "count() > 9 clear 5", "count(status >= 500) >= 3/s",
		"ratio(status >= 500) > 50% clear 20%", "errors() > 30%", "bytes() > 2kB", "bytes(status >= 500) > 500B/s",
		"p50(duration) > 500ms", "p95(duration, status >= 500) > 50ms", "max(duration) > 500ms", "mean(duration) > 300ms clear 200ms",
		"clients() > 5 clear 3", "clients(status >= 500) >= 2", "change(rate()) > +100%", "change(count(status >= 500)) > +50% clear +10%",
		"change(rate()) < -40%", "no data(status >= 500)", "no data",
	}).Draw(t, "metric")
	silence := strings.Contains(text, "no data")
	if silence {
		text += fmt.Sprintf(" for %ds", rapid.IntRange(1, 15).Draw(t, "for"))
	} else {
		text += fmt.Sprintf(" over %ds for %ds min %d no data %s", rapid.IntRange(1, 12).Draw(t, "over"), rapid.IntRange(0, 4).Draw(t, "for"), rapid.IntRange(0, 4).Draw(t, "min"),
			rapid.SampledFrom([]string{"ok", "hold", "alert"}).Draw(t, "no data"))
	}
	text += rapid.SampledFrom([]string{"", " flap off", " flap 2 in 20s hold 6s", " flap 3 in 30s hold 10s"}).Draw(t, "flap")
	if !silence && !strings.Contains(text, "<") && !strings.Contains(text, "alert") && rapid.Bool().Draw(t, "keyed") {
		text += " per section"
	}
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRulesEqualABruteForceEvaluation(t *testing.T) {
	drawn, fired := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		hits, rule := someHits(t), someRule(t)
		n := naive{rule, hits, hits[0].second - lateness}
		newest := hits[0].second
		for _, h := range hits {
			newest = max(newest, h.second)
		}
		keys := []string{""}
		if rule.Keyed {
			keys = []string{"/a", "/b", "/c"}
		}
		var want []string
		for _, key := range keys {
			want = append(want, n.changes(key, newest)...)
		}
		changes, _ := drive(hits, rule)
		var got []string
		for _, c := range changes {
			got = append(got, fmt.Sprintf("%d %s %s %s", c.Time.Unix(), c.Key, c.State, n.shown(c.Value, !math.IsNaN(c.Value))))
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", rule.Text, diff)
		}
		if live, _ := driven(hits, true, []Rule{rule}); !cmp.Equal(messages(changes), messages(live)) {
			t.Fatalf("%s\nreplayed %q\nwatched  %q", rule.Text, messages(changes), messages(live))
		}
		drawn, fired = drawn+1, fired+len(want)
	})
	if fired < drawn/2 {
		t.Errorf("only %d changes in all: the logs prove too little", fired)
	}
}

func TestRulesByFurtherFieldsCountAnyLineAndSharesRequests(t *testing.T) {
	for text, want := range map[string]bool{
		`a: count(attributes.tenant == "acme" and status != 503) > 0 over 5s`:         false, // an unknown status is compared with nothing
		`a: count(attributes.tenant == "acme" and not (status == 503)) > 0 over 5s`:   true,
		`a: count(not (status == 503)) > 0 over 5s`:                                   false,
		`a: count(not (status == 503) and kind == "message") > 0 over 5s`:             true,
		`a: errors(attributes.tenant == "acme") > 60% over 5s`:                        true,
		`a: errors(attributes.tenant == "acme" and attributes.kind == "") > 60%`:      true,
		`a: errors(attributes.tenant == "acme" and kind != "request") > 60% over 5s`:  false,
		`a: count(attributes["tenant"] == "acme" and status >= 500) > 0 per section`:  true,
		`a: count(attributes["tenant"] == "other" and status >= 500) > 0 per section`: false,
	} {
		rule, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		j := NewRules(RulesConfig{Lateness: lateness}, []Rule{rule})
		fired := false
		engine := stats.New(stats.Config{Lateness: lateness * time.Second, OnAdd: j.Add, OnClose: func(second int64) { fired = len(j.Step(second)) > 0 || fired }})
		for second := range int64(30) {
			for _, kind := range []event.Kind{event.Request, event.Message} {
				e := hit{second: 1_600_000_000 + second, section: "/a", status: 503}.event()
				if e.Kind = kind; kind == event.Message {
					e.Status = event.Unknown
				}
				e.Extra().Attributes = []event.Attribute{{Key: []byte("tenant"), Value: []byte("acme")}}
				engine.Add(e)
			}
		}
		engine.Finish()
		if fired != want {
			t.Errorf("%s: fired is %v", text, fired)
		}
	}
}
