package alert

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

func parsed(t *testing.T, text string) Rule {
	t.Helper()
	r, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const start = 1_600_000_000

// steady are n hits a second for some seconds from a second on.
func steady(from, seconds int64, n int, like hit) (hits []hit) {
	for s := range seconds {
		for range n {
			like.second = from + s
			hits = append(hits, like)
		}
	}
	return hits
}

func messages(changes []Change) (all []string) {
	for _, c := range changes {
		all = append(all, c.Message)
	}
	return all
}

func TestMessagesNameTheRuleItsValueItsLevelAndItsWindow(t *testing.T) {
	ok, bad := hit{section: "/ok", status: 200, bytes: 1000, duration: 20 * time.Millisecond}, hit{section: "/b\x1b[31m\u00e4", status: 500, bytes: 5000, duration: 3 * time.Second}
	hits := slices.Concat(steady(start, 60, 10, ok), steady(start+60, 30, 10, bad), steady(start+90, 90, 10, ok))
	for rule, want := range map[string][]string{
		"errors: errors() > 5% over 1m clear 2%": {
			"errors fired: errors() 6.67 % above 5 % over 1m, triggered at 2020-09-13T12:27:43Z",
			"errors recovered: errors() 1.67 % below 2 % over 1m, recovered at 2020-09-13T12:29:08Z",
		},
		"volume: bytes() > 20kB/s over 10s for 2s": {
			"volume fired: bytes() 30 kB/s above 20 kB/s over 10s, triggered at 2020-09-13T12:27:44Z",
			"volume recovered: bytes() 18 kB/s below 20 kB/s over 10s, recovered at 2020-09-13T12:28:17Z",
		},
		"slow: p90(duration) > 1s over 10s per section": {
			`slow of section /b\x1b[31m\u00e4 fired: p90(duration) 3 s above 1 s over 10s, triggered at 2020-09-13T12:27:40Z`,
			`slow of section /b\x1b[31m\u00e4 recovered: p90(duration) of no data over 10s, recovered at 2020-09-13T12:28:19Z`,
		},
		"few: count(status < 500) < 5 over 10s clear 50": {
			"few fired: count(status < 500) 0 below 5 over 10s, triggered at 2020-09-13T12:27:49Z",
			"few recovered: count(status < 500) 60 above 50 over 10s, recovered at 2020-09-13T12:28:15Z",
		},
		"fall: change(count(status < 500)) <= -80% over 10s": {
			"fall fired: change(count(status < 500)) -80 % at most -80 % over 10s, triggered at 2020-09-13T12:27:47Z",
			"fall recovered: change(count(status < 500)) of no data over 10s, recovered at 2020-09-13T12:27:59Z",
		},
		"quiet: no data(status < 500) for 20s": {
			"quiet fired: no data(status < 500) for 20s, triggered at 2020-09-13T12:27:59Z",
			"quiet recovered: data again after 11s, recovered at 2020-09-13T12:28:10Z",
		},
		"budget: burn(slo 99%) > 10 over 1m and 10s severity info": {
			"budget fired: burn rate of 99 % 11.67 above 10 over 1m and 10s, triggered at 2020-09-13T12:27:46Z",
			"budget recovered: burn rate of 99 % 0 below 10 over 1m and 10s, recovered at 2020-09-13T12:28:19Z",
		},
	} {
		changes, _ := drive(hits, parsed(t, rule))
		if diff := cmp.Diff(want, messages(changes)); diff != "" {
			t.Errorf("%s\n%s", rule, diff)
		}
	}
}

func TestAlertsOfARuleSayWhyAmongWhatItCounts(t *testing.T) {
	var hits []hit
	for s := range int64(120) {
		for i := range 20 {
			hits = append(hits, hit{second: start + s, section: "/shop", client: i, status: 200})
		}
		hits = append(hits, hit{second: start + s, section: "/old", client: 99, status: 500})
		if s >= 60 {
			hits = append(hits, steady(start+s, 1, 3, hit{section: "/pay", client: 7, status: 503})...)
		}
	}
	changes, _ := drive(hits, parsed(t, "errors: count(status >= 500) > 2/s over 30s"))
	if len(changes) != 1 {
		t.Fatalf("got %v", messages(changes))
	}
	c := changes[0]
	section, ok := find(c.Why, "section", "/pay")
	if !ok || math.Abs(section.Share-1) > 0.1 || section.Before != 0 {
		t.Errorf("got %+v of %+v", section, c.Why)
	}
	if _, shop := find(c.Why, "section", "/shop"); shop {
		t.Errorf("what the rule does not count explains nothing: %+v", c.Why)
	}
	if len(c.Samples) != SampleLines || !strings.Contains(strings.Join(c.Samples, "\n"), "/pay 503") || strings.Contains(strings.Join(c.Samples, "\n"), "200") {
		t.Errorf("lines: %q", c.Samples)
	}
}

func TestBurnRatesFireByTheWorkbook(t *testing.T) {
	ok := hit{section: "/a", status: 200}
	half := func(seconds int64, at int64, every int64) (hits []hit) {
		for s := range seconds {
			h := hit{second: at + s, section: "/a", status: 200}
			hits = append(hits, steady(at+s, 1, 3, ok)...)
			if s%every == 0 {
				h.status = 500
			}
			hits = append(hits, h)
		}
		return hits
	}
	r := parsed(t, "budget: burn(slo 99.9%)")
	for name, c := range map[string]struct {
		hits []hit
		want []string // severity and state
	}{
		"within the budget":        {half(7200, start, 200), nil},
		"the fast burn wakes":      {slices.Concat(steady(start, 3600, 4, ok), half(600, start+3600, 1), steady(start+4200, 2400, 4, ok)), []string{"critical firing", "critical recovered"}},
		"the slow one is a ticket": {half(9*3600, start, 62), []string{"warning firing"}},
	} {
		changes, _ := drive(c.hits, r)
		var got []string
		for _, change := range changes {
			got = append(got, string(change.Severity)+" "+string(change.State))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s\n%v", name, diff, messages(changes))
		}
	}
}

func TestTheBusiestOfManyKeysIsFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	j := NewRules(RulesConfig{Lateness: lateness}, []Rule{parsed(t, "flood: count() > 5/s over 10s per client")})
	var fired []string
	var e event.Event
	add := func(second int64, client string) {
		e.Reset()
		e.Time, e.Client, e.Path = second*1e9, []byte(client), []byte("/")
		j.Add(second, &e)
	}
	for s := range int64(120) {
		for range 400 { // ten thousand clients, none of which is many
			add(start+s, fmt.Sprintf("10.0.%d.%d", rng.IntN(100), rng.IntN(100)))
		}
		for range 20 {
			if s > 60 {
				add(start+s, "203.0.113.9")
			}
		}
		for _, c := range j.Step(start + s - lateness) {
			fired = append(fired, c.Key+" "+string(c.State))
		}
	}
	if diff := cmp.Diff([]string{"203.0.113.9 firing"}, fired); diff != "" {
		t.Error(diff)
	}
	if status := j.Status()[0]; status.Keys != mostKeys || status.Key != "203.0.113.9" || status.Missed == 0 {
		t.Errorf("got %+v", status)
	}
}

func TestManyClientsAreCountedWithinTwoPercent(t *testing.T) {
	r := parsed(t, "crowd: clients() > 1 over 1m")
	p := newPresence(&r, shape{open: lateness + 2, slots: wholeSlots}).(*presence)
	p.close(start - 1)
	n := 0
	for s := range int64(200) {
		for range 3000 {
			n++
			e := event.Event{Client: fmt.Appendf(nil, "c%d", n)}
			p.add(start+s, &e, true)
		}
		p.close(start + s)
		if s < 60 {
			continue
		}
		if got, _ := p.value(); math.Abs(got/180_000-1) > 0.02 {
			t.Fatalf("at %d: %v clients, want 180000", s, got)
		}
	}
	if held := len(p.last); held > 2*p.most {
		t.Errorf("holds %d clients", held)
	}
	for s := int64(200); s < 300; s++ {
		p.close(start + s)
	}
	if got, _ := p.value(); got != 0 || !p.empty() {
		t.Errorf("%v clients after a minute without any", got)
	}
}

func TestPercentilesAreWithinOnePercent(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 100_000 {
		nanos := int64(math.Exp(rng.Float64()*20) * 20_000) // 20 µs to hours
		if got, want := middle(bucketOf(nanos)), float64(min(nanos, longestTime))/1e9; math.Abs(got/want-1) > 0.01 {
			t.Fatalf("%d ns is shown as %v s", nanos, got)
		}
	}
	if b := bucketOf(math.MaxInt64); b >= timingBuckets {
		t.Errorf("the longest duration has bucket %d", b)
	}
}

func TestALateLineCountsInItsSecond(t *testing.T) {
	hits := append(steady(start, 20, 1, hit{section: "/a", status: 200}), steady(start+2, 1, 30, hit{section: "/a", status: 200})...)
	changes, _ := drive(append(hits, hit{second: start + 30, section: "/a", status: 200}), parsed(t, "many: count() > 30 over 20s"))
	want := []string{
		"many fired: count() 45 above 30 over 20s, triggered at 2020-09-13T12:26:54Z", // the second that was judged next
		"many recovered: count() 17 below 30 over 20s, recovered at 2020-09-13T12:27:02Z",
	}
	if diff := cmp.Diff(want, messages(changes)); diff != "" {
		t.Error(diff)
	}
}

func TestRulesOfOneNameReplaceEachOther(t *testing.T) {
	all := InForce([]Rule{parsed(t, "a: rate() > 1"), parsed(t, "b: rate() > 2"), parsed(t, "a: rate() > 3"), parsed(t, "b: off")})
	if len(all) != 1 || all[0].Text != "rate() > 3" {
		t.Errorf("got %v", all)
	}
}

func TestBuiltInRulesAreRules(t *testing.T) {
	if got := BuiltIn(); len(got) != len(builtIn) {
		t.Errorf("%d of %d parse", len(got), len(builtIn))
	}
}

func TestEveryExampleOfHelpIsARule(t *testing.T) {
	for _, m := range Metrics {
		usage := strings.NewReplacer("FILTER", "status >= 400", "OF", `section == "/a"`).Replace(m.Usage)
		text := "r: " + usage + " > " + m.Example
		if m.Unit == Quiet {
			text = "r: " + usage
		}
		for _, clause := range Clauses {
			switch {
			case clause.Name == "over" && m.Unit == Multiple:
				text += " over 1h and 5m"
			case clause.Name == "clear" && m.Unit != Share:
			default:
				text += " " + clause.Usage
			}
		}
		if r, err := Parse(text); err != nil || r.Meaning() == "" {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestRulesTakeDurationsAsTheCommandLineDoes(t *testing.T) {
	for text, seconds := range map[string]int64{"90s": 90, "1h30m": 5400, "3d": 3 * 86400, "1d12h": 36 * 3600, "1w": 7 * 86400} {
		if r := parsed(t, "r: count() > 5 over "+text); r.Over != seconds {
			t.Errorf("over %s is %d seconds, want %d", text, r.Over, seconds)
		}
	}
	for _, text := range []string{"2w", "1y", "1d12", "1wk", ""} {
		if r, err := Parse("r: count() > 5 over " + text); err == nil {
			t.Errorf("over %q was taken for %d seconds", text, r.Over)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, text := range append(ten, "a: change(rate()) > +200% over 1m", "a: no data for 5m", "a: rate( > 5", "a: burn(slo 9%) > 1 over 1h and 5m", "a: p95(duration", "a: off") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := Parse(r.String())
		if err != nil || again.Meaning() != r.Meaning() && !r.Off {
			t.Errorf("%q is not what it says: %q, %v", text, r.String(), err)
		}
		if !r.Off {
			drive([]hit{{second: start, section: "/a", status: 500}, {second: start + 3, section: "/b", status: 200, duration: time.Second}}, r)
		}
	})
}
