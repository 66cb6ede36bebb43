package event

// Row is what counting needs of an Event, beside its keys' text. The rows of a
// batch lie close together, so that they can be gone through once for each dimension.
type Row struct {
	Time     int64 // nanoseconds since the Unix epoch
	Duration int64 // nanoseconds, or Unknown
	Bytes    int64 // body bytes, or Unknown
	Kind     Kind
	Class    uint8 // of the status, as Event.Class
	Flags    Flags
	client   uint8 // bytes of text that are the Event's Client, 0 where it has no room
	path     uint8 // bytes behind them that are its Path, 0 where it has no room
	Hashes   [MaxDimensions]uint64
	text     [maxText]byte
}

// maxText makes a row three cache lines.
const maxText = 80

// SetTexts keeps the client and the path, as there are so many new ones that their
// text is asked for again and again, when the Event is in another core's cache.
func (r *Row) SetTexts(client, path []byte) {
	r.client, r.path = 0, 0
	if len(client) <= maxText {
		r.client = uint8(copy(r.text[:], client))
	}
	if rest := r.text[r.client:]; len(path) <= len(rest) {
		r.path = uint8(copy(rest, path))
	}
}

// Client is the client of e, whose row r is.
func (r *Row) Client(e *Event) []byte {
	if n := int(r.client); n > 0 {
		return r.text[:min(n, maxText)]
	}
	return e.Client
}

// Path is the path of e, whose row r is.
func (r *Row) Path(e *Event) []byte {
	if n := int(r.path); n > 0 {
		return r.text[r.client:][:n]
	}
	return e.Path
}
