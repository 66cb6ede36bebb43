// Package address reads IP addresses and finds the networks they are in.
package address

import (
	"bytes"
	"net/netip"
)

// Parse reads an IP address as netip.ParseAddr does, without allocating. IPv4
// within IPv6 is IPv4, and a zone is left out: of IPv4, and an empty one, too.
func Parse(b []byte) (netip.Addr, bool) {
	if i := bytes.IndexByte(b, '%'); i >= 0 {
		b = b[:i]
	}
	if bytes.IndexByte(b, ':') < 0 {
		four, ok := dotted(b)
		return netip.AddrFrom4(four), ok
	}
	var sixteen [16]byte
	n, gap := 0, -1 // bytes so far; where :: stands for zeros
	if len(b) >= 2 && b[0] == ':' && b[1] == ':' {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		if bytes.IndexByte(b, ':') < 0 && bytes.IndexByte(b, '.') >= 0 {
			four, ok := dotted(b)
			if !ok || n > 12 {
				return netip.Addr{}, false
			}
			n += copy(sixteen[n:], four[:])
			break
		}
		value, digits := group(b)
		if digits == 0 || n == 16 {
			return netip.Addr{}, false
		}
		sixteen[n], sixteen[n+1] = byte(value>>8), byte(value)
		n += 2
		if b = b[digits:]; len(b) == 0 {
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
	switch {
	case gap < 0 && n != 16, gap >= 0 && n > 14:
		return netip.Addr{}, false
	case gap >= 0:
		copy(sixteen[16-(n-gap):], sixteen[gap:n])
		clear(sixteen[gap : 16-(n-gap)])
	}
	return netip.AddrFrom16(sixteen).Unmap(), true
}

// group reads one to four hexadecimal digits; digits is 0 when there are more or none.
func group(b []byte) (value, digits int) {
	for digits < len(b) {
		c := b[digits]
		switch {
		case digit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return value, digits
		}
		if digits == 4 {
			return 0, 0
		}
		value = value<<4 | int(c)
		digits++
	}
	return value, digits
}

// dotted reads four decimals with dots between and no zeros before.
func dotted(b []byte) (four [4]byte, ok bool) {
	for i := range four {
		value, n := 0, 0
		for ; n < len(b) && n < 4 && digit(b[n]); n++ {
			value = value*10 + int(b[n]-'0')
		}
		if n == 0 || n > 3 || n > 1 && b[0] == '0' || value > 255 {
			return four, false
		}
		four[i], b = byte(value), b[n:]
		if i < 3 {
			if len(b) == 0 || b[0] != '.' {
				return four, false
			}
			b = b[1:]
		}
	}
	return four, len(b) == 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// In tells whether an address is in one of the networks.
func In(a netip.Addr, networks []netip.Prefix) bool {
	for _, p := range networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
