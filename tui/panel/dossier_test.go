package panel

import (
	"fmt"
	"strings"
	"testing"

	"weir/ingest/event"
	"weir/stats"
)

// requests counts n requests for the paths in turn.
func requests(w *stats.Summary, n int, status int32, agent string, paths ...string) {
	for i := range n {
		path := paths[i%len(paths)]
		if strings.Contains(path, "%d") {
			path = fmt.Sprintf(path, i)
		}
		w.Add(&event.Event{Status: status, Path: []byte(path), Client: []byte("192.0.2.1"), Agent: []byte(agent), Duration: event.Unknown})
	}
}

func TestSignsTellAScannerFromACustomer(t *testing.T) {
	customer := stats.NewSummary(0)
	requests(customer, 60, 200, "Firefox", "/", "/shop/%d", "/static/%d.js")
	requests(customer, 2, 404, "Firefox", "/favicon.ico")
	scanner := stats.NewSummary(0)
	requests(scanner, 40, 404, "Nikto", "/.env", "/wp-login.php", "/a/%d", "/.git/config", "/phpMyAdmin/index.php")
	guesser := stats.NewSummary(0)
	requests(guesser, 30, 401, "curl", "/login")
	for name, c := range map[string]struct {
		w    *stats.Summary
		want string
	}{
		"nobody":   {stats.NewSummary(0), ""},
		"customer": {customer, ""},
		"scanner":  {scanner, "100 % refused (4xx); asks for /.env, /.git/config, /phpMyAdmin/index.php and 1 more like them"},
		"guesser":  {guesser, "100 % refused (4xx); 30 times unauthorised (401)"},
	} {
		if got := strings.Join(Signs(c.w), "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestFirewallLinesNameTheAddressAndNothingElse(t *testing.T) {
	for client, want := range map[string]string{
		"203.0.113.7":              "nft insert rule inet filter input ip saddr 203.0.113.7 drop",
		"2001:db8::7%eth0":         "nft insert rule inet filter input ip6 saddr 2001:db8::7 drop",
		"::ffff:203.0.113.7":       "nft insert rule inet filter input ip saddr 203.0.113.7 drop",
		"crawler.example.com":      "",
		"10.0.0.7":                 "",
		"127.0.0.1":                "",
		"203.0.113.7; rm -rf /":    "",
		"$(reboot)":                "",
		"203.0.113.7\niptables -F": "",
	} {
		lines, why := Blocks(client)
		got := ""
		if len(lines) > 0 {
			got = lines[0]
		}
		if got != want || (want == "") == (why == "") {
			t.Errorf("%q: got %q (%s), want %q", client, got, why, want)
		}
	}
}
