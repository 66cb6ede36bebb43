// Package bench measures weir as a whole against other tools: see bench_test.go
// and make bench. It also writes the logs to measure with.
package bench

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Shape says what a generated log is like.
type Shape struct {
	Lines    int
	JSON     bool // JSON lines as nginx writes them; otherwise combined
	Distinct bool // every URL, client and agent is another one
	Seed     uint64
}

// Write writes a day of traffic: paths by Zipf 1.1 over 50,000, a fifth of them
// with a query, clients by Zipf over 200,000, 800 agents, 2,000 referrers.
func Write(w io.Writer, s Shape) error {
	out := bufio.NewWriterSize(w, 1<<20)
	rng := rand.New(rand.NewPCG(s.Seed, 42))
	paths := rand.NewZipf(rng, 1.1, 1, 50_000-1)
	clients := rand.NewZipf(rng, 1.01, 20, 200_000-1)
	referrers := rand.NewZipf(rng, 1.2, 1, 2000-1)
	statuses := [...]string{"200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "304", "304", "301", "302", "404", "404", "403", "500"}
	sections := [...]string{"", "/search", "/api/v1", "/static/js", "/static/img", "/blog", "/products", "/account", "/login", "/docs"}
	start := time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)
	var line []byte
	for i := range s.Lines {
		// a daily rhythm: twice the traffic at noon of that at midnight
		part := float64(i) / float64(s.Lines)
		at := start.Add(time.Duration((part - 0.05*math.Sin(2*math.Pi*part)) * float64(24*time.Hour)))
		page, client := paths.Uint64(), clients.Uint64()
		agent := client * 2654435761 % 800
		if s.Distinct {
			page, client, agent = uint64(i), uint64(i), uint64(i)
		}
		path := sections[page%uint64(len(sections))] + "/page-" + strconv.FormatUint(page, 36)
		if rng.IntN(5) == 0 {
			path += "?id=" + strconv.Itoa(rng.IntN(1000)) + "&ref=mail"
		}
		address := fmt.Sprintf("%d.%d.%d.%d", 11+client>>24&63, client>>16&255, client>>8&255, client&255)
		if client%20 == 7 {
			address = fmt.Sprintf("2001:db8:%x::%x", client>>16, client&0xffff)
		}
		userAgent := fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36", 90+agent%50, agent%7000, agent)
		referrer := "-"
		if rng.IntN(3) > 0 {
			referrer = "https://www.example.com/from/" + strconv.FormatUint(referrers.Uint64(), 10)
		}
		status, size := statuses[rng.IntN(len(statuses))], int(math.Exp(rng.NormFloat64()*1.3+8))
		method := "GET"
		if rng.IntN(12) == 0 {
			method = "POST"
		}
		took := math.Exp(rng.NormFloat64()*1.1-3.5) / 2
		line = line[:0]
		if s.JSON {
			line = fmt.Appendf(line, `{"time_local":"%s","remote_addr":"%s","request_method":"%s","request_uri":"%s","server_protocol":"HTTP/1.1","status":%s,"body_bytes_sent":%d,"request_time":%.3f,"http_referer":"%s","http_user_agent":"%s","host":"www.example.com","request_id":"%016x"}`,
				at.Format(time.RFC3339), address, method, path, status, size, took, referrer, userAgent, rng.Uint64())
		} else {
			line = fmt.Appendf(line, `%s - - [%s] "%s %s HTTP/1.1" %s %d "%s" "%s"`, address, at.Format("02/Jan/2006:15:04:05 -0700"), method, path, status, size, referrer, userAgent)
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}
