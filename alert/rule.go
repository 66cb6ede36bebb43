package alert

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"weir/duration"
	"weir/stats"
)

// Rule is a condition on a number that the log gives every second, and what it
// takes to fire and to recover. Parse makes one; the zero value is none.
type Rule struct {
	Name   string
	Text   string // the expression, without the name
	Origin string // where it was written: "built in", "--rule", "config.toml:12"

	Off bool // it only takes the place of another one of its name

	Metric   *Metric
	Quantile float64 // of a percentile, 0 to 1
	Change   bool    // the metric against the window before, as a share: 2 is three times as much
	Filter   string  // what is counted; "" is every request
	Of       string  // what a share is of; "" is every request

	Attributes bool // a filter asks for further fields, which events have only where the parsers keep them

	Op          Comparison
	Raise       float64 // the level that fires, in the metric's unit
	Clear       float64 // the level that recovers
	PerSecond   bool    // an amount is divided by the window
	Over        int64   // seconds of the window
	For         int64   // seconds that it has to be broken
	ClearFor    int64   // seconds that it has to be whole again
	Min         uint64  // samples in the window below which nothing is judged
	Per         stats.Dim
	Keyed       bool // each key of Per is judged on its own
	Severity    Severity
	NoData      NoData
	Flap        Flap
	Objective   float64 // of a burn rate: the share that may not fail
	Burns       []Burn
	severityNow bool // the severity was written
}

// Severity says how soon a person has to look.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Notice   Severity = "info"
)

// Severities lists every severity, the gravest first.
var Severities = []string{string(Critical), string(Warning), string(Notice)}

// NoData says what a rule does where too few samples came to judge.
type NoData string

// What there is to do without data.
const (
	NoDataOK    NoData = "ok"    // it counts as whole: what fires recovers
	NoDataHold  NoData = "hold"  // what fires goes on firing, and nothing new fires
	NoDataAlert NoData = "alert" // it counts as broken
)

// Flap is when a rule changes too often to tell of every change: once it has
// fired Times times within so many seconds, it recovers only after it has been
// whole for Hold seconds. Times of 0 is never.
type Flap struct {
	Times        int
	Within, Hold int64
}

// DefaultFlap is the damping of a rule that says nothing of it.
var DefaultFlap = Flap{Times: 3, Within: 30 * 60, Hold: 5 * 60}

// mostFlaps bounds Flap.Times.
const mostFlaps = 16

// Burn is a pair of windows of a burn rate: both must burn the budget faster
// than Factor times what the objective allows. The short one makes the alert
// recover soon after the trouble is over (Beyer et al., The Site Reliability
// Workbook, 2018, chapter 5).
type Burn struct {
	Factor      float64
	Long, Short int64 // seconds
	Severity    Severity
}

// workbook are the pairs that the Site Reliability Workbook recommends for an
// objective over 30 days: 2 % and 5 % of the budget spent wake someone, 10 % is a ticket.
var workbook = []Burn{
	{14.4, 3600, 300, Critical},
	{6, 6 * 3600, 1800, Critical},
	{3, 24 * 3600, 2 * 3600, Warning},
	{1, 3 * 24 * 3600, 6 * 3600, Warning},
}

// Comparison is how a value is compared with a level.
type Comparison string

// The comparisons.
const (
	Above   Comparison = ">"
	AtLeast Comparison = ">="
	Below   Comparison = "<"
	AtMost  Comparison = "<="
)

// upward tells whether more is worse.
func (c Comparison) upward() bool { return c == Above || c == AtLeast }

func (c Comparison) holds(value, level float64) bool {
	switch c {
	case Above:
		return value > level
	case AtLeast:
		return value >= level
	case Below:
		return value < level
	}
	return value <= level
}

// broken tells whether a value is beyond the level that fires.
func (r *Rule) broken(value float64) bool { return r.Op.holds(value, r.Raise) }

// whole tells whether a value is back beyond the level that recovers. At exactly
// that level nothing changes.
func (r *Rule) whole(value float64) bool {
	if r.Op.upward() {
		return value < r.Clear
	}
	return value > r.Clear
}

// String is the rule as --rule takes it.
func (r *Rule) String() string { return r.Name + ": " + r.Text }

// RuleError says what is wrong with a rule and where.
type RuleError struct {
	Text    string // the rule as it was given
	Column  int    // 0-based byte offset in Text
	Message string // what is wrong and what to write
}

// Error is the message and below it the rule with a caret under the place.
func (e *RuleError) Error() string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, e.Text)
	column := utf8.RuneCountInString(e.Text[:min(e.Column, len(e.Text))])
	return fmt.Sprintf("%s\n  %s\n  %s^", e.Message, line, strings.Repeat(" ", column))
}

// span words seconds as people write a duration: 90 is "1m30s", 172800 "2d".
func span(seconds int64) string {
	return duration.Format(time.Duration(seconds) * time.Second)
}
