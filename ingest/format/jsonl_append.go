package format

import (
	"strconv"
	"time"
	"unicode/utf8"

	"weir/ingest/event"
)

// appendJSON writes e as a line of jsonl. A request that is no request line
// (see event.Suspicious) is written as one text, as servers do.
func appendJSON(dst []byte, e *event.Event) []byte {
	o := jsonObject{append(dst, '{')}
	if e.Flags&event.BadTime == 0 {
		o.dst = append(o.key("time"), '"')
		o.dst = appendRFC3339(o.dst, e.Time, e.Zone)
		o.dst = append(o.dst, '"')
	}
	o.text("remote_addr", e.Client)
	o.text("remote_user", e.User)
	if e.Flags&event.Suspicious != 0 {
		o.dst = append(o.key("request"), '"')
		if e.Flags&event.EmptyRequest == 0 {
			o.dst = escapeJSON(o.dst, appendRequest(nil, e))
		}
		o.dst = append(o.dst, '"')
	} else {
		o.text("method", e.Method)
		o.text("request_uri", e.Target)
		if len(e.Proto) > 0 {
			o.dst = append(o.key("protocol"), `"HTTP/`...)
			o.dst = append(append(o.dst, e.Proto...), '"')
		}
	}
	if e.Status != event.Unknown {
		o.dst = strconv.AppendInt(o.key("status"), int64(e.Status), 10)
	}
	if e.Bytes != event.Unknown {
		o.dst = strconv.AppendInt(o.key("bytes"), e.Bytes, 10)
	}
	o.seconds("request_time", e.Duration)
	o.text("host", e.Host)
	o.text("referer", e.Referrer)
	o.text("user_agent", e.Agent)
	if m := e.More; m != nil {
		o.text("x_forwarded_for", m.Forwarded)
		o.text("tls_version", m.TLSVersion)
		o.text("tls_cipher", m.TLSCipher)
		o.text("upstream_addr", m.Upstream)
		o.seconds("upstream_response_time", m.UpstreamDuration)
		o.text("cache_status", m.CacheStatus)
		o.text("action", m.Action)
		o.text("outcome", m.Outcome)
		o.text("service", m.Service)
		o.text("hostname", m.Hostname)
		o.text("severity", m.Severity)
		o.text("message", m.Body)
		for _, a := range m.Attributes {
			o.comma()
			o.dst = append(escapeJSON(append(o.dst, '"'), a.Key), `":`...)
			if a.JSON {
				o.dst = append(o.dst, a.Value...)
			} else {
				o.dst = append(escapeJSON(append(o.dst, '"'), a.Value), '"')
			}
		}
	}
	return append(o.dst, '}')
}

// jsonObject is an object being written.
type jsonObject struct{ dst []byte }

func (o *jsonObject) comma() {
	if o.dst[len(o.dst)-1] != '{' {
		o.dst = append(o.dst, ',')
	}
}

func (o *jsonObject) key(name string) []byte {
	o.comma()
	o.dst = append(append(append(o.dst, '"'), name...), `":`...)
	return o.dst
}

func (o *jsonObject) text(name string, b []byte) {
	if len(b) > 0 {
		o.dst = append(escapeJSON(append(o.key(name), '"'), b), '"')
	}
}

// seconds writes nanoseconds as seconds with as many decimals as it takes, and
// three at least, as nginx does.
func (o *jsonObject) seconds(name string, ns int64) {
	if ns < 0 {
		return
	}
	o.dst = strconv.AppendInt(o.key(name), ns/1e9, 10)
	o.dst = appendFraction(append(o.dst, '.'), ns%1e9, 3)
}

// appendFraction writes nanoseconds below a second as decimals, the zeros at the end
// left out as far as at least that many decimals remain.
func appendFraction(dst []byte, ns int64, least int) []byte {
	for places := 0; places < 9 && (ns > 0 || places < least); places++ {
		ns *= 10
		dst = append(dst, byte('0'+ns/1e9))
		ns %= 1e9
	}
	return dst
}

// appendRFC3339 writes a time in its own zone, with as many decimals as it takes.
func appendRFC3339(dst []byte, ns int64, zone int32) []byte {
	t := time.Unix(0, ns).UTC().Add(time.Duration(zone) * time.Second)
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05.999999999")
	if zone == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if zone < 0 {
		sign, zone = '-', -zone
	}
	hours, minutes := zone/3600, zone/60%60
	return append(dst, sign, byte('0'+hours/10), byte('0'+hours%10), ':', byte('0'+minutes/10), byte('0'+minutes%10))
}

// escapeJSON appends b as the inside of a JSON string. Bytes that are no UTF-8
// become U+FFFD.
func escapeJSON(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	for len(b) > 0 {
		switch c := b[0]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(b)
			dst = utf8.AppendRune(dst, r)
			b = b[n:]
			continue
		}
		b = b[1:]
	}
	return dst
}
