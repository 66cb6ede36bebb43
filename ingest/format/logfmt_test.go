package format

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
)

func logfmtSays(line string) string {
	e := &event.Event{}
	e.Reset()
	if r := newLogfmt(Options{Keep: true}).Parse([]byte(line), e); r != nil {
		return fmt.Sprintf("%s %s at %d\n", r.Reason, r.Field, r.Column)
	}
	return said(e)
}

func TestLogfmtPairsAreReadUnderTheSameNames(t *testing.T) {
	for line, want := range map[string]string{
		`time=2026-11-20T13:45:12Z level=info method=GET path=/a?b=c status=200 duration=1.5ms bytes=12 ip=203.0.113.7:99 extra="x \"y\"\n\u00e9\x41"`: `time 2026-11-20T13:45:12Z
client "203.0.113.7"
method "GET"
target "/a?b=c"
path "/a"
query "b=c"
status 200
bytes 12
duration 1.5ms
severity "info"
+ extra "x \"y\"\néA"
`,
		`2026-11-20T13:45:12.5Z level=warn msg="no such \"file\"" service=api empty= dash=-`: `message
time 2026-11-20T13:45:12.5Z
service "api"
severity "warn"
body "no such \"file\""
+ empty ""
+ dash "-"
`,
		`a=1 b`:                     "no known format  at 5\n",
		`a=1`:                       "no known format  at 0\n",
		`a=1 b="x`:                  "truncated  at 8\n",
		`a=1 b="x"y`:                "bad field  at 9\n",
		`just some words, a=b c=d`:  "no known format  at 4\n",
		`ts="the day before" msg=x`: "bad time time at 4\n",
		`/?a=b&c=d e=f`:             "no known format  at 0\n",
		``:                          "blank  at 0\n",
	} {
		if diff := cmp.Diff(want, logfmtSays(line)); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

func TestLogfmtParsingAllocatesNothing(t *testing.T) {
	line := []byte(`time=2026-11-20T13:45:12Z level=info method=GET path=/a?b=c status=200 duration=1.5ms agent="a \"b\"" other=1`)
	p, e := newLogfmt(Options{Keep: true}), &event.Event{}
	parse := func() {
		e.Reset()
		if r := p.Parse(line, e); r != nil {
			t.Fatal(*r)
		}
	}
	parse()
	if n := testing.AllocsPerRun(100, parse); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLogfmt(b *testing.B) {
	line := []byte(`time=2026-11-20T13:45:12Z level=info msg="request done" method=GET path=/products/electronics/phones?id=48213 proto=HTTP/1.1 status=200 bytes=48213 duration=43ms remote_addr=203.0.113.57 user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"`)
	p, e := newLogfmt(Options{}), &event.Event{}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		if r := p.Parse(line, e); r != nil {
			b.Fatal(*r)
		}
	}
}

func FuzzLogfmt(f *testing.F) {
	f.Add([]byte(`time=2026-11-20T13:45:12Z level=info method=GET path=/a?b=c status=200 duration=1.5ms agent="a \"b\"" other=1`))
	f.Add([]byte(`2026-11-20T13:45:12Z a="\u00e9\ud83d\ude00\x41\q" b=`))
	f.Fuzz(func(t *testing.T, line []byte) {
		p, e := newLogfmt(Options{Keep: true}), &event.Event{}
		e.Reset()
		first := p.Parse(line, e) == nil
		says := said(e)
		e.Reset()
		if second := p.Parse(line, e) == nil; second != first || said(e) != says {
			t.Fatalf("a second time it says\n%s\nand not\n%s", said(e), says)
		}
		if !first {
			e.Reset()
			if said(e) != says {
				t.Fatalf("rejected, and half filled: %s", says)
			}
		}
	})
}

func TestRandomBytesAreNoLogfmt(t *testing.T) {
	p, e := named(t, "logfmt").New(Options{}), event.Event{}
	for _, line := range []string{"\xd3\xfe=\x9a\x01 \xc0=1", "a=\x01\x02 b=2", "k\xff=1 l=2", "a=b\x00c d=e"} {
		e.Reset()
		if p.Parse([]byte(line), &e) == nil {
			t.Errorf("%q is taken for logfmt", line)
		}
	}
	e.Reset()
	if r := p.Parse([]byte("clé=1 msg=caf\xe9 level=info"), &e); r != nil { // a Latin-1 value is a value
		t.Errorf("rejected: %s", r.Reason)
	}
}
