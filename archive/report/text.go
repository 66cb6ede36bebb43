package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
	"weir/stats/sketch"
)

// shown are the rankings that a person reads, in their order.
var shown = []stats.Dim{stats.Section, stats.Path, stats.Client, stats.Status, stats.Method, stats.Agent, stats.Referrer, stats.Host, stats.Country}

// Text writes r for a person: totals first, then a ranking a dimension.
func Text(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	s := r.Summary
	if s.To > s.From {
		fmt.Fprintf(out, "from %s to %s (%s)\n", r.from().Format(time.RFC3339), r.to().Format(time.RFC3339), time.Duration(s.To-s.From)*time.Second)
	}
	headline(out, s)
	for _, d := range shown {
		ranking(out, s, d, r.top())
	}
	if len(r.Alerts) > 0 {
		fmt.Fprintf(out, "\nAlerts\n")
		for i := range r.Alerts {
			fmt.Fprintf(out, "  %s\n", r.Alerts[i].Message)
		}
	}
	if len(r.Sources) > 0 {
		fmt.Fprintf(out, "\nSources\n")
		for i := range r.Sources {
			source(out, &r.Sources[i])
		}
	}
	fmt.Fprintf(out, "\n%s\n", counts(r))
	return out.Flush()
}

// Block writes one period as --plain prints it.
func Block(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	s := r.Summary
	fmt.Fprintf(out, "%s  last %s  ", r.to().Format(time.RFC3339), time.Duration(s.To-s.From)*time.Second)
	headline(out, s)
	if rows := s.Top(stats.Section, r.top()); len(rows) > 0 {
		fmt.Fprintf(out, "  sections:")
		for _, e := range rows {
			fmt.Fprintf(out, "  %s %s", Visible(e.Key), approximately(e))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "  %s\n", counts(r))
	return out.Flush()
}

func headline(out *bufio.Writer, s *stats.Summary) {
	fmt.Fprintf(out, "%s  %.2f hits/s", Many(int64(s.Hits), "hit"), s.Rate())
	if s.Sized > 0 {
		fmt.Fprintf(out, "  %s", humanize.IBytes(s.Bytes))
	}
	if n := s.Clients.Count(); n > 0 {
		mark := ""
		if !s.Clients.Exact() {
			mark = "~"
		}
		fmt.Fprintf(out, "  %s%s", mark, Many(int64(n), "client"))
	}
	for class := 1; class < len(s.Classes); class++ {
		if class > 1 || s.Classes[class] > 0 {
			fmt.Fprintf(out, "  %s %d", classNames[class], s.Classes[class])
		}
	}
	if s.Classes[0] > 0 {
		fmt.Fprintf(out, "  other %d", s.Classes[0])
	}
	if s.Hits > 0 {
		fmt.Fprintf(out, "  errors %.2f %%", 100*s.ErrorRatio())
	}
	if s.Durations.Count() > 0 {
		fmt.Fprintf(out, "  p50 %s  p95 %s  p99 %s", Seconds(s.Quantile(.5)), Seconds(s.Quantile(.95)), Seconds(s.Quantile(.99)))
	}
	if s.Messages > 0 {
		fmt.Fprintf(out, "  %s", Many(int64(s.Messages), "message"))
	}
	fmt.Fprintln(out)
}

func ranking(out *bufio.Writer, s *stats.Summary, d stats.Dim, n int) {
	rows := s.Top(d, n)
	if len(rows) == 0 {
		return
	}
	timed := false
	for _, e := range rows {
		timed = timed || !math.IsNaN(e.P95)
	}
	fmt.Fprintf(out, "\n%s\n", stats.Dimensions[d].Title)
	fmt.Fprintf(out, "  %12s %6s %10s %7s", "hits", "%", "bytes", "5xx")
	if timed {
		fmt.Fprintf(out, " %8s", "p95")
	}
	fmt.Fprintln(out)
	for _, e := range rows {
		fmt.Fprintf(out, "  %12s %6.2f %10s %7d", approximately(e), 100*float64(e.Hits)/float64(max(s.Hits, 1)), humanize.IBytes(e.Bytes), e.Errors)
		if timed {
			p95 := ""
			if !math.IsNaN(e.P95) {
				p95 = Seconds(e.P95)
			}
			fmt.Fprintf(out, " %8s", p95)
		}
		fmt.Fprintf(out, "  %s\n", Visible(e.Key))
	}
	if n := s.Forgotten(d); n > 0 {
		fmt.Fprintf(out, "  more keys than are kept: one that is missing here had at most %s\n", Many(int64(n), "hit"))
	}
}

// Many is n of what a noun names: 1 line, 1,234 lines.
func Many(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return humanize.Comma(n) + " " + noun
}

func approximately(e sketch.Entry) string {
	if e.Bound > 0 {
		return "~" + humanize.Comma(int64(e.Hits))
	}
	return humanize.Comma(int64(e.Hits))
}

func source(out *bufio.Writer, s *event.Source) {
	format := s.Format
	if format == "" {
		format = "no format yet"
	}
	fmt.Fprintf(out, "  %s  %s  %s  %s  %s parsed  %s unparsed\n", Visible(s.Path), s.State, format,
		Many(s.Lines, "line"), humanize.Comma(s.Parsed), humanize.Comma(s.Unparsed()))
	if s.Err != "" {
		fmt.Fprintf(out, "    %s\n", Visible(s.Err))
	}
	for r, n := range s.Rejected {
		if n > 0 && !event.Reason(r).Expected() {
			fmt.Fprintf(out, "    %s: %s\n", reasonName(r), humanize.Comma(n))
		}
	}
	for i := range s.Bad {
		b := &s.Bad[i]
		fmt.Fprintf(out, "    line %d, column %d, %s: %s\n", b.Line, b.Column+1, &b.Reject, beginning(b.Text))
	}
}

// shownText is how much is shown of a line that did not parse, in bytes.
const shownText = 200

func beginning(line []byte) string {
	if len(line) <= shownText {
		return Visible(string(line))
	}
	n := shownText
	for n > shownText-utf8.UTFMax && !utf8.RuneStart(line[n]) {
		n--
	}
	return Visible(string(line[:n])) + "…"
}

func counts(r *Report) string {
	text := fmt.Sprintf("unparsed %d  late %d  dropped %d", r.Unparsed, r.Late, r.Dropped)
	if r.Future > 0 {
		text += fmt.Sprintf("  from the future %d", r.Future)
	}
	return text
}

func reasonName(r int) string { return event.Reason(r).String() }

// Change writes an alert or a recovery as --plain prints it: the message, then why.
func Change(w io.Writer, c *alert.Change) error {
	var b strings.Builder
	b.WriteString(c.Message)
	b.WriteByte('\n')
	rough := ""
	if c.Rough {
		rough = "~"
	}
	for _, m := range c.Why {
		fmt.Fprintf(&b, "  why  %s %s  %s%+.2f/s  %.0f %% of the rise\n", m.Dimension, Visible(m.Key), rough, m.After-m.Before, 100*m.Share)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Seconds shows a duration of s seconds with about three digits and its unit.
func Seconds(s float64) string {
	switch {
	case s == 0: // where no time is logged, or milliseconds
		return "0ms"
	case s < 0.00099:
		return fmt.Sprintf("%.0fµs", s*1e6)
	case s < 0.0009995: // a quantile is known within 1 %: what is logged as 1 ms may come as 998 µs
		return "1ms"
	case s < 0.9995:
		return fmt.Sprintf("%.3gms", s*1e3)
	case s < 99.95:
		return fmt.Sprintf("%.3gs", s)
	}
	return time.Duration(s * float64(time.Second)).Round(time.Second).String()
}

// VisibleLines is Visible for text of several lines.
func VisibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Visible(line)
	}
	return strings.Join(lines, "\n")
}

// Visible shows text from a log with its control characters, bidirectional
// overrides and invalid bytes as escapes, so that it can't command a terminal.
func Visible(s string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) && r != ' ' {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += n
	}
	return b.String()
}
