package format

import (
	"weir/ingest/event"
)

// alb is the access log of an AWS Application Load Balancer. Fields that later
// versions append are kept as further fields.
var alb = Format{
	Name: "aws_alb", Title: "AWS Application Load Balancer",
	New: func(o Options) Parser { return &elbParser{text: newText(o), alb: true} },
}

// elb is the access log of an AWS Classic Load Balancer.
var elb = Format{
	Name: "aws_elb", Title: "AWS Classic Load Balancer",
	New: func(o Options) Parser { return &elbParser{text: newText(o)} },
}

type elbParser struct {
	text
	alb bool
}

var albRest = []string{
	"target_group_arn", "trace_id", "domain_name", "chosen_cert_arn", "matched_rule_priority", "request_creation_time",
	"actions_executed", "redirect_url", "error_reason", "target:port_list", "target_status_code_list",
	"classification", "classification_reason", "conn_trace_id",
}

// Parse implements Parser.
func (p *elbParser) Parse(line []byte, e *event.Event) *event.Reject {
	e.Raw = line
	line = strip(line)
	if r := p.idle(line, e); r != nil {
		return r
	}
	f := fields{line: line}
	bad := func(field string) *event.Reject { return p.reject(line, e, event.BadField, field, f.at) }
	if p.alb {
		b, ok := f.next()
		if !ok {
			return bad("type")
		}
		switch string(b) {
		case "http", "https", "h2", "grpc", "grpcs", "ws", "wss":
		default:
			return p.reject(line, e, event.NoFormat, "type", 0)
		}
		if p.keep {
			attribute(e, "type", b)
		}
	} else if line[0]-'0' > 9 {
		return p.reject(line, e, event.NoFormat, "time", 0)
	}

	b, _ := f.next()
	n := 0
	if e.Time, e.Zone, n = p.clock.iso(b); n == 0 || n != len(b) {
		return p.reject(line, e, event.NoTime, "time", f.at)
	}
	if b, _ = f.next(); len(b) == 0 {
		return bad("elb")
	}
	if p.keep {
		attribute(e, "elb", b)
	}
	var ok bool
	if b, _ = f.next(); len(b) == 0 {
		return bad("client.address")
	}
	var port []byte
	if e.Client, port, ok = splitLastPort(b); !ok {
		return bad("client.address")
	}
	if p.keep {
		attribute(e, "client.port", port)
	}
	if b, _ = f.next(); len(b) == 0 {
		return bad("upstream.address")
	}
	if b = given(b); len(b) > 0 {
		e.Extra().Upstream = b
	}

	// The request takes the sum of three times, -1 where one did not happen.
	for i := range 3 {
		b, _ = f.next()
		ns, ok := lapse(b, seconds)
		if !ok {
			return bad("http.server.request.duration")
		}
		if ns == event.Unknown {
			continue
		}
		if i == 1 {
			e.Extra().UpstreamDuration = ns
		}
		e.Duration = max(e.Duration, 0) + ns
	}
	if e.Duration < event.Unknown {
		return bad("http.server.request.duration")
	}
	b, _ = f.next()
	if e.Status, ok = status(b); !ok {
		return bad("http.response.status_code")
	}
	b, _ = f.next()
	if _, ok = status(b); !ok {
		return bad("target_status_code")
	}
	if b = given(b); p.keep && len(b) > 0 {
		attribute(e, "target_status_code", b)
	}
	b, _ = f.next()
	if _, ok = count(b); !ok {
		return bad("http.request.body.size")
	}
	if p.keep {
		attribute(e, "received_bytes", b)
	}
	b, _ = f.next()
	if e.Bytes, ok = count(b); !ok {
		return bad("http.response.body.size")
	}
	f.escapes, _ = survey(line[f.at:])
	if b, ok = f.next(); !ok || line[f.at] != '"' {
		return bad("http.request")
	}
	if len(b) > 1 && b[0] == '-' && b[1] == ' ' { // "- - - " over TCP, "- http://host:80- -" when it was none
		e.Flags |= event.EmptyRequest
	} else {
		setRequest(e, plain(e, strip(b), f.escapes))
	}
	if p.alb || f.more() { // older lines of classic balancers end here
		if b, ok = f.next(); !ok || line[f.at] != '"' {
			return bad("user_agent.original")
		}
		e.Agent = plain(e, given(b), f.escapes)
		for i := range 2 {
			if b, ok = f.next(); !ok {
				return bad([2]string{"tls.cipher", "tls.protocol.version"}[i])
			}
			if b = given(b); len(b) > 0 && i == 0 {
				e.Extra().TLSCipher = b
			} else if len(b) > 0 {
				e.Extra().TLSVersion = tlsNumber(e, b)
			}
		}
	}
	if !p.alb && f.more() {
		return p.reject(line, e, event.Trailing, "", f.i)
	}
	if at := p.keepRest(&f, e, albRest); at >= 0 {
		return p.reject(line, e, event.BadField, "", at)
	}
	if _, odd := survey(line); odd {
		e.Flags |= event.BinaryText
	}
	return nil
}
