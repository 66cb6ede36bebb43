package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"weir/stats"
)

// CSV writes r as RFC 4180 has it: a row of names, then one row for each entry
// of each ranking, by the names of the JSON. What belongs to no ranking comes
// first, in the panel "total": its key says what, "hits" counts. The rows of
// "status" and "method" are all there are, those of the others Top. A field that
// is not known is empty; percentiles are in seconds. Text from logs is made
// visible as in the text report, so that it can't command a terminal, and has a
// single quote before what a spreadsheet would take for a formula.
func CSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	row := func(fields ...string) { _ = out.Write(fields) } // Flush keeps the error for Error
	row("panel", "key", "hits", "bytes", "errors", "p95", "error_bound")
	s := r.Summary
	count := func(n uint64) string { return strconv.FormatUint(n, 10) }
	total := func(key, hits string) { row("total", key, hits, "", "", "", "") }
	sent := ""
	if s.Sized > 0 {
		sent = count(s.Bytes)
	}
	row("total", "hits", count(s.Hits), sent, count(s.Classes[5]), csvSeconds(s.Quantile(.95)), "0")
	if n := s.Clients.Count(); n > 0 {
		total("clients", count(n))
	}
	if s.To > s.From {
		total("seconds", strconv.FormatInt(s.To-s.From, 10))
		row("from", r.from().Format(time.RFC3339), "", "", "", "", "")
		row("to", r.to().Format(time.RFC3339), "", "", "", "", "")
	}
	total("messages", count(s.Messages))
	total("unparsed", strconv.FormatInt(r.Unparsed, 10))
	total("late", count(r.Late))
	total("future", count(r.Future))
	total("dropped", count(r.Dropped))
	for class, n := range s.Classes {
		if n > 0 {
			row("class", classNames[class], count(n), "", "", "", "0")
		}
	}
	for _, d := range append([]stats.Dim{stats.Status, stats.Method}, ranked...) {
		n := r.top()
		if d == stats.Status || d == stats.Method {
			n = -1
		}
		for _, e := range s.Top(d, n) {
			row(d.String(), csvText(e.Key), count(e.Hits), count(e.Bytes), count(e.Errors), csvSeconds(e.P95), count(e.Bound))
		}
	}
	for i := range r.Alerts {
		a := &r.Alerts[i]
		row("alert", csvText(a.Message), "", "", "", "", "")
	}
	out.Flush()
	return out.Error()
}

func csvText(text string) string {
	text = Visible(text)
	if len(text) > 0 && strings.IndexByte("=+-@", text[0]) >= 0 {
		return "'" + text
	}
	return text
}

// csvSeconds is "" for what is not known.
func csvSeconds(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return cmp.Or(strconv.FormatFloat(rounded(v, 6), 'f', -1, 64), "0")
}
