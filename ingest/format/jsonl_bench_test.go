package format

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/go-faster/jx"

	"weir/ingest/event"
)

// nginxLines are 1,000 lines of twelve flat fields, about 380 bytes each, as
// nginx writes them with escape=json.
func nginxLines() [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	agents := []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "curl/8.14.1",
	}
	paths := []string{"/", "/products/electronics/phones?id=%d&sort=price", "/api/v1/carts/%d", "/static/js/app.%d.js", "/search?q=weir+%d"}
	methods := []string{"GET", "GET", "GET", "POST", "DELETE"}
	lines := make([][]byte, 1000)
	for i := range lines {
		path := paths[rng.IntN(len(paths))]
		if len(path) > 1 {
			path = fmt.Sprintf(path, rng.IntN(1e6))
		}
		referrer := ""
		if rng.IntN(3) > 0 {
			referrer = "https://shop.example.com/products/electronics"
		}
		lines[i] = fmt.Appendf(nil, `{"time":"2026-11-20T13:%02d:%02d+00:00","remote_addr":"203.0.113.%d","remote_user":"","method":"%s","uri":"%s","protocol":"HTTP/1.1","status":%d,"bytes":%d,"request_time":%.3f,"referer":"%s","agent":"%s","host":"shop.example.com"}`,
			i/60, i%60, rng.IntN(256), methods[rng.IntN(len(methods))], path, 200+rng.IntN(4)*101, rng.IntN(1e5), rng.ExpFloat64()/10, referrer, agents[rng.IntN(len(agents))])
	}
	return lines
}

// BenchmarkJSONLines makes the same Event of the same lines with each library;
// times and targets are taken apart by the same functions.
func BenchmarkJSONLines(b *testing.B) {
	lines := nginxLines()
	bench := func(name string, parse func(line []byte, e *event.Event) error) {
		b.Run(name, func(b *testing.B) {
			total, e := 0, &event.Event{}
			for _, line := range lines {
				total += len(line)
			}
			b.SetBytes(int64(total / len(lines)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := parse(lines[i%len(lines)], e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}

	p := newJSON(Options{}, 0)
	bench("weir", func(line []byte, e *event.Event) error {
		e.Reset()
		if r := p.Parse(line, e); r != nil {
			return fmt.Errorf("%v", r)
		}
		return nil
	})

	bench("weir-fields", func(line []byte, e *event.Event) error {
		if !p.read(line) {
			return fmt.Errorf("%v", p.reject)
		}
		return nil
	})

	var c clock
	var d jx.Decoder
	jxFields := func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "status", "bytes":
			_, err = d.Int64()
		case "request_time":
			_, err = d.Float64()
		case "time", "uri", "protocol", "remote_addr", "remote_user", "method", "referer", "agent", "host":
			_, err = d.StrBytes()
		default:
			err = d.Skip()
		}
		return err
	}
	bench("jx-fields", func(line []byte, e *event.Event) error {
		d.ResetBytes(line)
		return d.ObjBytes(jxFields)
	})
	var to *event.Event
	field := func(d *jx.Decoder, key []byte) (err error) {
		var text []byte
		switch string(key) {
		case "status":
			n, err := d.Int()
			to.Status = int32(n)
			return err
		case "bytes":
			to.Bytes, err = d.Int64()
			return err
		case "request_time":
			seconds, err := d.Float64()
			to.Duration = int64(seconds * 1e9)
			return err
		case "time":
			if text, err = d.StrBytes(); err == nil {
				to.Time, to.Zone, _ = c.iso(text)
			}
		case "uri":
			if text, err = d.StrBytes(); err == nil {
				setTarget(to, text)
			}
		case "protocol":
			if text, err = d.StrBytes(); err == nil {
				to.Proto, _ = httpVersion(text)
			}
		case "remote_addr":
			to.Client, err = d.StrBytes()
		case "remote_user":
			to.User, err = d.StrBytes()
		case "method":
			to.Method, err = d.StrBytes()
		case "referer":
			to.Referrer, err = d.StrBytes()
		case "agent":
			to.Agent, err = d.StrBytes()
		case "host":
			to.Host, err = d.StrBytes()
		default:
			err = d.Skip()
		}
		return err
	}
	bench("jx", func(line []byte, e *event.Event) error {
		e.Reset()
		to = e
		d.ResetBytes(line)
		return d.ObjBytes(field)
	})

	bench("encoding", func(line []byte, e *event.Event) error {
		e.Reset()
		var v struct {
			Time                                        time.Time
			Method, URI, Protocol, Referer, Agent, Host string
			Addr                                        string `json:"remote_addr"`
			User                                        string `json:"remote_user"`
			Status, Bytes                               int64
			RequestTime                                 float64 `json:"request_time"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		e.Time, e.Status, e.Bytes, e.Duration = v.Time.UnixNano(), int32(v.Status), v.Bytes, int64(v.RequestTime*1e9)
		e.Client, e.User, e.Method, e.Referrer = []byte(v.Addr), []byte(v.User), []byte(v.Method), []byte(v.Referer)
		e.Agent, e.Host = []byte(v.Agent), []byte(v.Host)
		e.Proto, _ = httpVersion([]byte(v.Protocol))
		setTarget(e, []byte(v.URI))
		return nil
	})
}
