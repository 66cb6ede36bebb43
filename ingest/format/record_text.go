package format

import (
	"bytes"

	"weir/ingest/event"
)

// requestLine sets method, target and protocol from "GET /a?b HTTP/1.1".
func (r *record) requestLine(e *event.Event) {
	line := r.text(e, slotRequest)
	if len(line) == 0 || string(line) == "-" {
		if e.Status != event.Unknown {
			e.Flags |= event.EmptyRequest
		}
		return
	}
	first := bytes.IndexByte(line, ' ')
	last := bytes.LastIndexByte(line, ' ')
	if first <= 0 || !token(line[:first]) {
		switch {
		case e.Status == event.Unknown:
			r.used &^= 1 << slotRequest
		case line[0] == 0x16:
			e.Target, e.Flags = line, e.Flags|event.TLSOnPlain
		default:
			e.Target, e.Flags = line, e.Flags|event.Malformed
		}
		return
	}
	e.Method, e.Target = line[:first], line[first+1:]
	if last > first && bytes.HasPrefix(line[last+1:], []byte("HTTP/")) {
		e.Target, e.Proto = line[first+1:last], line[last+6:]
	}
	splitJSONTarget(e)
}

// token tells whether b can be a method.
func token(b []byte) bool {
	for _, c := range b {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// splitJSONTarget sets path and query from the target, which may be absolute.
func splitJSONTarget(e *event.Event) {
	path := e.Target
	if len(path) > 0 && path[0] != '/' {
		if i := bytes.Index(path, []byte("://")); i > 0 && i < 8 {
			rest := path[i+3:]
			if j := bytes.IndexAny(rest, "/?"); j >= 0 {
				path = rest[j:]
			} else {
				path = rest[len(rest):]
			}
		}
	}
	if i := bytes.IndexByte(path, '?'); i >= 0 {
		e.Path, e.Query = path[:i:i], path[i+1:]
	} else {
		e.Path = path
	}
}

// statusOf reads three digits, also as 200.0 or "200 OK"; and 0.
func statusOf(b []byte) (int32, bool) {
	if len(b) > 4 && b[3] == ' ' {
		b = b[:3]
	}
	n, ok := whole(b)
	return int32(n), ok && (n == 0 || n >= 100 && n <= 999)
}

// protoOf is "1.1" of "HTTP/1.1", "1.1" and "h2"'s "2".
func protoOf(b []byte) ([]byte, bool) {
	if len(b) > 5 && string(b[:5]) == "HTTP/" || len(b) > 5 && string(b[:5]) == "http/" {
		b = b[5:]
	} else if len(b) > 1 && b[0] == 'h' {
		b = b[1:]
	}
	ok := len(b) > 0 && len(b) <= 3 && b[0]-'0' <= 9
	return b, ok
}

// peer is an address without the port and the brackets that some write.
func peer(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	if b[0] == '[' {
		if i := bytes.IndexByte(b, ']'); i > 0 {
			return b[1:i]
		}
		return b
	}
	i := len(b)
	for i > 0 && b[i-1]-'0' <= 9 {
		i--
	}
	if i == len(b) || i < 2 || b[i-1] != ':' || bytes.IndexByte(b[:i-1], ':') >= 0 {
		return b
	}
	return b[:i-1]
}

// lastForwarded is the address that the nearest proxy saw.
func lastForwarded(b []byte) []byte {
	return peer(bytes.TrimSpace(b[bytes.LastIndexByte(b, ',')+1:]))
}

// printable tells text without control characters and without what stood for
// bytes that are no UTF-8.
func printable(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] < ' ' || b[i] == 0x7f || b[i] == 0xef && i+2 < len(b) && b[i+1] == 0xbf && b[i+2] == 0xbd {
			return false
		}
	}
	return true
}

// own puts name into e's scratch space, or returns as when there is no name.
func own(e *event.Event, name string, as []byte) []byte {
	if name == "" {
		return as
	}
	b := e.Scratch()
	n := len(b)
	b = append(b, name...)
	e.SetScratch(b)
	return b[n:len(b):len(b)]
}

// severityName names a severity that is written as a number.
func severityName(b []byte, u unit) string {
	n, ok := whole(b)
	switch {
	case !ok || n < 0:
	case u == unitPino && n >= 10 && n <= 60 && n%10 == 0:
		return [...]string{"trace", "debug", "info", "warn", "error", "fatal"}[n/10-1]
	case u == unitSyslog && n <= 7:
		return [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[n]
	}
	return ""
}

// tlsVersion names a version by its number on the wire, as Caddy writes it.
func tlsVersion(b []byte) string {
	if n, ok := whole(b); ok && n >= 0x301 && n <= 0x304 {
		return [...]string{"1.0", "1.1", "1.2", "1.3"}[n-0x301]
	}
	return ""
}

// tlsCipher names a suite by its number on the wire (IANA TLS Cipher Suites),
// where it is one that servers still choose.
func tlsCipher(b []byte) string {
	n, ok := whole(b)
	if !ok {
		return ""
	}
	switch n {
	case 0x1301:
		return "TLS_AES_128_GCM_SHA256"
	case 0x1302:
		return "TLS_AES_256_GCM_SHA384"
	case 0x1303:
		return "TLS_CHACHA20_POLY1305_SHA256"
	case 0x002f:
		return "TLS_RSA_WITH_AES_128_CBC_SHA"
	case 0x0035:
		return "TLS_RSA_WITH_AES_256_CBC_SHA"
	case 0x009c:
		return "TLS_RSA_WITH_AES_128_GCM_SHA256"
	case 0x009d:
		return "TLS_RSA_WITH_AES_256_GCM_SHA384"
	case 0xc009:
		return "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
	case 0xc00a:
		return "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"
	case 0xc013:
		return "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
	case 0xc014:
		return "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
	case 0xc02b:
		return "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
	case 0xc02c:
		return "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
	case 0xc02f:
		return "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
	case 0xc030:
		return "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
	case 0xcca8:
		return "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
	case 0xcca9:
		return "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
	}
	return ""
}
