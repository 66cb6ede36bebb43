//go:build e2e && measure

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// These print figures and judge nothing: a machine with other work to do would
// fail them for no fault of weir's. The figures to hold are in the names of the
// lines they print.

func TestMeasureStart(t *testing.T) {
	log := quietLog(t)
	t.Logf("%s, %s/%s, %d cores", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	var first []time.Duration
	for range 15 {
		start := time.Now()
		term := openTerminal(t, binary, log)
		eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
		first = append(first, term.when("Traffic").Sub(start))
		term.press(t, "q")
		<-term.exited
	}
	t.Logf("first frame, a mute 120x40 terminal (goal < 200 ms): %s", spread(first))
	for _, args := range [][]string{{"version"}, {"--help"}, {"--plain", "--once", log}, {"report", log}} {
		var took []time.Duration
		for range 15 {
			cmd := exec.Command(binary, args...)
			cmd.Env = environment(t)
			start := time.Now()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("weir %v: %v\n%s", args, err, out)
			}
			took = append(took, time.Since(start))
		}
		t.Logf("weir %s (goal < 50 ms): %s", strings.Join(args[:len(args)-min(1, len(args)-1)], " "), spread(took))
	}
}

func spread(took []time.Duration) string {
	slices.Sort(took)
	ms := func(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
	return fmt.Sprintf("median %v, least %v, most %v", ms(took[len(took)/2]), ms(took[0]), ms(took[len(took)-1]))
}

func TestMeasureIdle(t *testing.T) {
	term := openTerminal(t, binary, quietLog(t))
	eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
	settled(t, term)
	before := len(term.text())
	share := cpuShare(t, term.cmd.Process.Pid, 20*time.Second)
	t.Logf("idle on a quiet file, 120x40 (goal < 1 %% of a core): %.2f %%, %d bytes/s to the terminal, %s resident",
		100*share, (len(term.text())-before)/20, resident(t, term.cmd.Process.Pid))
}

func TestMeasureLoad(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	term := openTerminal(t, binary, log)
	var written atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		write(file, 5000, &written, stop)
	}()
	eventually(t, "the first frame shows", func() bool { return term.shows("Traffic") })
	eventually(t, "three seconds of lines are written and weir follows", func() bool { return written.Load() > 3*5000 && term.shows("LIVE") })
	share := cpuShare(t, term.cmd.Process.Pid, 20*time.Second)
	memory := resident(t, term.cmd.Process.Pid)
	close(stop)
	<-stopped
	t.Logf("5 000 lines/s, 120x40 (goal < 10 %% of a core): %.2f %%, %s resident, %d lines written", 100*share, memory, written.Load())
}

// write appends lines at a rate until stop is closed, as a server without a
// buffer does: each with its own write. It keeps count in written.
func write(file *os.File, perSecond int, written *atomic.Int64, stop <-chan struct{}) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	start, n := time.Now(), 0
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			stamp := now.UTC().Format("02/Jan/2006:15:04:05 -0700")
			for due := int(now.Sub(start).Seconds() * float64(perSecond)); n < due; n++ {
				fmt.Fprintf(file, "198.51.100.%d - - [%s] \"GET /s%d/page%d?q=%d HTTP/1.1\" %d %d \"https://example.com/\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/14%d\"\n",
					n*n%251, stamp, n%23, n*7%997, n%3001, []int{200, 200, 200, 304, 404, 500}[n%6], n%50000, n%7)
			}
			written.Store(int64(n))
		}
	}
}

// when returns the time at which all of a text that is shown had come.
func (term *terminal) when(text string) time.Time {
	term.mu.Lock()
	defer term.mu.Unlock()
	end := bytes.Index(term.output.Bytes(), []byte(text)) + len(text)
	for _, r := range term.reads {
		if r.size >= end {
			return r.at
		}
	}
	return time.Time{}
}

// settled waits until start-up is over: a second of time passed without work for
// more than a tick of the processor's.
func settled(t *testing.T, term *terminal) {
	t.Helper()
	used, since := ticks(t, term.cmd.Process.Pid), time.Now()
	eventually(t, "weir has settled", func() bool {
		now := ticks(t, term.cmd.Process.Pid)
		if now > used+1 {
			used, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

// cpuShare returns which share of one core a process uses over a while.
func cpuShare(t *testing.T, pid int, over time.Duration) float64 {
	t.Helper()
	before, start := ticks(t, pid), time.Now()
	<-time.After(over) // the time that is measured
	const hertz = 100  // USER_HZ, on every Linux
	return float64(ticks(t, pid)-before) / hertz / time.Since(start).Seconds()
}

// ticks returns a process's user and system time (proc(5), fields 14 and 15).
func ticks(t *testing.T, pid int) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	sum := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

func resident(t *testing.T, pid int) string {
	t.Helper()
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if kib, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			return strings.TrimSpace(kib)
		}
	}
	return "unknown"
}
