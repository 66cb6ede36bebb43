package format

import (
	"fmt"
	"strings"
	"testing"

	"weir/ingest/event"
)

// inWords is what an Auto that knows nothing yet makes of a line, in a few words.
func inWords(line string) string {
	var e event.Event
	a := NewAuto(Options{Keep: true})
	if r := a.Parse([]byte(line), &e); r != nil {
		return r.Reason.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %q", a.Format(), e.Client, e.Method)
	if len(e.Path) > 0 {
		fmt.Fprintf(&b, " %s", e.Path)
	}
	fmt.Fprintf(&b, " %d", e.Status)
	if len(e.User) > 0 {
		fmt.Fprintf(&b, " user %s", e.User)
	}
	if e.Duration != event.Unknown {
		fmt.Fprintf(&b, " took %g", float64(e.Duration)/1e9)
	}
	if e.Flags&event.Malformed != 0 {
		b.WriteString(" malformed")
	}
	if m := e.More; m != nil {
		if m.UpstreamDuration != event.Unknown {
			fmt.Fprintf(&b, " upstream %g", float64(m.UpstreamDuration)/1e9)
		}
		if len(m.Severity) > 0 {
			fmt.Fprintf(&b, " %s: %s", m.Severity, m.Body)
		}
		if len(m.Outcome) > 0 {
			fmt.Fprintf(&b, " outcome %s", m.Outcome)
		}
	}
	return b.String()
}

func TestLinesOfManyServers(t *testing.T) {
	const combined = `1.2.3.4 - - [10/Oct/2023:13:55:36 +0000] "GET /a HTTP/1.1" 200 12 "-" "curl/8"`
	for line, want := range map[string]string{
		// nginx's $msec is a time of day, wherever it stands.
		combined + ` 1696946136.123 0.152`: `combined_tail 1.2.3.4 "GET" /a 200 took 0.152`,
		combined + ` 0.152 1696946136.123`: `combined_tail 1.2.3.4 "GET" /a 200 took 0.152`,
		// A number behind its name.
		combined + ` upstream_response_time 0.150 request_time 0.152`: `combined_tail 1.2.3.4 "GET" /a 200 took 0.152 upstream 0.15`,
		combined + ` upstream: 0.150 request: 0.152`:                  `combined_tail 1.2.3.4 "GET" /a 200 took 0.152 upstream 0.15`,
		combined + ` ut:0.150 rt: 0.152`:                              `combined_tail 1.2.3.4 "GET" /a 200 took 0.152`,
		combined + ` upstream_response_time - request_time 0.152`:     `combined_tail 1.2.3.4 "GET" /a 200 took 0.152`,
		`[10/Oct/2023:13:55:36 +0000] 203.0.113.5 - - - ex.com ex.com to: 10.0.0.1:80: GET /a HTTP/1.1 200 upstream_response_time 0.150 msec 1696946136.123 request_time 0.152`: `access 203.0.113.5 "GET" /a 200 took 0.152 upstream 0.15`,
		// Apache's %h %{X-Forwarded-For}i %l %u without the header.
		`127.0.0.1 - - - [29/Nov/2026:07:51:59 +0000] "GET / HTTP/1.1" 404 236 "-" "curl/7.88.1"`: `combined 127.0.0.1 "GET" / 404`,
		// Amazon's API Gateway as its console gives it.
		`203.0.113.9 - - [10/Oct/2023:13:55:36 +0000]"GET /pets/{id} HTTP/1.1" 200 1543 c6af9ac6-7b61-11e6-9a41-93e8deadbeef`: `common_tail 203.0.113.9 "GET" /pets/{id} 200`,
		// Werkzeug's colours.
		"10.0.0.1 - - [10/Oct/2023 13:55:36] \"\x1b[31m\x1b[1mGET /admin HTTP/1.1\x1b[0m\" 403 -": `common 10.0.0.1 "GET" /admin 403`,
		// Squid's and Varnish's words for what was no request.
		`127.0.0.1 - - [10/Oct/2023:13:55:36 +0000] "- error:invalid-request HTTP/1.1" 400 100 "-" "-"`: `combined 127.0.0.1 "" 400 malformed`,
		// What nginx answers that is no whole request, beside a time of ISO 8601.
		`1.2.3.4 - - [2023-10-10T13:55:36+02:00] "\x16\x03\x01\x00\xEE" 400 157 "-" "-"`:                                                                      `access 1.2.3.4 "" 400`,
		`1.2.3.4 - - [2023-10-10T13:55:36+02:00] "" 400 0 0 0.000 "-" - - -`:                                                                                  `access 1.2.3.4 "" 400 took 0`,
		`127.0.0.1 - [2026-11-29T07:52:01+00:00]  "GET /old" 404 153 10 0.000 "-" - - -`:                                                                      `access 127.0.0.1 "GET" /old 404 took 0`,
		`1.2.3.4 - - [2023-10-10T13:55:36+02:00] "GET /a HTTP/1.1" 200 157 "-" "curl/8"`:                                                                      `access 1.2.3.4 "GET" /a 200`,
		`2026-11-29 07:52:01 1.2.3.4 asked for "the 5 answers" 200 12 times, which is no request`:                                                             `dated  "" -1`,
		`[INFO] 10.244.0.5:41234 - 12345 "A IN example.com. udp 45 false 512" NOERROR qr,rd,ra 90 0s`:                                                         `wrapped  "" -1 INFO: 10.244.0.5:41234 - 12345 "A IN example.com. udp 45 false 512" NOERROR qr,rd,ra 90 0s`,
		`type=USER_LOGIN msg=audit(1700000000.123:77): pid=7 uid=0 msg='op=login acct="root" addr=192.0.2.7 terminal=ssh res=failed'` + "\x1d" + `UID="root"`: `auditd 192.0.2.7 "" -1 user root outcome failure`,
		// No request takes microseconds; a Go program's nanoseconds are many.
		`{"level":"info","msg":"request","path":"/a","method":"GET","statusCode":200,"latency":1500,"clientIP":"1.2.3.4"}`:   `jsonl 1.2.3.4 "GET" /a 200 took 1.5 info: request`,
		`{"level":"info","msg":"request","path":"/a","method":"GET","statusCode":200,"latency":152000,"clientIP":"1.2.3.4"}`: `jsonl 1.2.3.4 "GET" /a 200 took 0.000152 info: request`,
	} {
		if got := inWords(line); got != want {
			t.Errorf("%s\n got %s\nwant %s", line, got, want)
		}
	}
}
