package alert

import (
	"math"
	"regexp"
	"time"

	"weir/ingest/event"
	"weir/stats"
	"weir/stats/filter"
	"weir/stats/sketch"
)

// RulesConfig says how Rules judge.
type RulesConfig struct {
	Lateness int64                                // seconds for which a second stays open
	Compile  func(string) (*filter.Filter, error) // compiles filters for one goroutine; nil is filter.Compile
	Location *time.Location                       // for the times in messages; nil is UTC
	Window   func(from, to int64) *stats.Summary  // every request of [from, to), to tell what is odd about some; may be nil
}

// Rules judges rules by every event, once a second. Memory is bounded: by the
// number of rules, the slots of their windows and the keys of one rule. It is
// not safe for concurrent use.
type Rules struct {
	cfg        RulesConfig
	watches    []*watch
	predicates []*filter.Filter
	matched    []bool // by the event being added

	begun bool
	first int64 // oldest second of any event
	next  int64 // second that is judged next, at the earliest

	changes []Change
}

// watch is one rule at work.
type watch struct {
	Rule
	filter, of int // in predicates, -1 for none
	messages   bool
	alone      *track // without keys
	keys       *keys
	witness    *witness // nil where Explain does it
}

// track is one number that is judged.
type track struct {
	life
	meter  meter
	past   *past // for a change against the window before
	key    string
	hash   uint64
	credit uint32 // events of it against those of keys that are not tracked
	busy   bool   // there may be something in its window

	value   float64
	samples uint64
}

const (
	wholeSlots = 600 // of the window of a rule
	keySlots   = 120 // of the window of each key
)

// NewRules puts rules to work. A later rule takes the place of an earlier one
// of its name. Filters that do not compile, which Parse would have refused, match nothing.
func NewRules(cfg RulesConfig, rules []Rule) *Rules {
	if cfg.Compile == nil {
		cfg.Compile = filter.Compile
	}
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	j := &Rules{cfg: cfg}
	index := make(map[string]int)
	for _, r := range Distinct(rules) {
		for _, part := range parts(r) {
			j.watches = append(j.watches, j.watch(part, index))
		}
	}
	j.matched = make([]bool, len(j.predicates))
	return j
}

// Distinct keeps of rules with one name the last, in the place of the first.
func Distinct(rules []Rule) []Rule {
	var out []Rule
	at := make(map[string]int)
	for _, r := range rules {
		if i, ok := at[r.Name]; ok {
			out[i] = r
			continue
		}
		at[r.Name] = len(out)
		out = append(out, r)
	}
	return out
}

// parts splits a burn rate by severity: the fast burn and the slow one fire on their own.
func parts(r Rule) []Rule {
	if len(r.Burns) == 0 {
		return []Rule{r}
	}
	var all []Rule
	for _, s := range []Severity{Critical, Warning, Notice} {
		part := r
		part.Severity, part.Burns, part.Over = s, nil, 0
		for _, b := range r.Burns {
			if b.Severity == s {
				part.Burns = append(part.Burns, b)
				part.Over = max(part.Over, b.Long)
			}
		}
		if len(part.Burns) > 0 {
			all = append(all, part)
		}
	}
	return all
}

func (j *Rules) watch(r Rule, index map[string]int) *watch {
	w := &watch{Rule: r, filter: j.predicate(r.Filter, index), of: j.predicate(r.Of, index), messages: r.Metric.Unit == Quiet && r.Filter == "" || tellsOfMessages(r.Filter) || tellsOfMessages(r.Of)}
	w.messages = w.messages || r.Attributes && !w.shared() // any line may have them
	s := shape{open: int(j.cfg.Lateness) + 2, slots: wholeSlots}
	if r.Keyed {
		s.slots, s.keys = keySlots, true
		w.keys = newKeys(func() *track { return newTrack(&w.Rule, s) })
	} else {
		w.alone = newTrack(&w.Rule, s)
	}
	if r.Filter != "" || r.Of != "" || r.Keyed || r.Metric.Unit == Seconds {
		w.witness = newWitness(&w.Rule)
	}
	return w
}

var (
	quotedText   = regexp.MustCompile("\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)*'|`[^`]*`")
	messageField = regexp.MustCompile(`(^|[^.\w])(kind|severity|service|action|outcome|body)\b`)
)

// tellsOfMessages tells whether a filter asks for what only lines that are no
// requests have. Other filters are about requests.
func tellsOfMessages(filter string) bool {
	return messageField.MatchString(quotedText.ReplaceAllString(filter, ""))
}

func newTrack(r *Rule, s shape) *track {
	t := &track{meter: r.Metric.meter(r, s)}
	if r.Change {
		t.past = newPast(r.Over, s.slots)
	}
	return t
}

func (j *Rules) predicate(text string, index map[string]int) int {
	if text == "" {
		return -1
	}
	if i, ok := index[text]; ok {
		return i
	}
	f, err := j.cfg.Compile(text)
	if err != nil {
		f, _ = filter.Compile("false")
	}
	j.predicates = append(j.predicates, f)
	index[text] = len(j.predicates) - 1
	return len(j.predicates) - 1
}

// Add counts an event in a second, which is the one that its line names.
func (j *Rules) Add(second int64, e *event.Event) {
	if !j.begun {
		j.begun, j.first, j.next = true, second, second-j.cfg.Lateness
		for _, w := range j.watches {
			if w.alone != nil {
				w.alone.meter.close(j.next - 1)
			}
		}
	}
	j.first = min(j.first, second)
	for i, f := range j.predicates {
		j.matched[i] = f.Match(e)
	}
	for _, w := range j.watches {
		if e.Kind != event.Request && !w.messages {
			continue
		}
		of := w.of < 0 || j.matched[w.of]
		hit := of && (w.filter < 0 || j.matched[w.filter])
		if hit || of && w.shared() {
			j.count(w, second, e, hit)
		}
	}
}

// shared tells whether what does not match counts too.
func (w *watch) shared() bool { return w.Metric.Unit == Share || w.Metric.Unit == Multiple }

func (j *Rules) count(w *watch, second int64, e *event.Event, hit bool) {
	t := w.alone
	var hash uint64
	if w.keys != nil {
		key := stats.Dimensions[w.Per].Key(e)
		if hash = hashOf(key); hash == 0 {
			return
		}
		if t = w.keys.find(hash); t == nil {
			if t = w.keys.admit(hash, key); t == nil {
				return
			}
		}
		if !t.busy { // new, or left alone since nothing came
			t.meter.close(j.next - 1)
		}
	}
	t.busy = true
	t.meter.add(second, e, hit)
	if w.witness != nil && hit && (w.Metric.Unit != Seconds || e.Duration >= 0 && w.Op.holds(float64(e.Duration)/1e9, w.Raise)) {
		w.witness.note(second, hash, e)
	}
}

// hashOf is the hash of a key, 0 where there is none.
func hashOf(key []byte) uint64 {
	if stats.NoKey(key) {
		return 0
	}
	return sketch.Hash(key)
}

// Step judges a second that is closed and returns the changes, oldest rule
// first. Seconds only grow, but may leave some out; the changes are the
// caller's until the next Step.
func (j *Rules) Step(second int64) []Change {
	j.changes = j.changes[:0]
	if !j.begun {
		return nil
	}
	j.next = second + 1
	for _, w := range j.watches {
		if w.alone != nil {
			j.judge(w, w.alone, second)
			continue
		}
		for _, t := range w.keys.order {
			if t.busy || !w.lazy() || t.phase != Calm && t.phase != NotKnown {
				j.judge(w, t, second)
			}
		}
	}
	return j.changes
}

// lazy tells whether a key with nothing in its window can be left alone.
func (w *watch) lazy() bool {
	return w.Op.upward() && w.Metric.Unit != Quiet && w.NoData != NoDataAlert
}

func (j *Rules) judge(w *watch, t *track, second int64) {
	t.meter.close(second)
	t.value, t.samples = t.meter.value()
	known := !math.IsNaN(t.value) && t.samples >= w.Min
	if !w.Op.upward() && second-j.first+1 < w.Over {
		known = false // the window is not full yet
	}
	if t.past != nil {
		t.value = t.past.against(second, j.first, t.value, known)
		known = known && !math.IsNaN(t.value)
	}
	t.busy = !t.meter.empty()
	if turn := t.step(&w.Rule, second, t.value, known); turn != nothing {
		j.changes = append(j.changes, j.change(w, t, second, turn))
	}
}

func (j *Rules) change(w *watch, t *track, second int64, turn turn) Change {
	c := Change{Rule: w.Name, State: Firing, Value: t.value, Threshold: w.Raise, Time: time.Unix(second, 0), Severity: w.Severity, Flapping: t.flapping, Over: w.Over}
	if t.key != "" {
		c.Dimension, c.Key = w.Per.String(), t.key
	}
	if turn == recoveredNow {
		c.State, c.Threshold, c.Since = Recovered, w.Clear, time.Unix(t.fired, 0)
	}
	r := w.Rule
	if b, ok := t.meter.(*burning); ok && len(b.burns) > 0 {
		c.Value, c.Threshold, r.Burns = b.rate, b.burns[b.worst].Factor, b.burns[b.worst:b.worst+1]
	}
	if t.phase == Blind || t.phase == NotKnown {
		c.Value = math.NaN()
	}
	c.Message = r.message(&c, j.cfg.Location)
	c.Shown, c.Level = r.Format(c.Value), r.Format(c.Threshold)
	if c.State != Firing {
		return c
	}
	c.All = w.witness == nil && w.Metric.Unit != Quiet && w.Op.upward()
	if w.witness != nil {
		var all counted
		if j.cfg.Window != nil {
			all = summed{j.cfg.Window(second+1-w.witness.over, second+1)}
		}
		w.witness.explain(&c, second, t.hash, all)
		if !w.Op.upward() { // what rose does not explain a fall
			c.Why, c.Rough = nil, false
		}
	}
	return c
}

// Status is how a rule is doing, a picture that nobody changes.
type Status struct {
	Rule     Rule
	Phase    Phase
	Value    string // worded, of the worst key
	Level    string // worded, that fires
	Key      string // the worst key
	Since    int64  // when it fired, unix seconds
	Flapping bool
	Keys     int    // tracked
	Firing   int    // of them
	Missed   uint64 // events of keys that were not tracked
}

// Status returns how every rule is doing.
func (j *Rules) Status() []Status {
	all := make([]Status, 0, len(j.watches))
	for _, w := range j.watches {
		s := Status{Rule: w.Rule, Phase: Calm, Level: w.Format(w.Raise)}
		if len(w.Burns) > 0 {
			s.Level = number(w.Burns[0].Factor)
		}
		worst := w.alone
		if w.keys != nil {
			worst, s.Firing = w.keys.worst(&w.Rule)
			s.Keys, s.Missed = len(w.keys.order), w.keys.missed
		}
		if worst == nil || worst.phase == 0 {
			all = append(all, s)
			continue
		}
		s.Phase, s.Key, s.Since, s.Flapping = worst.phase, worst.key, worst.fired, worst.flapping
		value := worst.value
		if b, ok := worst.meter.(*burning); ok && !math.IsNaN(value) {
			value = b.rate
		}
		s.Value = w.Format(value)
		if w.keys == nil && s.Phase.Fires() {
			s.Firing = 1
		}
		all = append(all, s)
	}
	return all
}

// past remembers a number at the end of every slot, for as long as a window is,
// to compare it with what it is now.
type past struct {
	step, over int64
	values     []float64
	seconds    []int64
}

func newPast(over, slots int64) *past {
	s := step(over, slots)
	n := (over+s-1)/s + 1
	return &past{step: s, over: (n - 1) * s, values: make([]float64, n), seconds: make([]int64, n)}
}

// against returns by what share the value has grown since the window before,
// NaN where that is not known or was nothing.
func (p *past) against(second, first int64, value float64, known bool) float64 {
	n := int64(len(p.values))
	if (second+1)%p.step == 0 {
		at := (second + 1) / p.step % n
		p.seconds[at], p.values[at] = second, math.NaN()
		if known && second-first+1 >= p.over {
			p.values[at] = value
		}
	}
	slot := quotient(second+1-p.over, p.step)
	at := slot - quotient(slot, n)*n
	if was := p.values[at]; p.seconds[at] == slot*p.step-1 && was > 0 {
		return value/was - 1
	}
	return math.NaN()
}

// keys are the tracks of a rule that is judged for each key of a dimension. It
// keeps the busiest: a key that is not tracked takes away credit from those that
// are, one at a time, and the place of one that has none left and neither fires
// nor is about to (after Misra and Gries, 1982).
type keys struct {
	tracks map[uint64]*track
	order  []*track
	hand   int
	make   func() *track
	missed uint64
}

// mostKeys is how many keys of one rule are tracked.
const mostKeys = 128

// mostCredit bounds for how long a key that was busy once keeps its place.
const mostCredit = 1 << 12

func newKeys(new func() *track) *keys {
	return &keys{tracks: make(map[uint64]*track), make: new}
}

func (k *keys) find(hash uint64) *track {
	t := k.tracks[hash]
	if t != nil && t.credit < mostCredit {
		t.credit++
	}
	return t
}

// admit tracks a key from now on; nil where it has to wait.
func (k *keys) admit(hash uint64, key []byte) *track {
	if len(k.order) < mostKeys {
		t := k.make()
		k.order = append(k.order, t)
		return k.enter(t, hash, key)
	}
	t := k.order[k.hand]
	k.hand = (k.hand + 1) % len(k.order)
	pinned := t.phase.Fires() || t.phase == Pending
	if pinned || t.credit > 0 && t.busy {
		if !pinned {
			t.credit--
		}
		k.missed++
		return nil
	}
	delete(k.tracks, t.hash)
	t.meter.reset()
	if t.past != nil {
		clear(t.past.seconds)
	}
	t.life = life{}
	return k.enter(t, hash, key)
}

func (k *keys) enter(t *track, hash uint64, key []byte) *track {
	t.key, t.hash, t.credit, t.phase = string(key[:min(len(key), mostKeyBytes)]), hash, 1, Calm
	k.tracks[hash] = t
	return t
}

// mostKeyBytes is how much of a key is shown.
const mostKeyBytes = 200

// worst returns the key that is nearest to or furthest beyond the level, those
// that fire first; and how many fire.
func (k *keys) worst(r *Rule) (worst *track, firing int) {
	for _, t := range k.order {
		fires := t.phase.Fires()
		if fires {
			firing++
		}
		switch {
		case worst == nil || fires && !worst.phase.Fires():
			worst = t
		case !fires && worst.phase.Fires() || math.IsNaN(t.value):
		case math.IsNaN(worst.value), r.Op.upward() == (t.value > worst.value) && t.value != worst.value:
			worst = t
		}
	}
	return worst, firing
}
