package format

import (
	"bytes"
	"slices"

	"weir/ingest/event"
)

// record collects the values of one line that names its fields, JSON or
// logfmt, whatever their order, and then fills an Event from them. What it
// takes and how it decides is in keyNames.
type record struct {
	line  []byte
	seen  uint64 // slots that hold a value, as bits
	used  uint64 // slots that went into the event, as bits
	marks marks
	slots [numSlots]slotValue
}

// slotValue is a value and what its key said of it.
type slotValue struct {
	span
	kind   jsonKind
	unit   unit
	rank   uint8
	places uint8  // digits behind the point of number
	simple bool   // number holds the value
	number uint64 // the digits
}

// shortestTime is the length of the shortest time, a number since the epoch. What
// is shorter is no time, though its key is called so, but mostly a duration.
const shortestTime = 9

// clockLength is the length of a time of day, which stands beside a date: 10:15:32.
const clockLength = 8

func (r *record) begin(line []byte) {
	r.line, r.seen, r.used, r.marks = line, 0, 0, 0
}

// put offers a value to the slot that its key means. It is not taken when it
// says nothing ("", "-", null) or the slot has a better one; of two with the
// same key the later one counts, as with encoding/json.
func (r *record) put(m meaning, at span, kind jsonKind) {
	r.marks |= m.marks
	if m.slot == slotNone {
		return
	}
	list := kind == jsonNested
	if list {
		at, kind = r.firstOf(at)
	}
	if m.slot == slotTime && at.to-at.from < shortestTime {
		if at.to-at.from != clockLength || r.line[at.from+2] != ':' || r.line[at.from+5] != ':' {
			return
		}
		m.slot = slotHour
	}
	if m.slot == slotBody && list && kind != jsonText { // journald's way with bytes that are no text
		return
	}
	switch kind {
	case jsonNull:
		return
	case jsonInt, jsonFloat:
		if m.slot == slotBody {
			return
		}
	case jsonText:
		if n := at.to - at.from; m.slot != slotRequest && (n == 0 || n == 1 && r.line[at.from] == '-') {
			return
		}
	case jsonBool:
		if m.slot != slotCache {
			return
		}
	}
	bit := uint64(1) << m.slot
	v := &r.slots[m.slot]
	if r.seen&bit != 0 && v.rank > m.rank {
		return
	}
	r.seen |= bit
	v.span, v.kind, v.unit, v.rank, v.simple = at, kind, m.unit, m.rank, false
}

// firstOf is the first element of an array, when that is text or a number:
// headers are often lists of one.
func (r *record) firstOf(at span) (span, jsonKind) {
	line, i := r.line, int(at.from)+1
	if line[at.from] != '[' {
		return at, jsonNull
	}
	for jsonBlank(line[i]) {
		i++
	}
	switch c := line[i]; {
	case c == '"':
		end, odd, _ := jsonString(line, i+1)
		kind := jsonText
		if odd {
			kind = jsonOdd
		}
		return span{int32(i + 1), int32(end)}, kind
	case c == '-' || c-'0' <= 9:
		end, kind, _ := jsonNumber(line, i)
		return span{int32(i), int32(end)}, kind
	}
	return at, jsonNull
}

func (r *record) has(s slot) bool { return r.seen&(1<<s) != 0 }

// text is the text of a slot, empty where it has none. Text with escapes is
// unescaped into e's scratch space.
func (r *record) text(e *event.Event, s slot) []byte {
	if !r.has(s) {
		return nil
	}
	r.used |= 1 << s
	v := &r.slots[s]
	if v.kind != jsonOdd && v.kind != logfmtOdd && v.kind != csvOdd {
		return v.of(r.line)
	}
	b := unescape(e, v.kind, v.of(r.line))
	if s != slotBody && !printable(b) {
		e.Flags |= event.BinaryText
	}
	return b
}

// unescape is text without its escapes, in e's scratch space.
func unescape(e *event.Event, kind jsonKind, text []byte) []byte {
	if kind == csvOdd {
		return undouble(e, text)
	}
	b := e.Scratch()
	n := len(b)
	if kind == logfmtOdd {
		b = unescapeLogfmt(b, text)
	} else {
		b = unescapeJSON(b, text)
	}
	e.SetScratch(b)
	return b[n:len(b):len(b)]
}

// leave gives back a value that text took, since it does not hold what its key says.
func (r *record) leave(s slot) { r.used &^= 1 << s }

const moreSlots = 1<<slotForwarded | 1<<slotTLSVersion | 1<<slotTLSCipher | 1<<slotUpstream | 1<<slotUpstreamDuration | 1<<slotCache |
	1<<slotAction | 1<<slotOutcome | 1<<slotService | 1<<slotHostname | 1<<slotSeverity | 1<<slotBody

// fill fills e and returns the empty string, or the field that is wrong.
func (r *record) fill(e *event.Event, o *Options, c *clock) (wrong string) {
	e.Raw = r.line
	timed := false
	if r.has(slotTime) {
		text := r.text(e, slotTime)
		if e.Time, e.Zone, timed = c.stampOf(text); !timed && r.has(slotHour) {
			e.Time, e.Zone, timed = c.stampOf(r.joined(e, text))
		}
		if !timed {
			if len(text) >= shortestStamp {
				return "time"
			}
			r.leave(slotTime)
		}
	} else if v := &r.slots[slotDuration]; r.has(slotDuration) && v.kind == jsonText && v.to-v.from >= shortestStamp { // a request_time that is a moment
		if e.Time, e.Zone, timed = c.stampOf(v.of(r.line)); timed {
			r.used |= 1 << slotDuration
		}
	}
	if !timed {
		e.Flags |= event.BadTime
		if !o.Now.IsZero() {
			e.Time = o.Now.UnixNano()
		}
	}
	if r.has(slotStatus) {
		r.status(e)
	}
	if r.has(slotBytes) {
		r.bytes(e)
	}
	if r.used&(1<<slotDuration) == 0 {
		e.Duration = r.duration(e, slotDuration)
	}
	if e.Duration == event.Unknown && r.has(slotService) {
		r.serviceTime(e)
	}
	if e.Client = peer(r.text(e, slotClient)); r.slots[slotClient].rank == clientRank && agentLike(e.Client) || r.slots[slotClient].rank == originRank && !addressLike(e.Client) { // Mattermost's agent, a place
		e.Client = nil
		r.leave(slotClient)
	}
	if e.User = r.text(e, slotUser); r.noUser(e.User) || r.slots[slotUser].rank == unameRank && r.seen&requestSlots == 0 { // a system's name
		e.User = nil
		r.leave(slotUser)
	}
	e.Method = r.text(e, slotMethod)
	e.Referrer = ungrokked(r.text(e, slotReferrer))
	e.Agent = ungrokked(r.text(e, slotAgent))
	if r.marks&markW3C != 0 {
		e.Referrer, e.Agent = unpercent(e, e.Referrer), unpercent(e, e.Agent)
	} else if r.marks&markForm != 0 {
		e.Referrer, e.Agent = unpercent(e, spaced(e, e.Referrer)), unpercent(e, spaced(e, e.Agent))
	}
	r.target(e)
	if r.has(slotProto) {
		p, ok := protoOf(r.text(e, slotProto))
		if ok {
			e.Proto = p
		} else {
			r.leave(slotProto)
		}
	}
	if r.seen&moreSlots != 0 {
		r.more(e)
	}
	if len(e.Target) == 0 && e.Flags&event.Suspicious == 0 && !(e.Status > 0 && usualMethod(e.Method)) || len(e.Method) == 0 && e.Status == event.Unknown {
		e.Kind = event.Message
	} else if r.seen&outcomeSlots == 0 && remark(e) {
		e.Kind = event.Message
	}
	r.host(e)
	if e.Kind == event.Message && e.More != nil && len(e.More.Service) > 0 {
		login(e)
	}
	return ""
}

// outcomeSlots are those of which a request's own record has one.
const outcomeSlots = 1<<slotStatus | 1<<slotBytes | 1<<slotDuration

// routine are the severities of what a program says of every request.
var routine = [][]byte{[]byte("info"), []byte("information"), []byte("notice")}

// remark tells what a program said of a request from the request's own record, where neither says how that went.
func remark(e *event.Event) bool {
	m := e.More
	if m == nil || len(m.Body) == 0 {
		return false
	}
	if len(m.Severity) == 0 || slices.ContainsFunc(routine, func(level []byte) bool { return bytes.EqualFold(m.Severity, level) }) {
		return !bytes.Contains(m.Body, e.Target) && !bytes.Contains(m.Body, []byte("equest"))
	}
	return true
}

// noUser tells what stands for a user that is none, in Grafana and in Nextcloud.
func (r *record) noUser(user []byte) bool {
	return string(user) == "0" && r.slots[slotUser].rank == userIDRank || string(user) == "--" && r.marks&markCloud == markCloud
}

// joined is a date and the time of day that stands apart from it as one time.
func (r *record) joined(e *event.Event, date []byte) []byte {
	b := e.Scratch()
	n := len(b)
	b = append(append(append(b, date...), 'T'), r.text(e, slotHour)...)
	if r.marks&markW3C != 0 {
		b = append(b, 'Z')
	}
	e.SetScratch(b)
	return b[n:len(b):len(b)]
}

// serviceTime takes the duration from Heroku's router, which calls it service: 18ms.
func (r *record) serviceTime(e *event.Event) {
	b := r.slots[slotService].of(r.line)
	if len(b) == 0 || b[0]-'0' > 9 {
		return
	}
	if ns := spelled(b); ns != event.Unknown {
		e.Duration = ns
		r.used |= 1 << slotService
	}
}

// host sets the virtual host of a request. In a message, host is the machine.
func (r *record) host(e *event.Event) {
	if !r.has(slotHost) {
		return
	}
	host := r.text(e, slotHost)
	if r.marks&markHost != 0 && r.slots[slotHost].rank == hostRank && len(e.Client) == 0 {
		e.Client = peer(host)
		return
	}
	if e.Kind == event.Request && (r.marks&markShip == 0 || r.slots[slotHost].rank != hostRank) {
		e.Host, _ = splitPort(host)
	} else if m := e.Extra(); len(m.Hostname) == 0 {
		m.Hostname = host
	} else {
		r.leave(slotHost)
	}
}

// more sets the rarer fields.
func (r *record) more(e *event.Event) {
	m := e.Extra()
	m.Forwarded = r.text(e, slotForwarded)
	m.TLSVersion = r.text(e, slotTLSVersion)
	m.TLSCipher = r.text(e, slotTLSCipher)
	if r.has(slotTLSVersion) && r.slots[slotTLSVersion].kind == jsonInt {
		m.TLSVersion = own(e, tlsVersion(m.TLSVersion), m.TLSVersion)
	} else {
		m.TLSVersion = tlsNumber(e, m.TLSVersion)
	}
	if r.has(slotTLSCipher) && r.slots[slotTLSCipher].kind == jsonInt {
		m.TLSCipher = own(e, tlsCipher(m.TLSCipher), m.TLSCipher)
	}
	m.Upstream = r.text(e, slotUpstream)
	m.UpstreamDuration = r.duration(e, slotUpstreamDuration)
	if m.CacheStatus = r.text(e, slotCache); r.has(slotCache) && r.slots[slotCache].kind == jsonBool {
		name := "MISS"
		if m.CacheStatus[0] == 't' {
			name = "HIT"
		}
		m.CacheStatus = own(e, name, nil)
	}
	m.Action = r.text(e, slotAction)
	m.Outcome = r.text(e, slotOutcome)
	if r.used&(1<<slotService) == 0 {
		m.Service = r.text(e, slotService)
	}
	m.Hostname = r.text(e, slotHostname)
	m.Severity = r.text(e, slotSeverity)
	v := &r.slots[slotSeverity]
	if r.has(slotSeverity) && (v.unit == unitPino || v.unit == unitSyslog) {
		u := v.unit
		if r.marks&markCloud == markCloud && u == unitPino && len(m.Severity) == 1 {
			u = unitCloud
		}
		m.Severity = own(e, severityName(m.Severity, u), m.Severity)
	}
	if r.has(slotSeverity) && v.unit == unitLetter {
		if len(m.Severity) > 2 || len(letters[m.Severity[0]]) == 0 {
			m.Severity = nil
			r.leave(slotSeverity)
		} else {
			m.Severity = own(e, letters[m.Severity[0]], nil)
		}
	}
	if auditLevel(m.Severity) {
		m.Severity = nil
		r.leave(slotSeverity)
	}
	m.Body = bytes.TrimRight(r.text(e, slotBody), "\r\n")
	if len(e.Client) == 0 && len(m.Forwarded) > 0 {
		e.Client = lastForwarded(m.Forwarded)
	}
}

// took tells whether the value of a key went into the event, or says nothing
// where the key is a known one.
func (r *record) took(m meaning, at span, kind jsonKind) bool {
	if m.slot == slotNone {
		return false
	}
	if m.slot == slotTime && at.to-at.from == clockLength {
		m.slot = slotHour
	}
	v := &r.slots[m.slot]
	if r.used&(1<<m.slot) != 0 && at.from <= v.from && v.to <= at.to {
		// Of a list only the first element went there.
		return kind != jsonNested || bytes.IndexByte(r.line[v.to:at.to], ',') < 0
	}
	return kind == jsonNull || kind == jsonText && (at.empty() || string(at.of(r.line)) == "-")
}

func (r *record) status(e *event.Event) {
	if v := &r.slots[slotStatus]; v.simple && v.places == 0 && v.number-100 < 900 {
		r.used |= 1 << slotStatus
		e.Status = int32(v.number)
	} else if n, ok := statusOf(r.text(e, slotStatus)); ok {
		e.Status = n
	} else {
		r.leave(slotStatus)
	}
}

func (r *record) bytes(e *event.Event) {
	if v := &r.slots[slotBytes]; v.simple && v.places == 0 {
		r.used |= 1 << slotBytes
		e.Bytes = int64(v.number)
	} else if n, ok := whole(r.text(e, slotBytes)); ok && n >= 0 {
		e.Bytes = n
	} else {
		r.leave(slotBytes)
	}
}

// leveled tells the records of pino and bunyan by their severity, which is a number.
func (r *record) leveled() bool {
	v := &r.slots[slotSeverity]
	return r.has(slotSeverity) && v.unit == unitPino && v.kind == jsonInt
}
