package explore

import "weir/ingest"

type sorting struct {
	column    string
	ascending bool
	done      bool
	top       []*ingest.Record
}

func (s *sorting) news() string { return "" }

func (r *Room) unsort() { r.sorted = nil }
