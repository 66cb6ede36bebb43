package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// said lists what a line says, one attribute a line, the empty ones left out.
func said(e *event.Event) string {
	var b strings.Builder
	text := func(name string, value []byte) {
		if len(value) > 0 {
			fmt.Fprintf(&b, "%s %q\n", name, value)
		}
	}
	number := func(name string, value int64) {
		if value != event.Unknown {
			fmt.Fprintf(&b, "%s %d\n", name, value)
		}
	}
	if e.Kind == event.Message {
		b.WriteString("message\n")
	}
	if e.Flags != 0 {
		fmt.Fprintf(&b, "flags %b\n", e.Flags)
	}
	fmt.Fprintf(&b, "time %s\n", e.When().Format(time.RFC3339Nano))
	text("client", e.Client)
	text("user", e.User)
	text("method", e.Method)
	text("target", e.Target)
	text("path", e.Path)
	text("query", e.Query)
	text("proto", e.Proto)
	number("status", int64(e.Status))
	number("bytes", e.Bytes)
	if e.Duration != event.Unknown {
		fmt.Fprintf(&b, "duration %s\n", time.Duration(e.Duration))
	}
	text("host", e.Host)
	text("referrer", e.Referrer)
	text("agent", e.Agent)
	if m := e.More; m != nil {
		text("forwarded", m.Forwarded)
		text("tls", m.TLSVersion)
		text("cipher", m.TLSCipher)
		text("upstream", m.Upstream)
		if m.UpstreamDuration != event.Unknown {
			fmt.Fprintf(&b, "upstream duration %s\n", time.Duration(m.UpstreamDuration))
		}
		text("cache", m.CacheStatus)
		text("action", m.Action)
		text("outcome", m.Outcome)
		text("service", m.Service)
		text("hostname", m.Hostname)
		text("severity", m.Severity)
		text("body", m.Body)
		for _, a := range m.Attributes {
			if a.JSON {
				fmt.Fprintf(&b, "+ %s %s\n", a.Key, a.Value)
			} else {
				fmt.Fprintf(&b, "+ %s %q\n", a.Key, a.Value)
			}
		}
	}
	return b.String()
}

// jsonSays parses one line, with Options.Keep, and says what it got.
func jsonSays(t *testing.T, line string) string {
	t.Helper()
	e := &event.Event{}
	e.Reset()
	if r := newJSON(Options{Keep: true, Now: time.Unix(1e9, 0)}, 0).Parse([]byte(line), e); r != nil {
		return fmt.Sprintf("%s %s at %d\n", r.Reason, r.Field, r.Column)
	}
	return said(e)
}

func TestDurationsAreInTheUnitTheirKeyNames(t *testing.T) {
	for field, want := range map[string]time.Duration{
		`"request_time":0.043`:                      43 * time.Millisecond,
		`"request_time":"0.043"`:                    43 * time.Millisecond,
		`"request_time":12`:                         12 * time.Second,
		`"duration":0.000214`:                       214 * time.Microsecond,
		`"duration":1.2e-05`:                        12 * time.Microsecond,
		`"duration_ms":12.5`:                        12500 * time.Microsecond,
		`"durationMs":7`:                            7 * time.Millisecond,
		`"duration_us":1500`:                        1500 * time.Microsecond,
		`"duration_ns":1500`:                        1500,
		`"duration_seconds":2`:                      2 * time.Second,
		`"request_time_ms":40`:                      40 * time.Millisecond,
		`"responseTime":42`:                         42 * time.Millisecond,
		`"response_time":"0.020"`:                   20 * time.Millisecond,
		`"response_time_ms":3`:                      3 * time.Millisecond,
		`"latency":"0.1s"`:                          100 * time.Millisecond,
		`"latency":"1.5µs"`:                         1500,
		`"latency":"35 ms"`:                         35 * time.Millisecond,
		`"latency":"1m2.5s"`:                        62500 * time.Millisecond,
		`"latency":4654,"latency_human":"4.654µs"`:  4654,
		`"elapsed_ms":"17"`:                         17 * time.Millisecond,
		`"Elapsed":12.25`:                           12250 * time.Microsecond,
		`"took":3`:                                  3 * time.Millisecond,
		`"http.server.request.duration":0.25`:       250 * time.Millisecond,
		`"event":{"duration":1200345}`:              1200345,
		`"DownstreamStatus":200,"Duration":1200345`: 1200345,
		`"msg":"done","duration":1200345`:           1200345,
		`"msg":"done","ts":1700000000,"duration":2`: 2 * time.Second,
		`"latencies":{"request":25}`:                25 * time.Millisecond,
		`"duration":58.33,"controller":"posts"`:     58330 * time.Microsecond,
		`"request_time":-1`:                         event.Unknown,
		`"request_time":"-"`:                        event.Unknown,
		`"request_time":1e300`:                      event.Unknown,
		`"request_time":99999999999`:                event.Unknown,
		`"request_time":1.0000000005`:               1000000001,
		`"request_time":"soon"`:                     event.Unknown,
		`"request_time":true`:                       event.Unknown,
		`"request_time":[0.5,1]`:                    500 * time.Millisecond,
		`"request_time":0.1,"request_time":0.2`:     200 * time.Millisecond,
		`"request_time":0.1,"request_time":null`:    100 * time.Millisecond,
		`"duration":"1h"`:                           time.Hour,
		`"upstream":"x"`:                            event.Unknown,
		`"httpRequest":{"latency":"0.002341s"}`:     2341 * time.Microsecond,
		`"time_taken":15`:                           15 * time.Millisecond,
		`"level":30,"msg":"x","latency":1200`:       1200 * time.Millisecond,
		`"level":"INFO","msg":"x","latency":120000`: 120 * time.Microsecond,
		`"msg":"x","duration":12`:                   12 * time.Millisecond,
		`"Properties":{"Elapsed":12.5}`:             12500 * time.Microsecond,
		`"fwd":"1.2.3.4","service":"18ms"`:          18 * time.Millisecond,
		`"processing_time_ns":"88"`:                 88,
	} {
		e := &event.Event{}
		e.Reset()
		if r := newJSON(Options{}, 0).Parse([]byte("{"+field+"}"), e); r != nil {
			t.Errorf("%s: %v", field, *r)
		} else if time.Duration(e.Duration) != want {
			t.Errorf("%s: got %v, want %v", field, time.Duration(e.Duration), want)
		}
	}
}

func TestTimesAreReadHoweverTheyAreWritten(t *testing.T) {
	zone := time.FixedZone("", 3600)
	for field, want := range map[string]string{
		`"time":"2026-11-20T13:45:12Z"`:                   "2026-11-20T13:45:12Z",
		`"time":"2026-11-20T13:45:12.123456789+01:00"`:    "2026-11-20T13:45:12.123456789+01:00",
		`"time":"2026-11-20T13:45:12,5+0530"`:             "2026-11-20T13:45:12.5+05:30",
		`"@timestamp":"2026-11-20T13:45:12.1234567891Z"`:  "2026-11-20T13:45:12.123456789Z",
		`"time":"2026-11-20 13:45:12"`:                    "2026-11-20T13:45:12+01:00",
		`"time":"2026/11/20 13:45:12"`:                    "2026-11-20T13:45:12+01:00",
		`"time_local":"20/Nov/2026:13:45:12 +0200"`:       "2026-11-20T13:45:12+02:00",
		`"time_local":"20\/Nov\/2026:13:45:12 +0200"`:     "2026-11-20T13:45:12+02:00",
		`"time_local":"[20/Nov/2026:13:45:12 -0230]"`:     "2026-11-20T13:45:12-02:30",
		`"ts":1700000000`:                                 "2023-11-14T22:13:20Z",
		`"ts":"1700000000"`:                               "2023-11-14T22:13:20Z",
		`"ts":1700000000.25`:                              "2023-11-14T22:13:20.25Z",
		`"ts":1.70000000025e9`:                            "2023-11-14T22:13:20.25Z",
		`"time":1700000000250`:                            "2023-11-14T22:13:20.25Z",
		`"time":1700000000250000`:                         "2023-11-14T22:13:20.25Z",
		`"time":1700000000250000001`:                      "2023-11-14T22:13:20.250000001Z",
		`"msec":"1700000000.250"`:                         "2023-11-14T22:13:20.25Z",
		`"t":{"$date":"2026-11-20T13:45:12.5Z"}`:          "2026-11-20T13:45:12.5Z",
		`"__REALTIME_TIMESTAMP":"1700000000250000"`:       "2023-11-14T22:13:20.25Z",
		`"time":"2026-11-31T13:45:12Z"`:                   "bad time time at 9",
		`"time":"the day before"`:                         "bad time time at 9",
		`"time":"noon"`:                                   "2001-09-09T01:46:40Z, as it says none",
		`"time":0.125,"ts":1700000000`:                    "2023-11-14T22:13:20Z",
		`"date":"2026-11-20","time":"13:45:12"`:           "2026-11-20T13:45:12+01:00",
		`"time":"13:45:12"`:                               "2001-09-09T01:46:40Z, as it says none",
		`"time":"2026-11-20 13:45:12 +0000 UTC"`:          "2026-11-20T13:45:12Z",
		`"time":"2026-11-20T13:45:12+01:00[Europe/Rome]"`: "2026-11-20T13:45:12+01:00",
		`"time":"Fri, 20 Nov 2026 13:45:12 GMT"`:          "2026-11-20T13:45:12Z",
		`"time":"2026-11-20 13:45:12 EST"`:                "2026-11-20T13:45:12-05:00",
		`"ts":-1700000000`:                                "2001-09-09T01:46:40Z, as it says none",
		`"ts":1e300`:                                      "2001-09-09T01:46:40Z, as it says none",
		`"nothing":1`:                                     "2001-09-09T01:46:40Z, as it says none",
	} {
		e := &event.Event{}
		e.Reset()
		got := ""
		if r := newJSON(Options{Location: zone, Now: time.Unix(1e9, 0)}, 0).Parse([]byte("{"+field+"}"), e); r != nil {
			got = fmt.Sprintf("%s %s at %d", r.Reason, r.Field, r.Column)
		} else if got = e.When().Format(time.RFC3339Nano); e.Flags&event.BadTime != 0 {
			got += ", as it says none"
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}

func TestJSONRejectsSayWhereAndWhy(t *testing.T) {
	for line, want := range map[string]string{
		"":                              "blank  at 0\n",
		"  \t":                          "blank  at 0\n",
		"GET / HTTP/1.1":                "no known format  at 0\n",
		`[{"status":200}]`:              "no known format  at 0\n",
		`{"status":200`:                 "truncated  at 13\n",
		`{"status":200} x`:              "trailing text  at 15\n",
		`{"status":0200}`:               "bad field  at 11\n",
		`{"time":"the day after this"}`: "bad time time at 9\n",
		"{\"uri\":\"\x01\"}":            "bad field  at 8\n",
	} {
		if got := jsonSays(t, line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestWhatNoKeyStandsForIsKeptInTheLinesOrder(t *testing.T) {
	got := jsonSays(t, `{"z":1,"time":"2026-11-20T13:45:12Z","a":{"b":"x\ty","c":[1, 2],"d":{}},"status":"fine","n":null,"method":"GET","uri":"/x","code":200,"referer":"-","ok":true,"f":1.50}`)
	want := `time 2026-11-20T13:45:12Z
method "GET"
target "/x"
path "/x"
+ z 1
+ a.b "x\ty"
+ a.c [1, 2]
+ a.d {}
+ status "fine"
+ n null
+ code 200
+ ok true
+ f 1.50
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A parser that has seen other lines says of a line what a fresh one says.
func TestEarlierLinesChangeNothing(t *testing.T) {
	fields := []string{
		`"time":"2026-11-20T13:45:12Z"`, `"status":200`, `"status" : "404"`, `"method":"GET"`, `"uri":"/a"`, `"uri":"/\u00e9?q"`, `"request":{"uri":"/r","method":"PUT"}`,
		`"req":{"url":"/q","headers":{"host":"h","user-agent":["u"]}}`, `"a":{"b":{"c":1},"status":5}`, `"b":{"c":2,"uri":"/n"}`, `"size":12`, `"size": 13.0`, `"x":[{"status":1}]`,
		`"duration":0.5`, `"duration":5`, `"msg":"m"`, `"m\u0073g":"odd"`, `"":0`, `"a_name_that_is_longer_than_what_is_remembered_of_a_name":1`, `"level":30`, `"host":"h1"`, `"user":{"name":"ann"}`, `"ünï":"ö"`, `"ip":"::1"`,
		`"a": {"b": {"c":1}, "status": 5}`, `"h":{"ua":["x"],"user-agent":["y"],"referer":["-"]}`, `"headers":{"user-agent":["z","w"],"x-forwarded-for":[]}`, `"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}`, `"e":{}`, `"a":{"b":{}}`, `"agent":["-"]`, `"agent":[""]`, `"agent":["v"]`,
	}
	for i := range 300 { // many more keys than are remembered
		fields = append(fields, fmt.Sprintf(`"k%d":%d`, i, i), fmt.Sprintf(`"o%d":{"status":%d}`, i, i+100))
	}
	rapid.Check(t, func(t *rapid.T) {
		veteran := newJSON(Options{Keep: true}, 0)
		for _, picks := range rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, len(fields)-1), 0, 12), 1, 40).Draw(t, "lines") {
			var line []byte
			for _, i := range picks {
				line = append(append(line, ','), fields[i]...)
			}
			line = append(append([]byte{'{'}, line[min(1, len(line)):]...), '}')
			got, want := &event.Event{}, &event.Event{}
			got.Reset()
			want.Reset()
			gotNo, wantNo := veteran.Parse(line, got), newJSON(Options{Keep: true}, 0).Parse(line, want)
			if diff := cmp.Diff(wantNo, gotNo); diff != "" {
				t.Fatalf("%s: %s", line, diff)
			}
			if diff := cmp.Diff(said(want), said(got)); diff != "" {
				t.Fatalf("%s: %s", line, diff)
			}
		}
	})
}

func TestAppendedJSONParsesBack(t *testing.T) {
	word := rapid.StringMatching(`[a-zA-Z0-9é/%&=._~"\\ +-]{2,20}`)
	some := func(t *rapid.T, name string) []byte {
		if rapid.Bool().Draw(t, name+" there") {
			return []byte("x" + word.Draw(t, name))
		}
		return nil
	}
	rapid.Check(t, func(t *rapid.T) {
		want := &event.Event{}
		want.Reset()
		want.Time = rapid.Int64Range(1e18, 4e18).Draw(t, "time")
		want.Zone = 60 * rapid.Int32Range(-14*60, 14*60).Draw(t, "zone")
		want.Client, want.User, want.Host = some(t, "client"), some(t, "user"), some(t, "host")
		want.Referrer, want.Agent = some(t, "referrer"), some(t, "agent")
		want.Method = []byte(rapid.SampledFrom([]string{"GET", "POST", "PROPFIND"}).Draw(t, "method"))
		want.Status = rapid.Int32Range(100, 999).Draw(t, "status")
		setTarget(want, []byte("/"+word.Draw(t, "path")+rapid.SampledFrom([]string{"", "?", "?a=b&c"}).Draw(t, "query")))
		want.Proto = []byte(rapid.SampledFrom([]string{"", "1.0", "1.1", "2", "2.0", "3"}).Draw(t, "proto"))
		want.Bytes = rapid.Int64Range(-1, 1<<50).Draw(t, "bytes")
		want.Duration = rapid.Int64Range(-1, 1e15).Draw(t, "duration")
		if rapid.Bool().Draw(t, "more") {
			m := want.Extra()
			m.Forwarded, m.TLSVersion, m.TLSCipher, m.Upstream = some(t, "forwarded"), some(t, "tls"), some(t, "cipher"), some(t, "upstream")
			m.UpstreamDuration = rapid.Int64Range(-1, 1e12).Draw(t, "upstream duration")
			m.CacheStatus, m.Action, m.Outcome, m.Service = some(t, "cache"), some(t, "action"), some(t, "outcome"), some(t, "service")
			m.Hostname, m.Severity, m.Body = some(t, "hostname"), some(t, "severity"), some(t, "body")
			for i := range rapid.IntRange(0, 3).Draw(t, "attributes") {
				a := event.Attribute{Key: fmt.Appendf(nil, "weir\"%d", i), Value: []byte(word.Draw(t, "value"))}
				if rapid.Bool().Draw(t, "json") {
					a.Value, a.JSON = []byte(rapid.SampledFrom([]string{"1", "-2.50", "true", "null", `[1,{"a":2}]`, "{}"}).Draw(t, "raw")), true
				}
				m.Attributes = append(m.Attributes, a)
			}
			if len(m.Forwarded) > 0 && len(want.Client) == 0 {
				want.Client = []byte("c")
			}
		}
		line := appendJSON(nil, want)
		got := &event.Event{}
		got.Reset()
		if r := newJSON(Options{Keep: true}, 0).Parse(line, got); r != nil {
			t.Fatalf("%s: %v", line, *r)
		}
		if diff := cmp.Diff(said(want), said(got)); diff != "" {
			t.Fatalf("%s: %s", line, diff)
		}
	})
}

func TestOddRequestsAppendedAsJSONParseBack(t *testing.T) {
	for _, request := range []string{"", "\x16\x03\x01", "quit", "GET", "GET / weird", "\"\\", "GET /old"} {
		want := &event.Event{}
		want.Reset()
		want.Status = 400
		setRequest(want, []byte(request))
		got := &event.Event{}
		got.Reset()
		line := appendJSON(nil, want)
		if r := newJSON(Options{}, 0).Parse(line, got); r != nil {
			t.Fatalf("%s: %v", line, *r)
		}
		got.Flags &^= event.BinaryText
		if diff := cmp.Diff(said(want), said(got)); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

func TestJSONParsingAllocatesNothing(t *testing.T) {
	lines := nginxLines()
	lines = append(lines, []byte(`{"level":"info","ts":1700000000.5,"msg":"handled \u00e9 request","request":{"uri":"/a?b","headers":{"User-Agent":["curl"]}},"new":[1,2],"status":200}`))
	p, e := newJSON(Options{Keep: true}, 0), &event.Event{}
	all := func() {
		for _, line := range lines {
			e.Reset()
			if r := p.Parse(line, e); r != nil {
				t.Fatal(*r)
			}
		}
	}
	all()
	if n := testing.AllocsPerRun(5, all); n > 0 {
		t.Errorf("%v allocations for %d lines", n, len(lines))
	}
}

// What is kept of a line does not outgrow it, however it is made.
func TestHostileJSONIsKeptWithinBounds(t *testing.T) {
	const size = 1 << 20
	fill := func(open, member, end string) string {
		return open + strings.Repeat(member+",", size/(len(member)+1)) + `"z":0` + end
	}
	long := strings.Repeat("n", size/2)
	for name, line := range map[string]string{
		"many members":      fill("{", `"":0`, "}"),
		"many objects":      fill("{", `"a":{"b":{"c":0}}`, "}"),
		"long outer name":   fill(`{"`+long+`":{`, `"":0`, "}}"),
		"long nested names": fill(`{"`+strings.Repeat("n", 90)+`":{"`+strings.Repeat("m", 90)+`":{`, `"":0`, "}}}"),
		"long escapes":      `{"a":"` + strings.Repeat(`\u00e9`, size/6) + `"}`,
		"deep":              strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000),
	} {
		e := &event.Event{}
		e.Reset()
		if r := newJSON(Options{Keep: true}, 0).Parse([]byte(line), e); r != nil {
			t.Errorf("%s: %+v", name, *r)
			continue
		}
		if n := len(e.Extra().Attributes); n == 0 || n > mostAttributes {
			t.Errorf("%s: %d attributes", name, n)
		}
		if n := cap(e.Scratch()); n > 2*len(line) {
			t.Errorf("%s: %d bytes of scratch for %d bytes of line", name, n, len(line))
		}
	}
}

func FuzzJSONParser(f *testing.F) {
	for _, line := range jsonCorners {
		if len(line) < 1000 {
			f.Add([]byte(line))
		}
	}
	f.Add([]byte(`{"time":"2026-11-20T13:45:12+00:00","remote_addr":"203.0.113.57","method":"GET","uri":"/a?id=48213","protocol":"HTTP/1.1","status":200,"bytes":48213,"request_time":0.043,"host":"h"}`))
	f.Add([]byte(`{"request":"GET /\u00e9 HTTP/1.1","status":"200","duration":"1.5ms","headers":{"X":["a","b"]},"level":30,"tls_version":771,"cacheHit":true}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		p, e := newJSON(Options{Keep: true}, 0), &event.Event{}
		e.Reset()
		ok := decoded(line) != nil
		r := p.Parse(line, e)
		if r == nil && !ok || r != nil && r.Reason != event.NoTime && ok {
			t.Fatalf("encoding/json accepts: %v, the parser: %v", ok, r)
		}
		first := said(e)
		e.Reset()
		if again := p.Parse(line, e); (again == nil) != (r == nil) || said(e) != first {
			t.Fatalf("a second time it says\n%s\nand not\n%s", said(e), first)
		}
		if r != nil {
			empty := &event.Event{}
			empty.Reset()
			if diff := cmp.Diff(said(empty), first); diff != "" {
				t.Fatalf("rejected, and half filled: %s", diff)
			}
		}
	})
}
