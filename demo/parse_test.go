package demo

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/ingest/event"
	"weir/ingest/format"
)

// fields is what a line says, in a form that can be compared.
type fields struct {
	Time                                      time.Time
	Duration                                  time.Duration
	Bytes                                     int64
	Zone, Status                              int32
	Flags                                     event.Flags
	Client, User, Method, Target, Path, Query string
	Proto, Referrer, Agent                    string
}

func fieldsOf(e *event.Event) fields {
	return fields{
		time.Unix(0, e.Time).UTC(), time.Duration(e.Duration), e.Bytes, e.Zone, e.Status, e.Flags,
		string(e.Client), string(e.User), string(e.Method), string(e.Target), string(e.Path), string(e.Query),
		string(e.Proto), string(e.Referrer), string(e.Agent),
	}
}

func TestLinesParseToTheRequestsTheyWereWrittenFrom(t *testing.T) {
	g := New(Config{Seed: 10, Start: start})
	access, api := format.NewAuto(format.Options{}), format.NewAuto(format.Options{})
	var line []byte
	for e := range g.Until(start.Add(Cycle)) {
		want, parser := fieldsOf(e), access
		if isAPI(e) {
			parser = api
			line = appendCaddy(line[:0], e)
			want.Time, want.Zone = want.Time.Truncate(time.Microsecond), 0
		} else {
			line = g.logs[0].appendCombined(line[:0], e)
			want.Time = want.Time.Truncate(time.Second)
		}
		var got event.Event
		got.Reset()
		if r := parser.Parse(bytes.TrimSuffix(line, []byte("\n")), &got); r != nil {
			t.Fatalf("%s as %q: %s in %q, column %d", line, parser.Format(), r.Reason, r.Field, r.Column)
		}
		if diff := cmp.Diff(want, fieldsOf(&got)); diff != "" {
			t.Fatalf("%s as %q:\n%s", line, parser.Format(), diff)
		}
	}
}
