//go:build e2e

package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	threshold = 60 // requests per second
	period    = 5  // seconds
)

func TestTotalIsNginxsOwnWhileLogrotateRenames(t *testing.T) {
	// Nothing is held up: requests go on while the log changes its name, while
	// nginx still writes to the old one, and after.
	followNginx(t, func(w *webServer, _ *load, _ *follower) { w.rotate(t, renaming) })
}

func TestTotalIsNginxsOwnWhileLogrotateCopiesAndTruncates(t *testing.T) {
	// What is written between the copy and the truncation is lost to every
	// reader, as logrotate(8) warns. So the load pauses, and goes on as soon
	// as the log is truncated.
	followNginx(t, func(w *webServer, l *load, f *follower) {
		defer l.pause()()
		n := w.requests(t)
		eventually(t, "nginx has written and weir has read what was asked", func() bool {
			return len(w.seconds(t)) == n && f.newest().parsed() == n
		})
		w.rotate(t, copying)
	})
}

// followNginx has weir follow nginx's log through a quiet time, a surge with
// rotations and a silence, then compares weir's count with nginx's and weir's
// alerts with a calculation from the logs.
func followNginx(t *testing.T, rotate func(*webServer, *load, *follower)) {
	w := startNginx(t)
	f := follow(t, w.log)
	l := startLoad(t, w.address)

	l.rate.Store(20)
	eventually(t, "weir has counted the first requests", func() bool { return f.newest().parsed() > 40 })
	l.rate.Store(1000)
	for range 4 {
		before := w.requests(t)
		eventually(t, "a thousand more requests", func() bool { return w.requests(t) > before+1000 })
		rotate(w, l, f)
	}
	eventually(t, "the alert fires", func() bool { return len(f.changes(t)) > 0 })
	l.stop()
	eventually(t, "the alert recovers", func() bool { return len(f.changes(t)) > 1 })

	total := w.requests(t)
	eventually(t, fmt.Sprintf("weir has counted nginx's %d requests", total), func() bool { return f.newest().parsed() >= total })
	f.stop(t)
	last := f.newest()
	t.Logf("nginx %d requests, weir %d lines (%+v)", total, last.parsed(), last.Sources)
	if last.parsed() != total || last.Unparsed != 0 || last.Dropped != 0 || last.Late != 0 {
		t.Errorf("nginx counted %d requests; weir %d, %d unparsed, %d dropped, %d late", total, last.parsed(), last.Unparsed, last.Dropped, last.Late)
	}
	seconds := w.seconds(t)
	if len(seconds) != total {
		t.Errorf("the logs hold %d lines", len(seconds))
	}
	if diff := cmp.Diff(trafficAlerts(seconds), f.changes(t)); diff != "" {
		t.Errorf("alerts calculated from the logs (-) and weir's (+):\n%s", diff)
	}
}

// follower is a weir without a screen.
type follower struct {
	cmd    *exec.Cmd
	alerts string

	mu     sync.Mutex
	period output
	lines  sync.WaitGroup
}

// output is what the tests read of weir --plain --json.
type output struct {
	Unparsed, Late, Dropped int
	Sources                 []struct {
		Path, State   string
		Lines, Parsed int
	}
}

func (o output) parsed() int {
	n := 0
	for _, s := range o.Sources {
		n += s.Parsed
	}
	return n
}

func follow(t *testing.T, log string) *follower {
	t.Helper()
	f := &follower{alerts: filepath.Join(t.TempDir(), "alerts.jsonl")}
	f.cmd = exec.Command(binary, "--plain", "--json", "--period=1s", "--refresh=100ms", "--lateness=2s",
		fmt.Sprintf("--alert=%d", threshold), fmt.Sprintf("--alert-period=%ds", period), "--alert-file="+f.alerts, log)
	f.cmd.Env = environment(t)
	f.cmd.Stderr = os.Stderr
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.lines.Go(func() {
		for d := json.NewDecoder(out); ; {
			var o output
			if err := d.Decode(&o); err != nil {
				if err != io.EOF {
					t.Errorf("weir --json: %v", err)
				}
				return
			}
			f.mu.Lock()
			f.period = o
			f.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		f.cmd.Process.Kill()
		f.cmd.Wait()
	})
	eventually(t, "weir is ready", func() bool { return len(f.newest().Sources) > 0 })
	return f
}

func (f *follower) newest() output {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.period
}

// stop ends weir as a service manager does.
func (f *follower) stop(t *testing.T) {
	t.Helper()
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	f.lines.Wait()
	f.cmd.Wait()
}

// changes returns what --alert-file holds, as "state second value".
func (f *follower) changes(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(f.alerts)
	if err != nil {
		return nil
	}
	defer file.Close()
	var changes []string
	for d := json.NewDecoder(file); ; {
		var c struct {
			Time  time.Time
			State string
			Value float64
		}
		if err := d.Decode(&c); err == io.EOF {
			return changes
		} else if err != nil {
			t.Fatalf("--alert-file: %v", err)
		}
		changes = append(changes, change(c.State, c.Time.Unix(), c.Value))
	}
}

func change(state string, second int64, value float64) string {
	return fmt.Sprintf("%s %s %.2f", state, time.Unix(second, 0).UTC().Format(time.TimeOnly), value)
}

// trafficAlerts calculates the alerts of requests from the seconds they were made in.
func trafficAlerts(seconds []int64) []string {
	count := make(map[int64]int)
	for _, s := range seconds {
		count[s]++
	}
	var changes []string
	firing := false
	for s := slices.Min(seconds); s <= slices.Max(seconds)+period; s++ {
		n := 0
		for back := range int64(period) {
			n += count[s-back]
		}
		switch average := float64(n) / period; {
		case !firing && average > threshold:
			firing = true
			changes = append(changes, change("firing", s, average))
		case firing && average < threshold:
			firing = false
			changes = append(changes, change("recovered", s, average))
		}
	}
	return changes
}

// seconds returns when each line of the log and of all that was rotated says it
// was written.
func (w *webServer) seconds(t *testing.T) []int64 {
	t.Helper()
	files, err := filepath.Glob(w.log + "*")
	if err != nil {
		t.Fatal(err)
	}
	var seconds []int64
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var text io.Reader = file
		if strings.HasSuffix(name, ".gz") {
			if text, err = gzip.NewReader(file); err != nil {
				t.Fatal(err)
			}
		}
		lines := bufio.NewScanner(text)
		for lines.Scan() {
			_, rest, _ := strings.Cut(lines.Text(), " [")
			at, err := time.Parse("02/Jan/2006:15:04:05 -0700", rest[:min(26, len(rest))])
			if err != nil {
				t.Fatalf("%s: %v in %q", name, err, lines.Text())
			}
			seconds = append(seconds, at.Unix())
		}
		if err := lines.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file.Close()
	}
	return seconds
}
