package format

import (
	"encoding/json"
	"testing"

	"github.com/go-faster/jx"

	"weir/ingest/event"
)

// nginxLines are twelve flat fields a line, as nginx writes them with escape=json.
var nginxLines = [][]byte{
	[]byte(`{"time":"2026-11-20T13:45:12+00:00","remote_addr":"203.0.113.57","remote_user":"","method":"GET","uri":"/products/electronics/phones?id=48213&sort=price","protocol":"HTTP/1.1","status":200,"bytes":48213,"request_time":0.043,"referer":"https://shop.example.com/products/electronics","agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36","host":"shop.example.com"}`),
	[]byte(`{"time":"2026-11-20T13:45:13+00:00","remote_addr":"2001:db8::a3:1f","remote_user":"ann","method":"POST","uri":"/api/v1/cart","protocol":"HTTP/2.0","status":201,"bytes":312,"request_time":0.118,"referer":"","agent":"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1","host":"api.example.com"}`),
}

func benchmarkLines(b *testing.B, one func(line []byte)) {
	total := 0
	for _, line := range nginxLines {
		total += len(line)
		one(line)
	}
	b.SetBytes(int64(total / len(nginxLines)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		one(nginxLines[i%len(nginxLines)])
	}
}

// BenchmarkJSONLines takes the same twelve fields of the same lines with each.
func BenchmarkJSONLines(b *testing.B) {
	b.Run("weir", func(b *testing.B) {
		p, e := newJSON(Options{}, 0), &event.Event{}
		benchmarkLines(b, func(line []byte) {
			e.Reset()
			if r := p.Parse(line, e); r != nil {
				b.Fatal(r)
			}
		})
	})
	b.Run("jx", func(b *testing.B) {
		var d jx.Decoder
		var n int64
		field := func(d *jx.Decoder, key []byte) error {
			switch string(key) {
			case "status", "bytes":
				v, err := d.Int64()
				n += v
				return err
			case "request_time":
				v, err := d.Float64()
				n += int64(v)
				return err
			case "time", "remote_addr", "remote_user", "method", "uri", "protocol", "referer", "agent", "host":
				v, err := d.StrBytes()
				n += int64(len(v))
				return err
			}
			return d.Skip()
		}
		benchmarkLines(b, func(line []byte) {
			d.ResetBytes(line)
			if err := d.ObjBytes(field); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("encoding", func(b *testing.B) {
		var v struct {
			Time, RemoteAddr, RemoteUser, Method, URI, Protocol, Referer, Agent, Host string
			Status, Bytes                                                             int64
			RequestTime                                                               float64 `json:"request_time"`
			Remote                                                                    string  `json:"remote_addr"`
			User                                                                      string  `json:"remote_user"`
		}
		benchmarkLines(b, func(line []byte) {
			if err := json.Unmarshal(line, &v); err != nil {
				b.Fatal(err)
			}
		})
	})
}
