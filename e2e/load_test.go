//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// load is people, robots and rogues at a web server, at a rate that can be changed.
type load struct {
	address string
	rate    atomic.Int64 // requests per second
	busy    sync.RWMutex // held for writing, nobody asks
	done    chan struct{}
	workers sync.WaitGroup
}

func startLoad(t *testing.T, address string) *load {
	l := &load{address: address, done: make(chan struct{})}
	const workers = 8
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: workers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
	tickets := make(chan int64)
	l.workers.Go(func() { l.pace(tickets) })
	for range workers {
		l.workers.Go(func() {
			for n := range tickets {
				l.busy.RLock()
				if err := l.ask(client, n); err != nil {
					t.Errorf("request %d: %v", n, err)
				}
				l.busy.RUnlock()
			}
			client.CloseIdleConnections()
		})
	}
	t.Cleanup(l.stop)
	return l
}

// pace hands out as many tickets as the rate says, in steps of 10 ms.
func (l *load) pace(tickets chan<- int64) {
	defer close(tickets)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	var n int64
	last, owed := time.Now(), 0.0
	for {
		select {
		case <-l.done:
			return
		case now := <-tick.C:
			owed = min(owed+now.Sub(last).Seconds()*float64(l.rate.Load()), 500)
			last = now
			for ; owed >= 1; owed-- {
				n++
				tickets <- n
			}
		}
	}
}

// pause ends what is under way; nothing is asked until the function it returns is called.
func (l *load) pause() (resume func()) {
	l.busy.Lock()
	return l.busy.Unlock
}

func (l *load) stop() {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	l.workers.Wait()
}

var targets = []string{"/", "/search?q=weir", "/api/v1/users/7", "/old", "/missing", "/broken", "/a%20b/c?x=%22%5c", "/search/deep/er"}

// ask makes the n-th request; some are not what a browser would send.
func (l *load) ask(client *http.Client, n int64) error {
	switch n % 97 {
	case 31: // a TLS handshake at a plain port
		return l.raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\"\\\x1b[31m\n")
	case 62: // no HTTP at all
		return l.raw("hello there\r\n\r\n")
	case 93: // a client of 1996
		return l.raw("GET /old\r\n")
	}
	req, err := http.NewRequest([]string{"GET", "GET", "POST", "HEAD"}[n%4], "http://"+l.address+targets[n%int64(len(targets))], nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", fmt.Sprintf(`load/%d "quoted" \ %c`, n%5, 'a'+rune(n%26)))
	if n%3 == 0 {
		req.Header.Set("Referer", "http://example.com/?q=[x]&y=\"z\"")
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

func (l *load) raw(text string) error {
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	io.Copy(io.Discard, c) // the answer may be a reset
	return nil
}
