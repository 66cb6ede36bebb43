package filter

import (
	"net/netip"

	"weir/ingest/address"
)

// parseNetwork reads "10.0.0.0/8" or a single address.
func parseNetwork(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	a, ok := address.Parse([]byte(text))
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// within tells whether an address is in one of the networks.
func within(text []byte, networks []netip.Prefix) bool {
	a, ok := address.Parse(text)
	return ok && address.In(a, networks)
}
