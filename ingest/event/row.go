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
	Hashes   [MaxDimensions]uint64
	client   [maxClient + 1]byte // the Event's, and behind it its length; of a longer one nothing
}

// maxClient is how long an IPv6 address may be.
const maxClient = 39

// SetClient keeps the client, as there are so many new ones that their text is
// asked for again and again.
func (r *Row) SetClient(b []byte) {
	if len(b) <= maxClient {
		r.client[maxClient] = byte(copy(r.client[:], b))
	}
}

// Client is the client of e, whose row r is.
func (r *Row) Client(e *Event) []byte {
	if n := int(r.client[maxClient]); n > 0 {
		return r.client[:min(n, maxClient)]
	}
	return e.Client
}
