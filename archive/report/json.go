package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"weir/alert"
	"weir/stats"
)

type jsonReport struct {
	From          string               `json:"from,omitempty"`
	To            string               `json:"to,omitempty"`
	Hits          uint64               `json:"hits"`
	HitsPerSecond float64              `json:"hits_per_second"`
	Bytes         *uint64              `json:"bytes,omitempty"`
	Clients       *uint64              `json:"clients,omitempty"`
	Messages      uint64               `json:"messages,omitempty"`
	Suspicious    uint64               `json:"suspicious,omitempty"`
	Unparsed      int64                `json:"unparsed"`
	Late          uint64               `json:"late"`
	Future        uint64               `json:"future"`
	Dropped       uint64               `json:"dropped"`
	Status        map[string]uint64    `json:"status,omitempty"`
	Method        map[string]uint64    `json:"method,omitempty"`
	Duration      *jsonDuration        `json:"duration,omitempty"`
	Top           map[string][]jsonRow `json:"top,omitempty"`
	Sources       []jsonSource         `json:"sources"`
	Alerts        []alert.Change       `json:"alerts"`
}

type jsonDuration struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

type jsonRow struct {
	Key        string   `json:"key"`
	Hits       uint64   `json:"hits"`
	Bytes      uint64   `json:"bytes"`
	Errors     uint64   `json:"errors"`
	P95        *float64 `json:"p95,omitempty"`
	ErrorBound uint64   `json:"error_bound"`
}

type jsonSource struct {
	Path     string           `json:"path"`
	Format   string           `json:"format,omitempty"`
	Lines    int64            `json:"lines"`
	Parsed   int64            `json:"parsed"`
	Unparsed int64            `json:"unparsed"`
	State    string           `json:"state"`
	Error    string           `json:"error,omitempty"`
	Reasons  map[string]int64 `json:"reasons,omitempty"`
}

// ranked are the dimensions of "top"; status and method have keys of their own.
var ranked = []stats.Dim{stats.Section, stats.Path, stats.Client, stats.Agent, stats.Referrer, stats.Host, stats.Source, stats.Country}

// JSON writes r as one object on one line. A key that is not known is absent.
func JSON(w io.Writer, r *Report) error {
	s := r.Summary
	out := jsonReport{
		Hits: s.Hits, HitsPerSecond: rounded(s.Rate(), 4), Messages: s.Messages, Suspicious: s.Suspicious,
		Unparsed: r.Unparsed, Late: r.Late, Future: r.Future, Dropped: r.Dropped,
		Sources: []jsonSource{}, Alerts: r.Alerts,
	}
	if s.To > s.From {
		out.From, out.To = r.from().Format(time.RFC3339), r.to().Format(time.RFC3339)
	}
	if out.Alerts == nil {
		out.Alerts = []alert.Change{}
	}
	if s.Sized > 0 {
		out.Bytes = &s.Bytes
	}
	if n := s.Clients.Count(); n > 0 {
		out.Clients = &n
	}
	if s.Hits > 0 {
		out.Status = statuses(s)
		out.Method = make(map[string]uint64)
		for _, e := range s.Top(stats.Method, -1) {
			out.Method[e.Key] = e.Hits
		}
		out.Top = make(map[string][]jsonRow)
		for _, d := range ranked {
			if rows := rows(s, d, r.top()); len(rows) > 0 {
				out.Top[d.String()] = rows
			}
		}
	}
	if s.Durations.Count() > 0 {
		q := func(p float64) float64 { return rounded(s.Quantile(p), 6) }
		out.Duration = &jsonDuration{q(.5), q(.9), q(.95), q(.99), rounded(s.Durations.Max(), 6)}
	}
	for i := range r.Sources {
		src := &r.Sources[i]
		row := jsonSource{src.Path, src.Format, src.Lines, src.Parsed, src.Unparsed(), src.State.String(), src.Err, nil}
		for reason, n := range src.Rejected {
			if n > 0 {
				if row.Reasons == nil {
					row.Reasons = make(map[string]int64)
				}
				row.Reasons[reasonName(reason)] = n
			}
		}
		out.Sources = append(out.Sources, row)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

func rows(s *stats.Summary, d stats.Dim, n int) []jsonRow {
	var out []jsonRow
	for _, e := range s.Top(d, n) {
		row := jsonRow{Key: e.Key, Hits: e.Hits, Bytes: e.Bytes, Errors: e.Errors, ErrorBound: e.Bound}
		if !math.IsNaN(e.P95) {
			p := rounded(e.P95, 6)
			row.P95 = &p
		}
		out = append(out, row)
	}
	return out
}

var classNames = [6]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// statuses holds the classes and the codes in one map, as the screen's panel does.
func statuses(s *stats.Summary) map[string]uint64 {
	m := make(map[string]uint64)
	for class, n := range s.Classes {
		if n > 0 {
			m[classNames[class]] = n
		}
	}
	for _, e := range s.Top(stats.Status, -1) {
		m[e.Key] = e.Hits
	}
	return m
}

func rounded(v float64, digits int) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
