// Package demo makes believable web traffic, with faults on a schedule: a shop
// that people browse, an API behind it, crawlers, checks, and now and then
// trouble. The traffic is a pure function of the seed, told by a clock of its
// own, which is moved to the start; Backfill and Run write it as log files that
// grow, so that what reads them is the real reader.
package demo

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"

	"weir/ingest/event"
)

// Config says what traffic to make. Start and Dir are needed, the rest works
// as its zero value.
type Config struct {
	Seed     int64         // the same Seed gives the same requests, at the same distances from Start
	Start    time.Time     // the wall clock as Run begins, cut to ten seconds; its location is that of the lines
	Dir      string        // where the logs are written; it must exist
	Rate     float64       // requests per second without faults, averaged over a day; 0 is DefaultRate
	History  time.Duration // how much before Start Backfill writes; 0 is DefaultHistory, negative is none
	MaxBytes int64         // size at which a log is rotated to NAME.1, replacing it; 0 is DefaultMaxBytes
}

// The defaults of Config.
const (
	DefaultRate     = 60.0
	DefaultHistory  = 13 * time.Minute
	DefaultMaxBytes = 64 << 20
)

// Jitter is how much earlier than a line before it a line may be dated, at most:
// the workers of a server do not finish in order.
const Jitter = 80 * time.Millisecond

// epoch is what the demo's own clock shows at Start: a late morning, when the
// site is about as busy as it is on average. Rhythm and faults follow this
// clock, so they are the same whenever the demo is started.
var epoch = time.Date(2000, time.January, 3, 11, 0, 0, 0, time.UTC)

// slice is what Start is cut to: the past is counted in slices of so much, and
// the same requests shall fall into the same ones.
const slice = 10 * time.Second

// Generator makes the traffic of one Config. It is for one goroutine.
type Generator struct {
	cfg    Config
	rng    *rand.Rand
	faults []Fault
	site   *site
	crowd  *crowd
	logs   [2]logFile

	at     int64 // when the next request arrives by the demo's own clock, nanoseconds since the Unix epoch
	shift  int64 // from the demo's own clock to the wall clock, nanoseconds
	second int64 // the second of the demo's own clock that base and zone are of
	base   float64
	zone   int32
	event  event.Event
	target []byte // what event.Target points to
}

// New returns the generator of cfg, placed at the beginning of its history.
func New(cfg Config) *Generator {
	if cfg.Rate <= 0 {
		cfg.Rate = DefaultRate
	}
	if cfg.History == 0 {
		cfg.History = DefaultHistory
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	cfg.Start = cfg.Start.Truncate(slice)
	rng := rand.New(rand.NewPCG(uint64(cfg.Seed), 0x77656972))
	g := &Generator{cfg: cfg, rng: rng, faults: Schedule(), second: math.MinInt64}
	g.site = newSite(rng)
	g.crowd = newCrowd(rng)
	g.logs = [2]logFile{g.newLog("access.log"), g.newLog("api.jsonl")}
	g.shift = cfg.Start.UnixNano() - epoch.UnixNano()
	g.at = epoch.Add(-max(cfg.History, 0)).UnixNano()
	g.advance()
	return g
}

// Next returns the next request. The event is the generator's own and valid
// until the next call. A Target without a Method is a request line that is no
// request, byte for byte.
func (g *Generator) Next() *event.Event {
	e := &g.event
	e.Reset()
	e.Zone = g.zone
	g.request(e)
	e.Time = g.at + g.shift - g.rng.Int64N(int64(Jitter))
	g.advance()
	return e
}

// Until returns the requests that arrive before t, each valid until the next.
func (g *Generator) Until(t time.Time) iter.Seq[*event.Event] {
	end := t.UnixNano() - g.shift
	return func(yield func(*event.Event) bool) {
		for g.at < end && yield(g.Next()) {
		}
	}
}

// skip leaves out the requests before t, if there are any.
func (g *Generator) skip(t time.Time) {
	if at := t.UnixNano() - g.shift; g.at < at {
		g.at = at
		g.advance()
	}
}

// advance draws when the next request arrives. The rate is that of the request
// before, so a fault begins and ends within a gap (about 15 ms) of its time.
func (g *Generator) advance() {
	g.look()
	g.at += int64(g.rng.ExpFloat64() / (g.base + g.extra()) * float64(time.Second))
	g.look()
}

// extra is the rate of the requests that faults add now.
func (g *Generator) extra() float64 {
	rate, phase := 0.0, g.phase()
	for i := range g.faults {
		if f := &g.faults[i]; f.active(phase) {
			rate += f.Extra * g.cfg.Rate
		}
	}
	return rate
}

// look works out what is the same for a second: the ordinary rate and the zone.
func (g *Generator) look() {
	second := g.at / int64(time.Second)
	if second == g.second {
		return
	}
	_, offset := time.Unix(0, g.at+g.shift).In(g.cfg.Start.Location()).Zone()
	g.second, g.zone = second, int32(offset)
	g.base = g.cfg.Rate * rhythm(time.Unix(second, 0).UTC())
}

// rhythm is how busy the site is at t, 1 being the average of a day: most in
// the afternoon, least before dawn, with ripples of a minute or so. It stays
// between 0.65 and 1.35.
func rhythm(t time.Time) float64 {
	hour := float64(t.Hour()) + float64(t.Minute())/60
	day := 1 + 0.22*math.Cos(2*math.Pi*(hour-15.5)/24) + 0.05*math.Cos(4*math.Pi*(hour-20)/24)
	at := float64(t.Unix() % (97 * 41))
	return day * (1 + 0.035*math.Sin(2*math.Pi*at/97) + 0.025*math.Sin(2*math.Pi*at/41))
}

// request fills e: ordinary traffic or a fault's own, in proportion to their rates.
func (g *Generator) request(e *event.Event) {
	defer g.finish(e)
	phase := g.phase()
	x := g.rng.Float64()*(g.base+g.extra()) - g.base
	for i := range g.faults {
		if f := &g.faults[i]; x >= 0 && f.hit != nil && f.active(phase) {
			if x -= f.Extra * g.cfg.Rate; x < 0 {
				f.hit(g, e)
				return
			}
		}
	}
	g.ordinary(e)
	for i := range g.faults {
		if f := &g.faults[i]; f.alter != nil && f.active(phase) {
			f.alter(g, e)
		}
	}
}

// ordinary fills e with a request as on any day.
func (g *Generator) ordinary(e *event.Event) {
	switch x := g.rng.IntN(1000); {
	case x < 730:
		g.browse(e)
	case x < 870:
		g.service(e)
	case x < 950:
		g.crawl(e)
	case x < 990:
		g.check(e)
	default:
		g.script(e)
	}
}

// finish settles what follows from the rest.
func (g *Generator) finish(e *event.Event) {
	if e.Method == nil {
		return
	}
	if e.Duration > int64(2*time.Second) && e.Status < 500 && g.chance(0.3) {
		e.Status = 499 // the client gave up
	}
	e.Duration = min(e.Duration, int64(time.Minute))
	switch {
	case e.Status == 204 || e.Status == 304 || e.Status == 499 || string(e.Method) == "HEAD":
		e.Bytes = 0
	case e.Status >= 400, e.Status == 301, e.Status == 302:
		e.Bytes = 140 + int64(e.Status)%7*9
	}
	resolution := time.Millisecond // as nginx writes $request_time
	if isAPI(e) {
		resolution = time.Microsecond
	}
	e.Duration -= e.Duration % int64(resolution)
}

// aim sets the target of e: a path, then an optional query.
func (g *Generator) aim(e *event.Event, path, query []byte) {
	g.target = append(g.target[:0], path...)
	if len(query) > 0 {
		g.target = append(append(g.target, '?'), query...)
	}
	g.aimed(e, len(path))
}

// aimed sets the target of e to g.target, whose path is n bytes long.
func (g *Generator) aimed(e *event.Event, n int) {
	e.Target, e.Path, e.Query = g.target, g.target[:n], nil
	if n < len(g.target) {
		e.Query = g.target[n+1:]
	}
}

// cost sets the size and the duration of e to those of a class.
func (g *Generator) cost(e *event.Event, c class) {
	e.Bytes = int64(g.around(c.bytes, c.byteSpread))
	e.Duration = int64(g.around(c.millis, c.milliSpread) * float64(time.Millisecond))
}

// around draws from the lognormal distribution with that median and the
// standard deviation sigma of its logarithm.
func (g *Generator) around(median, sigma float64) float64 {
	return median * math.Exp(sigma*g.rng.NormFloat64())
}

func (g *Generator) chance(p float64) bool { return g.rng.Float64() < p }

// phase is the time since the schedule last began.
func (g *Generator) phase() time.Duration {
	return phase(epoch.UnixNano(), g.at)
}
