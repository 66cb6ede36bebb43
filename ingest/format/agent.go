package format

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Agent is what a User-Agent header says of itself. The zero value says nothing.
type Agent struct {
	Browser string // "Chrome", "curl", "Googlebot"
	Version string // the major one, "142"
	OS      string // "Windows", "iOS", …; empty for most bots
	Device  string // "desktop", "mobile", "tablet"
	Class   Class
	Bot     bool // no person at a browser: any Class but Browser and NoAgent
}

// Class is what kind of program an Agent is.
type Class uint8

// The classes.
const (
	NoAgent Class = iota // no header, or one that says nothing
	Browser
	Crawler // search engines, previews, archives, anything that calls itself a bot
	Tool    // command-line clients, libraries, load generators
	Monitor // health checks and uptime services
	Scanner // looks for weaknesses
)

var classes = [...]string{"", "browser", "crawler", "tool", "monitor", "scanner"}

// String is the class as the screen says it, empty for NoAgent.
func (c Class) String() string {
	if int(c) < len(classes) {
		return classes[c]
	}
	return ""
}

// Label is the agent in a few words: "Chrome 142 · Windows", "curl 8", "Googlebot 2".
func (a Agent) Label() string {
	label := a.Browser
	if a.Version != "" {
		label += " " + a.Version
	}
	if a.OS != "" && !a.Bot {
		label += " · " + a.OS
	}
	return label
}

// agentBytes bounds what is read of a header: attackers send long ones.
const agentBytes = 512

// Agents tells agents apart and remembers the answers. Its memory is bounded,
// and an agent seen a moment ago costs one look-up and no allocation. It is
// for one goroutine.
type Agents struct {
	known map[string]int // index into ring
	ring  []knownAgent
	size  int // of the ring when it is full
	hand  int
}

type knownAgent struct {
	text  string
	agent Agent
	label string
	used  bool
}

// NewAgents remembers up to size agents, 4096 where size is 0 or less.
func NewAgents(size int) *Agents {
	if size <= 0 {
		size = 4096
	}
	return &Agents{known: map[string]int{}, size: size}
}

// Of is what the header ua says. Only its first 512 bytes count.
func (a *Agents) Of(ua []byte) Agent { return a.at(ua).agent }

// Label is Of(ua).Label(), remembered as well.
func (a *Agents) Label(ua []byte) string { return a.at(ua).label }

// at finds ua, or puts it in the place of one that was not asked for since the
// hand came by last (the clock algorithm).
func (a *Agents) at(ua []byte) *knownAgent {
	ua = ua[:min(len(ua), agentBytes)]
	if i, ok := a.known[string(ua)]; ok {
		k := &a.ring[i]
		k.used = true
		return k
	}
	text := string(ua)
	agent := agentOf(text)
	k := knownAgent{text: text, agent: agent, label: agent.Label()}
	i := len(a.ring)
	if i < a.size {
		a.ring = append(a.ring, k)
	} else {
		for a.ring[a.hand].used {
			a.ring[a.hand].used = false
			a.hand = (a.hand + 1) % len(a.ring)
		}
		i = a.hand
		delete(a.known, a.ring[i].text)
		a.ring[i] = k
		a.hand = (a.hand + 1) % len(a.ring)
	}
	a.known[text] = i
	return &a.ring[i]
}

// programs are agents that the library does not class or does not know, by a
// part of the header in lower case. The first that fits counts.
var programs = []struct {
	part, name string
	class      Class
}{
	{"zgrab", "zgrab", Scanner}, {"masscan", "masscan", Scanner}, {"nikto", "Nikto", Scanner}, {"sqlmap", "sqlmap", Scanner},
	{"nuclei", "Nuclei", Scanner}, {"nmap scripting", "Nmap", Scanner}, {"wpscan", "WPScan", Scanner}, {"gobuster", "gobuster", Scanner},
	{"dirbuster", "DirBuster", Scanner}, {"fuzz faster", "ffuf", Scanner}, {"ffuf", "ffuf", Scanner}, {"feroxbuster", "feroxbuster", Scanner},
	{"wfuzz", "Wfuzz", Scanner}, {"acunetix", "Acunetix", Scanner}, {"nessus", "Nessus", Scanner}, {"openvas", "OpenVAS", Scanner},
	{"censysinspect", "CensysInspect", Scanner}, {"expanse", "Expanse", Scanner}, {"internet-measurement", "InternetMeasurement", Scanner},
	{"internetmeasurement", "InternetMeasurement", Scanner}, {"netsystemsresearch", "NetSystemsResearch", Scanner}, {"l9explore", "l9explore", Scanner},
	{"l9tcpid", "l9tcpid", Scanner}, {"leakix", "LeakIX", Scanner}, {"shodan", "Shodan", Scanner}, {"whatweb", "WhatWeb", Scanner},
	{"arachni", "Arachni", Scanner}, {"httpx - open-source", "httpx", Scanner}, {"zmeu", "ZmEu", Scanner}, {"jorgee", "Jorgee", Scanner},
	{"morfeus", "Morfeus", Scanner}, {"muieblackcat", "Muieblackcat", Scanner}, {"w3af", "w3af", Scanner}, {"skipfish", "skipfish", Scanner},
	{"hello, world", "Hello, World", Scanner}, {"paloaltonetworks", "Palo Alto Networks", Scanner}, {"modat", "ModatScanner", Scanner},

	{"kube-probe", "kube-probe", Monitor}, {"elb-healthchecker", "ELB-HealthChecker", Monitor}, {"googlehc", "GoogleHC", Monitor},
	{"uptimerobot", "UptimeRobot", Monitor}, {"uptime-kuma", "Uptime-Kuma", Monitor}, {"better uptime", "Better Uptime", Monitor}, {"pingdom", "Pingdom", Monitor},
	{"statuscake", "StatusCake", Monitor}, {"site24x7", "Site24x7", Monitor}, {"newrelicpinger", "NewRelicPinger", Monitor}, {"datadog", "Datadog", Monitor},
	{"prometheus", "Prometheus", Monitor}, {"blackbox exporter", "Blackbox Exporter", Monitor}, {"check_http", "check_http", Monitor}, {"nagios", "Nagios", Monitor},
	{"zabbix", "Zabbix", Monitor}, {"consul health", "Consul", Monitor}, {"updown.io", "updown.io", Monitor}, {"haproxy", "HAProxy", Monitor},
	{"varnish", "Varnish", Monitor}, {"traefik", "Traefik", Monitor},

	{"facebookexternalhit", "facebookexternalhit", Crawler}, {"meta-externalagent", "meta-externalagent", Crawler}, {"bytespider", "Bytespider", Crawler},
	{"slurp", "Yahoo! Slurp", Crawler}, {"ia_archiver", "ia_archiver", Crawler}, {"feedfetcher", "FeedFetcher-Google", Crawler},
	{"mediapartners-google", "Mediapartners-Google", Crawler}, {"google-inspectiontool", "Google-InspectionTool", Crawler}, {"googleother", "GoogleOther", Crawler},
	{"whatsapp", "WhatsApp", Crawler}, {"skypeuripreview", "SkypeUriPreview", Crawler}, {"lighthouse", "Lighthouse", Crawler},
	{"headlesschrome", "HeadlessChrome", Crawler}, {"phantomjs", "PhantomJS", Crawler},

	{"python-requests", "python-requests", Tool}, {"python-urllib", "Python-urllib", Tool}, {"python-httpx", "python-httpx", Tool}, {"aiohttp", "aiohttp", Tool},
	{"go-http-client", "Go-http-client", Tool}, {"go-resty", "go-resty", Tool}, {"fasthttp", "fasthttp", Tool}, {"okhttp", "okhttp", Tool}, {"apache-httpclient", "Apache-HttpClient", Tool},
	{"jakarta commons-httpclient", "HttpClient", Tool}, {"java-http-client", "Java-http-client", Tool}, {"libwww-perl", "libwww-perl", Tool}, {"axios", "axios", Tool},
	{"node-fetch", "node-fetch", Tool}, {"undici", "undici", Tool}, {"postmanruntime", "PostmanRuntime", Tool}, {"insomnia", "Insomnia", Tool},
	{"httpie", "HTTPie", Tool}, {"guzzlehttp", "GuzzleHttp", Tool}, {"faraday", "Faraday", Tool}, {"restsharp", "RestSharp", Tool}, {"scrapy", "Scrapy", Tool},
	{"apachebench", "ApacheBench", Tool}, {"jmeter", "JMeter", Tool}, {"powershell", "PowerShell", Tool}, {"libcurl", "libcurl", Tool}, {"wget", "Wget", Tool},
	{"reqwest", "reqwest", Tool}, {"k6/", "k6", Tool}, {"siege/", "siege", Tool}, {"vegeta", "Vegeta", Tool}, {"dart/", "Dart", Tool},
}

// prefixes are programs whose names are too short to be looked for anywhere.
var prefixes = []struct{ part, name string }{
	{"curl", "curl"}, {"java/", "Java"}, {"ruby", "Ruby"}, {"php", "PHP"}, {"perl", "Perl"}, {"wrk/", "wrk"}, {"hey/", "hey"}, {"oha/", "oha"}, {"got ", "got"}, {"node", "Node.js"}, {"rust", "Rust"},
}

// botWords mark a crawler that no one has heard of yet.
var botWords = []string{"bot", "crawl", "spider", "archiver", "fetcher", "preview", "scrape"}

// agentOf takes a header apart.
func agentOf(ua string) Agent {
	ua = strings.TrimSpace(ua)
	if ua == "" || ua == "-" {
		return Agent{}
	}
	lower := strings.ToLower(ua)
	for _, p := range programs {
		if i := strings.Index(lower, p.part); i >= 0 {
			return Agent{Browser: p.name, Version: versionAt(lower[i+len(strings.TrimSuffix(p.part, "/")):]), Class: p.class, Bot: true}
		}
	}
	for _, p := range prefixes {
		if strings.HasPrefix(lower, p.part) {
			return Agent{Browser: p.name, Version: versionAt(lower[len(strings.TrimSuffix(p.part, "/")):]), Class: Tool, Bot: true}
		}
	}

	u := useragent.Parse(ua)
	a := Agent{Browser: strings.TrimSpace(u.Name), Version: major(u.Version), OS: u.OS, Class: Browser}
	for _, word := range botWords {
		if i := strings.Index(lower, word); i >= 0 && !(i >= 2 && lower[i-2:i+3] == "cubot") {
			u.Bot = true
		}
	}
	switch {
	case u.Bot:
		a.Class, a.Bot, a.OS = Crawler, true, ""
	case u.Tablet:
		a.Device = "tablet"
	case u.Mobile:
		a.Device = "mobile"
	case u.Desktop:
		a.Device = "desktop"
	case !strings.HasPrefix(ua, "Mozilla/"):
		// Neither a browser nor a system: a program that gives only its name.
		a.Class, a.Bot = Tool, true
	}
	if len(a.Browser) > 40 {
		a.Browser = a.Browser[:40]
	}
	return a
}

// versionAt is the major version in "/8.14.1 …" or " 2.0".
func versionAt(s string) string {
	if len(s) < 2 || s[0] != '/' && s[0] != ' ' {
		return ""
	}
	return major(s[1:])
}

// major is the digits at the start of a version.
func major(version string) string {
	n := 0
	for n < len(version) && n < 8 && version[n]-'0' <= 9 {
		n++
	}
	return version[:n]
}
