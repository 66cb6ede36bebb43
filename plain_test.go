package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"weir/alert"
	"weir/ingest"
	"weir/stats"
)

func TestPlainDoesNotRepeatTheEndOfAnOldLog(t *testing.T) {
	moment := func(to int64, live bool, lines int64) *ingest.Moment {
		s := stats.NewSummary(0)
		s.From, s.To = to-10, to
		return &ingest.Moment{Window: s, At: to, Live: live, Total: ingest.Totals{Lines: lines}}
	}
	for _, json := range []bool{false, true} {
		var out, errs bytes.Buffer
		p := printer{out: &out, err: &errs, json: json}
		blocks := ""
		for _, m := range []*ingest.Moment{
			moment(100, false, 5), moment(100, false, 5), moment(100, false, 5), // it ended
			moment(100, false, 6), moment(107, false, 7), // lines came
			moment(107, false, 7),
			moment(500, true, 8), moment(510, true, 8), moment(520, true, 8), // a quiet server is told of
		} {
			before := out.Len()
			p.period(m)
			blocks += map[bool]string{true: "#", false: "."}[out.Len() > before]
		}
		if want := "#..##.###"; blocks != want {
			t.Errorf("json %v: got %s, want %s\n%s", json, blocks, want, out.String())
		}
		if got := strings.Count(errs.String(), "weir: the log ends at "); got != 2 {
			t.Errorf("said %d times: %s", got, errs.String())
		}
		p.change(alert.Change{Rule: "x", Message: "m", Time: time.Unix(107, 0)})
		before := out.Len()
		p.period(moment(107, false, 8))
		if p.period(moment(107, false, 8)); json && out.Len() == before {
			t.Error("an alert is not told")
		}
	}
}
