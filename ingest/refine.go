package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"weir/ingest/event"
	"weir/ingest/format"
	"weir/stats/filter"
)

// Refine says what becomes of an event after it is parsed and before anybody
// counts or shows it. The zero value changes nothing.
type Refine struct {
	Filter     string `group:"Only:" placeholder:"EXPR" brief:"What matches: status >= 500 and path contains \"/api\"." help:"Only the events that match, like: status >= 500 and path startsWith \"/api\"."`
	ClientFrom string `group:"Only:" placeholder:"NETS" brief:"Trusted proxies, whose clients X-Forwarded-For names." help:"Trusted proxies (10.0.0.0/8,127.0.0.1): the client of their requests is taken from X-Forwarded-For."`
	IgnoreBots bool   `group:"Only:" help:"Leave out crawlers, tools and scanners." brief:"Leave out crawlers, scanners; --only-bots keeps just them."`
	OnlyBots   bool   `group:"Only:" help:"Keep only crawlers, tools and scanners." brief:"-"`
	Anonymize  int    `group:"Only:" placeholder:"LEVEL" help:"Hide the ends of client addresses: 1 the last 8 bits (IPv6: 80), 2 16 (96), 3 24 (112)."`
	GeoIP      string `group:"Only:" name:"geoip" placeholder:"FILE" help:"Rank countries by this MaxMind database (mmdb) of your own."`
}

// parser wraps what makes parsers so that their events are refined.
func (r *Refine) parser(parsers func() Parser, zone *time.Location) (func() Parser, error) {
	if *r == (Refine{}) {
		return parsers, nil
	}
	if r.IgnoreBots && r.OnlyBots {
		return nil, UsageError{errors.New("--ignore-bots and --only-bots leave nothing: choose one")}
	}
	if r.Anonymize < 0 || r.Anonymize > 3 {
		return nil, UsageError{fmt.Errorf("--anonymize %d: choose a level from 1 to 3, or 0 for none", r.Anonymize)}
	}
	trusted, err := prefixes(r.ClientFrom)
	if err != nil {
		return nil, UsageError{fmt.Errorf("--client-from: %w", err)}
	}
	if _, err := compile(r.Filter, zone); err != nil {
		return nil, UsageError{fmt.Errorf("--filter: %w", err)}
	}
	var countries *maxminddb.Reader
	if r.GeoIP != "" {
		if countries, err = openDatabase(r.GeoIP); err != nil {
			return nil, UsageError{fmt.Errorf("--geoip %s", database(r.GeoIP, err))}
		}
	}
	var refine func(Parser) *refined
	refine = func(parser Parser) *refined {
		only, _ := compile(r.Filter, zone) // it did before
		p := &refined{Parser: parser, again: refine, only: only, level: r.Anonymize, trusted: trusted, left: event.Reject{Reason: event.LeftOut}}
		if r.IgnoreBots || r.OnlyBots {
			p.agents, p.bots = format.NewAgents(1024), r.OnlyBots
		}
		if countries != nil {
			p.countries = &geography{db: countries, known: make(map[netip.Addr][]byte)}
		}
		return p
	}
	return func() Parser { return refine(parsers()) }, nil
}

// Inside implements format.Wrapper.
func (p *refined) Inside() string {
	if w, ok := p.Parser.(format.Wrapper); ok {
		return w.Inside()
	}
	return ""
}

// compile compiles a filter for one goroutine: it knows bots by a cache of its own.
func compile(text string, zone *time.Location) (*filter.Filter, error) {
	agents := format.NewAgents(1024)
	return filter.Config{Bot: func(agent []byte) bool { return agents.Of(agent).Bot }, Location: zone}.Compile(text)
}

// prefixes reads a list of networks and addresses.
func prefixes(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("%q is neither a network like 10.0.0.0/8 nor an address", text)
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// refined is a Parser whose events are refined.
type refined struct {
	Parser
	again     func(Parser) *refined // refines the events of another parser in the same way
	only      *filter.Filter
	trusted   []netip.Prefix
	level     int
	agents    *format.Agents // to tell bots; nil where nobody asks
	bots      bool           // what is kept
	countries *geography
	left      event.Reject
}

func (p *refined) Parse(line []byte, e *event.Event) *event.Reject {
	if r := p.Parser.Parse(line, e); r != nil {
		return r
	}
	if p.agents != nil && e.Kind == event.Request && p.agents.Of(e.Agent).Bot != p.bots {
		e.Reset()
		return &p.left
	}
	if len(p.trusted) > 0 && e.More != nil {
		e.Client = format.ClientFrom(e.Client, e.More.Forwarded, p.trusted)
	}
	if p.countries != nil {
		e.Country = p.countries.of(e.Client)
	}
	if !p.only.Match(e) {
		e.Reset()
		return &p.left
	}
	if p.level > 0 {
		p.hide(line, e)
	}
	return nil
}

// hide anonymizes the client, and in the raw line whatever is its address.
func (p *refined) hide(line []byte, e *event.Event) {
	buf := e.Scratch()
	from := len(buf)
	buf = format.Anonymize(buf, e.Client, p.level)
	hidden := buf[from:len(buf):len(buf)]
	from = len(buf)
	for rest := line; ; {
		i := -1
		if len(e.Client) > 0 {
			i = bytes.Index(rest, e.Client)
		}
		if i < 0 {
			buf = append(buf, rest...)
			break
		}
		buf = append(append(buf, rest[:i]...), hidden...)
		rest = rest[i+len(e.Client):]
	}
	e.Shown = buf[from:len(buf):len(buf)]
	e.Client = hidden
	if e.More != nil {
		e.More.Forwarded = nil
	}
	e.SetScratch(buf)
}

// geography looks up countries and remembers some.
type geography struct {
	db    *maxminddb.Reader
	known map[netip.Addr][]byte
}

// knownCountries bounds what geography remembers.
const knownCountries = 4096

func (g *geography) of(client []byte) []byte {
	addr, err := netip.ParseAddr(string(client))
	if err != nil {
		return nil
	}
	if code, ok := g.known[addr]; ok {
		return code
	}
	var found struct {
		Country struct {
			Code string `maxminddb:"iso_code"`
		} `maxminddb:"country"`
	}
	if err := g.db.Lookup(addr.Unmap()).Decode(&found); err != nil {
		return nil
	}
	if len(g.known) >= knownCountries {
		clear(g.known)
	}
	code := []byte(found.Country.Code)
	g.known[addr] = code
	return code
}

// openDatabase opens what can be mapped into memory: to open a pipe would wait for its writer.
func openDatabase(path string) (*maxminddb.Reader, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, errors.New("no regular file")
	}
	return maxminddb.Open(path)
}

// database says what is wrong with a database of countries, and what to do.
func database(path string, err error) string {
	if _, system := errors.AsType[syscall.Errno](err); system {
		return Explain(path, err)
	}
	return fmt.Sprintf("%s: %v: name a MaxMind database of countries (mmdb)", path, err)
}
