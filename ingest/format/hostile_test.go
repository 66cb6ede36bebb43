package format

import (
	"strings"
	"testing"

	"weir/ingest/event"
)

// TestLongHostileLinesEnd reads lines made to be slow: were a parser quadratic in
// the length of a line, this would not end within the test's time.
func TestLongHostileLinesEnd(t *testing.T) {
	const length = 64 << 10
	heads := []string{
		"", `203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8" `,
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "`, `203.0.113.7 - `,
		`10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {`,
		`<134>1 2026-11-21T05:53:03.500Z lb1 haproxy 977 - [`, `[pid: 1|app: 0|req: 1/1] 127.0.0.1 () {`,
		`"10.0.0.2","-","apache",1549573860,"`, "2026-11-21 06:53:01 ", "2026-11-21\t06:53:01\t", "{\"a\":", "a=\"",
		`http 2018-07-02T22:23:00.186641Z app/x 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "`, "1286536309.586 ",
	}
	units := []string{`"`, `\"`, `\`, `" `, `"" `, "[", " [", "]", `x" 200 `, "{", "} {", " ", "a ", "\t", ",", `",`, "0.1, ", "0.1 : ", "=", "a=b ", `a="b" `, "\x00", "\xff", "%20", "+", "/", " => generated ", "[]", "1"}
	parsers := []Parser{NewAuto(Options{})}
	for _, f := range Formats {
		parsers = append(parsers, f.New(Options{}))
	}
	for _, spec := range []string{
		`$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $upstream_addr $upstream_response_time $http_x`,
		`%h %^[%d:%t %^] "%r" %s %b "%R" "%u" ~h{, } %^`,
	} {
		f, err := Custom(spec)
		if err != nil {
			t.Fatal(err)
		}
		parsers = append(parsers, f.New(Options{}))
	}
	var e event.Event
	for _, head := range heads {
		for _, unit := range units {
			line := []byte(head + strings.Repeat(unit, length/len(unit)))
			for _, p := range parsers {
				e.Reset()
				p.Parse(line, &e)
			}
		}
	}
}

func TestLinesThatFuzzingFound(t *testing.T) {
	for name, line := range map[string]string{
		"ingress_nginx": `0 0  [01/Nov/2000:00:00:00] "" 000 0 "" "" 0 0 [] [] [] 0`,
		"w3c":           "2000-01-01 00:00:00 0 0 0 0 0 0 0 0 0 0 0 0 ",
	} {
		checkParser(t, name, named(t, name).New(goldenOptions(t)), []byte("0"), []byte(line))
	}
}
