package ingest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"weir/ingest/event"
)

// Place is where a line stands.
type Place struct {
	Path   string
	Line   int64 // 1-based
	Format string
}

// AppendJSON appends e as one JSON object with the OpenTelemetry attribute names
// (semantic conventions for HTTP, URL, client and logs), absent where unknown.
func AppendJSON(dst []byte, e *event.Event, at Place) []byte {
	o := object{append(dst, '{')}
	if e.Flags&event.BadTime == 0 {
		o.key("time")
		o.buf = append(o.buf, '"')
		o.buf = e.When().AppendFormat(o.buf, time.RFC3339Nano)
		o.buf = append(o.buf, '"')
	}
	o.string("log.file.path", at.Path)
	if at.Line > 0 {
		o.int("log.file.line", at.Line)
	}
	o.string("log.format", at.Format)
	o.text("client.address", e.Client)
	o.text("user.name", e.User)
	o.text("http.request.method", e.Method)
	o.text("url.original", e.Target)
	o.text("url.path", e.Path)
	o.text("url.query", e.Query)
	o.text("server.address", e.Host)
	o.text("network.protocol.version", e.Proto)
	o.known("http.response.status_code", int64(e.Status))
	o.known("http.response.body.size", e.Bytes)
	o.text("http.request.header.referer", e.Referrer)
	o.text("user_agent.original", e.Agent)
	o.seconds("http.server.request.duration", e.Duration)
	if e.Kind == event.Request {
		o.text("section", event.Section(e.Path))
	}
	for _, f := range flagNames {
		if e.Flags&f.flag != 0 {
			o.string("suspicious", f.name)
			break
		}
	}
	if m := e.More; m != nil {
		o.text("client.forwarded", m.Forwarded)
		if version, ssl := bytes.CutPrefix(m.TLSVersion, []byte("SSLv")); ssl {
			o.string("tls.protocol.name", "ssl")
			o.text("tls.protocol.version", version)
		} else if len(version) > 0 {
			o.string("tls.protocol.name", "tls")
			o.text("tls.protocol.version", version)
		}
		o.text("tls.cipher", m.TLSCipher)
		o.text("upstream.address", m.Upstream)
		o.seconds("upstream.duration", m.UpstreamDuration)
		o.text("cache.status", m.CacheStatus)
		o.text("event.action", m.Action)
		o.text("event.outcome", m.Outcome)
		o.text("service.name", m.Service)
		o.text("host.name", m.Hostname)
		o.text("severity", m.Severity)
		o.text("body", m.Body)
		o.attributes(m.Attributes)
	}
	return append(o.buf, '}')
}

var flagNames = []struct {
	flag event.Flags
	name string
}{
	{event.TLSOnPlain, "tls handshake"},
	{event.EmptyRequest, "empty request"},
	{event.Malformed, "malformed request"},
}

// object is a JSON object being written.
type object struct{ buf []byte }

func (o *object) key(k string) {
	if o.buf[len(o.buf)-1] != '{' {
		o.buf = append(o.buf, ',')
	}
	o.buf = appendQuoted(o.buf, k)
	o.buf = append(o.buf, ':')
}

func (o *object) text(k string, v []byte) {
	if len(v) > 0 {
		o.key(k)
		o.buf = appendQuoted(o.buf, v)
	}
}

func (o *object) string(k, v string) {
	if v != "" {
		o.key(k)
		o.buf = appendQuoted(o.buf, v)
	}
}

func (o *object) int(k string, v int64) {
	o.key(k)
	o.buf = strconv.AppendInt(o.buf, v, 10)
}

func (o *object) known(k string, v int64) {
	if v != event.Unknown {
		o.int(k, v)
	}
}

func (o *object) seconds(k string, nanos int64) {
	if nanos != event.Unknown {
		o.key(k)
		o.buf = strconv.AppendFloat(o.buf, float64(nanos)/1e9, 'f', -1, 64)
	}
}

func (o *object) attributes(all []event.Attribute) {
	if len(all) == 0 {
		return
	}
	o.key("attributes")
	in := object{append(o.buf, '{')}
	for i := range all {
		a := &all[i]
		in.key(string(a.Key))
		if a.JSON && json.Valid(a.Value) {
			in.buf = append(in.buf, a.Value...)
		} else {
			in.buf = appendQuoted(in.buf, a.Value)
		}
	}
	o.buf = append(in.buf, '}')
}

// appendQuoted appends v as a JSON string. Bytes that are not UTF-8 become
// U+FFFD, as JSON has no way to say them.
func appendQuoted[T string | []byte](dst []byte, v T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(v); {
		c := v[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c < 0x20 || c == 0x7f:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(string(v[i:min(i+utf8.UTFMax, len(v))]))
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
