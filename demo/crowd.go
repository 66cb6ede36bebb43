package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"weir/ingest/event"
)

// client is someone who comes back: the same address, browser and name.
type client struct {
	address []byte
	agent   []byte
	user    []byte
	proto   []byte
	known   bool // has the static files already, so they are mostly 304
}

// session is one visit. Every page brings a few static files and calls.
type session struct {
	client *client
	from   []byte // the page before, or where the visitor came from
	page   *page
	left   int // pages to come
	assets int // requests that the page still causes
}

// crowd is who asks.
type crowd struct {
	people   []client // most active first
	person   *rand.Zipf
	services []client
	bots     []client
	bot      *rand.Zipf
	checks   []client
	scripts  []client
	visits   [64]session
}

var browsers = lines(`
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36
Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15
Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0
Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0
Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1
Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0
Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0
`)

var crawlers = lines(`
Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36
Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.7444.162 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)
Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)
Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)
DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)
`)

var (
	checkers = lines(`
kube-probe/1.34
Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)
Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)
`)
	callers = lines(`
okhttp/4.12.0
Go-http-client/2.0
ShopApp/7.4.1 (iOS 26.1; iPhone17,1)
ShopApp/7.4.0 (Android 16; Pixel 9)
axios/1.12.2
python-httpx/0.28.1
`)
	tools   = words("curl/8.16.0 Wget/1.25.0 python-requests/2.32.5 curl/7.88.1")
	names   = words("alice bob carla deniz elif farid greta hiro ines jonas")
	origins = words(`https://www.google.com/ https://www.google.com/ https://www.google.com/ https://www.bing.com/ https://duckduckgo.com/
https://news.ycombinator.com/item https://t.co/9fQx2LmP1b https://www.reddit.com/r/BuyItForLife/ https://mail.example.org/`)
	// gone are addresses that people have from elsewhere.
	gone = words(`/old-catalogue.html /products/discontinued-stool /blog/2019/moving-house /apple-touch-icon.png
/static/js/app.0b1f77aa.js`)
	extras     = words("/robots.txt /sitemap.xml /favicon.ico /feed.xml")
	healthPath = []byte("/healthz")
	feedPath   = []byte("/feed.xml")
)

func newCrowd(rng *rand.Rand) *crowd {
	c := &crowd{}
	agent := rand.NewZipf(rng, 1.3, 2, uint64(len(browsers)-1))
	for i, address := range addresses(rng) {
		p := client{address: address, agent: browsers[agent.Uint64()], proto: http20, known: rng.IntN(3) > 0}
		if rng.IntN(5) == 0 {
			p.proto = http11
		}
		if i%4 == 1 {
			p.user = names[rng.IntN(len(names))]
		}
		c.people = append(c.people, p)
	}
	c.person = rand.NewZipf(rng, 1.15, 6, uint64(len(c.people)-1))
	for i := range 24 {
		c.services = append(c.services, client{address: fmt.Appendf(nil, "10.20.%d.%d", i%4, 10+i*9), agent: callers[i%len(callers)], proto: http20})
	}
	for i, agent := range crawlers {
		c.bots = append(c.bots, client{address: fmt.Appendf(nil, "192.0.2.%d", 200+i), agent: agent, proto: http11})
	}
	c.bot = rand.NewZipf(rng, 1.3, 1, uint64(len(c.bots)-1))
	for i, agent := range checkers {
		address := fmt.Appendf(nil, "198.51.100.%d", 250+i)
		if i == 0 {
			address = []byte("10.0.0.4")
		}
		c.checks = append(c.checks, client{address: address, agent: agent, proto: http11})
	}
	for i, agent := range tools {
		c.scripts = append(c.scripts, client{address: fmt.Appendf(nil, "10.8.0.%d", 2+i), agent: agent, proto: http11})
	}
	return c
}

// addresses returns where people come from, in the ranges set aside for
// documentation (RFC 5737, RFC 3849) and some from the office, in random order.
func addresses(rng *rand.Rand) [][]byte {
	var all [][]byte
	for i := range 180 {
		n := strconv.Itoa(2 + i)
		all = append(all, join("198.51.100.", n))
		if i < 60 || i > 100 { // the faults' own clients are in between
			all = append(all, join("203.0.113.", n))
		}
		if i%2 == 0 {
			all = append(all, join("192.0.2.", n))
			all = append(all, fmt.Appendf(nil, "2001:db8:%x:%x::%x", 1+rng.IntN(0x3f), rng.IntN(0xffff), 1+rng.IntN(0xffff)))
		}
		if i%12 == 0 {
			all = append(all, join("10.1.4.", n))
		}
	}
	all = slices.DeleteFunc(all, func(a []byte) bool { return bytes.Equal(a, scanClient) })
	shuffle(rng, all)
	return all
}

// from makes c the client of e.
func (c *client) from(e *event.Event) {
	e.Client, e.Agent, e.Proto = c.address, c.agent, c.proto
	e.Method, e.Host, e.Status = get, shopHost, 200
}

// browse fills e with the next request of some visit.
func (g *Generator) browse(e *event.Event) {
	v := &g.crowd.visits[g.rng.IntN(len(g.crowd.visits))]
	if v.client == nil || v.left == 0 && v.assets == 0 {
		*v = session{client: &g.crowd.people[g.crowd.person.Uint64()], left: 1 + int(g.around(3, 0.8))}
		if g.chance(0.6) {
			v.from = pick(g, origins)
		}
	}
	v.client.from(e)
	switch {
	case v.assets == 0:
		g.visit(e, v)
	case v.assets%4 == 1:
		v.assets--
		g.call(e)
		e.Referrer, e.User = v.page.url, v.client.user
		if g.chance(0.25) {
			e.Proto = http30
		}
	default:
		v.assets--
		g.fetch(e, v)
	}
}

// visit turns v to its next page.
func (g *Generator) visit(e *event.Event, v *session) {
	p := &g.site.pages[g.site.rank.Uint64()]
	for v.page == nil && (p.class == accountClass || p.class == checkoutClass) {
		p = &g.site.pages[g.site.rank.Uint64()] // nobody arrives at a cart
	}
	e.Referrer = v.from
	v.page, v.from, v.assets = p, p.url, g.rng.IntN(6)
	v.left--
	switch {
	case p == g.site.search:
		g.aimSearch(e)
	case p == g.site.list && g.chance(0.5):
		g.aim(e, p.path, pick(g, filters))
	case e.Referrer == nil && g.chance(0.2):
		g.aim(e, p.path, pick(g, tags))
	case g.chance(0.012):
		g.aim(e, pick(g, gone), nil)
		e.Status = 404
	default:
		g.aim(e, p.path, nil)
	}
	g.cost(e, p.class)
	switch x := g.rng.IntN(1000); {
	case p == g.site.login && x < 550:
		e.Method, e.Status, e.Referrer = post, 302, p.url
		if x < 40 {
			e.Status = 401
		}
	case x < 6:
		e.Status = 301
	case x == 999:
		e.Status = 500
	case string(p.path) == "/account/orders":
		if e.User = v.client.user; e.User == nil {
			e.Status = 403
		}
	}
}

func (g *Generator) aimSearch(e *event.Event) {
	g.target = append(g.target[:0], "/search?q="...)
	g.target = append(g.target, g.site.terms[g.site.term.Uint64()]...)
	if g.chance(0.3) {
		g.target = strconv.AppendInt(append(g.target, "&page="...), 2+g.rng.Int64N(5), 10)
	}
	g.aimed(e, len("/search"))
}

// fetch fills e with a static file of the page.
func (g *Generator) fetch(e *event.Event, v *session) {
	file := &g.site.assets[g.site.asset.Uint64()]
	g.aim(e, file.path, nil)
	g.cost(e, file.class)
	e.Referrer = v.page.url
	switch {
	case file.class == videoClass:
		e.Status = 206
	case v.client.known && g.chance(0.45):
		e.Status = 304
	}
}

// call fills e with a call of the API.
func (g *Generator) call(e *event.Event) {
	to := g.site.calls[g.rng.IntN(len(g.site.calls))]
	e.Host, e.Method, e.Status = apiHost, to.method, to.status
	g.target = append(g.target[:0], to.path...)
	if to.ids > 0 {
		g.target = strconv.AppendInt(g.target, 1+g.rng.Int64N(to.ids), 10)
	}
	path, _, _ := bytes.Cut(g.target, []byte("?"))
	g.aimed(e, len(path))
	g.cost(e, to.class)
	switch x := g.rng.IntN(1000); {
	case x < 12:
		e.Status = 404
	case x < 20:
		e.Status = 401
	case x < 26:
		e.Status = 422
	case x < 28:
		e.Status = 500
	}
}

// service fills e with a call by a program.
func (g *Generator) service(e *event.Event) {
	g.crowd.services[g.rng.IntN(len(g.crowd.services))].from(e)
	g.call(e)
}

// crawl fills e with a page that a search engine reads.
func (g *Generator) crawl(e *event.Event) {
	g.crowd.bots[g.crowd.bot.Uint64()].from(e)
	if g.chance(0.08) {
		g.aim(e, pick(g, extras), nil)
		g.cost(e, textClass)
		return
	}
	p := &g.site.pages[g.rng.IntN(len(g.site.pages))]
	g.aim(e, p.path, nil)
	g.cost(e, p.class)
	switch x := g.rng.IntN(100); {
	case x < 5:
		e.Status = 301
	case x < 9:
		e.Status = 404
	case x < 30:
		e.Status = 304
	}
}

// check fills e with an uptime check.
func (g *Generator) check(e *event.Event) {
	c := &g.crowd.checks[g.rng.IntN(len(g.crowd.checks))]
	c.from(e)
	if c == &g.crowd.checks[0] {
		g.aim(e, healthPath, nil)
	} else {
		e.Method = head
		g.aim(e, g.site.pages[0].path, nil)
	}
	g.cost(e, healthClass)
}

// script fills e with what somebody's cron job asks for.
func (g *Generator) script(e *event.Event) {
	g.crowd.scripts[g.rng.IntN(len(g.crowd.scripts))].from(e)
	g.aim(e, feedPath, nil)
	g.cost(e, textClass)
}
