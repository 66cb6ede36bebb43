package format

import (
	"bytes"
	"net/netip"
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
		addr, ok := addrOf(hop)
		if !ok { // "unknown", "_hidden": nobody beyond is known
			return client
		}
		client = hop
		if !within(addr, trusted) {
			return client
		}
	}
	return client
}

// proxied tells whether client is a trusted proxy. A Unix socket is one.
func proxied(client []byte, trusted []netip.Prefix) bool {
	addr, ok := addrOf(client)
	if !ok {
		return string(client) == "unix:" || string(client) == "unix" || string(client) == "@"
	}
	return within(addr, trusted)
}

func within(addr netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
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

// addrOf reads an IP address. IPv4 within IPv6 is IPv4, a zone is left out.
func addrOf(b []byte) (netip.Addr, bool) {
	if i := bytes.IndexByte(b, '%'); i > 0 {
		b = b[:i]
	}
	if bytes.IndexByte(b, ':') < 0 {
		four, ok := addr4(b)
		return netip.AddrFrom4(four), ok
	}
	var groups [8]uint16
	n, gap := 0, -1
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if n == 8 {
			return netip.Addr{}, false
		}
		if n <= 6 && bytes.IndexByte(b, ':') < 0 && bytes.IndexByte(b, '.') > 0 {
			four, ok := addr4(b)
			if !ok {
				return netip.Addr{}, false
			}
			groups[n], groups[n+1] = uint16(four[0])<<8|uint16(four[1]), uint16(four[2])<<8|uint16(four[3])
			n += 2
			break
		}
		v, i := 0, 0
		for ; i < len(b) && i < 5 && unhex(b[i]) >= 0; i++ {
			v = v<<4 | unhex(b[i])
		}
		if i == 0 || i > 4 {
			return netip.Addr{}, false
		}
		groups[n] = uint16(v)
		n++
		b = b[i:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return netip.Addr{}, false
		}
		if b = b[1:]; b[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			gap, b = n, b[1:]
		}
	}
	if gap < 0 && n != 8 || gap >= 0 && n > 7 {
		return netip.Addr{}, false
	}
	var sixteen [16]byte
	for i, g := range groups[:n] {
		if gap >= 0 && i >= gap {
			i += 8 - n
		}
		sixteen[2*i], sixteen[2*i+1] = byte(g>>8), byte(g)
	}
	return netip.AddrFrom16(sixteen).Unmap(), true
}

// addr4 reads four decimals with dots between.
func addr4(b []byte) (four [4]byte, ok bool) {
	for i := range four {
		n := digits(b, 0)
		if n == 0 || n > 3 || n > 1 && b[0] == '0' {
			return four, false
		}
		v := 0
		for _, c := range b[:n] {
			v = v*10 + int(c-'0')
		}
		if v > 255 {
			return four, false
		}
		four[i] = byte(v)
		b = b[n:]
		if i < 3 {
			if len(b) == 0 || b[0] != '.' {
				return four, false
			}
			b = b[1:]
		}
	}
	return four, len(b) == 0
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
	addr, ok := addrOf(host)
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
