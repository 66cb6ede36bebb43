package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/go-faster/jx"
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

func BenchmarkParseJSONL(b *testing.B) {
	benchmarkLines(b, newJSON(Options{}, 0), append(bytes.Join(nginxLines(), []byte("\n")), '\n'))
}

func BenchmarkParseCaddy(b *testing.B) {
	log, err := os.ReadFile("testdata/caddy/access.log")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkLines(b, newJSON(Options{}, 0), bytes.Repeat(log, 100))
}

// BenchmarkJSONLibraries takes the values of the same twelve fields out of the
// same lines with each library, and turns numbers into numbers. Only weir's
// checks that text is UTF-8 and keeps no key fixed.
func BenchmarkJSONLibraries(b *testing.B) {
	lines := nginxLines()
	total := 0
	for _, line := range lines {
		total += len(line)
	}
	run := func(name string, fields func(line []byte) error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(total / len(lines)))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := fields(lines[i%len(lines)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}

	p := newJSON(Options{}, 0)
	run("weir", func(line []byte) error {
		if !p.read(line) {
			return fmt.Errorf("%v", p.reject)
		}
		return nil
	})

	var d jx.Decoder
	field := func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "status", "bytes":
			_, err = d.Int64()
		case "request_time":
			_, err = d.Float64()
		case "time", "uri", "protocol", "remote_addr", "remote_user", "method", "referer", "agent", "host":
			var text []byte
			if text, err = d.StrBytes(); err == nil && !utf8.Valid(text) {
				err = errors.New("not UTF-8")
			}
		default:
			err = d.Skip()
		}
		return err
	}
	run("jx", func(line []byte) error {
		d.ResetBytes(line)
		return d.ObjBytes(field)
	})

	run("encoding", func(line []byte) error {
		var v struct {
			Time, Method, URI, Protocol, Referer, Agent, Host string
			Addr                                              string `json:"remote_addr"`
			User                                              string `json:"remote_user"`
			Status, Bytes                                     int64
			RequestTime                                       float64 `json:"request_time"`
		}
		return json.Unmarshal(line, &v)
	})
}
