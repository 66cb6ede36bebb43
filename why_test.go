package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// eventfulLog draws some hours of bursts and silences, within the lateness out of
// order. The last line is so late that every second before it closes.
func eventfulLog(rng *rand.Rand) []byte {
	var times []int64
	for shift := int64(0); len(times) < 500 || shift < 5*3600; shift += 300 + rng.Int64N(2000) {
		part := randomLog(rng)
		for _, at := range part {
			times = append(times, 1_600_000_000+shift+at-part[0])
		}
		shift += part[len(part)-1] - part[0]
	}
	var b bytes.Buffer
	line := func(at int64) {
		section, client := rng.IntN(4), rng.IntN(300)
		if at/60%7 == 3 { // something to find
			section, client = 7, 100+rng.IntN(3)
		}
		fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /s%d/%d HTTP/1.1\" %d 123 \"https://r%d.example.com/\" \"agent/%d\"\n", client%256,
			time.Unix(at, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), section, rng.IntN(700), []int{200, 200, 404, 500}[rng.IntN(4)], rng.IntN(9), rng.IntN(40))
	}
	for _, at := range times {
		line(at)
	}
	line(times[len(times)-1] + 3000)
	return b.Bytes()
}

// watched runs weir over a file that is empty at first and grows by chunks of any
// size, until the alert file has so many lines.
func watched(t *testing.T, path string, log []byte, chunk func() int, alerts string, lines int, args []string) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stop := running(t, append(args, path), func(errs string) bool { return strings.Contains(errs, "is empty") })
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for rest := log; len(rest) > 0; {
		n := min(chunk(), len(rest))
		if _, err := f.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	until(t, "every alert is told", func() bool { return strings.Count(content(t, alerts), "\n") >= lines })
	stop()
}

// running runs the whole program until stop is called; it returns when ready says so of what it tells.
func running(t *testing.T, args []string, ready func(errs string) bool) (stop func()) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	out, errs := open("stdout"), open("stderr")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- run(ctx, args, in, out, errs) }()
	until(t, "weir is ready", func() bool { return ready(content(t, errs.Name())) })
	return func() {
		cancel()
		if code := <-ended; code != 0 && code != exitInterrupted {
			t.Errorf("exit %d: %s", code, content(t, errs.Name()))
		}
		for _, f := range []*os.File{in, out, errs} {
			f.Close()
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute in vain until %s", what)
		}
	}
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

func TestAReplayGivesTheAlertLinesOfWatchingTheLogGrow(t *testing.T) {
	explained := 0
	for seed := range uint64(max(3, 15/underRace)) {
		rng := rand.New(rand.NewPCG(seed, 11))
		dir := t.TempDir()
		path := filepath.Join(dir, "access.log")
		log := eventfulLog(rng)
		alerts := func(name string) string { return filepath.Join(dir, name) }
		args := func(name string, more ...string) []string {
			return append([]string{"--plain", "--timezone=UTC", "--refresh=20ms", fmt.Sprintf("--alert=%d", 2+seed%6), fmt.Sprintf("--alert-period=%ds", 10+13*(seed%11)), "--alert-file", alerts(name)}, more...)
		}
		if err := os.WriteFile(path, log, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, errs := weir(t, args("once", "--once", path)...); code != 0 {
			t.Fatalf("seed %d: exit %d, %s", seed, code, errs)
		}
		once := content(t, alerts("once"))
		if strings.Contains(once, `"rough"`) {
			t.Errorf("seed %d: not exact:\n%s", seed, once)
		}
		explained += strings.Count(once, `"dimension"`)

		if code, _, errs := weir(t, args("packed", "--once", packed(t, path, log))...); code != 0 {
			t.Fatalf("seed %d: exit %d, %s", seed, code, errs)
		}
		if code, _, errs := weirReading(t, piped(t, log, rng), args("piped", "--once", "-")...); code != 0 {
			t.Fatalf("seed %d: exit %d, %s", seed, code, errs)
		}
		stop := running(t, args("backlog", path), func(string) bool {
			return strings.Count(content(t, alerts("backlog")), "\n") == strings.Count(once, "\n")
		})
		stop()
		watched(t, path, log, func() int { return 1 + rng.IntN(1+rng.IntN(100_000)) }, alerts("grown"), strings.Count(once, "\n"), args("grown"))
		for _, how := range []string{"packed", "piped", "backlog", "grown"} {
			if got := content(t, alerts(how)); got != once {
				t.Fatalf("seed %d: %s differs from a replay:\n%s", seed, how, firstDifference(got, once))
			}
		}
	}
	if explained < 1000/underRace {
		t.Errorf("only %d movers in all: the logs prove too little", explained)
	}
}

func packed(t *testing.T, path string, log []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(log); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".gz", b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path + ".gz"
}

// piped writes the log into a pipe by chunks of any size.
func piped(t *testing.T, log []byte, rng *rand.Rand) *os.File {
	t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	most := 1 + rng.IntN(200_000)
	go func() {
		defer out.Close()
		for i := 0; i < len(log); i += most {
			if _, err := out.Write(log[i:min(i+most, len(log))]); err != nil {
				return
			}
		}
	}()
	return in
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\ngot\n%s\nwant\n%s", i+1, g[i], strings.Join(w[min(i, len(w)):min(i+1, len(w))], "\n"))
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
