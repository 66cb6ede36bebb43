package demo

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

var start = time.Date(2026, 3, 14, 15, 9, 26, 535_897_932, time.FixedZone("", 3600))

// seconds counts requests by second from where g is until t.
func seconds(g *Generator, t time.Time) (first int64, counts []int) {
	first = (g.at+g.shift)/1e9 - 1
	counts = make([]int, t.Unix()-first+1)
	for e := range g.Until(t) {
		counts[e.Time/1e9-first]++
	}
	return first, counts
}

// changes walks the average over AlertPeriod second by second and says when it
// crosses AlertThreshold, in seconds from Start.
func changes(g *Generator, until time.Duration) (fired, recovered []int) {
	first, counts := seconds(g, g.cfg.Start.Add(until))
	width, firing, sum := int(AlertPeriod/time.Second), false, 0
	for i, n := range counts {
		sum += n
		if i >= width {
			sum -= counts[i-width]
		}
		at := int(first + int64(i) + 1 - g.cfg.Start.Unix())
		switch average := float64(sum) / AlertPeriod.Seconds(); {
		case !firing && average > AlertThreshold:
			firing, fired = true, append(fired, at)
		case firing && average < AlertThreshold:
			firing, recovered = false, append(recovered, at)
		}
	}
	return fired, recovered
}

func TestEverySurgeFiresAndRecoversAtAnyHour(t *testing.T) {
	const cycle = int(Cycle / time.Second)
	for hour := 0; hour < 24; hour += 3 { // a whole number of cycles
		g := New(Config{Seed: int64(hour), Start: start})
		after := time.Duration(hour) * time.Hour
		g.skip(g.cfg.Start.Add(after - DefaultHistory))
		fired, recovered := changes(g, after+2*time.Minute)
		if len(fired) != 4 || len(recovered) != 4 {
			t.Fatalf("%d hours on: fired at %d, recovered at %d, want four of each: three in the history", hour, fired, recovered)
		}
		for i := range fired {
			begin := int(after/time.Second) + (i-3)*cycle
			if f, r := fired[i]-begin, recovered[i]-begin; f < 15 || f > 40 || r <= 40 || r > 75 {
				t.Errorf("%d hours on: cycle %d fires after %d s and recovers after %d s, want 15–40 and 41–75", hour, i-3, f, r)
			}
		}
	}
}

func TestRhythmStaysBetweenItsBoundsAndAveragesOne(t *testing.T) {
	low, high, sum, n := math.Inf(1), 0.0, 0.0, 0
	for at := start; at.Before(start.Add(24 * time.Hour)); at = at.Add(time.Second) {
		r := rhythm(at)
		low, high, sum, n = min(low, r), max(high, r), sum+r, n+1
	}
	if low < 0.65 || high > 1.35 || math.Abs(sum/float64(n)-1) > 0.001 {
		t.Errorf("rhythm is between %.3f and %.3f and %.4f on average, want 0.65–1.35 and 1", low, high, sum/float64(n))
	}
	if r := rhythm(start) / rhythm(start.Add(12*time.Hour)); r < 1.3 {
		t.Errorf("the afternoon is %.2f times as busy as the night, want at least 1.3", r)
	}
}

func TestRateIsWhatTheConfigSays(t *testing.T) {
	const rate = 4.0
	day := 24 * time.Hour
	g := New(Config{Seed: 3, Start: start, Rate: rate, History: -1})
	count := 0
	for range g.Until(start.Add(day)) {
		count++
	}
	faults := 0.0
	for _, f := range Schedule() {
		faults += f.Extra * f.For.Seconds() / Cycle.Seconds()
	}
	want := rate * day.Seconds() * (1 + faults)
	if math.Abs(float64(count)/want-1) > 0.01 {
		t.Errorf("%d requests in a day, want %.0f within 1 %%", count, want)
	}
}

func TestRequestsGoBackByNoMoreThanTheJitter(t *testing.T) {
	g := New(Config{Seed: 4, Start: start, History: 5 * time.Minute})
	newest, backwards := g.cfg.Start.Add(-5*time.Minute).UnixNano()-int64(Jitter), 0
	for e := range g.Until(start.Add(5 * time.Minute)) {
		if e.Time < newest-int64(Jitter) || e.Time >= start.Add(5*time.Minute).UnixNano() {
			t.Fatalf("a request at %d, %s before the newest", e.Time, time.Duration(newest-e.Time))
		}
		if e.Time < newest {
			backwards++
		}
		newest = max(newest, e.Time)
	}
	if backwards == 0 {
		t.Error("every request is in order, want some jitter")
	}
}

func TestPagesFollowZipf(t *testing.T) {
	g := New(Config{Seed: 5, Start: start, History: -1})
	hits := make(map[string]int)
	for range 200_000 {
		var e event.Event
		g.browse(&e)
		if !isAPI(&e) && e.Status == 200 && len(e.Path) > 8 && string(e.Path[:8]) != "/static/" {
			hits[string(e.Path)]++
		}
	}
	var counts []float64
	for _, n := range hits {
		counts = append(counts, float64(n))
	}
	slices.SortFunc(counts, func(a, b float64) int { return int(b - a) })
	if len(counts) < 60 {
		t.Fatalf("%d pages, want at least 60", len(counts))
	}
	// The slope of log count against log rank, by least squares.
	var n, sx, sy, sxx, sxy float64
	for i, c := range counts[:60] {
		x, y := math.Log(float64(i+1)), math.Log(c)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	if slope := (n*sxy - sx*sy) / (n*sxx - sx*sx); slope > -0.7 || slope < -1.4 {
		t.Errorf("hits fall with rank to the power of %.2f, want -1.4 to -0.7", slope)
	}
}

func TestClientsComeFromRangesForDocumentation(t *testing.T) {
	var allowed []netip.Prefix
	for _, p := range []string{"203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32", "10.0.0.0/8"} {
		allowed = append(allowed, netip.MustParsePrefix(p))
	}
	g := New(Config{Seed: 6, Start: start})
	seen := make(map[netip.Prefix]int)
	clients := make(map[string]int)
	for e := range g.Until(start) {
		a, err := netip.ParseAddr(string(e.Client))
		i := slices.IndexFunc(allowed, func(p netip.Prefix) bool { return p.Contains(a) })
		if err != nil || i < 0 {
			t.Fatalf("client %q is outside %v (%v)", e.Client, allowed, err)
		}
		seen[allowed[i]]++
		clients[string(e.Client)]++
	}
	if len(seen) != len(allowed) || len(clients) < 300 {
		t.Errorf("%d clients in %v, want at least 300 in all of %v", len(clients), seen, allowed)
	}
}

// tally is what the requests of some seconds of a cycle have in common.
type tally struct {
	APIErrors   bool // a third of the API's answers are 5xx
	Slow        bool // half the product pages take longer than 0.5 s
	Scanned     bool // a client gets hundreds of 403 and 404
	Handshakes  bool // TLS handshakes and empty requests come in
	Flooded     bool // three clients make half the requests
	Guessed     bool // a client gets dozens of 401 from /login
	NoAgentFrom bool // a request without an agent
}

func tallied(g *Generator, from, to time.Duration) tally {
	for range g.Until(g.cfg.Start.Add(from)) {
		continue
	}
	var t tally
	var all, api, failed, product, slow, flood float64
	misses, refused := make(map[string]int), make(map[string]int)
	empty, hello := 0, 0
	for e := range g.Until(g.cfg.Start.Add(to)) {
		all++
		switch {
		case isAPI(e):
			api++
			if e.Class() == 5 {
				failed++
			}
		case string(event.Section(e.Path)) == "/products":
			product++
			if e.Duration > int64(500*time.Millisecond) {
				slow++
			}
		}
		switch {
		case e.Status == 404 || e.Status == 403:
			misses[string(e.Client)]++
		case e.Status == 401 && string(e.Path) == "/login":
			refused[string(e.Client)]++
		}
		if slices.ContainsFunc(floodClients, func(c []byte) bool { return string(c) == string(e.Client) }) {
			flood++
		}
		if e.Flags&event.EmptyRequest != 0 {
			empty++
		}
		if e.Flags&event.TLSOnPlain != 0 {
			hello++
		}
		t.NoAgentFrom = t.NoAgentFrom || len(e.Agent) == 0
	}
	for _, n := range misses {
		t.Scanned = t.Scanned || n > 100
	}
	for _, n := range refused {
		t.Guessed = t.Guessed || n > 50
	}
	t.APIErrors, t.Slow, t.Flooded = failed > api/3, slow > product/2, flood > all/2
	t.Handshakes = empty > 0 && hello > 0
	return t
}

func TestFaultsDoWhatTheirNamesSay(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to int
		want     tally
	}{
		{"before", 0, 8, tally{}},
		{"scanner", 8, 30, tally{Scanned: true, Handshakes: true, Flooded: true, NoAgentFrom: true}},
		{"surge", 15, 30, tally{Flooded: true, Scanned: true, Handshakes: true, NoAgentFrom: true}},
		{"slow", 41, 60, tally{Slow: true, APIErrors: true}},
		{"slow alone", 58, 60, tally{Slow: true}},
		{"errors", 40, 58, tally{APIErrors: true, Slow: true}},
		{"quiet", 60, 100, tally{}},
		{"guessing", 100, 130, tally{Guessed: true}},
		{"rest", 130, 240, tally{}},
	} {
		for _, cycle := range []time.Duration{-Cycle, 0} {
			g := New(Config{Seed: 7, Start: start})
			got := tallied(g, cycle+time.Duration(c.from)*time.Second, cycle+time.Duration(c.to)*time.Second)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, %d s to %d s of a cycle:\n%s", c.name, c.from, c.to, diff)
			}
		}
	}
}

func TestScheduleFitsInACycleAndBeginsWithinAMinute(t *testing.T) {
	early := 0
	for _, f := range Schedule() {
		if f.At < 0 || f.For <= 0 || f.At+f.For >= Cycle || f.Name == "" || f.Note == "" || f.Extra > 0 != (f.hit != nil) {
			t.Errorf("odd fault %+v", f)
		}
		if f.At < time.Minute {
			early++
		}
	}
	if early < 4 {
		t.Errorf("%d faults begin in the first minute, want 4", early)
	}
}

func TestNothingIsAllocatedForARequest(t *testing.T) {
	g := New(Config{Seed: 8, Start: start})
	buf := make([]byte, 0, 1<<20)
	line := func() {
		e := g.Next()
		if isAPI(e) {
			buf = appendCaddy(buf[:0], e)
		} else {
			buf = g.logs[0].appendCombined(buf[:0], e)
		}
	}
	for range 10_000 {
		line()
	}
	if n := testing.AllocsPerRun(20_000, line); n != 0 {
		t.Errorf("%.2f allocations a request, want none", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	g := New(Config{Seed: 9, Start: start})
	buf := make([]byte, 0, 1<<20)
	for b.Loop() {
		e := g.Next()
		if isAPI(e) {
			buf = appendCaddy(buf[:0], e)
		} else {
			buf = g.logs[0].appendCombined(buf[:0], e)
		}
	}
}
