package alert

import (
	"fmt"
	"testing"

	"weir/ingest/event"
	"weir/stats"
)

func summary(seconds int64, requests ...string) *stats.Summary {
	s := stats.NewSummary(0)
	s.From, s.To = 0, seconds
	for _, r := range requests {
		var client, path string
		var n int
		if _, err := fmt.Sscan(r, &client, &path, &n); err != nil {
			panic(err)
		}
		for range n {
			s.Add(&event.Event{Client: []byte(client), Path: []byte(path), Status: 200, Method: []byte("GET"), Bytes: event.Unknown, Duration: event.Unknown})
		}
	}
	return s
}

func find(movers []Mover, dimension, key string) (Mover, bool) {
	for _, m := range movers {
		if m.Dimension == dimension && m.Key == key {
			return m, true
		}
	}
	return Mover{}, false
}

func TestMoversNameTheSectionAndTheNetworkThatRose(t *testing.T) {
	before := summary(10, "192.0.2.1 /a/x 100", "192.0.2.2 /search/y 10")
	after := summary(10, "192.0.2.1 /a/x 100", "203.0.113.7 /search/y 300", "203.0.113.8 /search/z 400", "192.0.2.2 /search/y 10")
	movers := Movers(before, after)
	section, ok := find(movers, "section", "/search")
	if !ok || section.Before != 1 || section.After != 71 || section.Share != 1 {
		t.Errorf("section: got %+v, %v", section, ok)
	}
	network, ok := find(movers, "network", "203.0.113.0/24")
	if !ok || network.Keys != 2 || network.Share != 1 {
		t.Errorf("network: got %+v, %v", network, ok)
	}
	if m, ok := find(movers, "section", "/a"); ok {
		t.Errorf("what did not move explains nothing, got %+v", m)
	}
	if m, ok := find(movers, "method", "GET"); ok {
		t.Errorf("what all requests share explains nothing, got %+v", m)
	}
	if movers[0].Dimension != "section" {
		t.Errorf("sections come first, got %+v", movers[0])
	}
}

func TestMoversAreEmptyWhenNothingRose(t *testing.T) {
	before := summary(10, "192.0.2.1 /a 100")
	after := summary(10, "192.0.2.1 /a 99")
	if movers := Movers(before, after); len(movers) != 0 {
		t.Errorf("got %+v", movers)
	}
}
