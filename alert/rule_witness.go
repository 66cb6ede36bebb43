package alert

import (
	"weir/ingest/event"
	"weir/stats"
)

// witness keeps some of the events that a rule counts, to say which keys moved
// and to show a few lines: from each slot of the window and of the one before it
// a sample in which every event has the same chance (Vitter's algorithm R, 1985).
// Up to slotSamples events of a slot are all there is, and then nothing is estimated.
type witness struct {
	step  int64
	over  int64
	slots []testimony
	dice  uint64
}

const (
	witnessSlots = 6 // of a window
	slotSamples  = 32
	sampleBytes  = 1024 // of one event
)

// LongestWhy is how many seconds of a window are explained at most.
const LongestWhy = 3600

// testimony is what is kept of one slot.
type testimony struct {
	slot   int64
	events uint64
	kept   []sighting
}

// sighting is what is kept of one event. Its memory is used again and again.
type sighting struct {
	second int64
	key    uint64
	status int32
	ends   [numTexts]int
	texts  []byte
}

// The texts of a sighting, one after the other.
const (
	sightPath = iota
	sightClient
	sightHost
	sightMethod
	sightSource
	sightCountry
	sightAgent
	sightReferrer
	sightRaw
	numTexts
)

func newWitness(r *Rule) *witness {
	over := r.Over
	if len(r.Burns) > 0 {
		over = r.Burns[0].Short
	}
	over = min(over, LongestWhy)
	s := max((over+witnessSlots-1)/witnessSlots, 1)
	slots := make([]testimony, 2*witnessSlots+2)
	for i := range slots {
		slots[i].slot = -1
	}
	return &witness{step: s, over: s * ((over + s - 1) / s), slots: slots, dice: 1}
}

// note keeps an event, or not.
func (w *witness) note(second int64, key uint64, e *event.Event) {
	slot := quotient(second, w.step)
	t := &w.slots[slot-quotient(slot, int64(len(w.slots)))*int64(len(w.slots))]
	if t.slot != slot {
		if t.slot > slot && t.events > 0 {
			return
		}
		t.slot, t.events, t.kept = slot, 0, t.kept[:0]
	}
	t.events++
	at := uint64(len(t.kept))
	switch {
	case at < slotSamples && int(at) < cap(t.kept):
		t.kept = t.kept[:at+1]
	case at < slotSamples:
		t.kept = append(t.kept, sighting{})
	default:
		w.dice ^= w.dice << 13 // xorshift; Marsaglia, 2003
		w.dice ^= w.dice >> 7
		w.dice ^= w.dice << 17
		if at = w.dice % t.events; at >= slotSamples {
			return
		}
	}
	t.kept[at].see(second, key, e)
}

func (s *sighting) see(second int64, key uint64, e *event.Event) {
	s.second, s.key, s.status, s.texts = second, key, e.Status, s.texts[:0]
	raw := e.Raw
	if e.Shown != nil {
		raw = e.Shown
	}
	for i, text := range [numTexts][]byte{e.Path, e.Client, e.Host, e.Method, e.Source, e.Country, e.Agent, e.Referrer, raw} {
		room := max(sampleBytes-len(s.texts), 0)
		s.texts = append(s.texts, text[:min(len(text), room)]...)
		s.ends[i] = len(s.texts)
	}
}

func (s *sighting) text(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.texts[from:s.ends[i]]
}

// event is the sighting as what it was.
func (s *sighting) event() *event.Event {
	e := new(event.Event)
	e.Reset()
	e.Status, e.Path, e.Client, e.Host, e.Method = s.status, s.text(sightPath), s.text(sightClient), s.text(sightHost), s.text(sightMethod)
	e.Source, e.Country, e.Agent, e.Referrer = s.text(sightSource), s.text(sightCountry), s.text(sightAgent), s.text(sightReferrer)
	return e
}

// seen are the events of a window, each standing for a number of them.
type seen struct {
	seconds float64
	hits    float64
	keys    [stats.NumDims]map[string]count
}

func (s *seen) add(e *event.Event, weight float64) {
	s.hits += weight
	for d := range stats.Dimensions {
		key := stats.Dimensions[d].Key(e)
		if stats.NoKey(key) {
			continue
		}
		if s.keys[d] == nil {
			s.keys[d] = make(map[string]count)
		}
		s.keys[d][string(key)] = count{s.keys[d][string(key)].hits + weight, 1}
	}
}

// Rate is events per second.
func (s *seen) Rate() float64 { return s.hits / s.seconds }

// Seconds is the length of the window.
func (s *seen) Seconds() float64 { return s.seconds }

func (s *seen) of(d stats.Dim, _ int) map[string]count { return s.keys[d] }

func (s *seen) had(d stats.Dim, key string) float64 { return s.keys[d][key].hits }

// explain says which keys moved among what the rule counts, those of the key
// that fires only, and shows the newest lines.
func (w *witness) explain(c *Change, second int64, key uint64, all counted) {
	before, after := &seen{seconds: float64(w.over)}, &seen{seconds: float64(w.over)}
	var newest []*sighting
	for i := range w.slots {
		t := &w.slots[i]
		for k := range t.kept {
			s := &t.kept[k]
			if s.key != key || s.second > second || s.second <= second-2*w.over {
				continue
			}
			weight := float64(t.events) / float64(len(t.kept))
			c.Rough = c.Rough || t.events > slotSamples
			if s.second <= second-w.over {
				before.add(s.event(), weight)
				continue
			}
			after.add(s.event(), weight)
			newest = newer(newest, s)
		}
	}
	c.Why = moved(before, after, all)
	for _, s := range newest {
		c.Samples = append(c.Samples, string(s.text(sightRaw)))
	}
}

// SampleLines is how many lines an alert shows.
const SampleLines = 5

// newer puts a sighting among the newest, the newest first.
func newer(all []*sighting, s *sighting) []*sighting {
	at := 0
	for at < len(all) && all[at].second >= s.second {
		at++
	}
	if at == SampleLines {
		return all
	}
	all = append(all, nil)
	copy(all[at+1:], all[at:])
	all[at] = s
	return all[:min(len(all), SampleLines)]
}
