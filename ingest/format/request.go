package format

import (
	"bytes"
	"encoding/binary"

	"weir/ingest/event"
)

// setRequest takes a request line apart: METHOD TARGET PROTOCOL. The target may
// hold spaces. What is no request line is kept as the target, with a flag.
func setRequest(e *event.Event, b []byte) {
	switch {
	case len(b) == 0, len(b) == 1 && b[0] == '-':
		e.Flags |= event.EmptyRequest
		return
	case b[0] == 0x16 && len(b) > 1 && b[1] == 3, b[0] == '\\' && bytes.HasPrefix(b, []byte(`\x16\x03`)):
		e.Flags |= event.TLSOnPlain
		e.Target = b
		return
	}
	if i := behindColours(b, 0); i > 0 && i < len(b) { // Werkzeug's, of all that is no 200
		b = b[i:]
		if end := bytes.IndexByte(b, 0x1b); end > 0 {
			b = b[:end:end]
		}
	}
	for len(b) > 1 && b[len(b)-1] == ' ' { // as old clients sent it
		b = b[: len(b)-1 : len(b)-1]
	}
	n := tokenEnd(b)
	if n == 0 || n > 32 || n+1 >= len(b) || b[n] != ' ' {
		e.Flags |= event.Malformed
		e.Target = b
		return
	}
	if n == 1 && b[0] == '-' && b[2] != '-' { // Squid's "- error:invalid-request HTTP/1.1"
		e.Flags |= event.Malformed
		e.Target = b[2:]
		return
	}
	e.Method = b[:n:n]
	target := b[n+1:]
	if i := len(target) - len(" HTTP/1.1"); i > 0 && numbered(target[i:]) { // most
		e.Proto = target[i+6:]
		setTarget(e, target[:i:i])
		return
	}
	i := bytes.LastIndexByte(target, ' ')
	if i > 0 {
		if version, ok := httpVersion(target[i+1:]); ok {
			e.Proto = version
			setTarget(e, target[:i:i])
			return
		}
		switch version := target[i+1:]; string(version) {
		case "1.0", "1.1", "2", "3": // Hypercorn
			e.Proto = version
			setTarget(e, target[:i:i])
			return
		}
	} else if i < 0 && string(e.Method) == "GET" { // HTTP/0.9 has no protocol
		setTarget(e, target)
		return
	}
	e.Flags |= event.Malformed
	setTarget(e, target)
}

// numbered tells whether b is " HTTP/1.1" or another such number.
func numbered(b []byte) bool {
	w := binary.LittleEndian.Uint64(b)
	return w&^(0xff<<48) == ' '|'H'<<8|'T'<<16|'T'<<24|'P'<<32|'/'<<40|'.'<<56 && byte(w>>48)-'0' <= 9 && b[8]-'0' <= 9
}

// httpVersion is the version that "HTTP/1.1" names.
func httpVersion(b []byte) ([]byte, bool) {
	if len(b) < 6 || len(b) > 9 || string(b[:5]) != "HTTP/" {
		return nil, false
	}
	if b = b[5:]; len(b) == 4 && b[0] == 'V' { // old clients' HTTP/V1.0
		b = b[1:]
	}
	if b[0]-'0' > 9 || len(b) == 2 || len(b) > 3 || len(b) == 3 && (b[1] != '.' || b[2]-'0' > 9) {
		return nil, false
	}
	return b, true
}

// setTarget sets the target of a request and its path and query. The host of an
// absolute target ("http://host/path") or of CONNECT is the event's where the
// line names no other.
func setTarget(e *event.Event, b []byte) {
	e.Target = b
	if len(b) > 0 && b[0] != '/' {
		if string(e.Method) == "CONNECT" {
			if len(e.Host) == 0 {
				e.Host = hostOf(b)
			}
			return
		}
		if i := schemeEnd(b); i > 0 {
			b = b[i:]
			end := len(b)
			for i, c := range b {
				if c == '/' || c == '?' || c == '#' {
					end = i
					break
				}
			}
			if len(e.Host) == 0 {
				e.Host = hostOf(b[:end])
			}
			b = b[end:]
		}
	}
	if i := bytes.IndexByte(b, '?'); i >= 0 {
		e.Query = b[i+1:]
		b = b[:i:i]
	}
	e.Path = b
}

// schemeEnd is the length of "scheme://", 0 where b does not begin so.
func schemeEnd(b []byte) int {
	for i := 0; i < len(b) && i < 16; i++ {
		if c := b[i]; c == ':' {
			if i > 0 && len(b) >= i+3 && b[i+1] == '/' && b[i+2] == '/' {
				return i + 3
			}
			return 0
		} else if c|0x20-'a' > 25 && c-'0' > 9 && c != '+' && c != '-' && c != '.' {
			return 0
		}
	}
	return 0
}

// hostOf takes user and port off an authority. Brackets around an IPv6 address go too.
func hostOf(b []byte) []byte {
	if i := bytes.LastIndexByte(b, '@'); i >= 0 {
		b = b[i+1:]
	}
	host, _ := splitPort(b)
	return host
}

// splitPort splits "host:80" and "[::1]:80". An address that is nothing but an
// IPv6 address has no port.
func splitPort(b []byte) (host, port []byte) {
	if len(b) > 0 && b[0] == '[' {
		if i := bytes.IndexByte(b, ']'); i > 0 {
			if host = b[1:i:i]; i+2 <= len(b) && b[i+1] == ':' {
				port = b[i+2:]
			}
			return host, port
		}
		return b, nil
	}
	i := bytes.IndexByte(b, ':')
	if i < 0 || bytes.IndexByte(b[i+1:], ':') >= 0 || digits(b, i+1) != len(b) {
		return b, nil
	}
	return b[:i:i], b[i+1:]
}

// splitLastPort splits "address:port" where the port is always there, as in
// "::1:33317".
func splitLastPort(b []byte) (host, port []byte, ok bool) {
	i := bytes.LastIndexByte(b, ':')
	if i <= 0 || i+1 == len(b) || digits(b, i+1) != len(b) {
		return nil, nil, false
	}
	host = b[:i:i]
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		host = host[1 : n-1 : n-1]
	}
	return host, b[i+1:], true
}

// bare takes the brackets off an IPv6 address.
func bare(b []byte) []byte {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		return b[1 : n-1 : n-1]
	}
	return b
}

// tokenEnd is the length of the token of RFC 9110, as a method is, that b begins with.
func tokenEnd(b []byte) int {
	for i, c := range b {
		if tokens[c>>6]&(1<<(c&63)) == 0 {
			return i
		}
	}
	return len(b)
}

// token tells whether b is a token.
func token(b []byte) bool { return tokenEnd(b) == len(b) }

// tokens has a bit for every byte of a token: letters, digits and !#$%&'*+-.^_`|~ only.
var tokens = [4]uint64{
	0x03ff<<'0' | 1<<'!' | 1<<'#' | 1<<'$' | 1<<'%' | 1<<'&' | 1<<'\'' | 1<<'*' | 1<<'+' | 1<<'-' | 1<<'.',
	0x03ffffff<<('A'-64) | 0x03ffffff<<('a'-64) | 1<<('^'-64) | 1<<('_'-64) | 1<<('`'-64) | 1<<('|'-64) | 1<<('~'-64),
}

// appendRequest writes the request line of e without its quotes; "-" for none.
func appendRequest(dst []byte, e *event.Event) []byte {
	if len(e.Method) == 0 && len(e.Target) == 0 {
		return append(dst, '-')
	}
	if len(e.Method) > 0 {
		dst = append(dst, e.Method...)
		dst = append(dst, ' ')
	}
	dst = append(dst, e.Target...)
	if len(e.Proto) > 0 {
		dst = append(dst, " HTTP/"...)
		dst = append(dst, e.Proto...)
	}
	return dst
}
