package address

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAddressesAreReadAsNetipReadsThem(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, text string) {
		before, _, _ := strings.Cut(text, "%")
		want, err := netip.ParseAddr(before)
		got, ok := Parse([]byte(text))
		if ok != (err == nil) || ok && got != want.Unmap() {
			t.Errorf("%q: %v %v, netip %v %v", text, got, ok, want, err)
		}
	}
	for _, text := range []string{"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1::8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3", ":1", "1:", "1:2", "12345::", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.400", "1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.", "...", "g::", "::%1", "fe80::1%", "fe80::1%eth0", "1.2.3.4%", "1.2.3.4%x", "%", "%x", ""} {
		check(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune("0129afF:.%x")), 0, 24, -1),
			rapid.Custom(func(t *rapid.T) string {
				sixteen := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 1, 0xff}), 16, 16).Draw(t, "bytes")
				a := netip.AddrFrom16([16]byte(sixteen))
				return rapid.SampledFrom([]string{a.String(), a.StringExpanded(), a.WithZone("eth0").String(), a.Unmap().String()}).Draw(t, "form")
			}),
			rapid.StringMatching(`(::|(0|1|2a):){1,8}(ffff:)?1\.2\.3\.(4|04|256)`),
			rapid.StringMatching(`([0-9a-f]{0,4}(:|::)?){1,9}([0-9]{1,3}\.){0,3}[0-9]{0,3}`),
		).Draw(t, "text"))
	})
}
