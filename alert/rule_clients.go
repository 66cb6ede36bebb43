package alert

import (
	"weir/ingest/event"
	"weir/stats/sketch"
)

// presence counts the distinct clients of a window: of each it knows when it
// was last seen, and of each slot how many were last seen then. Beyond most
// clients it keeps a half, a quarter and so on of them, chosen by their hashes
// (Wegman's adaptive sampling; Flajolet, 1990), and is then within about
// 1.2/√most.
type presence struct {
	open   opened[map[uint64]struct{}]
	window sliding
	ring   []int64 // clients last seen in a slot
	sum    int64
	last   map[uint64]int64 // second
	most   int
	level  uint // of 2^level clients one is kept
	fresh  int  // clients in open seconds
}

func newPresence(r *Rule, s shape) meter {
	p := &presence{open: opened[map[uint64]struct{}]{seconds: make([]map[uint64]struct{}, s.open)}, window: newSliding(r.Over, s.slots), most: 1 << 15}
	if s.keys {
		p.most = 1 << 11
	}
	p.ring, p.last = make([]int64, p.window.slots), make(map[uint64]int64)
	return p
}

func (p *presence) kept(client uint64) bool { return p.level == 0 || client>>(64-p.level) == 0 }

func (p *presence) add(second int64, e *event.Event, _ bool) {
	if len(e.Client) == 0 {
		return
	}
	client := sketch.Stable(e.Client)
	if !p.kept(client) {
		return
	}
	open := p.open.at(second)
	if open == nil {
		p.touch(second, client)
		return
	}
	if *open == nil {
		*open = make(map[uint64]struct{})
	}
	before := len(*open)
	(*open)[client] = struct{}{}
	p.fresh += len(*open) - before
	if p.fresh > 2*p.most {
		p.thin()
	}
}

// touch says that a client was there in a closed second.
func (p *presence) touch(second int64, client uint64) {
	place, ok := p.window.at(second)
	if !ok {
		return
	}
	before, known := p.last[client]
	if known && before >= second {
		return
	}
	if was, inside := p.window.at(before); known && inside {
		p.ring[was]--
		p.sum--
	}
	p.last[client] = second
	p.ring[place]++
	p.sum++
	if len(p.last) > 2*p.most {
		p.purge()
	}
}

// purge forgets who left the window, and more where that is not enough.
func (p *presence) purge() {
	for client, second := range p.last {
		if _, inside := p.window.at(second); !inside {
			delete(p.last, client)
		}
	}
	for len(p.last) > p.most {
		p.thin()
	}
}

// thin keeps half of the clients.
func (p *presence) thin() {
	p.level++
	for client, second := range p.last {
		if p.kept(client) {
			continue
		}
		if place, inside := p.window.at(second); inside {
			p.ring[place]--
			p.sum--
		}
		delete(p.last, client)
	}
	for _, open := range p.open.seconds {
		for client := range open {
			if !p.kept(client) {
				delete(open, client)
			}
		}
	}
	p.freshen()
}

// freshen counts the clients in open seconds.
func (p *presence) freshen() {
	p.fresh = 0
	for _, open := range p.open.seconds {
		p.fresh += len(open)
	}
}

func (p *presence) close(second int64) {
	p.open.close(second, func(s int64, open *map[uint64]struct{}) {
		p.window.move(s, func(place int64) {
			p.sum -= p.ring[place]
			p.ring[place] = 0
		})
		for client := range *open {
			p.touch(s, client)
		}
		clear(*open)
	})
	if p.fresh > 0 {
		p.freshen()
	}
	if p.level > 0 && p.sum == 0 && p.fresh == 0 {
		p.level = 0
		clear(p.last)
	}
}

func (p *presence) value() (float64, uint64) {
	n := uint64(p.sum) << p.level
	return float64(n), n
}

func (p *presence) empty() bool { return p.sum == 0 && p.fresh == 0 }

func (p *presence) reset() {
	for _, open := range p.open.seconds {
		clear(open)
	}
	clear(p.ring)
	clear(p.last)
	p.sum, p.level, p.fresh = 0, 0, 0
	p.open.begun, p.window.started = false, false
}
