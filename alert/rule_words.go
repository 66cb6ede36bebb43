package alert

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Subject is the metric as messages name it: "ratio(status >= 500)".
func (r *Rule) Subject() string {
	name := r.Metric.Name
	var args []string
	switch {
	case r.Metric.Unit == Multiple:
		return "burn rate of " + percent(1-r.Objective)
	case r.Metric.Unit == Quiet:
	case r.Metric.Unit == Seconds:
		if name == "p50" {
			name = "p" + strings.Replace(strconv.FormatFloat(100*r.Quantile, 'f', -1, 64), ".", "", 1)
		}
		args = append(args, "duration")
	}
	if r.Filter != "" && name != "errors" {
		args = append(args, r.Filter)
	}
	if r.Of != "" {
		args = append(args, r.Of)
	}
	text := name
	if len(args) > 0 || r.Metric.Unit != Quiet {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	if r.Change {
		text = "change(" + text + ")"
	}
	return printable(text)
}

// message words a change; the time is shown in loc.
func (r *Rule) message(c *Change, loc *time.Location) string {
	var b strings.Builder
	fired := c.State == Firing
	b.WriteString(r.Name)
	if c.Key != "" {
		b.WriteString(" of " + c.Dimension + " " + printable(c.Key))
	}
	switch {
	case fired && r.Metric.Unit == Quiet:
		b.WriteString(" fired: " + r.Subject() + " for " + r.Format(c.Value))
	case r.Metric.Unit == Quiet:
		b.WriteString(" recovered: data again after " + span(int64(c.Time.Sub(c.Since)/time.Second)))
	case math.IsNaN(c.Value):
		b.WriteString(" " + pick(fired, "fired", "recovered") + ": " + r.Subject() + " of " + pick(r.Min > 1, "fewer than "+strconv.FormatUint(r.Min, 10)+" samples", "no data") + " over " + r.window())
	default:
		b.WriteString(fmt.Sprintf(" %s: %s %s %s %s over %s", pick(fired, "fired", "recovered"), r.Subject(), r.Format(c.Value),
			pick(fired == r.Op.upward(), pick(fired && r.Op == AtLeast, "at least", "above"), pick(fired && r.Op == AtMost, "at most", "below")), r.Format(c.Threshold), r.window()))
	}
	if c.Flapping {
		b.WriteString(pick(fired, ", flapping: it recovers after "+span(r.Flap.Hold), ", no longer flapping"))
	}
	b.WriteString(pick(fired, ", triggered at ", ", recovered at ") + c.Time.In(loc).Format(time.RFC3339))
	return b.String()
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func (r *Rule) window() string {
	if len(r.Burns) > 0 {
		return span(r.Burns[0].Long) + " and " + span(r.Burns[0].Short)
	}
	return span(r.Over)
}

// printable is text in printable ASCII, the rest as escapes.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsPrint(r) }) < 0 {
		return text
	}
	quoted := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// Meaning is the rule in words.
func (r *Rule) Meaning() string {
	var b strings.Builder
	per := ""
	if r.Keyed {
		per = " of any " + r.Per.String()
	}
	switch {
	case r.Off:
		return "off"
	case r.Metric.Unit == Quiet:
		fmt.Fprintf(&b, "fires when no %s%s came for %s", pick(r.Filter == "", "line", "line that matches "+printable(r.Filter)), per, span(r.Over))
		return b.String()
	case len(r.Burns) > 0:
		fmt.Fprintf(&b, "fires when requests%s with %s spend the budget of %s faster than it allows: ", per, printable(r.Filter), percent(1-r.Objective))
		for i, burn := range r.Burns {
			fmt.Fprintf(&b, "%s%s times over %s and %s (%s)", pick(i > 0, ", ", ""), number(burn.Factor), span(burn.Long), span(burn.Short), burn.Severity)
		}
		fmt.Fprintf(&b, "; at least %d requests", r.Min)
		return b.String()
	}
	fmt.Fprintf(&b, "fires when %s%s over %s is %s %s", r.Subject(), per, span(r.Over),
		map[Comparison]string{Above: "above", AtLeast: "at least", Below: "below", AtMost: "at most"}[r.Op], r.Format(r.Raise))
	if r.For > 0 {
		b.WriteString(" for " + span(r.For))
	}
	if r.Min > 1 {
		fmt.Fprintf(&b, ", with at least %d samples", r.Min)
	}
	fmt.Fprintf(&b, "; recovers %s %s", pick(r.Op.upward(), "below", "above"), r.Format(r.Clear))
	if r.ClearFor > 0 {
		b.WriteString(" after " + span(r.ClearFor))
	}
	switch r.NoData {
	case NoDataAlert:
		b.WriteString("; without data it fires")
	case NoDataHold:
		b.WriteString("; without data nothing changes")
	case NoDataOK:
	}
	return b.String()
}
