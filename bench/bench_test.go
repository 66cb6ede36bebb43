//go:build bench

package bench

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// pairs is how often two commands run in turn.
const pairs = 5

// cost is what one run of a program used.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes resident
}

// program is something to measure: a command line, or code of ours.
type program struct {
	name string
	args []string
	run  func() error
}

func (p program) measure(t *testing.T) cost {
	t.Helper()
	start := time.Now()
	if p.run != nil {
		if err := p.run(); err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		return cost{wall: time.Since(start)}
	}
	cmd := exec.Command(p.args[0], p.args[1:]...)
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, errs.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}
}

// against runs a and b in turn and returns the medians of both and of the
// ratios of their wall times, b over a.
func against(t *testing.T, a, b program, n int) (ca, cb cost, ratio float64) {
	t.Helper()
	var as, bs []cost
	var ratios []float64
	for range n {
		x, y := a.measure(t), b.measure(t)
		as, bs, ratios = append(as, x), append(bs, y), append(ratios, float64(y.wall)/float64(x.wall))
	}
	sort.Float64s(ratios)
	return median(as), median(bs), ratios[len(ratios)/2]
}

func median(all []cost) cost {
	sort.Slice(all, func(i, j int) bool { return all[i].wall < all[j].wall })
	c := all[len(all)/2]
	for _, o := range all {
		c.peak = max(c.peak, o.peak)
	}
	return c
}

// newlines counts line ends in 1 MiB chunks on every core: the least that any
// reader has to do.
func newlines(path string) func() error {
	return func() error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		var next, total atomic.Int64
		var group sync.WaitGroup
		errs := make([]error, runtime.GOMAXPROCS(0))
		for w := range errs {
			group.Go(func() {
				buf := make([]byte, 1<<20)
				for {
					n, err := f.ReadAt(buf, (next.Add(1)-1)<<20)
					total.Add(int64(bytes.Count(buf[:n], []byte{'\n'})))
					if err == io.EOF {
						return
					}
					if err != nil {
						errs[w] = err
						return
					}
				}
			})
		}
		group.Wait()
		return errs[0]
	}
}

func write(t *testing.T, dir, name string, s Shape) string {
	t.Helper()
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(f, s); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func compress(t *testing.T, path string) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(path + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	z, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if _, err := io.Copy(z, in); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

func gunzip(path string) func() error {
	return func() error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, z)
		return err
	}
}

func TestBench(t *testing.T) {
	dir := t.TempDir()
	weir := filepath.Join(dir, "weir")
	build := exec.Command("go", "build", "-o", weir, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	combined := write(t, dir, "combined.log", Shape{Lines: 1_000_000, Seed: 1})
	jsonl := write(t, dir, "json.jsonl", Shape{Lines: 1_000_000, JSON: true, Seed: 1})
	distinct := write(t, dir, "distinct.log", Shape{Lines: 10_000_000, Distinct: true, Seed: 1})
	packed := compress(t, combined)
	report := func(name, path string, env ...string) program {
		return program{name: name, args: append(append([]string{"env"}, env...), weir, "report", "--to", "json", path)}
	}
	us := report("weir", combined)

	table := &strings.Builder{}
	w := tabwriter.NewWriter(table, 0, 4, 2, ' ', 0)
	line := func(what, goal string, ours, theirs cost, ratio string) {
		fmt.Fprintf(w, "%s\t%s\t%.2f s\t%.2f s\t%d MiB\t%.2f s\t%s\n", what, goal, ours.wall.Seconds(), ours.cpu.Seconds(), ours.peak>>20, theirs.wall.Seconds(), ratio)
	}
	fmt.Fprintf(w, "what\tgoal\tweir\tits CPU\tits peak\tother\tratio\n")

	scan := program{name: "newline scan", run: newlines(combined)}
	a, b, r := against(t, us, scan, pairs)
	line("1 M combined ÷ parallel newline scan", "≤ 8", a, b, fmt.Sprintf("%.1f", 1/r))
	a, b, r = against(t, us, program{name: "wc", args: []string{"wc", "-l", combined}}, pairs)
	line("1 M combined ÷ wc -l", "", a, b, fmt.Sprintf("%.1f", 1/r))
	a, b, r = against(t, us, report("one core", combined, "GOMAXPROCS=1"), pairs)
	line("one worker ÷ two", "≥ 1.7", a, b, fmt.Sprintf("%.2f", r))
	if path, err := exec.LookPath("lnav"); err == nil {
		a, b, r = against(t, us, program{name: "lnav", args: []string{path, "-n", "-c", ";SELECT sc_status, count(*) FROM access_log GROUP BY sc_status", combined}}, pairs)
		line("lnav's count by status ÷ 1 M combined", "≥ 10", a, b, fmt.Sprintf("%.1f", r))
	}
	if path, err := exec.LookPath("goaccess"); err == nil {
		args := []string{path, combined, "--log-format=COMBINED", "-o", filepath.Join(dir, "goaccess.json"), "--no-progress"}
		if help, _ := exec.Command(path, "--help").CombinedOutput(); bytes.Contains(help, []byte("--jobs")) {
			args = append(args, "--jobs=2")
		}
		a, b, r = against(t, us, program{name: "goaccess", args: args}, pairs)
		line("goaccess ÷ 1 M combined", "≥ 40", a, b, fmt.Sprintf("%.1f", r))
	}
	a, b, r = against(t, report("json", jsonl), program{name: "newline scan", run: newlines(jsonl)}, pairs)
	line("1 M jsonl ÷ parallel newline scan", "", a, b, fmt.Sprintf("%.1f", 1/r))
	a, b, r = against(t, report("gz", packed), program{name: "gunzip", run: gunzip(packed)}, pairs)
	line("1 M combined .gz ÷ decoding alone", "≤ 1.15", a, b, fmt.Sprintf("%.2f", 1/r))
	a, b, r = against(t, report("gz", packed), program{name: "zcat", args: []string{"zcat", packed}}, pairs)
	line("1 M combined .gz ÷ zcat", "≤ 1", a, b, fmt.Sprintf("%.2f", 1/r))
	c := report("distinct", distinct).measure(t)
	line("10 M lines, every key distinct: peak", "≤ 64 MiB", c, cost{}, "")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s, %s, %d cores\n\n%s", time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.NumCPU(), table)
}
