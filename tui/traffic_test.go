package tui

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"weir/alert"
	"weir/ingest"
	"weir/ingest/event"
	"weir/stats"
)

// town is the zone of the tests: inside a synctest bubble it is the first of
// January 2000, midnight UTC.
var town = time.FixedZone("CET", 3600)

// site makes believable traffic by the second: sections in the manner of Zipf,
// a slow endpoint, a few errors, and surges on /search from one network.
type site struct {
	rng    *rand.Rand
	surges [][2]int // from, to: seconds since the start
	base   int      // requests per second otherwise
	plain  bool     // no durations
}

var sitePaths = []struct {
	path   string
	weight int
	millis float64
}{
	{"/api/v1/products", 20, 22}, {"/api/v1/cart", 9, 35}, {"/static/css/main.css", 14, 1.2}, {"/static/js/app.js", 12, 1.6},
	{"/", 11, 12}, {"/search?q=weir", 10, 48}, {"/images/logo.png", 8, 0.9}, {"/api/v1/orders/checkout/confirm", 4, 240},
	{"/login", 4, 64}, {"/products/river-gauges/stainless-steel-v-notch", 5, 30}, {"/health", 2, 0.4}, {"/blog/2026/how-weirs-measure", 1, 18},
}

var siteAgents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
	"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	"curl/8.14.1",
}

func siteLabel(agent string) string {
	for i, label := range []string{"Chrome 139", "Safari 18", "Firefox 141", "Googlebot", "curl 8"} {
		if agent == siteAgents[i] {
			return label
		}
	}
	return agent
}

// second returns the batch of one second.
func (s *site) second(n int, at time.Time) *event.Batch {
	b := &event.Batch{}
	surge := false
	for _, r := range s.surges {
		surge = surge || n >= r[0] && n < r[1]
	}
	hits, more := s.base+int(float64(s.base)/5*s.rng.NormFloat64()), 0
	if surge {
		more = 6 * s.base
	}
	b.Events = make([]event.Event, 0, max(hits, 0)+more)
	for range hits {
		s.request(b, at, false)
	}
	for range more {
		s.request(b, at, true)
	}
	b.Lines = len(b.Events)
	b.Bytes = 180 * b.Lines
	return b
}

func (s *site) request(b *event.Batch, at time.Time, surge bool) {
	e := b.Next()
	p, pick := sitePaths[0], s.rng.IntN(100)
	for _, c := range sitePaths {
		if pick -= c.weight; pick < 0 {
			p = c
			break
		}
	}
	client := address("10.", s.rng.IntN(3), s.rng.IntN(24), 1+s.rng.IntN(250))
	if s.rng.IntN(5) == 0 {
		client = address("198.51.100.", 1+int(s.rng.ExpFloat64()*3))
	}
	agent := siteAgents[min(int(s.rng.ExpFloat64()*1.3), len(siteAgents)-1)]
	if surge {
		p = sitePaths[5]
		client, agent = address("203.0.113.", 7+s.rng.IntN(3)), siteAgents[4]
	}
	status := int32(200)
	switch r := s.rng.IntN(1000); {
	case r < 4:
		status = 500
	case r < 6 && p.path == "/api/v1/orders/checkout/confirm":
		status = 503
	case r < 22:
		status = 404
	case r < 60:
		status = 304
	case r < 70:
		status = 301
	}
	e.Time = at.UnixNano() + int64(s.rng.IntN(1e9))
	e.Client, e.Method, e.Target, e.Agent = client, []byte("GET"), []byte(p.path), []byte(agent)
	e.Path = e.Target
	for i, c := range e.Target {
		if c == '?' {
			e.Path, e.Query = e.Target[:i], e.Target[i+1:]
			break
		}
	}
	e.Proto, e.Host, e.Source = []byte("1.1"), []byte("shop.example"), []byte("/var/log/nginx/access.log")
	e.Status, e.Bytes = status, 200+int64(s.rng.ExpFloat64()*9000)
	if !s.plain {
		e.Duration = int64(p.millis * 1e6 * (0.4 + s.rng.ExpFloat64()))
	}
	line := append(make([]byte, 0, 256), client...)
	line = append(append(append(line, ` - - [01/Jan/2000:01:00:00 +0100] "GET `...), p.path...), ` HTTP/1.1" `...)
	line = append(strconv.AppendInt(line, int64(status), 10), ' ')
	line = append(append(strconv.AppendInt(line, e.Bytes, 10), ` "-" "`...), agent...)
	e.Raw = append(line, '"')
}

// address is head and the numbers with dots between.
func address(head string, numbers ...int) []byte {
	a := append(make([]byte, 0, 15), head...)
	for i, n := range numbers {
		if i > 0 {
			a = append(a, '.')
		}
		a = strconv.AppendInt(a, int64(n), 10)
	}
	return a
}

// scene is a state of the world to take a picture of.
type scene struct {
	seconds int   // of traffic before the picture
	site    *site // nil is no traffic
	sources []event.Source
	config  Config
	rule    float64
	rules   []string // beside the traffic alert
}

func newSite(surges ...[2]int) *site {
	return &site{rng: rand.New(rand.NewPCG(1, 2)), base: 180, surges: surges}
}

var healthy = []event.Source{
	{Path: "/var/log/nginx/access.log", Format: "combined", How: "detected", State: event.Live, Lines: 152_204, Parsed: 152_201, Rotations: 2,
		Rejected: [event.NumReasons]int64{event.BadField: 2, event.Truncated: 1},
		Bad: []event.Bad{{Reject: event.Reject{Reason: event.BadField, Field: "http.response.status_code", Column: 61}, Line: 18_233,
			Text: []byte(`10.1.2.3 - - [01/Jan/2000:01:00:00 +0100] "GET / HTTP/1.1" 2x0 12`)}}},
	{Path: "/var/log/nginx/api.jsonl", Format: "jsonl", How: "detected", State: event.Live, Lines: 40_118, Parsed: 40_118},
	{Path: "/var/log/nginx/old.log", State: event.Waiting},
}

// run plays a scene through a real Pump in a bubble of fake time, and hands
// over the pump and the config of the screen when it is time for the picture.
func (s scene) run(t *testing.T, look func(t *testing.T, cfg Config, pump *ingest.Pump)) {
	synctest.Test(t, func(t *testing.T) {
		in := make(chan *event.Batch)
		rule := s.rule
		if rule == 0 {
			rule = 400
		}
		pump := ingest.NewPump(ingest.PumpConfig{
			Threshold: rule, Location: town, Refresh: 10 * time.Second,
			Sources: func() []event.Source { return s.sources },
			Stats:   stats.Config{Lateness: time.Second},
			Rules:   parsed(t, s.rules),
		}, in)
		done := make(chan struct{})
		go func() { defer close(done); pump.Run(t.Context()) }()
		for n := range s.seconds {
			time.Sleep(time.Second)
			if s.site != nil {
				in <- s.site.second(n, time.Now().Add(-time.Second).Truncate(time.Second))
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		cfg := s.config
		cfg.Location = town
		cfg.Label = siteLabel
		if cfg.Title == nil {
			for i := range s.sources {
				cfg.Title = append(cfg.Title, s.sources[i].Path)
			}
		}
		look(t, cfg, pump)
		close(in)
		<-done
	})
}

func parsed(t *testing.T, rules []string) (all []alert.Rule) {
	t.Helper()
	for _, text := range rules {
		r, err := alert.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// open returns a model of that size that has been answered.
func open(cfg Config, pump *ingest.Pump, w, h int) *Model {
	m := New(cfg, pump, w, h)
	settle(m)
	return m
}

// settle lets the pump answer what the screen asked.
func settle(m *Model) {
	synctest.Wait()
	m.Update(tick{})
}

// plain is what the screen shows, as text.
func plain(m *Model) string {
	m.View()
	return m.grid.Plain()
}

// press sends keys.
func press(m *Model, keys ...string) {
	for _, k := range keys {
		m.Update(keyMsg(k))
		settle(m)
	}
}
