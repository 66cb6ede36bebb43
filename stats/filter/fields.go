package filter

import (
	"math"

	"weir/ingest/event"
)

// Type is what kind of value a field, a function or a part of an expression has.
type Type uint8

// The types. Nothing of one type is ever turned into another, but a text beside
// a time is read as one.
const (
	invalid Type = iota
	Number       // a 64-bit floating point number, or unknown
	Text         // bytes, as logged; "" when the line did not say
	Bool
	Time
)

var types = [...]string{"nothing", "a number", "a text", "a condition", "a time"}

// String is the type with its article, as messages say it.
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t]
	}
	return types[invalid]
}

// Field is a name that expressions know an event's values by.
type Field struct {
	Name        string
	Type        Type
	Description string   // one line for a person
	Values      []string // all values there are, where they are few; comparing with another is an error

	number func(e *event.Event) float64 // NaN when unknown
	text   func(e *event.Event) []byte  // the event's own bytes
	truth  func(e *event.Event) bool
}

// Fields lists every field, in reading order. Help, completion and the checks
// of Compile are made from it. To add a field, add a line.
var Fields = []Field{
	{Name: "status", Type: Number, Description: "response status: 404", number: status},
	{Name: "class", Type: Text, Description: "class of the status", Values: classes[:], text: class},
	{Name: "method", Type: Text, Description: `"GET", "POST", …`, text: func(e *event.Event) []byte { return e.Method }},
	{Name: "path", Type: Text, Description: `what was asked for, without query: "/pages/create"`, text: func(e *event.Event) []byte { return e.Path }},
	{Name: "section", Type: Text, Description: `the path up to its second slash: "/pages"`, text: func(e *event.Event) []byte { return event.Section(e.Path) }},
	{Name: "query", Type: Text, Description: "what follows the question mark", text: func(e *event.Event) []byte { return e.Query }},
	{Name: "target", Type: Text, Description: "path and query as logged", text: func(e *event.Event) []byte { return e.Target }},
	{Name: "client", Type: Text, Description: `address or host of the client: client in "203.0.113.0/24"`, text: func(e *event.Event) []byte { return e.Client }},
	{Name: "country", Type: Text, Description: `country of the client, where a database was given: "DE"`, text: func(e *event.Event) []byte { return e.Country }},
	{Name: "user", Type: Text, Description: "authenticated user", text: func(e *event.Event) []byte { return e.User }},
	{Name: "agent", Type: Text, Description: "User-Agent header", text: func(e *event.Event) []byte { return e.Agent }},
	{Name: "bot", Type: Bool, Description: "the agent is no person at a browser"},
	{Name: "referrer", Type: Text, Description: "Referer header", text: func(e *event.Event) []byte { return e.Referrer }},
	{Name: "host", Type: Text, Description: "virtual host", text: func(e *event.Event) []byte { return e.Host }},
	{Name: "proto", Type: Text, Description: `HTTP version: "1.1", "2.0"`, text: func(e *event.Event) []byte { return e.Proto }},
	{Name: "bytes", Type: Number, Description: "size of the response's body: bytes > 10MB", number: size},
	{Name: "duration", Type: Number, Description: "seconds the request took: duration >= 200ms", number: duration},
	{Name: "suspicious", Type: Bool, Description: "a probe rather than a request: no or a broken request line", truth: func(e *event.Event) bool { return e.Flags&event.Suspicious != 0 }},
	{Name: "time", Type: Time, Description: `when: time >= "2026-10-01 12:00"`},
	{Name: "hour", Type: Number, Description: "hour of the day where the log was written, 0 to 23", number: hour},
	{Name: "source", Type: Text, Description: "the input it came from, as shown", text: func(e *event.Event) []byte { return e.Source }},
	{Name: "kind", Type: Text, Description: "an HTTP request, or any other line", Values: kinds[:], text: kind},
	{Name: "severity", Type: Text, Description: "level of a message", text: more(func(m *event.More) []byte { return m.Severity })},
	{Name: "service", Type: Text, Description: "program that wrote the line", text: more(func(m *event.More) []byte { return m.Service })},
	{Name: "action", Type: Text, Description: "what a message tells of: login, ban, sudo, …", text: more(func(m *event.More) []byte { return m.Action })},
	{Name: "outcome", Type: Text, Description: "success or failure of the action", text: more(func(m *event.More) []byte { return m.Outcome })},
	{Name: "body", Type: Text, Description: "text of a message", text: more(func(m *event.More) []byte { return m.Body })},
}

// field returns the field of that name, or nil.
func field(name string) *Field {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i]
		}
	}
	return further(name)
}

// otherwise maps what people coming from other tools type to the field they mean.
var otherwise = map[string]string{
	"ip": "client", "addr": "client", "remote_addr": "client", "code": "status", "uri": "path", "url": "path",
	"verb": "method", "size": "bytes", "latency": "duration", "vhost": "host", "referer": "referrer", "ua": "agent",
	"useragent": "agent", "user_agent": "agent", "protocol": "proto", "file": "source", "level": "severity",
	"message": "body", "msg": "body", "timestamp": "time", "date": "time",
}

var (
	classes = [...]string{"1xx", "2xx", "3xx", "4xx", "5xx", ""}
	kinds   = [...]string{event.Request: "request", event.Message: "message"}

	classBytes = [...][]byte{nil, []byte("1xx"), []byte("2xx"), []byte("3xx"), []byte("4xx"), []byte("5xx")}
	kindBytes  = [...][]byte{event.Request: []byte("request"), event.Message: []byte("message")}
)

func class(e *event.Event) []byte { return classBytes[e.Class()] }

func kind(e *event.Event) []byte {
	if int(e.Kind) < len(kindBytes) {
		return kindBytes[e.Kind]
	}
	return nil
}

func status(e *event.Event) float64 {
	if e.Status < 0 {
		return math.NaN()
	}
	return float64(e.Status)
}

func size(e *event.Event) float64 {
	if e.Bytes < 0 {
		return math.NaN()
	}
	return float64(e.Bytes)
}

func duration(e *event.Event) float64 {
	if e.Duration < 0 {
		return math.NaN()
	}
	return float64(e.Duration) / 1e9
}

func hour(e *event.Event) float64 {
	seconds := floor(e.Time, 1e9) + int64(e.Zone)
	return float64(floor(seconds, 3600) - 24*floor(seconds, 86400))
}

// floor is a/b rounded down, for b > 0.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func more(of func(m *event.More) []byte) func(e *event.Event) []byte {
	return func(e *event.Event) []byte {
		if e.More == nil {
			return nil
		}
		return of(e.More)
	}
}
