//go:build e2e && measure

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

const (
	floodRate = 300_000 // lines a second
	floodTime = 30 * time.Second
)

// TestMeasureFlood prints what it costs to follow a log that grows by 300,000
// lines a second, and how far behind weir is: what it has read is known from
// proc(5), and what it reads over and over to know the file again is taken off in
// proportion.
func TestMeasureFlood(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	term := openTerminal(t, binary, log)
	pid := term.cmd.Process.Pid
	eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
	settled(t, term)

	var written atomic.Int64
	before, used, start := bytesRead(t, pid), ticks(t, pid), time.Now()
	stop, stopped := make(chan struct{}), make(chan int)
	go func() { stopped <- flood(file, &written, stop) }()
	type sample struct{ written, read int64 }
	var samples []sample
	for time.Since(start) < floodTime {
		time.Sleep(100 * time.Millisecond)
		samples = append(samples, sample{written.Load(), bytesRead(t, pid) - before})
	}
	share := float64(ticks(t, pid)-used) / 100 / time.Since(start).Seconds()
	close(stop)
	lines, end := <-stopped, time.Now()
	eventually(t, "all is read", func() bool { return bytesRead(t, pid)-before >= written.Load() })
	late := time.Since(end)
	settled(t, term)
	again := float64(bytesRead(t, pid)-before) / float64(written.Load())
	behind := 0.0
	for _, s := range samples {
		behind = max(behind, (float64(s.written)-float64(s.read)/again)/float64(written.Load())*float64(lines)/floodRate)
	}
	t.Logf("%d lines in %v (%.0f/s), 120x40: %.1f %% of a core (goal ≤ 50 %%), at most %.2f s behind (goal ≤ 1 s), all read %v after the last, %s resident",
		lines, floodTime, float64(lines)/floodTime.Seconds(), 100*share, behind, late.Round(time.Millisecond), resident(t, pid))
	term.press(t, "q")
	<-term.exited
}

// flood appends lines at floodRate, in one write each millisecond, until stop is
// closed. It returns how many.
func flood(file *os.File, written *atomic.Int64, stop <-chan struct{}) int {
	const variety = 4096
	var rest [variety][]byte
	for i := range rest {
		rest[i] = fmt.Appendf(nil, "] \"GET /s%d/page%d?q=%d HTTP/1.1\" %d %d \"https://example.com/\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/14%d\"\n",
			i%23, i*7%997, i%3001, []int{200, 200, 200, 304, 404, 500}[i%6], i*13, i%7)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	start, n := time.Now(), 0
	var buf []byte
	for {
		select {
		case <-stop:
			return n
		case now := <-tick.C:
			stamp := now.UTC().Format("02/Jan/2006:15:04:05 -0700")
			buf = buf[:0]
			for due := int(now.Sub(start).Seconds() * floodRate); n < due; n++ {
				buf = fmt.Appendf(buf, "198.51.100.%d - - [", n*31%251)
				buf = append(buf, stamp...)
				buf = append(buf, rest[n%variety]...)
			}
			if _, err := file.Write(buf); err != nil {
				return n
			}
			written.Add(int64(len(buf)))
		}
	}
}

// bytesRead is how much a process has read (proc(5), io).
func bytesRead(t *testing.T, pid int) (n int64) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}
