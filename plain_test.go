package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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
		p := printer{out: &out, err: &errs, json: json, zone: time.UTC}
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

// The zone is neither the machine's nor that of the lines.
func TestTimesAreInTheZoneThatIsNamed(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	var text strings.Builder
	for _, at := range []string{"10:00:00", "11:00:00", "12:00:00"} {
		fmt.Fprintf(&text, "192.0.2.1 - - [20/May/2025:%s +0000] \"GET / HTTP/1.1\" 200 5\n", at)
	}
	if err := os.WriteFile(log, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	const zone, since = "--timezone=Asia/Tokyo", "--since=2025-05-20 20:00:00"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--once"}, "from 2025-05-20T19:00:00+09:00"},
		{[]string{"--once", "--json"}, `"from":"2025-05-20T19:00:00+09:00"`},
		{[]string{"--once", "--json", "--alert=0.001", "--alert-period=1m"}, `"alerts":[{"time":"2025-05-20T19:00:00+09:00"`},
		{[]string{"--once", since}, "from 2025-05-20T20:00:00+09:00"},
		{[]string{"report"}, "from 2025-05-20T19:00:00+09:00"},
	} {
		code, out, errs := weir(t, append(c.args, zone, log)...)
		if code != 0 || !strings.Contains(out, c.want) {
			t.Errorf("weir %v: exit %d, %s, without %q in\n%s", c.args, code, errs, c.want, out)
		}
	}
	if code, out, errs := weir(t, "parse", zone, since, log); code != 0 || strings.Count(out, "\n") != 2 {
		t.Errorf("exit %d, %s, want the two lines from 20:00 in Tokyo on\n%s", code, errs, out)
	}
}
