package format

import (
	"net/netip"
	"testing"
)

func TestTheClientIsTheLastAddressThatNoTrustedProxyHas(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48")}
	for _, c := range []struct{ peer, forwarded, want string }{
		{"10.0.0.1", "198.51.100.7", "198.51.100.7"},
		{"10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"},
		{"10.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.3.4", "198.51.100.7"},
		{"10.0.0.1", "203.0.113.9,198.51.100.7:4711,10.2.3.4:80", "198.51.100.7"},
		{"10.0.0.1", "10.9.9.9, 10.2.3.4", "10.9.9.9"},
		{"198.51.100.1", "203.0.113.9", "198.51.100.1"}, // claims what it cannot vouch for
		{"", "203.0.113.9, 10.2.3.4", "203.0.113.9"},
		{"unix:", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.1", "", "10.0.0.1"},
		{"10.0.0.1", "unknown", "10.0.0.1"},
		{"10.0.0.1", "203.0.113.9, unknown, 10.2.3.4", "10.2.3.4"},
		{"10.0.0.1", " , ,", "10.0.0.1"},
		{"10.0.0.1:5500", "[2001:db8:2::1]:443", "2001:db8:2::1"},
		{"[2001:db8:1::5]:80", "2001:db8:2::1", "2001:db8:2::1"},
		{"::ffff:10.0.0.1", "::ffff:203.0.113.9", "::ffff:203.0.113.9"},
		{"10.0.0.1", "for=203.0.113.9;proto=https, for=10.2.3.4", "203.0.113.9"},
		{"10.0.0.1", `For="[2001:db8:2::17]:4711";by=10.0.0.1`, "2001:db8:2::17"},
		{"10.0.0.1", `proto=https;host=h, for=203.0.113.9`, "203.0.113.9"},
		{"10.0.0.1", "for=_hidden", "10.0.0.1"},
		{"client.example.com", "203.0.113.9", "client.example.com"},
		{"", "", ""},
	} {
		if got := string(ClientFrom([]byte(c.peer), []byte(c.forwarded), trusted)); got != c.want {
			t.Errorf("%s says %q: got %q, want %q", c.peer, c.forwarded, got, c.want)
		}
	}
}

func TestAnonymizeClearsTheLastBits(t *testing.T) {
	for _, c := range []struct {
		client string
		want   [4]string
	}{
		{"203.0.113.77", [4]string{"203.0.113.77", "203.0.113.0", "203.0.0.0", "203.0.0.0"}},
		{"198.51.100.7", [4]string{"198.51.100.7", "198.51.100.0", "198.51.0.0", "198.0.0.0"}},
		{"198.51.100.7:80", [4]string{"198.51.100.7:80", "198.51.100.0", "198.51.0.0", "198.0.0.0"}},
		{"2001:db8:1:2:3:4:5:6", [4]string{"2001:db8:1:2:3:4:5:6", "2001:db8:1::", "2001:db8::", "2001::"}},
		{"[2001:db8:1::6]", [4]string{"[2001:db8:1::6]", "2001:db8:1::", "2001:db8::", "2001::"}},
		{"fe80::1%eth0", [4]string{"fe80::1%eth0", "fe80::", "fe80::", "fe80::"}},
		{"::ffff:203.0.113.77", [4]string{"::ffff:203.0.113.77", "203.0.113.0", "203.0.0.0", "203.0.0.0"}},
		{"host.example.com", [4]string{"host.example.com", "host.example.com", "host.example.com", "host.example.com"}},
		{"999.0.0.1", [4]string{"999.0.0.1", "999.0.0.1", "999.0.0.1", "999.0.0.1"}},
		{"", [4]string{"", "", "", ""}},
	} {
		for level, want := range c.want {
			if got := string(Anonymize([]byte("<"), []byte(c.client), level)); got != "<"+want {
				t.Errorf("%s at level %d: got %s, want %s", c.client, level, got[1:], want)
			}
		}
	}
}

func TestClientHelpersAllocateNothing(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	peer, list, dst := []byte("10.0.0.1"), []byte("203.0.113.9, 2001:db8::1, 10.2.3.4"), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		dst = Anonymize(dst[:0], ClientFrom(peer, list, trusted), 1)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
