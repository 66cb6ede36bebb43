package format

import (
	"bytes"

	"weir/ingest/event"
)

// requestLine sets method, target and protocol from "GET /a?b HTTP/1.1". In a
// record without a status other things are called request, too.
func (r *record) requestLine(e *event.Event) {
	line := r.text(e, slotRequest)
	if e.Status == event.Unknown {
		if i := bytes.IndexByte(line, ' '); i <= 0 || !token(line[:i]) || bytes.Index(line, []byte(" HTTP/")) < i {
			r.leave(slotRequest)
			return
		}
	}
	setRequest(e, line)
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
		b = bytes.TrimSuffix(b[1:], []byte{'c'}) // h2c
	}
	b = bytes.TrimSuffix(b, []byte(".0.0"))                                           // Azure: 2.0.0.0
	ok := len(b) == 1 && b[0]-'0' <= 3 || len(b) == 3 && b[0]-'0' <= 9 && b[1] == '.' // 6 and 17 are TCP and UDP
	return b, ok
}

// peer is an address without the port and the brackets that some write.
func peer(b []byte) []byte {
	host, _ := splitPort(b)
	return host
}

// auditLevel tells how much Kubernetes' audit log says of a request from a severity.
func auditLevel(b []byte) bool {
	return string(b) == "Metadata" || string(b) == "Request" || string(b) == "RequestResponse"
}

// ungrokked is b without the quotes around it that grok patterns leave there.
func ungrokked(b []byte) []byte {
	if n := len(b); n >= 2 && b[0] == '"' && b[n-1] == '"' {
		return given(b[1 : n-1])
	}
	return b
}

// lastForwarded is the address that the nearest proxy saw.
func lastForwarded(b []byte) []byte {
	return peer(bytes.TrimSpace(b[bytes.LastIndexByte(b, ',')+1:]))
}

// printable tells text without control characters and without what stood for
// bytes that are no UTF-8.
func printable(b []byte) bool {
	for i := range b {
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
	case u == unitCloud && n <= 4:
		return [...]string{"debug", "info", "warn", "error", "fatal"}[n]
	case u == unitPino && n >= 10 && n <= 60 && n%10 == 0:
		return [...]string{"trace", "debug", "info", "warn", "error", "fatal"}[n/10-1]
	case n <= 7:
		return severities[n]
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

// tlsNumber is "1.3" of "TLSv1.3", "TLS 1.3", "tls1.3" and "tlsv13"; nothing where there was no TLS.
func tlsNumber(e *event.Event, b []byte) []byte {
	if string(b) == "none" {
		return nil
	}
	if len(b) < 4 || !bytes.EqualFold(b[:3], []byte("tls")) {
		return b
	}
	b = b[3:]
	if b[0]|0x20 == 'v' || b[0] == ' ' {
		b = b[1:]
	}
	switch string(b) {
	case "1", "10":
		return own(e, "1.0", nil)
	case "11":
		return own(e, "1.1", nil)
	case "12":
		return own(e, "1.2", nil)
	case "13":
		return own(e, "1.3", nil)
	}
	return b
}
