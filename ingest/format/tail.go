package format

import (
	"bytes"
	"slices"

	"weir/ingest/event"
)

// combinedTail is the combined log format with further fields behind the agent,
// as people add them: nginx's $request_time, $upstream_response_time,
// $http_x_forwarded_for, key=value pairs, Apache's %D.
var combinedTail = Format{
	Name: "combined_tail", Title: "Combined Log Format with further fields (request time, upstream, X-Forwarded-For, key=value)",
	New: func(o Options) Parser { return &clf{text: newText(o), agent: true, tail: freeTail} },
	Append: func(dst []byte, e *event.Event) []byte {
		return appendLapse(append(appendCombined(dst, e), ' '), e.Duration)
	},
}

// commonTail is the same behind the common log format.
var commonTail = Format{
	Name: "common_tail", Title: "Common Log Format with further fields",
	New: func(o Options) Parser { return &clf{text: newText(o), tail: commonFreeTail} },
}

// vhostCombinedTail is the same behind vhost_combined.
var vhostCombinedTail = Format{
	Name: "vhost_combined_tail", Title: "Combined Log Format behind the virtual host, with further fields",
	New: func(o Options) Parser { return &clf{text: newText(o), vhost: true, agent: true, tail: freeTail} },
}

// combinedVhost is the combined log format with the virtual host at its end.
var combinedVhost = Format{
	Name: "combined_vhost", Title: "Combined Log Format with the virtual host at its end",
	New: func(o Options) Parser { return &clf{text: newText(o), agent: true, tail: hostTail} },
	Append: func(dst []byte, e *event.Event) []byte {
		dst = append(appendCombined(dst, e), ` "`...)
		return append(appendVhost(dst, e.Host), '"')
	},
}

// commonVhost is the common log format with the virtual host at its end.
var commonVhost = Format{
	Name: "common_vhost", Title: "Common Log Format with the virtual host at its end",
	New: func(o Options) Parser { return &clf{text: newText(o), tail: hostTail} },
	Append: func(dst []byte, e *event.Event) []byte {
		return appendVhost(append(appendCommon(dst, e), ' '), e.Host)
	},
}

// appendVhost writes a host such that hostTail tells it from other fields: with
// a port where it does not look like the name of one.
func appendVhost(dst, host []byte) []byte {
	if len(host) == 0 || hostName(host) {
		return appendGiven(dst, host)
	}
	return appendPort(dst, host)
}

// hostTail reads a virtual host and nothing else.
func hostTail(t *text, line []byte, i int, e *event.Event, escapes bool) int {
	f := fields{line: line, i: i, escapes: escapes}
	b, ok := f.next()
	if !ok || f.more() {
		return f.at
	}
	if b = given(b); len(b) == 0 {
		return i
	}
	host, port := splitPort(b)
	if !hostName(host) && (len(port) == 0 || !hostLike(host)) {
		return i
	}
	e.Host = host
	if t.keep && len(port) > 0 {
		attribute(e, "server.port", port)
	}
	return -1
}

// hostName tells whether b looks like the name of a host rather than any word:
// letters with a dot in between, or localhost.
func hostName(b []byte) bool {
	if string(b) == "localhost" {
		return true
	}
	dot, letter := false, false
	for i, c := range b {
		switch {
		case c == '.':
			dot = dot || i > 0 && i+1 < len(b)
		case c|0x20-'a' < 26 || c >= 0x80:
			letter = true
		case c-'0' > 9 && c != '-' && c != '_':
			return false
		}
	}
	return dot && letter
}

// freeTail reads fields by what they look like. A number with a fraction is a
// time in seconds, the first the request's and the second the upstream's, as in
// nginx; a single whole number with nothing else to say the time is one where lapses knows its unit.
func freeTail(t *text, line []byte, i int, e *event.Event, escapes bool) int {
	return readTail(t, line, i, e, escapes, true)
}

func readTail(t *text, line []byte, i int, e *event.Event, escapes, agent bool) int {
	f := fields{line: line, i: i, escapes: escapes, spaces: true}
	var whole []byte // the first whole number, which may turn out to be the time
	wholes, first, place := 0, 0, 0
	for f.more() {
		b, ok := f.next()
		if !ok || f.n > 32 {
			return f.at
		}
		if line[f.at] != '"' && line[f.at] != '[' {
			if n := bytes.IndexByte(b, '='); n > 0 && token(b[:n]) {
				if n+1 < len(b) && b[n+1] == '"' { // key="a b"
					f.i = f.at + n + 1
					if b, ok = f.next(); !ok {
						return f.at
					}
					keyed(t, e, line[f.at-n-1:f.at-1], plain(e, given(b), escapes))
				} else {
					keyed(t, e, b[:n], given(b[n+1:]))
				}
				continue
			}
			if next := f; next.more() {
				if value, ok := next.next(); ok && namesNext(b, value) { // "request_time 0.152", "rt: 0.152"
					keyed(t, e, bytes.TrimSuffix(b, []byte{':'}), value)
					f = next
					continue
				}
			}
			for start := f.at; f.more() && (b[len(b)-1] == ',' || line[f.i] == ':'); { // "0.003, 0.002 : 0.001": one for each upstream asked
				next := f
				more, ok := next.next()
				if ok && string(more) == ":" {
					more, ok = next.next()
				}
				if !ok || digits(more, 0) == 0 {
					break
				}
				f = next
				b = line[start : f.i-1 : f.i-1]
			}
			b = bytes.Trim(b, "*") // the **%T/%D** of many a guide
		}
		if b = given(b); len(b) == 0 {
			continue
		}
		if next := f; b[0]-'0' <= 9 && next.more() { // "5 ms"
			if unit, ok := next.next(); ok && (string(unit) == "ms" || string(unit) == "s") {
				b, f = line[f.at:next.i-1:next.i-1], next
			}
		}
		if digits(b, 0) == len(b) && len(b) < 16 {
			if wholes++; wholes == 1 {
				if whole, first = b, f.n; e.More != nil {
					place = len(e.More.Attributes)
				}
			} else if t.keep {
				attribute(e, "field."+number(f.n), b)
			}
			continue
		}
		if line[f.at] == '"' {
			if !agent && header(e, plain(e, b, escapes)) {
				continue
			}
			if point := digits(b, 0); point > 0 && point+3 == len(b) && b[point] == '.' && digits(b, point+1) == len(b) { // nginx' $gzip_ratio; its times have three places
				if t.keep {
					attribute(e, "field."+number(f.n), b)
				}
				continue
			}
		}
		positional(t, e, plain(e, b, escapes), f.n)
	}
	if wholes == 1 && e.Duration == event.Unknown {
		v, _ := count(whole)
		t.clock.leaned = t.clock.leaned || !t.clock.lapses.settled
		if e.Duration = t.clock.lapses.of(v, agent, e); e.Duration != event.Unknown {
			return -1
		}
	}
	if t.keep && wholes > 0 {
		m := e.Extra()
		m.Attributes = slices.Insert(m.Attributes, place, event.Attribute{Key: []byte("field." + number(first)), Value: whole})
	}
	return -1
}

// commonFreeTail is freeTail where no referrer and agent come first.
func commonFreeTail(t *text, line []byte, i int, e *event.Event, escapes bool) int {
	if next := adjoined(line, i, e, escapes); next > 0 {
		if next == len(line) {
			return -1
		}
		return readTail(t, line, next+1, e, escapes, false)
	}
	f := fields{line: line, i: i, escapes: escapes}
	quotes := 0
	for range 2 {
		if _, ok := f.next(); ok && line[f.at] == '"' {
			quotes++
		}
	}
	if quotes == 2 {
		return i
	}
	return readTail(t, line, i, e, escapes, false)
}

// adjoined reads a referrer and an agent with no space between them: "-""curl/8.5.0". It returns the index
// behind them, 0 where there are none.
func adjoined(line []byte, i int, e *event.Event, escapes bool) int {
	if i >= len(line) || line[i] != '"' {
		return 0
	}
	n := bytes.Index(line[i+1:], []byte(`""`))
	if n <= 0 || escapes && escaped(line[i+1:i+1+n]) {
		return 0
	}
	referrer := line[i+1 : i+1+n : i+1+n]
	if string(referrer) != "-" && !bytes.HasPrefix(referrer, []byte("http")) || bytes.IndexByte(referrer, '"') >= 0 {
		return 0
	}
	from := i + n + len(`"""`)
	end := quoteEnd(line, from, escapes)
	if end < 0 {
		return 0
	}
	e.Referrer = plain(e, given(referrer), escapes)
	e.Agent = plain(e, given(line[from:end:end]), escapes)
	return end + 1
}

// header takes the referrer or the agent by what they look like, where other fields come before them.
func header(e *event.Event, b []byte) bool {
	switch {
	case len(e.Referrer) == 0 && (bytes.HasPrefix(b, []byte("http://")) || bytes.HasPrefix(b, []byte("https://"))):
		e.Referrer = b
	case len(e.Agent) == 0 && agentLike(b) && !bytes.HasPrefix(b, []byte("HTTP/")):
		e.Agent = b
	default:
		return false
	}
	return true
}

// positional places a value by what it looks like.
func positional(t *text, e *event.Event, b []byte, n int) {
	ns := times(b)
	if ns == event.Unknown && b[0]-'0' <= 9 {
		if i := digits(b, 0); i < len(b) && b[i] == '/' && digits(b, i+1) == len(b) { // Apache's %T/%D
			ns, _ = lapse(b[i+1:], micros)
		} else {
			ns = spelled(b)
		}
	}
	first, _, _ := bytes.Cut(b, []byte{','})
	switch {
	case ns != event.Unknown && e.Duration == event.Unknown:
		e.Duration = ns
		return
	case ns != event.Unknown && e.Extra().UpstreamDuration == event.Unknown:
		e.Extra().UpstreamDuration = ns
		return
	case addressLike(bare(first)) && len(e.Extra().Forwarded) == 0:
		e.Extra().Forwarded = b
		return
	case len(b) > 5 && (string(b[:4]) == "TLSv" || string(b[:4]) == "SSLv"):
		m := e.Extra()
		b, m.TLSCipher, _ = bytes.Cut(b, []byte{'/'}) // "TLSv1.3/CIPHER"
		m.TLSVersion = tlsNumber(e, b)
		return
	case cipher(b):
		e.Extra().TLSCipher = b
		return
	case cacheStatus(b):
		e.Extra().CacheStatus = b
		return
	case len(b) > 4 && string(b[:4]) == "TCP_": // Squid: TCP_MISS:HIER_DIRECT
		e.Extra().CacheStatus, _, _ = bytes.Cut(b, []byte{':'})
		return
	}
	if host, port := splitPort(b); len(port) > 0 && addressLike(host) || len(b) > 5 && string(b[:5]) == "unix:" {
		if m := e.Extra(); len(m.Upstream) == 0 {
			m.Upstream = b
			return
		}
	} else if hostName(host) && len(e.Host) == 0 {
		e.Host = host
		return
	}
	if t.keep {
		attribute(e, "field."+number(n), b)
	}
}

// namesNext tells whether b is the name of the number that follows it.
func namesNext(b, number []byte) bool {
	name, colon := bytes.CutSuffix(b, []byte{':'})
	return len(number) > 0 && (number[0]-'0' <= 9 || number[0] == '-') && len(name) > 0 && name[0]|0x20-'a' < 26 && token(name) && bytes.IndexByte(name, '.') < 0 &&
		(colon || bytes.HasSuffix(name, []byte("_time")) || string(name) == "msec")
}

// keyed places key=value by the short names that people give in nginx.
func keyed(t *text, e *event.Event, key, value []byte) {
	if len(value) == 0 {
		return
	}
	switch string(key) {
	case "rt", "request_time", "request", "time", "duration", "took", "elapsed":
		if ns := times(value); ns != event.Unknown {
			e.Duration = ns
			return
		} else if ns = spelled(value); ns != event.Unknown {
			e.Duration = ns
			return
		}
	case "urt", "upstream_response_time", "upstream_time", "upt", "ut":
		if ns := times(value); ns != event.Unknown {
			e.Extra().UpstreamDuration = ns
			return
		}
	case "upstream_addr", "upstream", "ua":
		if ns := times(value); ns != event.Unknown {
			e.Extra().UpstreamDuration = ns
		} else {
			e.Extra().Upstream = value
		}
		return
	case "cs", "cache", "ucs", "upstream_cache_status", "cache_status":
		e.Extra().CacheStatus = value
		return
	case "xff", "x_forwarded_for", "http_x_forwarded_for", "forwarded", "X-Forwarded-For":
		e.Extra().Forwarded = value
		return
	case "host", "vhost", "server_name", "http_host", "sn", "h":
		if host, _ := splitPort(value); len(e.Host) == 0 {
			e.Host = host
			return
		}
	case "ssl_protocol", "tls", "tls_version":
		e.Extra().TLSVersion = tlsNumber(e, value)
		return
	case "ssl_cipher", "cipher", "tls_cipher":
		e.Extra().TLSCipher = value
		return
	}
	if t.keep {
		m := e.Extra()
		m.Attributes = append(m.Attributes, event.Attribute{Key: key, Value: value})
	}
}

// times sums "0.003", "0.003, 0.002" and "0.001 : 0.002", seconds with a
// fraction, in nanoseconds. It is Unknown where b is nothing of that.
func times(b []byte) int64 {
	total, some := int64(0), false
	for len(b) > 0 {
		switch {
		case b[0] == ',' || b[0] == ' ' || b[0] == ':' && some || b[0] == '-':
			b = b[1:]
			continue
		case b[0]-'0' > 9:
			return event.Unknown
		}
		end := digits(b, 0)
		if end >= len(b) || b[end] != '.' {
			return event.Unknown
		}
		end = digits(b, end+1)
		if end < len(b) && b[end] != ',' && b[end] != ' ' {
			return event.Unknown
		}
		ns, ok := lapse(b[:end], seconds)
		if !ok || total+ns < total {
			return event.Unknown
		}
		total += ns
		some = true
		b = b[end:]
	}
	if !some || total >= epochal {
		return event.Unknown
	}
	return total
}

// epochal is what no request takes, three years: such a number is a time of day, nginx's $msec.
const epochal = 1e8 * 1e9

// cacheStatus tells the values of nginx's $upstream_cache_status and of Varnish's handling.
func cacheStatus(b []byte) bool {
	switch string(b) {
	case "HIT", "MISS", "BYPASS", "EXPIRED", "STALE", "UPDATING", "REVALIDATED", "hit", "miss", "pass", "pipe", "synth": // and Varnish's
		return true
	}
	return false
}

// cipher tells the names of TLS cipher suites, OpenSSL's and IANA's.
func cipher(b []byte) bool {
	for _, prefix := range [...]string{"TLS_", "ECDHE-", "DHE-", "AES128-", "AES256-", "ECDH-"} {
		if len(b) > len(prefix) && string(b[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}
