package ingest

import (
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// Moment is the immutable picture of everything at one moment: what the screen
// draws and the reports print. Nobody changes it once it is published.
type Moment struct {
	Seq  uint64    // grows by one with every Moment that differs
	Now  time.Time // the wall clock
	At   int64     // unix second at which the window ends (not included)
	Live bool      // At is now; otherwise it is the end of the log, or where the user went

	Window *stats.Summary // [At-Span, At)
	Before *stats.Summary // the window it is compared with: the one before, or Against ago
	Span   time.Duration  // length of the window
	First  int64          // the first second that anything is known of; 0 before any line

	Against time.Duration // how long before the window Before ends; 0 is right before it

	Series []stats.Counter     // the graph, oldest first, each element beginning at a multiple of Step; the newest ends at At
	Step   int64               // seconds in one element of Series
	Known  Known               // how finely Series could be had
	Trends map[string][]uint64 // of the heaviest sections: hits in ten-second slices

	Threshold   float64        // of the traffic alert, requests per second
	AlertPeriod time.Duration  // its window
	Average     float64        // requests per second over the alert period
	Firing      []alert.Change // what is broken now, newest first
	Pending     []alert.Change // what the newest lines say will fire once their seconds are closed
	Alerts      []alert.Change // every change, newest first, at most keptAlerts
	Rules       []alert.Status // how the rules beside the traffic alert are doing

	Filter *Filter // what is left out of all the above; nil when nothing is

	Lines   []Line // the newest requests, oldest first, at most keptLines
	Sources []event.Source
	Total   Totals
}

// Known says from which second on a Series is known by the second, and by the
// minute; finer slices of what is older would show needles.
type Known struct{ BySecond, ByMinute int64 }

// Totals count since the start.
type Totals struct {
	Lines     int64
	Parsed    int64
	Unparsed  int64
	Bytes     int64
	Late      uint64  // counted, in seconds that were closed already
	Future    uint64  // counted in the total only: dated beyond the clock
	Dropped   uint64  // lines of files that came to a path faster than they could be held open: they are not read
	PerSecond float64 // lines read per second, lately
	Behind    int64   // bytes not read yet
	Backlog   float64 // share of what was there at the start that is read, 0 to 1
}

// Line is one request as the lines pane shows it.
type Line struct {
	At       time.Time
	Source   string
	Client   string
	Method   string
	Target   string
	Status   int32
	Bytes    int64
	Duration int64
	Message  string // of what is no request: its severity and its text
	Raw      string
}

// Query is what the screen wants to see.
type Query struct {
	Span      time.Duration // length of the window
	At        int64         // unix second at which the window ends; 0 is live
	Graph     int           // elements of Series
	Step      int64         // seconds in one element of Series
	Against   time.Duration // how long before the window the one ends that it is compared with; at least Span
	Refresh   time.Duration // between two Moments; 0 leaves it
	Threshold float64       // of the traffic alert; 0 leaves it
	Filter    string        // only the events that match this expression; see stats/filter
}

// Filter is how far a filter has got.
type Filter struct {
	Text  string
	Err   string  // why the text is no filter; then nothing is left out
	From  int64   // the second from which on it has seen every line
	Gap   bool    // lines before From were counted that can't be read again
	Lost  string  // which logs can't be read again, and why; "" is none
	Share float64 // of what has to be read again, 0 to 1
	Done  bool
}

const (
	keptAlerts = 1000
	keptLines  = 200
)
