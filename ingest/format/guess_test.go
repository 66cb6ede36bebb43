package format

import (
	"fmt"
	"strings"
	"testing"

	"weir/ingest/event"
)

// What looks like something else at its beginning is not taken for that.
func TestWordsAreTakenForNoMoreThanTheyAre(t *testing.T) {
	for _, c := range []struct{ line, host, hostname, severity, body, user, client string }{
		{line: `Nov 21 06:53:01 mail.debian.example sshd[123]: closed`, hostname: "mail.debian.example", body: "closed"},
		{line: `2026-11-21T06:53:01Z syslog.infra.example app[1]: up`, hostname: "syslog.infra.example", body: "up"},
		{line: `Nov 21 06:53:01 web1 daemon.warn app[1]: slow`, hostname: "web1", severity: "warning", body: "slow"},
		{line: `2026-11-21T06:53:01Z Received {"a":1}`, body: `Received {"a":1}`},
		{line: `2026-11-21 06:53:01 Fail to connect to db`, body: "Fail to connect to db"},
		{line: `2026-11-21 06:53:01 fail: Shop.Cart[0]`, severity: "fail", body: "Shop.Cart[0]"},
		{line: `{"level":50,"time":1795240381579,"reqId":"a1","remoteAddr":"192.0.2.7","msg":"it failed"}`, severity: "error", body: "it failed", client: "192.0.2.7"},
		{line: `{"time":"2026-11-21T06:53:01Z","uname":"Linux","origin":{"address":"Main street 7"},"msg":"up"}`, body: "up"},
		{line: `web-1  | [21/Nov/2026:06:53:03 +0100] www.example.org - 192.0.2.9 "GET /c HTTP/1.1" 404 57 12ms`, host: "www.example.org", client: "192.0.2.9"},
	} {
		e := event.Event{}
		e.Reset()
		if r := NewAuto(goldenOptions(t)).Parse([]byte(c.line), &e); r != nil {
			t.Errorf("%s: %+v", c.line, r)
			continue
		}
		m := e.Extra()
		got := []string{string(e.Host), string(m.Hostname), string(m.Severity), string(m.Body), string(e.User), string(e.Client)}
		if want := []string{c.host, c.hostname, c.severity, c.body, c.user, c.client}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s:\n%q, want\n%q", c.line, got, want)
		}
	}
}

func TestWhatFileBrowserRefusedCountsAmongMessages(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	requests := 0
	for i := range 520 {
		line := fmt.Sprintf("2026/11/21 06:53:%02d the cache is %d full", i%60, i)
		if i%13 == 0 {
			line = fmt.Sprintf("2026/11/21 06:53:%02d /api/login: 403 192.0.2.7 <nil>", i%60)
		}
		e.Reset()
		if a.Parse([]byte(line), &e) == nil && e.Kind == event.Request {
			requests++
		}
	}
	if requests < 38 { // the first lines of another format may be read by the one before
		t.Errorf("%d of 40 count", requests)
	}
}

func TestRailsAndPhoenixCountBesideEachOther(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	var got []string
	for line := range strings.Lines(`shop-1  | 06:53:01.789 [info] GET /orders
shop-1  | 06:53:01.801 [info] Sent 200 in 12ms
web-1   | Started GET "/a" for 192.0.2.7 at 2026-11-21 06:53:01 +0100
shop-1  | 06:53:02.789 [info] GET /carts
web-1   | Completed 500 Internal Server Error in 12ms
shop-1  | 06:53:02.801 [info] Sent 404 in 12ms
`) {
		e.Reset()
		if a.Parse([]byte(strings.TrimSuffix(line, "\n")), &e) == nil && e.Kind == event.Request {
			got = append(got, fmt.Sprintf("%s %d", e.Path, e.Status))
		}
	}
	if want := "[/orders 200 /a 500 /carts 404]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A fork that was made before the first record of a pair was read may hold the second.
func TestAForkOfBeforeAPairBeganIsReadAgain(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	parse := func(p *Auto, line string) {
		t.Helper()
		e.Reset()
		if r := p.Parse([]byte(line), &e); r != nil {
			t.Fatalf("%s: %+v", line, r)
		}
	}
	for range 2 * askFirst {
		parse(a, `{"level":30,"time":1795240381000,"pid":7,"msg":"up"}`)
	}
	fork := a.Fork(nil, 1)
	if fork == nil {
		t.Fatal("no fork")
	}
	parse(a, fmt.Sprintf(fastifyAsks, "req-1", "x"))
	parse(fork, fmt.Sprintf(fastifyAnswers, "req-1"))
	if a.Join(fork) {
		t.Error("what the fork made of an answer holds")
	}
}
