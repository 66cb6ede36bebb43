package report

import (
	"bufio"
	"cmp"
	"fmt"
	"html/template"
	"io"
	"math"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// HTML writes r as one page that needs nothing else: no script, no picture, no
// network. It is light or dark as the reader's system is, and prints.
func HTML(w io.Writer, r *Report) error {
	out := bufio.NewWriter(w)
	if err := page().Execute(out, pageOf(r)); err != nil {
		return err
	}
	return out.Flush()
}

type htmlPage struct {
	Title    string
	From, To string
	Lasts    string
	Facts    []htmlFact
	Classes  []htmlClass
	Alerts   []htmlAlert
	Rankings []htmlRanking
	Sources  []htmlSource
	Counts   string
}

type htmlFact struct{ Name, Value string }

type htmlClass struct {
	Name, Hits, Share string
	Width             float64 // percent
}

type htmlAlert struct {
	Message string
	Firing  bool
	Why     []htmlWhy
}

type htmlWhy struct{ Dimension, Key, Rate, Share string }

type htmlRanking struct {
	Title     string
	Timed     bool
	Rows      []htmlRow
	Forgotten string
}

type htmlRow struct {
	Key, Hits, Share, Bytes, Errors, P95 string
	Width                                float64
}

type htmlSource struct {
	Path, State, Format, Lines, Parsed, Unparsed, Err string
	Bad                                               []string
}

func pageOf(r *Report) *htmlPage {
	s := r.Summary
	p := &htmlPage{Title: "weir report", Counts: counts(r)}
	if s.To > s.From {
		p.From, p.To = r.from().Format(time.RFC3339), r.to().Format(time.RFC3339)
		p.Lasts = (time.Duration(s.To-s.From) * time.Second).String()
	}
	p.Facts = facts(s)
	for class, n := range s.Classes {
		if n > 0 {
			share := 100 * float64(n) / float64(max(s.Hits, 1))
			p.Classes = append(p.Classes, htmlClass{classNames[class], humanize.Comma(int64(n)), percent(share), share})
		}
	}
	for i := range r.Alerts {
		p.Alerts = append(p.Alerts, alertOf(&r.Alerts[i]))
	}
	for _, d := range shown {
		if ranking := rankingOf(s, d, r.top()); len(ranking.Rows) > 0 {
			p.Rankings = append(p.Rankings, ranking)
		}
	}
	for i := range r.Sources {
		p.Sources = append(p.Sources, sourceOf(&r.Sources[i]))
	}
	return p
}

func facts(s *stats.Summary) []htmlFact {
	all := []htmlFact{{"requests", humanize.Comma(int64(s.Hits))}, {"a second", humanize.FormatFloat("#,###.##", s.Rate())}}
	add := func(name, value string) { all = append(all, htmlFact{name, value}) }
	if s.Sized > 0 {
		add("sent", humanize.IBytes(s.Bytes))
	}
	if n := s.Clients.Count(); n > 0 {
		mark := ""
		if !s.Clients.Exact() {
			mark = "~"
		}
		add("clients", mark+humanize.Comma(int64(n)))
	}
	if s.Hits > 0 {
		add("errors (5xx)", percent(100*s.ErrorRatio()))
	}
	if s.Durations.Count() > 0 {
		add("p50", Seconds(s.Quantile(.5)))
		add("p95", Seconds(s.Quantile(.95)))
		add("p99", Seconds(s.Quantile(.99)))
	}
	if s.Messages > 0 {
		add("messages", humanize.Comma(int64(s.Messages)))
	}
	return all
}

func rankingOf(s *stats.Summary, d stats.Dim, n int) htmlRanking {
	ranking := htmlRanking{Title: stats.Dimensions[d].Title}
	for _, e := range s.Top(d, n) {
		share := 100 * float64(e.Hits) / float64(max(s.Hits, 1))
		row := htmlRow{Visible(e.Key), approximately(e), percent(share), humanize.IBytes(e.Bytes), humanize.Comma(int64(e.Errors)), "", share}
		if !math.IsNaN(e.P95) {
			row.P95, ranking.Timed = Seconds(e.P95), true
		}
		ranking.Rows = append(ranking.Rows, row)
	}
	if n := s.Forgotten(d); n > 0 {
		ranking.Forgotten = Many(int64(n), "hit")
	}
	return ranking
}

func alertOf(c *alert.Change) htmlAlert {
	a := htmlAlert{Message: Visible(c.Message), Firing: c.State == alert.Firing}
	rough := ""
	if c.Rough {
		rough = "~"
	}
	for _, m := range c.Why {
		a.Why = append(a.Why, htmlWhy{m.Dimension, Visible(m.Key), fmt.Sprintf("%s%+.2f", rough, m.After-m.Before), fmt.Sprintf("%.0f %%", 100*m.Share)})
	}
	return a
}

func sourceOf(s *event.Source) htmlSource {
	h := htmlSource{
		Path: Visible(s.Path), State: s.State.String(), Format: cmp.Or(s.Format, "no format yet"), Err: Visible(s.Err),
		Lines: humanize.Comma(s.Lines), Parsed: humanize.Comma(s.Parsed), Unparsed: humanize.Comma(s.Unparsed()),
	}
	for i := range s.Bad {
		b := &s.Bad[i]
		h.Bad = append(h.Bad, fmt.Sprintf("line %d, column %d, %s: %s", b.Line, b.Column+1, &b.Reject, beginning(b.Text)))
	}
	return h
}

func percent(share float64) string { return humanize.FormatFloat("#,###.##", share) + " %" }

var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("report").Parse(pageText)) })
