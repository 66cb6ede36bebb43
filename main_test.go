package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
)

// weir runs the whole program in this process and returns what it printed.
func weir(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	return weirReading(t, in, args...)
}

// weirReading is weir with something on its standard input.
func weirReading(t *testing.T, in *os.File, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	out, errs := open("stdout"), open("stderr")
	defer out.Close()
	defer errs.Close()
	code = run(context.Background(), args, in, out, errs)
	text := func(f *os.File) string {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return code, text(out), text(errs)
}

// bruteForce is the traffic alert straight from its definition: at every second
// the average over the whole period that ends with it.
func bruteForce(times []int64, period int64, threshold float64) []string {
	perSecond := map[int64]int{}
	first, last := times[0], times[0]
	for _, s := range times {
		perSecond[s]++
		first, last = min(first, s), max(last, s)
	}
	var changes []string
	firing := false
	for s := first; s <= last; s++ {
		n := 0
		for at := s - period + 1; at <= s; at++ {
			n += perSecond[at]
		}
		average := float64(n) / float64(period)
		at := time.Unix(s, 0).UTC().Format(time.RFC3339)
		switch {
		case !firing && average > threshold:
			firing = true
			changes = append(changes, fmt.Sprintf("High traffic generated an alert - hits = %.2f, triggered at %s", average, at))
		case firing && average < threshold:
			firing = false
			changes = append(changes, fmt.Sprintf("Recovered from high traffic - hits = %.2f, recovered at %s", average, at))
		}
	}
	return changes
}

// randomLog draws bursts and silences, shuffled within the lateness.
func randomLog(rng *rand.Rand) []int64 {
	sec := int64(1_600_000_000) + rng.Int64N(1e6)
	var times []int64
	for range 1 + rng.IntN(12) {
		rate := rng.IntN(6)
		if rng.IntN(4) == 0 {
			rate = 5 + rng.IntN(30)
		}
		for range 1 + rng.IntN(25) {
			for range rate {
				times = append(times, sec)
			}
			sec++
		}
		if rng.IntN(3) == 0 {
			sec += rng.Int64N(90)
		}
	}
	if len(times) == 0 {
		times = append(times, sec)
	}
	arrival := make([]float64, len(times))
	order := make([]int, len(times))
	for i, s := range times {
		order[i], arrival[i] = i, float64(s)+rng.Float64()*4.9
	}
	sort.SliceStable(order, func(a, b int) bool { return arrival[order[a]] < arrival[order[b]] })
	shuffled := make([]int64, len(times))
	for i, j := range order {
		shuffled[i] = times[j]
	}
	return shuffled
}

func writeLog(t *testing.T, path string, times []int64) {
	t.Helper()
	var b strings.Builder
	for i, s := range times {
		fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /s%d/x HTTP/1.1\" 200 123\n", i%7, time.Unix(s, 0).UTC().Format("02/Jan/2006:15:04:05 -0700"), i%3)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func alertLines(out string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "High traffic") || strings.HasPrefix(line, "Recovered from") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func TestAlertsOfAnOutOfOrderLogEqualABruteForceCalculation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	fired := 0
	for seed := range uint64(2000 / underRace) {
		rng := rand.New(rand.NewPCG(seed, 1))
		times := randomLog(rng)
		period, threshold := int64(5+rng.IntN(40)), float64(1+rng.IntN(8))
		writeLog(t, path, times)
		code, out, errs := weir(t, "--plain", "--once", "--timezone=UTC", fmt.Sprintf("--alert=%g", threshold), fmt.Sprintf("--alert-period=%ds", period), path)
		if code != 0 || errs != "" {
			t.Fatalf("seed %d: exit %d, %s", seed, code, errs)
		}
		want := bruteForce(times, period, threshold)
		if got := alertLines(out); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("seed %d, period %d, threshold %g:\ngot\n%s\nwant\n%s", seed, period, threshold, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		fired += len(want)
	}
	if fired < 1000/underRace {
		t.Errorf("only %d changes in all: the logs prove too little", fired)
	}
}

func TestHistoryThatIsNotKeptIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, path, []int64{1_600_000_000})
	if code, _, errs := weir(t, "--once", "--history=off", path); code != 0 {
		t.Errorf("--history off: exit %d, %s", code, errs)
	}
	if code, _, errs := weir(t, "--once", "--history=/tmp/h.db", path); code != exitUsage || !strings.Contains(errs, "write off") {
		t.Errorf("--history PATH: exit %d, %q", code, errs)
	}
}
