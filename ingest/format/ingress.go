package format

import "weir/ingest/event"

// ingress is the default log of the Kubernetes ingress-nginx controller:
// combined, then $request_length $request_time [$proxy_upstream_name]
// [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length
// $upstream_response_time $upstream_status $req_id.
var ingress = Format{
	Name: "ingress_nginx", Title: "Kubernetes ingress-nginx",
	New: func(o Options) Parser { return &clf{text: newText(o), agent: true, tail: ingressTail} },
}

func ingressTail(t *text, line []byte, i int, e *event.Event, escapes bool) int {
	f := fields{line: line, i: i, escapes: escapes}
	b, _ := f.next()
	if _, ok := count(b); !ok {
		return f.at
	}
	if t.keep {
		attribute(e, "request_length", b)
	}
	b, _ = f.next()
	var ok bool
	if e.Duration, ok = lapse(b, seconds); !ok {
		return f.at
	}
	for _, name := range [...]string{"proxy_upstream_name", "proxy_alternative_upstream_name"} {
		if b, ok = f.next(); !ok || line[f.at] != '[' {
			return f.at
		}
		if t.keep && len(b) > 0 {
			attribute(e, name, b)
		}
	}
	b = list(&f)
	if len(b) == 0 {
		return f.at
	}
	if b = given(b); len(b) > 0 {
		e.Extra().Upstream = b
	}
	for _, name := range [...]string{"upstream_response_length", "", "upstream_status", "req_id"} {
		if b = list(&f); len(b) == 0 {
			return f.at
		}
		if b = given(b); len(b) == 0 {
			continue
		}
		if name == "" {
			if ns := times(b); ns != event.Unknown {
				e.Extra().UpstreamDuration = ns
			}
		} else if t.keep {
			attribute(e, name, b)
		}
	}
	if f.more() {
		return f.i
	}
	return -1
}

// list reads the next field and what nginx appends to it for each further
// upstream asked: ", value" or " : value".
func list(f *fields) []byte {
	b, ok := f.next()
	if !ok {
		return nil
	}
	start := f.at
	for f.more() {
		next := *f
		if len(b) == 0 || b[len(b)-1] != ',' && b[len(b)-1] != ':' {
			if colon, ok := next.next(); !ok || string(colon) != ":" {
				break
			}
		}
		if _, ok = next.next(); !ok {
			break
		}
		*f = next
		b = f.line[start : f.i-1 : f.i-1]
	}
	return b
}
