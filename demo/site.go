package demo

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"

	"weir/ingest/event"
)

// class is what a kind of response weighs and how long it takes: the medians
// of lognormal distributions and the deviations of their logarithms.
type class struct {
	bytes, byteSpread   float64
	millis, milliSpread float64
}

var (
	homeClass     = class{18_000, 0.10, 14, 0.40}
	productClass  = class{24_000, 0.35, 46, 0.50}
	blogClass     = class{31_000, 0.55, 19, 0.40}
	searchClass   = class{16_000, 0.60, 85, 0.60}
	loginClass    = class{4_200, 0.10, 120, 0.30}
	accountClass  = class{9_000, 0.30, 38, 0.45}
	checkoutClass = class{7_500, 0.20, 160, 0.50}
	textClass     = class{900, 0.80, 2, 0.50}
	missClass     = class{146, 0, 3, 0.60}
	apiReadClass  = class{1_900, 0.90, 24, 0.60}
	apiWriteClass = class{320, 0.50, 41, 0.60}
	healthClass   = class{15, 0, 1.2, 0.40}
	imageClass    = class{62_000, 0.70, 2.5, 0.80}
	scriptClass   = class{88_000, 0.60, 2, 0.70}
	styleClass    = class{14_000, 0.50, 1.6, 0.60}
	fontClass     = class{23_000, 0.20, 1.8, 0.60}
	videoClass    = class{1_048_576, 0.01, 210, 0.70}
)

// page is something with an address.
type page struct {
	path  []byte
	url   []byte // as a referrer
	class class
}

// endpoint is a call of the API. A path that ends in a slash or an equals sign
// is followed by a number below ids.
type endpoint struct {
	method []byte
	path   []byte
	ids    int64
	status int32
	weight int
	class  class
}

// site is what there is to ask for.
type site struct {
	pages  []page // most popular first
	rank   *rand.Zipf
	search *page // the page of pages that takes a term
	login  *page
	list   *page // the catalogue, which is filtered and sorted
	assets []page
	asset  *rand.Zipf
	terms  [][]byte // most popular first
	term   *rand.Zipf
	calls  []*endpoint // each as often as it weighs
}

var (
	get, head, post = []byte("GET"), []byte("HEAD"), []byte("POST")
	put, del, opts  = []byte("PUT"), []byte("DELETE"), []byte("OPTIONS")
	http11, http20  = []byte("1.1"), []byte("2.0")
	http30          = []byte("3.0")
	shopHost        = []byte("shop.example.com")
	apiHost         = []byte("api.example.com")
)

var (
	things = words(`kettle teapot lamp desk chair bookshelf mug blanket notebook backpack headphones keyboard
clock rug vase planter candle apron skillet umbrella`)
	looks    = words("oak walnut linen copper cobalt ivory brass slate")
	subjects = words(`caring-for-wood a-desk-that-lasts brewing-better-tea small-kitchens repairing-a-lamp
why-we-use-linen spring-catalogue how-we-pack meet-the-potters winter-light the-2-minute-sharpening
sizing-a-rug how-a-kettle-is-made returns-made-simple holiday-hours`)
	filters = words("sort=price&dir=asc sort=new category=kitchen category=office&page=2 category=lighting page=2 page=3 category=textiles&sort=rating")
	tags    = words("utm_source=newsletter&utm_medium=email utm_source=search&utm_campaign=autumn ref=home gclid=EAIaIQobChMI8f6")
)

var endpoints = []endpoint{
	{get, []byte("/api/v1/products/"), 900, 200, 30, apiReadClass},
	{get, []byte("/api/v1/cart"), 0, 200, 18, apiReadClass},
	{get, []byte("/api/v1/products?page="), 40, 200, 14, apiReadClass},
	{post, []byte("/api/v1/events"), 0, 202, 12, apiWriteClass},
	{get, []byte("/api/v1/recommendations?item="), 900, 200, 10, apiReadClass},
	{get, []byte("/api/v1/orders/"), 80_000, 200, 8, apiReadClass},
	{post, []byte("/api/v1/cart/items"), 0, 201, 8, apiWriteClass},
	{get, []byte("/api/v1/users/me"), 0, 200, 6, apiReadClass},
	{post, []byte("/api/v1/orders"), 0, 201, 3, apiWriteClass},
	{del, []byte("/api/v1/cart/items/"), 900, 204, 2, apiWriteClass},
	{opts, []byte("/api/v1/orders"), 0, 204, 2, healthClass},
	{put, []byte("/api/v1/users/me"), 0, 200, 1, apiWriteClass},
}

// newSite builds the site: which things and articles are popular is up to rng.
func newSite(rng *rand.Rand) *site {
	s := &site{}
	var products, articles [][]byte
	for _, look := range looks {
		for _, thing := range things {
			products = append(products, join("/products/", string(look), "-", string(thing)))
			s.terms = append(s.terms, join(string(look), "+", string(thing)))
		}
	}
	s.terms = append(s.terms, things...)
	for _, subject := range subjects {
		articles = append(articles, join("/blog/", string(subject)))
	}
	shuffle(rng, products)
	shuffle(rng, articles)
	shuffle(rng, s.terms)

	s.add("/", homeClass)
	s.add("/products", productClass)
	s.add("/search", searchClass)
	s.add("/login", loginClass)
	for len(products) > 0 {
		s.add(string(products[0]), productClass)
		products = products[1:]
		switch n := len(s.pages); {
		case n == 8:
			s.add("/cart", accountClass)
		case n == 13:
			s.add("/blog", blogClass)
		case n == 17:
			s.add("/checkout", checkoutClass)
		case n == 22:
			s.add("/account/orders", accountClass)
		case n == 30:
			s.add("/about", textClass)
		case n%3 == 0 && len(articles) > 0:
			s.add(string(articles[0]), blogClass)
			articles = articles[1:]
		}
	}
	s.list, s.search, s.login = &s.pages[1], &s.pages[2], &s.pages[3]

	s.addAssets()
	for i := range endpoints {
		for range endpoints[i].weight {
			s.calls = append(s.calls, &endpoints[i])
		}
	}
	s.rank = rand.NewZipf(rng, 1.1, 2, uint64(len(s.pages)-1))
	s.asset = rand.NewZipf(rng, 1.2, 3, uint64(len(s.assets)-1))
	s.term = rand.NewZipf(rng, 1.2, 2, uint64(len(s.terms)-1))
	return s
}

func (s *site) add(path string, c class) {
	s.pages = append(s.pages, page{path: []byte(path), url: join("https://", string(shopHost), path), class: c})
}

// addAssets adds the static files, most popular first.
func (s *site) addAssets() {
	for _, name := range words(`css/app.3f9c1b07.css js/app.b81d22fe.js js/vendor.70aa41c9.js img/logo.svg
fonts/inter-var.woff2 css/print.91c0de55.css js/search.5d20f3aa.js img/hero@2x.webp img/payment.svg video/workshop.mp4`) {
		c := imageClass
		switch {
		case bytes.HasPrefix(name, []byte("css")):
			c = styleClass
		case bytes.HasPrefix(name, []byte("js")):
			c = scriptClass
		case bytes.HasPrefix(name, []byte("fonts")):
			c = fontClass
		case bytes.HasPrefix(name, []byte("video")):
			c = videoClass
		}
		s.assets = append(s.assets, page{path: join("/static/", string(name)), class: c})
	}
	for i := range 120 {
		s.assets = append(s.assets, page{path: join("/static/img/products/", strconv.Itoa(1000+i*7), ".webp"), class: imageClass})
	}
}

// isAPI reports whether e is logged by the API's server, in api.jsonl.
func isAPI(e *event.Event) bool { return bytes.Equal(e.Host, apiHost) }

func pick(g *Generator, from [][]byte) []byte { return from[g.rng.IntN(len(from))] }

func shuffle[T any](rng *rand.Rand, s []T) {
	rng.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

func join(parts ...string) []byte { return []byte(strings.Join(parts, "")) }

func words(s string) [][]byte { return bytes.Fields([]byte(s)) }

func lines(s string) [][]byte { return bytes.Split(bytes.TrimSpace([]byte(s)), []byte("\n")) }
