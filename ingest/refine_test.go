package ingest

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"weir/ingest/event"
	"weir/ingest/format"
)

// refine parses lines as combined and refines them: client, country and line as
// shown of each event that is left.
func refine(t *testing.T, r Refine, lines ...string) (out []string) {
	t.Helper()
	parsers, err := r.parser(func() Parser { return format.NewAuto(format.Options{}) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := parsers()
	var e event.Event
	for _, line := range lines {
		e.Reset()
		if reject := p.Parse([]byte(line), &e); reject != nil {
			if reject.Reason != event.LeftOut {
				t.Fatalf("%s: %v", line, reject.Reason)
			}
			continue
		}
		out = append(out, strings.TrimSpace(string(e.Client)+" "+string(e.Country)+" "+string(e.Shown)))
	}
	return out
}

func line(client, agent string) string {
	return client + ` - - [21/Nov/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "` + agent + `"`
}

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

func TestBotsAreLeftOutOrAlone(t *testing.T) {
	lines := []string{line("192.0.2.1", browser), line("192.0.2.2", "curl/8.5.0"), line("192.0.2.3", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")}
	if diff := cmp.Diff([]string{"192.0.2.1"}, refine(t, Refine{IgnoreBots: true}, lines...)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"192.0.2.2", "192.0.2.3"}, refine(t, Refine{OnlyBots: true}, lines...)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhatMatchesTheFilterIsLeft(t *testing.T) {
	lines := []string{line("192.0.2.1", browser), line("198.51.100.2", "curl/8.5.0")}
	if diff := cmp.Diff([]string{"198.51.100.2"}, refine(t, Refine{Filter: `agent startsWith "curl" and bot and status == 200`}, lines...)); diff != "" {
		t.Error(diff)
	}
}

func TestAnonymousClientsAreHiddenInTheLineToo(t *testing.T) {
	got := refine(t, Refine{Anonymize: 1}, line("203.0.113.77", "x"))
	want := []string{"203.0.113.0  " + line("203.0.113.0", "x")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheClientIsTakenFromTrustedProxiesOnly(t *testing.T) {
	lines := []string{
		`{"time":"2026-11-21T08:00:00Z","remote_addr":"10.0.0.1","request":"GET / HTTP/1.1","status":200,"http_x_forwarded_for":"198.51.100.7, 10.0.0.2"}`,
		`{"time":"2026-11-21T08:00:00Z","remote_addr":"203.0.113.9","request":"GET / HTTP/1.1","status":200,"http_x_forwarded_for":"198.51.100.7"}`,
	}
	got := refine(t, Refine{ClientFrom: "10.0.0.0/8"}, lines...)
	if diff := cmp.Diff([]string{"198.51.100.7", "203.0.113.9"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCountriesComeFromTheUsersDatabase(t *testing.T) {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "GeoLite2-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	_, network, _ := net.ParseCIDR("203.0.113.0/24")
	if err := tree.Insert(network, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("NL")}}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "country.mmdb")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := refine(t, Refine{GeoIP: path}, line("203.0.113.5", "x"), line("192.0.2.1", "x"))
	if diff := cmp.Diff([]string{"203.0.113.5 NL", "192.0.2.1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongRefinementsSayWhatToDo(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.mmdb")
	if err := os.WriteFile(text, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe.mmdb")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		r    Refine
		want string
	}{
		{Refine{IgnoreBots: true, OnlyBots: true}, "choose one"},
		{Refine{Anonymize: 4}, "choose a level from 1 to 3"},
		{Refine{ClientFrom: "10.0.0.0/99"}, "neither a network"},
		{Refine{Filter: "statsu == 1"}, "status"},
		{Refine{GeoIP: "/nowhere.mmdb"}, "--geoip /nowhere.mmdb: no such file or directory: check the name"},
		{Refine{GeoIP: text}, "name a MaxMind database"},
		{Refine{GeoIP: filepath.Dir(text)}, "name a"},
		{Refine{GeoIP: pipe}, "--geoip " + pipe + ": no regular file: name a MaxMind database"},
	} {
		if _, err := c.r.parser(nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.r, err, c.want)
		}
	}
}
