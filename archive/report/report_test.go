package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a small report with something in every field.
func sample() *Report {
	s := stats.NewSummary(0)
	s.From, s.To = 1_700_000_000, 1_700_000_010
	for i, r := range []struct {
		client, path string
		status       int32
		took         time.Duration
	}{
		{"192.0.2.1", "/search/a", 200, 10 * time.Millisecond},
		{"192.0.2.1", "/search/b", 200, 20 * time.Millisecond},
		{"2001:db8::7", "/api/x", 500, 2 * time.Second},
		{"192.0.2.9", "/\x1b[31mred\u202e", 404, event.Unknown},
	} {
		s.Add(&event.Event{Client: []byte(r.client), Path: []byte(r.path), Method: []byte("GET"), Host: []byte("example.com"),
			Status: r.status, Bytes: int64(1000 * i), Duration: int64(r.took), Source: []byte("access.log")})
	}
	var rejected [event.NumReasons]int64
	rejected[event.NoTime] = 2
	return &Report{
		Summary: s, Lines: 6, Unparsed: 2, Late: 1, Location: time.UTC,
		Alerts: []alert.Change{{Rule: alert.Traffic, State: alert.Firing, Value: 12.5, Threshold: 10, Time: time.Unix(1_700_000_005, 0).UTC(),
			Message: "High traffic generated an alert - hits = 12.50, triggered at 2023-11-14T22:13:25Z",
			Why:     []alert.Mover{{Dimension: "section", Key: "/search", Before: 1, After: 9, Share: 0.8}}}},
		Sources: []event.Source{{Path: "access.log", Format: "combined", State: event.Live, Lines: 6, Parsed: 4, Rejected: rejected,
			Bad: []event.Bad{{Reject: event.Reject{Reason: event.NoTime, Field: "time", Column: 18}, Line: 3, Text: []byte("192.0.2.1 - - [yesterday\x07")}}}},
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryWriterWritesWhatItDid(t *testing.T) {
	for _, w := range Writers {
		var out bytes.Buffer
		if err := w.Write(&out, sample()); err != nil {
			t.Fatal(err)
		}
		golden(t, "report."+w.Name, out.Bytes())
	}
}

func TestABlockIsWhatPlainPrints(t *testing.T) {
	var out bytes.Buffer
	if err := Block(&out, sample()); err != nil {
		t.Fatal(err)
	}
	golden(t, "block.txt", out.Bytes())
}

func TestAnEmptyReportIsStillOne(t *testing.T) {
	r := &Report{Summary: stats.NewSummary(0)}
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	want := `{"hits":0,"hits_per_second":0,"unparsed":0,"late":0,"future":0,"dropped":0,"sources":[],"alerts":[]}`
	if got := strings.TrimSpace(out.String()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	out.Reset()
	if err := Text(&out, r); err != nil || !strings.HasPrefix(out.String(), "0 hits") {
		t.Errorf("got %q, %v", out.String(), err)
	}
}

func TestTextFromLogsCannotCommandATerminal(t *testing.T) {
	for _, w := range Writers {
		var out bytes.Buffer
		if err := w.Write(&out, sample()); err != nil {
			t.Fatal(err)
		}
		if w.Name == "json" && !json.Valid(out.Bytes()) {
			t.Error("invalid JSON")
		}
		for _, bad := range []string{"\x1b", "\x07", "\u202e"} {
			if w.Name != "json" && strings.Contains(out.String(), bad) {
				t.Errorf("%s holds %q", w.Name, bad)
			}
		}
	}
}

func TestOnlyTheBeginningOfALineThatDoesNotParseIsShown(t *testing.T) {
	for line, want := range map[string]string{
		strings.Repeat("a", 200):          strings.Repeat("a", 200),
		strings.Repeat("a", 201):          strings.Repeat("a", 200) + "…",
		"b" + strings.Repeat("é", 300):    "b" + strings.Repeat("é", 99) + "…",
		strings.Repeat("\xff", 300):       strings.Repeat(`\xff`, 200) + "…",
		strings.Repeat("\x80", 300) + "c": strings.Repeat(`\x80`, 196) + "…",
	} {
		r := &Report{Summary: stats.NewSummary(0), Sources: []event.Source{{Bad: []event.Bad{{Text: []byte(line), Reject: event.Reject{Reason: event.NoFormat}, Line: 1}}}}}
		var out bytes.Buffer
		if err := Text(&out, r); err != nil || !strings.Contains(out.String(), "    line 1, column 1, no known format: "+want+"\n") {
			t.Errorf("%.20q: got %v, %s", line, err, out.String())
		}
	}
}

func TestCSVHasOneRowAnEntryWithAllItsFields(t *testing.T) {
	var out bytes.Buffer
	if err := CSV(&out, sample()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll() // and every row has as many fields
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, row := range rows {
		found[row[0]+" "+row[1]] = strings.Join(row[2:], "|")
	}
	for key, want := range map[string]string{
		"panel key": "hits|bytes|errors|p95|error_bound", "total hits": "4|6000|1|2|0", "total unparsed": "2||||",
		"section /search": "2|1000|0|0.019852|0", "status 500": "1|2000|1|2.003575|0", "method GET": "4|6000|1||0",
	} {
		if found[key] != want {
			t.Errorf("%s: got %s, want %s", key, found[key], want)
		}
	}
}

func TestHTMLNeedsNothingElseAndMarksUpNoText(t *testing.T) {
	s := stats.NewSummary(0)
	s.To = 10
	s.Add(&event.Event{Path: []byte(`/<script>alert("1")</script>&'`), Agent: []byte("<img src=http://192.0.2.1/>"), Method: []byte("GET"), Status: 200, Bytes: 1, Duration: event.Unknown})
	var out bytes.Buffer
	if err := HTML(&out, &Report{Summary: s, Location: time.UTC}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, bad := range []string{"<script", "<img", "<link", "src=\"", "url(", "@import", "ZgotmplZ"} {
		if strings.Contains(text, bad) {
			t.Errorf("it holds %s", bad)
		}
	}
	if !strings.Contains(text, "/&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;&#39;") || !strings.Contains(text, "prefers-color-scheme: dark") {
		t.Error(text)
	}
}

func TestSecondsHaveAboutThreeDigitsAndAUnit(t *testing.T) {
	for s, want := range map[float64]string{0.0000123: "12µs", 0.000985: "985µs", 0.000998: "1ms", 0.0123: "12.3ms", 0.99: "990ms", 1.234: "1.23s", 75: "75s", 3600: "1h0m0s"} {
		if got := Seconds(s); got != want {
			t.Errorf("%g: got %s, want %s", s, got, want)
		}
	}
}

func TestCSVHoldsNoFormulas(t *testing.T) {
	for text, want := range map[string]string{"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "@x": "'@x", "+1": "'+1", "-1": "'-1", "/a=b": "/a=b", "": ""} {
		if got := csvText(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}
