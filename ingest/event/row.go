package event

// Row is what counting needs of an Event, beside its keys' text. The rows of a
// batch lie close together, so that they can be gone through once for each dimension.
type Row struct {
	Time     int64 // nanoseconds since the Unix epoch
	Duration int64 // nanoseconds, or Unknown
	Bytes    int64 // body bytes, or Unknown
	Hashes   [MaxDimensions]uint64
	Kind     Kind
	Class    uint8 // of the status, as Event.Class
	Flags    Flags
}
