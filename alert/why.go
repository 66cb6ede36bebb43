package alert

import (
	"encoding/json"
	"math"
	"net/netip"
	"sort"

	"weir/stats"
)

// Mover is one key whose rate changed between two windows.
type Mover struct {
	Dimension string
	Key       string
	Before    float64 // requests per second in the window before
	After     float64 // requests per second in the window
	Share     float64 // of the whole change, 0 to 1 (more where others fell)
	Keys      int     // how many keys a group stands for: the clients of a network
}

// MarshalJSON writes m with rounded rates.
func (m Mover) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Dimension string  `json:"dimension"`
		Key       string  `json:"key"`
		Before    float64 `json:"before"`
		After     float64 `json:"after"`
		Share     float64 `json:"share"`
	}{m.Dimension, m.Key, round(m.Before), round(m.After), round(m.Share)})
}

// telling are the dimensions that may explain a change, in reading order.
var telling = [...]stats.Dim{stats.Section, stats.Path, stats.Client, stats.Status, stats.Host, stats.Agent, stats.Referrer, stats.Method, stats.Source}

const (
	leastShare  = 0.10
	moversEach  = 3   // keys of one dimension at most
	sameForAll  = 0.9 // a key with this much of the traffic before and after explains nothing
	networkKeys = 2   // clients that make a network worth naming
)

// Movers explains the rise from before to after: for each dimension the keys
// whose count rose most, by their contribution to the whole rise, dimension by
// dimension in reading order. Clients of one /24 (IPv6: /64) that rose together
// are named as their network too. It is empty when nothing rose.
func Movers(before, after *stats.Summary) []Mover {
	return moved(summed{before}, summed{after}, nil)
}

// counted is what is known of the requests of a window.
type counted interface {
	Rate() float64 // requests per second
	Seconds() float64
	of(d stats.Dim, n int) map[string]count // by key, of the n heaviest at least; n < 0: of all
	had(d stats.Dim, key string) float64    // hits of one key
}

// moved is Movers, whatever counted. Where only some requests were counted, all
// is every request of the later window: what these do not share is telling.
func moved(before, after, all counted) []Mover {
	rise := after.Rate() - before.Rate()
	if rise <= 0 {
		return nil
	}
	most := int(min(after.Rate()/(leastShare*rise), math.MaxInt32)) + 1 // no more keys rose enough
	var movers []Mover
	for _, dim := range telling {
		var was, now map[string]count
		if dim == stats.Client { // for their networks
			was, now = before.of(dim, -1), after.of(dim, -1)
		} else {
			was, now = make(map[string]count), after.of(dim, most)
			for key := range now {
				was[key] = count{before.had(dim, key), 1}
			}
		}
		compare := func(name string, was, now map[string]count, worth func(Mover) bool) {
			movers = append(movers, strongest(name, was, now, before.Seconds(), after.Seconds(), rise, worth)...)
		}
		if dim == stats.Client {
			compare("network", networks(was), networks(now), func(m Mover) bool { return m.Keys >= networkKeys })
		}
		compare(dim.String(), was, now, func(m Mover) bool {
			if all != nil {
				return all.had(dim, m.Key) < sameForAll*all.Rate()*all.Seconds()
			}
			return m.Before < sameForAll*before.Rate() || m.After < sameForAll*after.Rate()
		})
	}
	return movers
}

// Exact reports whether Movers has every key of both windows.
func Exact(before, after *stats.Summary) bool {
	for _, dim := range telling {
		for _, s := range []*stats.Summary{before, after} {
			if _, exact := s.Keys(dim); !exact {
				return false
			}
		}
	}
	return true
}

// count is how many requests a key stands for, and how many keys.
type count struct {
	hits float64
	keys int
}

// summed is what a Summary counted.
type summed struct{ *stats.Summary }

func (s summed) of(d stats.Dim, n int) map[string]count {
	top := s.Top(d, n)
	m := make(map[string]count, len(top))
	for i := range top {
		m[top[i].Key] = count{float64(top[i].Hits), 1}
	}
	return m
}

func (s summed) had(d stats.Dim, key string) float64 {
	e, _ := s.Key(d, key)
	return float64(e.Hits)
}

func networks(clients map[string]count) map[string]count {
	sums := make(map[netip.Prefix]count)
	for key, c := range clients {
		addr, err := netip.ParseAddr(key)
		if err != nil {
			continue
		}
		bits := 64
		if addr = addr.Unmap().WithZone(""); addr.Is4() {
			bits = 24
		}
		prefix, _ := addr.Prefix(bits)
		sum := sums[prefix]
		sums[prefix] = count{sum.hits + c.hits, sum.keys + 1}
	}
	m := make(map[string]count, len(sums))
	for prefix, c := range sums {
		m[prefix.String()] = c
	}
	return m
}

func strongest(name string, was, now map[string]count, secondsBefore, secondsAfter, rise float64, worth func(Mover) bool) []Mover {
	var all []Mover
	for key, c := range now {
		m := Mover{Dimension: name, Key: key, Keys: c.keys}
		m.Before, m.After = was[key].hits/max(secondsBefore, 1), c.hits/max(secondsAfter, 1)
		m.Share = (m.After - m.Before) / rise
		if m.Share >= leastShare && worth(m) {
			all = append(all, m)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].Share != all[j].Share {
			return all[i].Share > all[j].Share
		}
		return all[i].Key < all[j].Key
	})
	return all[:min(len(all), moversEach)]
}
