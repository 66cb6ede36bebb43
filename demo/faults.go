package demo

import (
	"strconv"
	"time"

	"weir/ingest/event"
)

// The traffic alert that suits the demo at DefaultRate: every surge fires it
// and it recovers, both within 90 s of Start, at any hour. At another rate the
// threshold grows in proportion.
const (
	AlertThreshold = 120.0            // requests per second
	AlertPeriod    = 30 * time.Second // over which they are averaged
)

// Cycle is how often the schedule repeats. A cycle begins at Start, and
// history is the cycles before.
const Cycle = 4 * time.Minute

// Fault is trouble on a schedule.
type Fault struct {
	Name  string        // a few words
	Note  string        // one sentence: what to look for
	At    time.Duration // from the beginning of a Cycle
	For   time.Duration
	Extra float64 // requests it adds, in multiples of Config.Rate

	hit   func(*Generator, *event.Event) // fills an added request
	alter func(*Generator, *event.Event) // changes an ordinary one
}

// Schedule returns the faults of a Cycle in the order they begin.
func Schedule() []Fault {
	return []Fault{
		{
			Name: "scanner", Note: "One client asks for files that only a careless server has.",
			At: 8 * time.Second, For: 22 * time.Second, Extra: 0.2, hit: (*Generator).scan,
		},
		{
			Name: "traffic surge", Note: "Three clients in 203.0.113.0/24 query /search at three times the whole site's traffic.",
			At: 15 * time.Second, For: 25 * time.Second, Extra: 3, hit: (*Generator).flood,
		},
		{
			Name: "slow endpoint", Note: "/products takes twenty times as long as usual.",
			At: 30 * time.Second, For: 30 * time.Second, alter: (*Generator).slow,
		},
		{
			Name: "API errors", Note: "Half the requests to /api end in a 5xx.",
			At: 40 * time.Second, For: 18 * time.Second, alter: (*Generator).fail,
		},
		{
			Name: "password guessing", Note: "One client tries passwords at /login.",
			At: 100 * time.Second, For: 30 * time.Second, Extra: 0.1, hit: (*Generator).guess,
		},
	}
}

func (f *Fault) active(phase time.Duration) bool { return phase >= f.At && phase < f.At+f.For }

// phase is how long before at, in nanoseconds like start, a cycle began.
func phase(start, at int64) time.Duration {
	return time.Duration(((at-start)%int64(Cycle) + int64(Cycle)) % int64(Cycle))
}

var (
	floodClients = words("203.0.113.66 203.0.113.71 203.0.113.94")
	floodAgent   = []byte("python-requests/2.32.5")

	scanClient = []byte("198.51.100.23")
	scanAgents = lines(`
Mozilla/5.0 zgrab/0.x
Mozilla/5.0 (compatible; Nuclei - Open-source project (github.com/projectdiscovery/nuclei))
masscan/1.3 (https://github.com/robertdavidgraham/masscan)
Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)
`)
	scanTargets = words(`/wp-login.php /.env /.git/config /wp-admin/setup-config.php /xmlrpc.php
/phpmyadmin/index.php /.aws/credentials /config.json /backup.sql /server-status /vendor/phpunit/phpunit/phpunit.xml
/.DS_Store /admin/login.php /cgi-bin/luci /solr/admin/info/system /actuator/env /api/.env /old/.env /etc/passwd
/boaform/admin/formLogin /HNAP1/ /owa/auth/logon.aspx /.well-known/security.txt /shell.php /debug/pprof/`)
	handshake = []byte("\x16\x03\x01\x00\xEE\x01\x00\x00\xEA\x03\x03")

	guessClient = []byte("192.0.2.187")
	guessAgent  = []byte("Mozilla/5.0 (Windows NT 6.1; WOW64; rv:40.0) Gecko/20100101 Firefox/40.1")
)

func (g *Generator) flood(e *event.Event) {
	e.Client, e.Agent = pick(g, floodClients), floodAgent
	e.Method, e.Proto, e.Status, e.Host = get, http11, 200, shopHost
	if g.chance(0.04) {
		e.Status = 429
	}
	g.target = append(g.target[:0], "/search?q="...)
	g.target = append(g.target, pick(g, g.site.terms)...)
	g.target = append(g.target, "&page="...)
	g.target = strconv.AppendInt(g.target, 1+g.rng.Int64N(400), 10)
	g.aimed(e, len("/search"))
	g.cost(e, searchClass)
}

func (g *Generator) scan(e *event.Event) {
	e.Client, e.Agent = scanClient, pick(g, scanAgents)
	e.Status, e.Host = 404, shopHost
	switch x := g.rng.IntN(100); {
	case x < 4: // speaks TLS to the plain port
		e.Target, e.Status, e.Bytes, e.Duration, e.Agent = handshake, 400, 150, 0, nil
		e.Flags = event.TLSOnPlain | event.BinaryText
		return
	case x < 7: // connects and says nothing
		e.Target, e.Status, e.Bytes, e.Duration, e.Agent = nil, 400, 0, 0, nil
		e.Flags = event.EmptyRequest
		return
	case x < 15:
		e.Status = 403
	}
	e.Method, e.Proto = get, http11
	g.aim(e, pick(g, scanTargets), nil)
	g.cost(e, missClass)
}

func (g *Generator) guess(e *event.Event) {
	e.Client, e.Agent = guessClient, guessAgent
	e.Method, e.Proto, e.Status, e.Host = post, http11, 401, shopHost
	e.Referrer = g.site.login.url
	g.aim(e, g.site.login.path, nil)
	g.cost(e, g.site.login.class)
}

func (g *Generator) fail(e *event.Event) {
	if !isAPI(e) || !g.chance(0.5) {
		return
	}
	switch x := g.rng.IntN(10); {
	case x < 4:
		e.Status = 500
	case x < 7:
		e.Status = 502
	case x < 9:
		e.Status = 503
	default:
		e.Status, e.Duration = 504, int64(g.around(30_000, 0.002)*float64(time.Millisecond))
	}
}

func (g *Generator) slow(e *event.Event) {
	if len(e.Path) >= len("/products") && string(e.Path[:len("/products")]) == "/products" {
		e.Duration *= 20
	}
}
