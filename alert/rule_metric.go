package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Unit is what a level and a value are measured in.
type Unit uint8

// The units.
const (
	Hits     Unit = iota // requests per second
	Amount               // things in the window
	Volume               // bytes in the window, or per second
	Share                // 0 to 1, written in percent
	Seconds              // of a duration
	Increase             // a share more, or less, than the window before
	Multiple             // of what is allowed
	Quiet                // seconds without anything
)

// Metric is a number that a rule can watch.
type Metric struct {
	Name        string
	Usage       string // with its arguments, as help shows it
	Description string // one line for a person
	Example     string // of its level
	Unit        Unit

	args  int // filters it takes
	least int // filters it needs
	meter func(r *Rule, s shape) meter
}

// Metrics lists every metric, in reading order. Help and the checks of Parse
// are made from it. To add one, add a line.
var Metrics = []Metric{
	{"rate", "rate(FILTER)", "requests per second", "1000", Hits, 1, 0, newCounting},
	{"count", "count(FILTER)", "requests in the window; against a level like 50/s per second", "50/s", Amount, 1, 0, newCounting},
	{"bytes", "bytes(FILTER)", "bytes sent in the window; against a level like 50MB/s per second", "50MB/s", Volume, 1, 0, newCounting},
	{"ratio", "ratio(FILTER, OF)", "share of the requests, or of those that match OF, that match", "5%", Share, 2, 1, newCounting},
	{"errors", "errors(OF)", "share of the requests, or of those that match OF, that are answered with 5xx", "5%", Share, 1, 0, newCounting},
	{"clients", "clients(FILTER)", "distinct clients in the window", "500", Amount, 1, 0, newPresence},
	{"mean", "mean(duration, FILTER)", "mean duration", "800ms", Seconds, 1, 0, newCounting},
	{"max", "max(duration, FILTER)", "longest duration, within 1 %", "10s", Seconds, 1, 0, newTiming},
	{"p50", "p50(duration, FILTER)", "median duration, within 1 %; p1 to p99 and p999 are there too", "200ms", Seconds, 1, 0, newTiming},
	{"burn", "burn(slo 99.9%, FILTER)", "how many times faster than the objective allows requests fail (5xx, or those that match)", "14.4", Multiple, 1, 0, newBurning},
	{"no data", "no data(FILTER)", "time without any line", "5m", Quiet, 1, 0, newSilence},
}

// metric returns the metric of that name and, for a percentile, its quantile; nil where there is none.
func metric(name string) (*Metric, float64) {
	quantile := 1.0 // of max
	if digits, ok := strings.CutPrefix(name, "p"); ok && name != "p50" {
		switch n, err := strconv.Atoi(digits); {
		case digits == "999":
			name, quantile = "p50", 0.999
		case err == nil && n >= 1 && n <= 99:
			name, quantile = "p50", float64(n)/100
		}
	} else if name == "p50" {
		quantile = 0.5
	}
	for i := range Metrics {
		if Metrics[i].Name == name {
			return &Metrics[i], quantile
		}
	}
	return nil, 0
}

// Format words a value of the rule in its unit: "7.32 %", "1.20 s".
func (r *Rule) Format(value float64) string {
	if math.IsNaN(value) {
		return "no data"
	}
	per := ""
	if r.PerSecond {
		per = "/s"
	}
	if r.Change {
		return fmt.Sprintf("%+.0f %%", 100*value)
	}
	switch r.Metric.Unit {
	case Hits:
		return number(value) + "/s"
	case Volume:
		return volume(value) + per
	case Share, Increase:
		return percent(value)
	case Seconds:
		return latency(value)
	case Quiet:
		return span(int64(value))
	case Amount, Multiple:
	}
	return number(value) + per
}

// number has up to two decimals.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

func percent(v float64) string { return number(100*v) + " %" }

func volume(v float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if v >= u.size {
			return number(v/u.size) + " " + u.name
		}
	}
	return number(v) + " B"
}

func latency(v float64) string {
	switch {
	case v < 0.9995:
		return fmt.Sprintf("%.3g ms", v*1e3)
	case v < 99.95:
		return fmt.Sprintf("%.3g s", v)
	}
	return time.Duration(v * float64(time.Second)).Round(time.Second).String()
}
