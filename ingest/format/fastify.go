package format

import (
	"bytes"

	"weir/ingest/event"
)

// fastify joins the records that Fastify, for Node.js, writes of a request: "incoming request", with what was asked,
// and "request completed", with the status and how long it took. One of an error may stand between them. What they have in
// common is reqId. The request counts once, where it was answered.
type fastify struct {
	open  railsOpen
	line  []byte       // that began or ended one last: it may come again, as a line that is tried
	last  railsRequest // that it ended
	key   []byte
	texts []byte
}

var (
	fastifyAsked   = []byte("incoming request")
	fastifyNumber  = []byte(`"reqId":`)
	fastifyProcess = []byte(`"pid":`)
)

// pair makes e, which r became, what it is beside the other records of its request, and reports whether it belongs to one.
func (f *fastify) pair(r *record, e *event.Event) bool {
	number := member(r.line, fastifyNumber)
	if f.key = append(append(f.key[:0], number...), member(r.line, fastifyProcess)...); len(number) == 0 || len(f.key) > longestKey {
		return false
	}
	again := bytes.Equal(r.line, f.line)
	if r.seen&outcomeSlots == 0 {
		if n := len(e.Method) + len(e.Target) + len(e.Client) + len(e.Host); len(e.Target) == 0 || n > longestAsked || e.More == nil || !bytes.Equal(e.More.Body, fastifyAsked) {
			return false
		}
		if e.Kind = event.Message; !again {
			f.begin(r.line, e)
		}
		return true
	}
	i, ended := f.open.newest(f.key), again && bytes.Equal(f.last.key, f.key)
	if e.Status == event.Unknown || i < 0 && !ended {
		return false
	}
	if len(e.Target) > 0 { // of the error, unless it is a record of all
		if e.Duration == event.Unknown {
			e.Kind = event.Message
		}
		return true
	}
	if !ended {
		f.last, f.open.asked[i] = f.open.asked[i], f.last
		f.open.end(i)
		f.line = append(f.line[:0], r.line...)
	}
	at, zone := e.Time, e.Zone
	f.last.into(e)
	e.Time, e.Zone, e.Kind = at, zone, event.Request
	return true
}

// begin notes what was asked.
func (f *fastify) begin(line []byte, e *event.Event) {
	f.texts = f.texts[:0]
	part := func(text []byte) span {
		from := len(f.texts)
		f.texts = append(f.texts, text...)
		return span{int32(from), int32(len(f.texts))}
	}
	asked := railsRequest{method: part(e.Method), target: part(e.Target), client: part(e.Client), host: part(e.Host)}
	asked.texts = f.texts
	f.open.begin(f.key, asked)
	f.line = append(f.line[:0], line...)
}

// member is the value behind the first such key of an object, as it is written there; empty where there is none.
func member(line, key []byte) []byte {
	_, rest, _ := bytes.Cut(line, key)
	rest = bytes.TrimLeft(rest, " ")
	return rest[:max(bytes.IndexAny(rest, ",}"), 0)]
}
