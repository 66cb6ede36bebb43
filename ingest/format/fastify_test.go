package format

import (
	"fmt"
	"strings"
	"testing"

	"weir/ingest/event"
)

const (
	fastifyAsks    = `{"level":30,"time":1795240381579,"pid":7,"reqId":"%s","req":{"method":"GET","url":"/%s","remoteAddress":"192.0.2.7"},"msg":"incoming request"}`
	fastifyAnswers = `{"level":30,"time":1795240381583,"pid":7,"reqId":"%s","res":{"statusCode":200},"responseTime":4,"msg":"request completed"}`
)

func TestRequestsOfFastifyThatAreNeverAnsweredTakeLittleMemory(t *testing.T) {
	p, e := newJSON(goldenOptions(t), 0), event.Event{}
	parse := func(format string, a ...any) event.Kind {
		t.Helper()
		e.Reset()
		if r := p.Parse(fmt.Appendf(nil, format, a...), &e); r != nil {
			t.Fatal(r)
		}
		return e.Kind
	}
	for i := range 10 * mostRails {
		parse(fastifyAsks, fmt.Sprint("req-", i), strings.Repeat("x", longestAsked/2))
	}
	if parse(fastifyAsks, "req-long", strings.Repeat("x", longestAsked)) == event.Message {
		t.Error("an endless target was kept")
	}
	if parse(`{"time":1795240381579,"reqId":"a","req":{"method":"GET","url":"/x","host":"%s"},"msg":"incoming request"}`, strings.Repeat("h", longestAsked)) == event.Message {
		t.Error("an endless host was kept")
	}
	if parse(fastifyAsks, strings.Repeat("k", longestKey), "x") == event.Message {
		t.Error("an endless number was kept")
	}
	kept := 0
	for _, a := range p.fastify.open.asked[:cap(p.fastify.open.asked)] {
		kept += cap(a.key) + cap(a.texts)
	}
	if most := mostRails * 2 * (longestAsked + longestKey); len(p.fastify.open.asked) > mostRails || kept > most {
		t.Errorf("%d requests and %d bytes are kept, want %d at most", len(p.fastify.open.asked), kept, most)
	}
	if parse(fastifyAnswers, "req-0") == event.Request {
		t.Error("the oldest was not forgotten")
	}
	if last := fmt.Sprint("req-", 10*mostRails-1); parse(fastifyAnswers, last) != event.Request || string(e.Method) != "GET" || e.Status != 200 {
		t.Errorf("the newest is not known: %+v", e)
	}
}

// Auto tries a line by several formats, by the one in force twice.
func TestARequestOfFastifyCountsOnceHoweverOftenALineIsTried(t *testing.T) {
	p, e := newJSON(goldenOptions(t), 0), event.Event{}
	requests := 0
	for _, line := range []string{fmt.Sprintf(fastifyAsks, "1", "old"), fmt.Sprintf(fastifyAsks, "1", "new"), fmt.Sprintf(fastifyAnswers, "1")} {
		for range 3 {
			e.Reset()
			if r := p.Parse([]byte(line), &e); r != nil {
				t.Fatal(r)
			}
		}
		if e.Kind == event.Request {
			requests++
		}
	}
	if requests != 1 || string(e.Path) != "/new" || len(p.fastify.open.asked) != 1 {
		t.Errorf("%d requests, the last %s, %d open", requests, e.Path, len(p.fastify.open.asked))
	}
}
