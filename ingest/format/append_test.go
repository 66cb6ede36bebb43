package format

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/ingest/event"
)

// says is what a format can say of an event beside the common fields.
type says struct {
	agent    bool // and referrer
	host     bool
	duration bool
	fraction bool // of a second
	zone     bool
	raw      bool // texts are not escaped: no line ends in them
}

var writers = map[string]says{
	"common":         {zone: true},
	"combined":       {zone: true, agent: true},
	"vhost_common":   {zone: true, host: true},
	"vhost_combined": {zone: true, agent: true, host: true},
	"common_vhost":   {zone: true, host: true},
	"combined_vhost": {zone: true, agent: true, host: true},
	"combined_tail":  {zone: true, agent: true, duration: true},
	"csv":            {fraction: true, raw: true},
	"w3c":            {agent: true, host: true, duration: true, fraction: true, raw: true},
}

// drawn is an event that a format of that kind can hold.
func drawn(t *rapid.T, s says) event.Event {
	var e event.Event
	e.Reset()
	e.Time = rapid.Int64Range(1e8, 7e9).Draw(t, "time") * 1e9
	if s.fraction {
		e.Time += rapid.Int64Range(0, 1e9-1).Draw(t, "fraction")
	}
	if s.zone {
		e.Zone = rapid.Int32Range(-14*4, 14*4).Draw(t, "zone") * 900
	}
	e.Client = []byte(rapid.SampledFrom([]string{"203.0.113.7", "2001:db8::7", "fe80::1%eth0", "client.example.net", "::ffff:192.0.2.1", "web01"}).Draw(t, "client"))
	e.Status = rapid.SampledFrom([]int32{event.Unknown, 0, 101, 200, 304, 404, 499, 500, 999}).Draw(t, "status")
	e.Bytes = rapid.SampledFrom([]int64{event.Unknown, 0, 1, 1234, 1e15}).Draw(t, "bytes")
	text := rapid.Custom(func(t *rapid.T) []byte {
		var b []byte
		if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
			b = rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")
		} else {
			b = []byte(rapid.StringMatching(`[a-zA-Z0-9 "'\\é/%&=?._~\[\]+;()|-]{0,30}`).Draw(t, "text"))
		}
		if s.raw {
			for i, c := range b {
				if c == '\n' {
					b[i] = ' '
				}
			}
		}
		if len(given(b)) == 0 {
			return nil
		}
		return b
	})
	if e.User = text.Draw(t, "user"); string(e.User) == `""` {
		e.User = nil
	}
	if s.host {
		e.Host = []byte(rapid.SampledFrom([]string{"www.example.org", "localhost", "web01", "203.0.113.1", "2001:db8::1"}).Draw(t, "host"))
	}
	if s.agent {
		e.Referrer, e.Agent = text.Draw(t, "referrer"), text.Draw(t, "agent")
	}
	if s.duration {
		e.Duration = rapid.Int64Range(event.Unknown, 1e13).Draw(t, "duration")
	}
	switch rapid.IntRange(0, 9).Draw(t, "request") {
	case 0:
		e.Flags |= event.EmptyRequest
	case 1:
		e.Flags |= event.TLSOnPlain
		e.Target = append([]byte{0x16, 3, 1}, text.Draw(t, "handshake")...)
	case 2:
		e.Flags |= event.Malformed
		e.Target = []byte(rapid.StringMatching(`[a-z"\\]{2,9}`).Draw(t, "malformed"))
	default:
		e.Method = []byte(rapid.SampledFrom([]string{"GET", "POST", "M-SEARCH", "PROPFIND", "CONNECT"}).Draw(t, "method"))
		e.Proto = []byte(rapid.SampledFrom([]string{"0.9", "1.0", "1.1", "2.0", "2", "3"}).Draw(t, "proto"))
		target := append([]byte(rapid.SampledFrom([]string{"/", "http://www.example.org:8080/", "*", "host:443", "/a?b="}).Draw(t, "target")), text.Draw(t, "rest")...)
		setTarget(&e, target)
	}
	for _, b := range texts(&e) {
		for _, c := range b {
			if c < ' ' || !utf8.Valid(b) {
				e.Flags |= event.BinaryText
			}
		}
	}
	return e
}

func TestParseOfWhatAppendWroteGivesTheEventAgain(t *testing.T) {
	for name, s := range writers {
		t.Run(name, func(t *testing.T) {
			f := named(t, name)
			p := f.New(Options{})
			rapid.Check(t, func(t *rapid.T) {
				want := drawn(t, s)
				line := f.Append(nil, &want)
				var got event.Event
				got.Reset()
				if r := p.Parse(line, &got); r != nil {
					t.Fatalf("%q: rejected: %+v", line, *r)
				}
				if got.More != nil && len(got.More.Attributes) == 0 {
					got.More = nil
				}
				if diff := cmp.Diff(want, got, sameEvent); diff != "" {
					t.Fatalf("%q (-want +got):\n%s", line, diff)
				}
			})
		})
	}
}

func TestUserThatLooksLikeSomethingElseIsWrittenSoThatItIsReadAgain(t *testing.T) {
	for _, user := range []string{"- ", "--", " ", " - ", "- -", "-a", "shop: 198.51.100.9 -", " 198.51.100.9 "} {
		for _, name := range []string{"common", "combined", "vhost_combined", "common_vhost"} {
			f := named(t, name)
			want := event.Event{Client: []byte("203.0.113.7"), Host: []byte("www.example.org"), User: []byte(user), Status: 200, Bytes: 1}
			line := f.Append(nil, &want)
			var got event.Event
			got.Reset()
			if r := f.New(Options{}).Parse(line, &got); r != nil || string(got.User) != user {
				t.Errorf("%s: %q is read with the user %q: %v", name, line, got.User, r)
			}
		}
	}
}

func TestEveryFormatThatAppendsIsTestedBothWays(t *testing.T) {
	for _, f := range Formats {
		if _, ok := writers[f.Name]; f.Append != nil && !ok && f.Name != "jsonl" {
			t.Errorf("%s can append: add it to writers", f.Name)
		}
	}
}
