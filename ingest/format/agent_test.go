package format

import (
	"fmt"
	"strings"
	"testing"
)

func TestAgentsAreToldApart(t *testing.T) {
	agents := NewAgents(0)
	for ua, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                  "browser Chrome 142 · Windows, desktop",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.3595.53":                "browser Edge 142 · Windows, desktop",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15":                            "browser Safari 26 · macOS, desktop",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                           "browser Firefox 145 · Linux, desktop",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1":          "browser Safari 18 · iOS, mobile",
		"Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1":                   "browser Safari 17 · iOS, tablet",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                                  "browser Chrome 142 · Android, mobile",
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":       "browser Samsung Browser 28 · Android, mobile",
		"Mozilla/5.0 (Linux; Android 12; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                          "browser Chrome 120 · Android, mobile",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                         "crawler Googlebot 2",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36": "crawler Bingbot 2",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot":                                           "crawler GPTBot 1",
		"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)":                                          "crawler ClaudeBot 1",
		"CCBot/2.0 (https://commoncrawl.org/faq/)":                                  "crawler CCBot 2",
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": "crawler facebookexternalhit 1",
		"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)":        "crawler AhrefsBot 7",
		"curl/8.14.1":            "tool curl 8",
		"Wget/1.21.3":            "tool Wget 1",
		"Go-http-client/1.1":     "tool Go-http-client 1",
		"python-requests/2.32.5": "tool python-requests 2",
		"Python-urllib/3.11":     "tool Python-urllib 3",
		"okhttp/4.12.0":          "tool okhttp 4",
		"PostmanRuntime/7.49.1":  "tool PostmanRuntime 7",
		"Java/17.0.9":            "tool Java 17",
		"my-own-client 0.3":      "tool my-own-client 0.3",
		"kube-probe/1.31":        "monitor kube-probe 1",
		"ELB-HealthChecker/2.0":  "monitor ELB-HealthChecker 2",
		"Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)": "monitor UptimeRobot 2",
		"Mozilla/5.0 zgrab/0.x": "scanner zgrab 0",
		"masscan/1.3 (https://github.com/robertdavidgraham/masscan)":                      "scanner masscan 1",
		"Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000003)":                        "scanner Nikto 2",
		"sqlmap/1.8.2#stable (https://sqlmap.org)":                                        "scanner sqlmap 1",
		"Nuclei - Open-source project (github.com/projectdiscovery/nuclei)":               "scanner Nuclei",
		"Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)": "scanner Nmap",
		"Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)":          "scanner CensysInspect 1",
		"":  "",
		"-": "",
	} {
		a := agents.Of([]byte(ua))
		got := strings.TrimSpace(a.Class.String() + " " + a.Label())
		if a.Device != "" {
			got += ", " + a.Device
		}
		if got != want || a.Bot != (a.Class > Browser) || a.Label() != agents.Label([]byte(ua)) {
			t.Errorf("%s: got %q %+v, want %q", ua, got, a, want)
		}
	}
}

func TestAgentsRememberABoundedNumber(t *testing.T) {
	agents := NewAgents(10)
	steady := []byte("curl/8.14.1")
	agents.Of(steady)
	for i := range 1000 {
		agents.Of(fmt.Appendf(nil, "attacker/%d%s", i, strings.Repeat("x", 1000)))
		agents.Of(steady)
		if len(agents.ring) > 10 || len(agents.known) != len(agents.ring) {
			t.Fatalf("%d remembered in %d places", len(agents.known), len(agents.ring))
		}
	}
	if _, ok := agents.known[string(steady)]; !ok {
		t.Error("the one that is always there was driven out")
	}
	for text := range agents.known {
		if len(text) > agentBytes {
			t.Errorf("%d bytes are remembered", len(text))
		}
	}
	if n := testing.AllocsPerRun(100, func() { agents.Of(steady); agents.Label(steady) }); n > 0 {
		t.Errorf("%v allocations for a known agent", n)
	}
}

func FuzzAgents(f *testing.F) {
	f.Add([]byte("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"))
	f.Add([]byte("Mozilla/5.0 (compatible; http://;;;;;;; bot/1.0"))
	f.Add([]byte("\xff(;)[/]:http://"))
	f.Fuzz(func(t *testing.T, ua []byte) {
		if a := NewAgents(1).Of(ua); a.Bot != (a.Class > Browser) {
			t.Errorf("%+v", a)
		}
	})
}
