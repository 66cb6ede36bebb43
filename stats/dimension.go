package stats

import (
	"strconv"

	"weir/ingest/event"
)

// Dim is a dimension that requests are ranked by; it indexes Dimensions.
type Dim uint8

// The dimensions, in reading order.
const (
	Section Dim = iota
	Path
	Client
	Agent
	Referrer
	Host
	Status
	Method
	Source
	Country
	NumDims = int(iota)
)

// A Row has room for them.
var _ [event.MaxDimensions - NumDims]struct{}

// Dimension is one way to rank requests. Key returns the event's key, empty
// when it has none; the bytes are the event's own.
type Dimension struct {
	Name      string // in JSON, filters and alerts
	Title     string // on the screen
	Key       func(e *event.Event) []byte
	Durations bool // keep percentiles for every key
}

// Dimensions lists every ranked dimension by its Dim. To add one, add a constant and a line.
var Dimensions = [NumDims]Dimension{
	Section:  {"section", "Sections", func(e *event.Event) []byte { return event.Section(e.Path) }, true},
	Path:     {"path", "URLs", func(e *event.Event) []byte { return e.Path }, true},
	Client:   {"client", "Clients", func(e *event.Event) []byte { return e.Client }, false},
	Agent:    {"agent", "Agents", func(e *event.Event) []byte { return e.Agent }, false},
	Referrer: {"referrer", "Referrers", func(e *event.Event) []byte { return e.Referrer }, false},
	Host:     {"host", "Hosts", func(e *event.Event) []byte { return e.Host }, true},
	Status:   {"status", "Statuses", statusKey, true},
	Method:   {"method", "Methods", func(e *event.Event) []byte { return e.Method }, false},
	Source:   {"source", "Sources", func(e *event.Event) []byte { return e.Source }, false},
	Country:  {"country", "Countries", func(e *event.Event) []byte { return e.Country }, false},
}

// Find returns the dimension of that name.
func Find(name string) (Dim, bool) {
	for d := range Dimensions {
		if Dimensions[d].Name == name {
			return Dim(d), true
		}
	}
	return 0, false
}

// String is the dimension's name.
func (d Dim) String() string { return Dimensions[d].Name }

// code is a status as a key.
type code struct {
	text []byte
	hash uint64
}

var codes = func() (all [1000]code) {
	for i := range all {
		text := strconv.AppendInt(nil, int64(i), 10)
		all[i] = code{text, hashOf(text)}
	}
	return all
}()

func statusKey(e *event.Event) []byte {
	if uint(e.Status) >= uint(len(codes)) {
		return nil
	}
	return codes[e.Status].text
}
