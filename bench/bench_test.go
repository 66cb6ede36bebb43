//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sync/errgroup"
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
	env  []string // beside the environment of the test
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
	cmd := exec.Command(os.Args[0], p.args...)
	cmd.Env = append(append(os.Environ(), p.env...), "BENCH_LAUNCH=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", p.name, err, errs.String())
	}
	var l launched
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatal(err)
	}
	return cost{l.Wall, l.CPU, l.Peak}
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

// find finds the end of every line, one after the other: the least that whoever
// reads lines has to do.
func find(b []byte) (n int) {
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			return n
		}
		n, b = n+1, b[end+1:]
	}
}

// tally counts line ends without finding any.
func tally(b []byte) int { return bytes.Count(b, []byte{'\n'}) }

// newlines counts line ends in 1 MiB chunks on every core.
func newlines(path string, count func([]byte) int) func() error {
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
					total.Add(int64(count(buf[:n])))
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

// atOnce runs p two times at once. On two cores that takes as long as once; where the
// machine's cores are threads of one, or others work on them, it takes longer.
func atOnce(p program) func() error {
	return func() error {
		var group errgroup.Group
		for range 2 {
			cmd := exec.Command(p.args[0], p.args[1:]...)
			cmd.Env = append(os.Environ(), p.env...)
			group.Go(cmd.Run)
		}
		return group.Wait()
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

// servers copies a log as servers write theirs, each line by itself. So it lies in the
// smallest pages of the system's memory; what is written by the MiB lies in large ones,
// which are read faster.
func servers(t *testing.T, path string) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(path + ".served")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if _, err := out.Write(append(lines.Bytes(), '\n')); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(lines.Err(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Name()
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

// result is one line of the table.
type result struct {
	what            string
	ours, theirs    cost
	value           float64
	unit            string
	atLeast, atMost float64 // goals; 0 is none
}

func (r *result) goal() string {
	switch {
	case r.atLeast > 0:
		return fmt.Sprintf("≥ %g%s", r.atLeast, r.unit)
	case r.atMost > 0:
		return fmt.Sprintf("≤ %g%s", r.atMost, r.unit)
	}
	return ""
}

func (r *result) mark() string {
	switch {
	case r.atLeast == 0 && r.atMost == 0:
		return ""
	case r.atLeast > 0 && r.value < r.atLeast, r.atMost > 0 && r.value > r.atMost:
		return "✗"
	}
	return "✓"
}

func (r *result) String() string {
	seconds := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return fmt.Sprintf("%.3f s", d.Seconds())
	}
	peak := ""
	if r.ours.peak > 0 {
		peak = fmt.Sprintf("%d MiB", r.ours.peak>>20)
	}
	return fmt.Sprintf("| %s | %.2f%s | %s | %s | %s | %s | %s | %s |", r.what, r.value, r.unit, r.goal(), r.mark(),
		seconds(r.ours.wall), seconds(r.ours.cpu), peak, seconds(r.theirs.wall))
}

const tableHead = `| what | value | goal | | weir | its CPU | its peak | the other |
|---|---|---|---|---|---|---|---|`

// table collects results and tells each as it comes.
type table struct {
	t     *testing.T
	lines []string
}

func (b *table) add(r result) {
	line := r.String()
	b.lines = append(b.lines, line)
	b.t.Log(line)
}

// faster adds how many times as long b takes as a.
func (b *table) faster(what string, ours, other program, atLeast float64) {
	x, y, ratio := against(b.t, ours, other, pairs)
	b.add(result{what: what, ours: x, theirs: y, value: ratio, unit: " ×", atLeast: atLeast})
}

// slower adds how many times as long a takes as b.
func (b *table) slower(what string, ours, other program, atMost float64) {
	x, y, ratio := against(b.t, ours, other, pairs)
	b.add(result{what: what, ours: x, theirs: y, value: 1 / ratio, unit: " ×", atMost: atMost})
}

// TestBench prints the table, and writes the page it stands on to the file that
// BENCH_PAGE names.
func TestBench(t *testing.T) {
	dir := t.TempDir()
	weir := filepath.Join(dir, "weir")
	build := exec.Command("go", "build", "-trimpath", "-pgo", "weir.pgo", "-ldflags", "-s -w", "-o", weir, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	report := func(path string, env ...string) program {
		return program{name: "weir", env: env, args: []string{weir, "report", "--to", "json", path}}
	}
	b := &table{t: t}
	combined := write(t, dir, "combined.log", Shape{Lines: 1_000_000, Seed: 1})
	us := report(combined)
	far := trip(t)
	b.slower("1 M combined ÷ parallel newline scan", us, program{name: "scan", run: newlines(combined, find)}, 8)
	served := servers(t, combined)
	b.slower("the same as a server writes it, line by line ÷ parallel newline scan", report(served), program{name: "scan", run: newlines(served, find)}, 8)
	b.slower("1 M combined ÷ newlines counted, not found", us, program{name: "count", run: newlines(combined, tally)}, 0)
	b.slower("1 M combined ÷ wc -l", us, program{name: "wc", args: []string{"wc", "-l", combined}}, 0)
	alone := report(combined, "GOMAXPROCS=1")
	b.faster("one worker ÷ two", us, alone, 1.7)
	b.slower("two reports at once, one worker each ÷ one alone", program{name: "both", run: atOnce(alone)}, alone, 0)
	far = max(far, trip(t))
	b.add(result{what: "a word to the other core and back", value: float64(far), unit: " ns"})
	peers(b, us, combined, dir)

	jsonl := write(t, dir, "json.jsonl", Shape{Lines: 1_000_000, JSON: true, Seed: 1})
	b.slower("1 M jsonl ÷ parallel newline scan", report(jsonl), program{name: "scan", run: newlines(jsonl, find)}, 0)
	libraries(b, dir)
	packed := compress(t, combined)
	b.slower("1 M combined .gz ÷ decoding alone", report(packed), program{name: "gunzip", run: gunzip(packed)}, 1.15)
	b.slower("1 M combined .gz ÷ zcat", report(packed), program{name: "zcat", args: []string{"zcat", packed}}, 1)
	memory(b, weir, dir, report)

	text := fmt.Sprintf("%s, %s, %s, %d cores, %d pairs in turn, medians of the ratios of wall times\n\n%s\n%s\n",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.Version(), runtime.NumCPU(), pairs, tableHead, strings.Join(b.lines, "\n"))
	fmt.Print(text)
	if page := os.Getenv("BENCH_PAGE"); page != "" {
		if err := os.WriteFile(page, []byte(pageHead+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// pageHead begins the page with the table.
const pageHead = `# How fast weir is

` + "`make bench`" + ` measures weir beside other tools and writes this page; ` + "`make measure`" + ` prints what needs a terminal and a
writer: start-up, idle load, 300,000 lines a second. Both judge nothing by themselves and want a quiet machine. A goal is a
ratio taken in one run, so that the machine matters less; ✗ marks one that is missed. It does matter where others work on its
cores and memory, and where its two cores are: a virtual machine may get two that share a cache in one second, and two that share
none in the next, as the row of a word between them tells. This one gave 5.9 and 6.1 for the first scan in two runs of 41 pairs,
4.1 and 4.9 for the second, and two workers 1.74 and 1.73. On 2026-11-29 an AMD EPYC, whose cores were 61 ns apart, gave 8.3, 5.1
and 1.79; in runs of 41 pairs, further apart, 7.9 to 11.7 and 5.6 to 6.5. Another Intel Xeon gave 7.6 and 8.1, in 41 pairs 8.1, and
6.1 to 7.6 for the second; and the same AMD, in a guest whose page tables and system calls go through its host (a first touch of
4 KiB took 11 µs, a system call 1 µs, weir's start 30 ms), 8.9 to 12.2 and 6.7 to 8.3 in eight runs of 15 and 41 pairs, and two
workers 1.3 to 1.4; two reports at once, one worker each, took 1.14 to 1.24 times as long as one there.

The logs are generated with a fixed seed (bench/traffic.go): one day, paths by Zipf over 50,000, 200,000 clients, 800 agents,
2,000 referrers. weir is built as ` + "`make`" + ` builds it and runs as ` + "`weir report --to json`" + `, which counts everything the dashboard
shows; the newline scan finds the end of every line in 1 MiB chunks on every core. The log is written by the MiB and so lies in large
pages of the system's memory, which is the best case of a scan; one that a server wrote line by line lies in small ones.
GoAccess and lnav are Debian's. Two reports at once, of one worker each, tell what the machine's second core is worth: on two
whole ones they take as long as one alone.

`

// peers compares with the tools that are installed.
func peers(b *table, us program, combined, dir string) {
	if path, err := exec.LookPath("lnav"); err == nil {
		b.faster("lnav's count by status ÷ 1 M combined", us, program{name: "lnav", args: []string{path, "-n", "-c", ";SELECT sc_status, count(*) FROM access_log GROUP BY sc_status", combined}}, 10)
	}
	if path, err := exec.LookPath("goaccess"); err == nil {
		args := []string{path, combined, "--log-format=COMBINED", "-o", filepath.Join(dir, "goaccess.json"), "--no-progress"}
		jobs := ", which has one job"
		if help, _ := exec.Command(path, "--help").CombinedOutput(); bytes.Contains(help, []byte("--jobs")) {
			args = append(args, fmt.Sprintf("--jobs=%d", runtime.NumCPU()))
			jobs = fmt.Sprintf(" with %d jobs", runtime.NumCPU())
		}
		version, _ := exec.Command(path, "--version").Output()
		name, _, _ := strings.Cut(string(version), "\n")
		b.faster(strings.TrimSuffix(name, ".")+jobs+" ÷ 1 M combined", us, program{name: "goaccess", args: args}, 40)
	}
}

// libraries compares the reading of JSON lines with encoding/json and jx, the
// fastest library we know.
func libraries(b *table, dir string) {
	binary := filepath.Join(dir, "format.test")
	if out, err := exec.Command("go", "test", "-c", "-o", binary, "../ingest/format").CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	took := map[string][]float64{} // nanoseconds a line
	for range pairs {
		cmd := exec.Command(binary, "-test.run", "^$", "-test.bench", "JSONLibraries", "-test.benchtime", "300ms")
		cmd.Dir = "../ingest/format"
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.t.Fatalf("%v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Fields(line)
			if len(f) < 3 || !strings.HasPrefix(f[0], "BenchmarkJSONLibraries/") {
				continue
			}
			name, _, _ := strings.Cut(strings.TrimPrefix(f[0], "BenchmarkJSONLibraries/"), "-")
			ns, err := strconv.ParseFloat(f[2], 64)
			if err != nil {
				b.t.Fatal(err)
			}
			took[name] = append(took[name], ns)
		}
	}
	for _, other := range []struct {
		name, title string
		atLeast     float64
	}{{"encoding", "encoding/json", 10}, {"jx", "go-faster/jx", 2}} {
		var ratios []float64
		for i, ns := range took[other.name] {
			ratios = append(ratios, ns/took["weir"][i])
		}
		sort.Float64s(ratios)
		b.add(result{what: other.title + " ÷ weir, a JSON line", value: ratios[len(ratios)/2], unit: " ×", atLeast: other.atLeast})
	}
}

// memory measures peaks: of a log in which every key is another, without and
// with the screen, and of a line that does not end.
func memory(b *table, weir, dir string, report func(string, ...string) program) {
	t := b.t
	few := write(t, dir, "few.log", Shape{Lines: 1000, Seed: 1})
	head, err := os.ReadFile(few)
	if err != nil {
		t.Fatal(err)
	}
	endless := filepath.Join(dir, "endless.log")
	if err := os.WriteFile(endless, append(append(append(head[:len(head):len(head)], bytes.Repeat([]byte("x"), 200<<20)...), '\n'), head...), 0o600); err != nil {
		t.Fatal(err)
	}
	twice := filepath.Join(dir, "twice.log") // the same without that line
	if err := os.WriteFile(twice, append(head[:len(head):len(head)], head...), 0o600); err != nil {
		t.Fatal(err)
	}
	long, short, _ := against(t, report(endless), report(twice), pairs)
	b.add(result{what: "a line of 200 MB: more than without", ours: long, theirs: short, value: float64(long.peak-short.peak) / (1 << 20), unit: " MiB", atMost: 4})
	if err := os.Remove(endless); err != nil {
		t.Fatal(err)
	}
	distinct := write(t, dir, "distinct.log", Shape{Lines: 10_000_000, Distinct: true, Seed: 1})
	c := report(distinct).measure(t)
	b.add(result{what: "10 M lines, every key distinct: peak", ours: c, value: float64(c.peak) / (1 << 20), unit: " MiB", atMost: 64})
	c = screen(t, weir, distinct)
	b.add(result{what: "the same with the screen, 120x40: peak", ours: c, value: float64(c.peak) / (1 << 20), unit: " MiB", atMost: 96})
}

// screen runs the dashboard in a terminal until it has read the whole file, and
// five seconds more.
func screen(t *testing.T, weir, path string) cost {
	t.Helper()
	cmd := exec.Command(weir, path)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	start := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for read := int64(0); read < info.Size(); time.Sleep(100 * time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(string(text), "rchar: %d", &read); err != nil {
			t.Fatal(err)
		}
	}
	wall := time.Since(start)
	time.Sleep(5 * time.Second)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	peak := int64(0) // KiB
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		if _, err := fmt.Sscan(rest, &peak); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := terminal.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak << 10}
}

// processor is the name that the machine gives its processor.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
