package format

import (
	"testing"

	"weir/ingest/event"
)

func TestStackTraceGoesOnWithItsRecord(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	for _, line := range []string{
		"2026-11-21 06:53:01,123 ERROR [main] shop.Cart - it failed",
		"java.lang.IllegalStateException: no stock",
		"\tat shop.Cart.add(Cart.java:7)",
		"\t... 12 more",
		"Caused by: java.io.IOException: broken pipe",
		"Traceback (most recent call last):",
		`  File "shop.py", line 3, in add`,
		"ValueError: no stock",
		"goroutine 1 [running]:",
		"main.main()",
		"go.example.com/shop/cart.(*Cart).Add",
		"#0 {main}",
		"** (RuntimeError) no stock",
		"--> end of the fault",
	} {
		e.Reset()
		if r := a.Parse([]byte(line), &e); r != nil && !r.Reason.Expected() || r == nil && e.Kind != event.Message {
			t.Errorf("%s: %v", line, r)
		}
	}
	for _, line := range []string{"Error", "some words", " 203.0.113.7 - -", "", "/var/log/shop.log", "shop.example.com", "and/or", "./run.sh"} {
		if continued([]byte(line)) {
			t.Errorf("%q goes on with nothing", line)
		}
	}
}

// A torn line must count as unparsed where no messages are.
func TestNothingGoesOnWithARequest(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	for _, line := range []string{
		`203.0.113.7 - - [21/Nov/2026:06:53:01 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"`,
		`  "GET /b HTTP/1.1" 200 5 "-" "curl/8"`,
		"  some words",
		"Caused by: java.io.IOException: broken pipe",
	} {
		e.Reset()
		if r := a.Parse([]byte(line), &e); r != nil && r.Reason.Expected() {
			t.Errorf("%s: %v", line, r)
		}
	}
}

func TestTimeAloneIsEnoughAmongMessages(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	for _, line := range []string{
		"261121 06:53:01 [Note] Starting",
		"261121 06:53:02 shopd: Ready",
		"261121 06:53:03 [Note] Done",
	} {
		e.Reset()
		if r := a.Parse([]byte(line), &e); r != nil {
			t.Errorf("%s: %v", line, r)
		}
	}
}

func TestMessagesOfGoStandBetweenRequests(t *testing.T) {
	for _, request := range []string{
		`2026/11/21 06:53:01 "GET http://example.com/a HTTP/1.1" from 192.0.2.7:5151 - 200 12B in 1.2ms`,
		`[GIN] 2026/11/21 - 06:53:01 | 200 |     505.317µs |       192.0.2.7 | GET      "/a"`,
		`2026/11/21 06:53:01 /api/login: 403 192.0.2.7 <nil>`,
		`{"time":"2026-11-21T06:53:01Z","method":"GET","path":"/a","status":200}`,
	} {
		a, e := NewAuto(goldenOptions(t)), event.Event{}
		for i, line := range []string{request, request, "2026/11/21 06:53:02 the cache is full", request, request} {
			want := event.Request
			if i == 2 {
				want = event.Message
			}
			e.Reset()
			if r := a.Parse([]byte(line), &e); r != nil || e.Kind != want {
				t.Errorf("%s: %+v, a %v", line, r, e.Kind)
			}
		}
	}
}

// ASP.NET Core's console writes what is said below the level and its source.
func TestIndentedRequestsAmongMessagesCount(t *testing.T) {
	a, e := NewAuto(goldenOptions(t)), event.Event{}
	requests := 0
	for _, line := range []string{
		"info: Microsoft.AspNetCore.Hosting.Diagnostics[1]",
		"      Request starting HTTP/1.1 GET http://localhost:5000/orders - -",
		"info: Microsoft.AspNetCore.Hosting.Diagnostics[2]",
		"      Request finished HTTP/1.1 GET http://localhost:5000/orders - 200 - text/plain 12.3456ms",
		"fail: Microsoft.AspNetCore.Server.Kestrel[13]",
		"      System.Exception: no stock",
	} {
		e.Reset()
		if r := a.Parse([]byte(line), &e); r != nil && !r.Reason.Expected() {
			t.Errorf("%s: %v", line, r)
		} else if r == nil && e.Kind == event.Request {
			requests++
		}
	}
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}
