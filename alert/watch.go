// Package alert says when a rule starts and stops being broken, and which keys
// explain it. It is pure: no I/O, no goroutines, no clock.
package alert

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// State is what a rule changed to.
type State string

// The states a Change tells.
const (
	Firing    State = "firing"
	Recovered State = "recovered"
)

// Traffic is the name of the traffic rule.
const Traffic = "traffic"

// MostPerSecond is the highest threshold of the traffic rule.
const MostPerSecond = 1e9

// Change is a rule that starts or stops being broken.
type Change struct {
	Rule      string
	State     State
	Value     float64   // requests per second for the traffic rule
	Threshold float64   // the level that was crossed
	Time      time.Time // the second of the change, in event time
	Since     time.Time // for Recovered: when it fired
	Message   string    // for a person
	Why       []Mover   // for Firing: what moved
	Samples   []string  // for Firing: a few of the lines
	Rough     bool      // Why counts by coarser slices than the windows, or lacks keys

	Severity  Severity // of a Rule; "" for the traffic rule
	Dimension string   // what the rule is judged for each key of; "" for none
	Key       string   // the key that changed
	Flapping  bool     // it has fired too often: it recovers late
	Shown     string   // Value in its unit; "" for the traffic rule
	Level     string   // Threshold in its unit
	Over      int64    // seconds of its window
	All       bool     // it counts every request, and Why is still to be found
}

// Same tells whether two changes are of one rule and key.
func (c *Change) Same(o *Change) bool {
	return c.Rule == o.Rule && c.Key == o.Key && c.Severity == o.Severity
}

// Watch follows one value against one threshold: it fires when the value is
// above, recovers when it is below, and at exactly the threshold changes
// nothing. The zero value with a Threshold is ready.
type Watch struct {
	Rule      string
	Threshold float64

	firing bool
	since  int64
}

// Step tells the value at a second and returns the change it makes, if any. Call
// it once a second, in order.
func (w *Watch) Step(second int64, value float64) (Change, bool) {
	switch {
	case !w.firing && value > w.Threshold:
		w.firing, w.since = true, second
		return Change{Rule: w.Rule, State: Firing, Value: value, Threshold: w.Threshold, Time: time.Unix(second, 0)}, true
	case w.firing && value < w.Threshold:
		w.firing = false
		return Change{Rule: w.Rule, State: Recovered, Value: value, Threshold: w.Threshold,
			Time: time.Unix(second, 0), Since: time.Unix(w.since, 0)}, true
	}
	return Change{}, false
}

// Firing reports whether the rule is broken, and since which second.
func (w *Watch) Firing() (since int64, firing bool) { return w.since, w.firing }

// TrafficMessage words a change of the traffic rule; the time is shown in loc.
func TrafficMessage(c Change, loc *time.Location) string {
	at := c.Time.In(loc).Format(time.RFC3339)
	if c.State == Recovered {
		return fmt.Sprintf("Recovered from high traffic - hits = %.2f, recovered at %s", c.Value, at)
	}
	return fmt.Sprintf("High traffic generated an alert - hits = %.2f, triggered at %s", c.Value, at)
}

// MarshalJSON writes c as a line of --alert-file.
func (c Change) MarshalJSON() ([]byte, error) {
	why := c.Why
	if why == nil {
		why = []Mover{}
	}
	return json.Marshal(struct {
		Time      string   `json:"time"`
		Rule      string   `json:"rule"`
		State     State    `json:"state"`
		Value     float64  `json:"value"`
		Threshold float64  `json:"threshold"`
		Message   string   `json:"message"`
		Why       []Mover  `json:"why"`
		Rough     bool     `json:"rough,omitempty"`
		Samples   []string `json:"samples,omitempty"`

		Severity Severity `json:"severity,omitempty"`
		By       string   `json:"dimension,omitempty"`
		Key      string   `json:"key,omitempty"`
		Duration float64  `json:"duration,omitempty"` // seconds that it fired
		Flapping bool     `json:"flapping,omitempty"`
	}{c.Time.Format(time.RFC3339Nano), c.Rule, c.State, round(c.Value), c.Threshold, c.Message, why, c.Rough, c.Samples,
		c.Severity, c.Dimension, c.Key, c.lasted().Seconds(), c.Flapping})
}

// lasted is for how long what recovered had fired.
func (c *Change) lasted() time.Duration {
	if c.State != Recovered || c.Since.IsZero() {
		return 0
	}
	return c.Time.Sub(c.Since)
}

// round keeps four decimals: more is noise.
func round(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return math.Round(v*1e4) / 1e4
}
