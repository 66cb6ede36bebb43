// Package report writes what happened: a Report as text, JSON, CSV or HTML, and
// the blocks that --plain prints. One file a writer, one table Writers.
package report

import (
	"io"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// Report is what happened in one slice of time.
type Report struct {
	Summary  *stats.Summary // From and To say which slice
	Sources  []event.Source
	Alerts   []alert.Change // oldest first
	Lines    int64          // lines read
	Unparsed int64
	Late     uint64
	Future   uint64
	Dropped  uint64
	Top      int            // rows of each ranking; 0 is 10
	Location *time.Location // for times; nil is local
}

// Writer is one way to write a Report.
type Writer struct {
	Name  string // as --to takes it
	Write func(w io.Writer, r *Report) error
}

// Writers lists every way to write a Report. To add one, write one file and add one line.
var Writers = []Writer{
	{"text", Text},
	{"json", JSON},
	{"csv", CSV},
	{"html", HTML},
}

// Find returns the writer of that name.
func Find(name string) (Writer, bool) {
	for _, w := range Writers {
		if w.Name == name {
			return w, true
		}
	}
	return Writer{}, false
}

func (r *Report) top() int {
	if r.Top <= 0 {
		return 10
	}
	return r.Top
}

func (r *Report) location() *time.Location {
	if r.Location == nil {
		return time.Local
	}
	return r.Location
}

func (r *Report) from() time.Time { return time.Unix(r.Summary.From, 0).In(r.location()) }
func (r *Report) to() time.Time   { return time.Unix(r.Summary.To, 0).In(r.location()) }
