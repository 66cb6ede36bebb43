package format

import (
	"bytes"
	"net/netip"

	"weir/ingest/address"
)

// ClientFrom chooses who made a request that came through proxies: the last
// address in forwarded that no trusted proxy has, as far as trusted proxies
// vouch for the list. peer is the address that connected, forwarded an
// X-Forwarded-For list or a Forwarded header (RFC 7239). The result is a slice
// of peer or of forwarded, without port and brackets.
//
// A peer that is not trusted is the client, whatever it claims. So nobody can
// choose the address under which he is counted.
func ClientFrom(peer, forwarded []byte, trusted []netip.Prefix) []byte {
	client, _ := splitPort(peer)
	if len(client) > 0 && !proxied(client, trusted) {
		return client
	}
	for len(forwarded) > 0 {
		last := forwarded
		if i := bytes.LastIndexByte(forwarded, ','); i >= 0 {
			last, forwarded = forwarded[i+1:], forwarded[:i]
		} else {
			forwarded = nil
		}
		hop := hopOf(last)
		if len(hop) == 0 {
			continue
		}
		addr, ok := address.Parse(hop)
		if !ok { // "unknown", "_hidden": nobody beyond is known
			return client
		}
		client = hop
		if !address.In(addr, trusted) {
			return client
		}
	}
	return client
}

// proxied tells whether client is a trusted proxy. A Unix socket is one.
func proxied(client []byte, trusted []netip.Prefix) bool {
	addr, ok := address.Parse(client)
	if !ok {
		return string(client) == "unix:" || string(client) == "unix" || string(client) == "@"
	}
	return address.In(addr, trusted)
}

// hopOf is the address in one element of a list: "203.0.113.7:4711", "[2001:db8::1]",
// `proto=https;for="[2001:db8::1]:4711"`.
func hopOf(b []byte) []byte {
	if i := bytes.IndexByte(b, '='); i >= 0 {
		found := []byte(nil)
		for part := range bytes.SplitSeq(b, []byte{';'}) {
			name, value, _ := bytes.Cut(bytes.TrimSpace(part), []byte{'='})
			if len(name) == 3 && name[0]|0x20 == 'f' && name[1]|0x20 == 'o' && name[2]|0x20 == 'r' {
				found = value
			}
		}
		b = found
	}
	b = bytes.Trim(b, " \t\"")
	host, _ := splitPort(b)
	return host
}

// Anonymize appends client to dst with its last bits set to zero: none at level
// 0; at level 1, 2 and 3 the last 8, 16 and 24 of an IPv4 address and the last
// 80, 96 and 112 of an IPv6 address, as GoAccess has it. Higher levels are as 3. Host
// names are left as they are; a port and a zone go.
func Anonymize(dst, client []byte, level int) []byte {
	if level <= 0 {
		return append(dst, client...)
	}
	host, _ := splitPort(client)
	addr, ok := address.Parse(host)
	if !ok {
		return append(dst, client...)
	}
	level = min(level, 3)
	bits := 32 - 8*level
	if addr.Is6() {
		bits = 64 - 16*level
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return append(dst, client...)
	}
	return p.Addr().AppendTo(dst)
}
