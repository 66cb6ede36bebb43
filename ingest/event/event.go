// Package event holds the words everyone speaks: Event, Batch and Source. It
// is pure data: no I/O, no clock, no parsing.
package event

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"time"
)

// Unknown is the value of a number that a line did not give.
const Unknown = -1

// MaxDimensions bounds how many dimensions requests can be ranked by.
const MaxDimensions = 10

// Kind tells an HTTP request from any other logged event.
type Kind uint8

// The kinds of Event.
const (
	Request Kind = iota // an HTTP (or proxied TCP) request
	Message             // any other line: auth, syslog, application
)

// Flags are the odd things about an Event that are no reason to reject it.
type Flags uint16

// The flags. A flagged event is counted like any other and shown as suspicious
// where the flag is one of Suspicious.
const (
	TLSOnPlain   Flags = 1 << iota // the request line is a TLS handshake sent to a plain port
	EmptyRequest                   // the request line is empty or "-"
	Malformed                      // the request line is not METHOD TARGET PROTOCOL
	BinaryText                     // control or non-UTF-8 bytes in a text field
	LongLine                       // the line was cut at the reader's bound
	BadTime                        // the time was missing and the arrival time stands in
)

// Suspicious are the flags that mark a request as a probe rather than traffic.
const Suspicious = TLSOnPlain | EmptyRequest | Malformed

// Event is one parsed line. Its byte slices point into the line it was parsed
// from (or into the event's own scratch space) and are valid only until the
// line's buffer is reused: copy what must outlive the batch. An empty slice
// and Unknown mean that the line did not say.
type Event struct {
	Time     int64 // nanoseconds since the Unix epoch
	Duration int64 // nanoseconds the request took, or Unknown
	Bytes    int64 // body bytes sent, or Unknown
	Line     int64 // 1-based number in its source, counted from where reading began; 0 when not counted
	Zone     int32 // the line's own offset, seconds east of UTC
	Status   int32 // three digits, 0 or Unknown
	Kind     Kind
	Flags    Flags

	Client   []byte // address or host name of the peer
	User     []byte
	Method   []byte
	Target   []byte // path and query as logged, percent-encoding kept
	Path     []byte // Target without query (and without scheme and authority)
	Query    []byte // without the question mark
	Proto    []byte // "1.1", "2.0", "3"
	Host     []byte // virtual host
	Referrer []byte
	Agent    []byte
	Raw      []byte // the whole line, without its end
	Source   []byte // the input it came from, as shown
	Shown    []byte // Raw as people may see it, where that differs: --anonymize
	Country  []byte // ISO 3166-1 code, where a database was given

	More *More // the rarer fields; nil when the line has none

	spare   *More
	scratch []byte
}

// More holds what only some formats say.
type More struct {
	Forwarded        []byte // X-Forwarded-For as logged
	TLSVersion       []byte
	TLSCipher        []byte
	Upstream         []byte // address of the server behind the proxy
	UpstreamDuration int64  // nanoseconds, or Unknown
	CacheStatus      []byte
	Action           []byte // login, logout, ban, unban, found, sudo, …
	Outcome          []byte // success, failure
	Service          []byte
	Hostname         []byte
	Severity         []byte
	Body             []byte
	Attributes       []Attribute // every further field, in the line's order
}

// Attribute is a field without a name of its own. Value is the raw text; a JSON
// value that is not a string keeps its JSON spelling and has JSON set.
type Attribute struct {
	Key, Value []byte
	JSON       bool
}

// maxScratch is how much of an event's own space is kept for the next line, so
// that long lines, spread over the events of a batch, do not add up.
const maxScratch = 64 << 10

// Reset empties e for the next line and keeps its memory.
func (e *Event) Reset() {
	spare, scratch := e.spare, e.scratch[:0]
	if cap(scratch) > maxScratch {
		scratch = nil
	}
	if e.More != nil {
		spare = e.More
	}
	*e = Event{}
	e.Duration, e.Bytes, e.Status, e.spare, e.scratch = Unknown, Unknown, Unknown, spare, scratch
}

// ResetRest is Reset but for what the line of an access log says anyway: the client, the
// request with its method, target, path and protocol, the time and its zone, status,
// bytes, referrer and agent. They are to be written over, as are Line, Raw and Source.
func (e *Event) ResetRest() {
	if cap(e.scratch) > maxScratch {
		e.scratch = nil
	}
	e.scratch = e.scratch[:0]
	if e.More != nil {
		e.spare, e.More = e.More, nil
	}
	e.Duration, e.Kind, e.Flags = Unknown, 0, 0
	e.User, e.Query, e.Host, e.Shown, e.Country = nil, nil, nil, nil, nil
}

// Extra returns e.More, making it ready for use when the line had none so far.
func (e *Event) Extra() *More {
	if e.More != nil {
		return e.More
	}
	if e.spare == nil {
		e.spare = &More{}
	}
	attributes := e.spare.Attributes[:0]
	*e.spare = More{UpstreamDuration: Unknown, Attributes: attributes}
	e.More = e.spare
	return e.More
}

// Scratch returns the event's own buffer, for text that does not stand in the
// line as it is (unescaped JSON, a joined target). Append to it, hand the
// longer slice to SetScratch and slice what was appended: earlier slices stay valid.
func (e *Event) Scratch() []byte { return e.scratch }

// SetScratch keeps b, a grown Scratch, for the next use.
func (e *Event) SetScratch(b []byte) { e.scratch = b }

// When returns the time of e in the line's own offset.
func (e *Event) When() time.Time {
	t := time.Unix(0, e.Time)
	if e.Zone == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(e.Zone)))
}

// Class is the status class: 1 to 5 for 1xx to 5xx, 0 for anything else.
func (e *Event) Class() int {
	if e.Status < 100 || e.Status > 599 {
		return 0
	}
	return int(e.Status / 100)
}

// Section returns what stands before the second slash of a path: "/pages" for
// "/pages/create", "/" for "/" and "/index.html"'s own name for "/index.html".
// The query never belongs to it.
func Section(path []byte) []byte {
	if len(path) == 0 || path[0] != '/' {
		if i := bytes.IndexByte(path, '?'); i >= 0 {
			path = path[:i]
		}
		return path
	}
	rest := path[1:]
	for ; len(rest) >= 8; rest = rest[8:] {
		w := binary.LittleEndian.Uint64(rest)
		slash, question := w^ones*'/', w^ones*'?'
		if found := ((slash-ones)&^slash | (question-ones)&^question) & tops; found != 0 {
			return path[:len(path)-len(rest)+bits.TrailingZeros64(found)/8]
		}
	}
	for i, c := range rest {
		if c == '/' || c == '?' {
			return path[:len(path)-len(rest)+i]
		}
	}
	return path
}

// A bit in every byte of a word: its lowest, and its highest.
const (
	ones = 0x0101010101010101
	tops = ones << 7
)
