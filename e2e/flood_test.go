//go:build e2e && measure

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"testing"
	"time"
)

const (
	floodRate = 300_000 // lines a second
	floodTime = 30 * time.Second
)

// TestMeasureFlood prints what it costs to follow a log that grows by 300,000
// lines a second, and how old the screen is at most: how long before a new number of
// lines shows those were written that the number before it counts.
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

	used, start := ticks(t, pid), time.Now()
	stop, stopped := make(chan struct{}), make(chan []written)
	go func() { stopped <- flood(file, stop) }()
	time.Sleep(floodTime)
	share := float64(ticks(t, pid)-used) / 100 / time.Since(start).Seconds()
	close(stop)
	history := <-stopped
	last := history[len(history)-1]
	eventually(t, "every line shows", func() bool {
		shown := term.counts()
		return len(shown) > 0 && shown[len(shown)-1].lines == last.lines
	})
	settled(t, term)
	shown := term.counts()
	when := func(lines int) time.Time { // were so many lines written
		return history[sort.Search(len(history), func(i int) bool { return history[i].lines >= lines })].at
	}
	behind := time.Duration(0)
	for i := 1; i < len(shown); i++ {
		if lines := shown[i-1].lines; lines < last.lines {
			behind = max(behind, shown[i].at.Sub(when(lines+1)))
		}
	}
	t.Logf("%d lines in %v (%.0f/s), 120x40: %.1f %% of a core (goal ≤ 50 %%), shown at most %v after they were written (goal ≤ 1 s), all of them %v after the last, %d frames, %s resident",
		last.lines, floodTime, float64(last.lines)/floodTime.Seconds(), 100*share, behind.Round(time.Millisecond),
		shown[len(shown)-1].at.Sub(last.at).Round(time.Millisecond), len(shown), resident(t, pid))
	term.press(t, "q")
	<-term.exited
}

// written is how many lines there were at a time, on the screen or in the file.
type written struct {
	lines int
	at    time.Time
}

var soFar = regexp.MustCompile(`(\d[\d \x{2009}\x{202f}]*) lines so far`)

// counts returns the numbers of lines that the screen has shown, one after the other.
func (term *terminal) counts() (all []written) {
	term.mu.Lock()
	defer term.mu.Unlock()
	text, reads := term.output.Bytes(), term.reads
	for _, found := range soFar.FindAllSubmatchIndex(text, -1) {
		for len(reads) > 1 && reads[0].size < found[1] {
			reads = reads[1:]
		}
		lines := 0
		for _, c := range text[found[2]:found[3]] {
			if c >= '0' && c <= '9' {
				lines = 10*lines + int(c-'0')
			}
		}
		if n := len(all); n == 0 || all[n-1].lines != lines {
			all = append(all, written{lines, reads[0].at})
		}
	}
	return all
}

// flood appends lines at floodRate, in one write each millisecond, until stop is
// closed. It returns when it had written how many.
func flood(file *os.File, stop <-chan struct{}) (log []written) {
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
			return log
		case now := <-tick.C:
			stamp := now.UTC().Format("02/Jan/2006:15:04:05 -0700")
			buf = buf[:0]
			for due := int(now.Sub(start).Seconds() * floodRate); n < due; n++ {
				buf = fmt.Appendf(buf, "198.51.100.%d - - [", n*31%251)
				buf = append(buf, stamp...)
				buf = append(buf, rest[n%variety]...)
			}
			if _, err := file.Write(buf); err != nil {
				return log
			}
			log = append(log, written{n, time.Now()})
		}
	}
}
