package archive

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/archive/bucket"
)

// orders tell this binary, run again, what to do instead of testing.
type orders struct {
	Dir, Vault string
	Now        time.Time // zero is the real clock
	Crash      string    // point at which the process kills itself
	After      int       // passes of that point before
	Restore    bool
	Parts      int64 // size of the parts, with multipart uploads for everything
	Settle     time.Duration
	Ceiling    uint64 // most bytes of a file; 0 is without limit
}

const ordersEnv = "WEIR_TEST_ORDERS"

func TestMain(m *testing.M) {
	if text := os.Getenv(ordersEnv); text != "" {
		os.Exit(obey(text))
	}
	os.Exit(m.Run())
}

func obey(text string) int {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if o.Ceiling > 0 {
		// The signal of a file that grows too large ends the process otherwise.
		limit := syscall.Rlimit{Cur: o.Ceiling, Max: o.Ceiling}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	left := o.After
	at := func(point string) {
		if point == o.Crash {
			if left--; left < 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}
	clock := time.Now
	if !o.Now.IsZero() {
		clock = func() time.Time { return o.Now }
	}
	b, err := bucket.OpenDir(context.Background(), o.Vault, bucket.Settings{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return ExitCode(err)
	}
	tpl, err := ParseTemplate("")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if o.Restore {
		w := Wanted{Dir: o.Dir, Into: filepath.Join(o.Dir, "restored"), Bucket: b, Template: tpl, Since: time.Unix(0, 0), Until: clock().Add(time.Hour), Now: clock, at: at}
		plan, err := NewPlan(context.Background(), w)
		if err == nil {
			_, err = Restore(context.Background(), w, plan)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return ExitCode(err)
	}
	c := Config{Dir: o.Dir, Bucket: b, Template: tpl, Host: "web1", Now: clock, at: at, Rules: Rules{Settle: o.Settle}, NewParser: inUTC}
	if o.Parts > 0 {
		c.Codec, c.singlePut, c.partSize = "none", 1, o.Parts
	}
	_, err = Push(context.Background(), c)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return ExitCode(err)
}

// start runs this binary with orders.
func start(t testing.TB, o orders) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), ordersEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func killed(cmd *exec.Cmd) bool {
	_ = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

var numbered = regexp.MustCompile(`"GET /item/(\d+) `)

// holdings counts every numbered line in the files of a directory, those that
// are about to be deleted and those that were restored.
func holdings(t testing.TB, dir string) map[int][]string {
	t.Helper()
	count := make(map[int][]string)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == "spool" {
				return filepath.SkipDir
			}
			return err
		}
		if strings.Contains(path, "/.weir/") && !strings.Contains(path, "/.weir/claim/") {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		for scan := bufio.NewScanner(f); scan.Scan(); {
			m := numbered.FindStringSubmatch(scan.Text())
			if m == nil {
				t.Errorf("%s has the line %q", path, scan.Text())
				continue
			}
			n, _ := strconv.Atoi(m[1])
			count[n] = append(count[n], strings.TrimPrefix(path, dir))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// eachOnce holds local and restored lines against what was written.
func eachOnce(t testing.TB, dir string, written int) {
	t.Helper()
	count := holdings(t, dir)
	lost, doubled := 0, 0
	told := make(map[string]bool)
	for i := range written {
		if len(count[i]) == 0 {
			lost++
		}
		if len(count[i]) > 1 {
			doubled++
			if both := strings.Join(count[i], " and "); !told[both] {
				told[both] = true
				t.Logf("line %d is in %s", i, both)
			}
		}
	}
	if lost > 0 || doubled > 0 || len(count) != written {
		t.Errorf("of %d lines %d are lost and %d doubled; there are %d numbers", written, lost, doubled, len(count))
	}
}

// nothingLeft looks for temporary files and open uploads.
func nothingLeft(t testing.TB, dir, vault string) {
	t.Helper()
	for _, root := range []string{dir, vault} {
		err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
			name := filepath.Base(path)
			if err == nil && (strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".packed") || strings.HasPrefix(name, "put-") || strings.HasPrefix(name, "upload-")) {
				t.Errorf("%s is left", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *place) orders() orders { return orders{Dir: p.dir, Vault: p.vault, Now: p.now} }

func TestKilledAtAnyPointNoLineIsLostOrDoubled(t *testing.T) {
	const lines = 3000
	points := []string{"spooled", "packed", "created", "part", "complete", "uploaded", "verified", "manifest", "recorded", "claimed", "deleting", "deleted"}
	for _, point := range points {
		for after := range 2 {
			p := newPlace(t)
			start0 := noon.Add(-5 * time.Hour)
			p.write("access.log.2.gz", gzipped(t, accessLines(0, lines/3, start0)), 2*time.Hour)
			p.write("access.log.1", accessLines(lines/3, lines/3, start0), time.Hour)
			p.write("web-20261120T0900Z.log", accessLines(2*lines/3, lines/3, start0), time.Hour)
			o := p.orders()
			o.Crash, o.After, o.Parts = point, after, 64<<10
			if !killed(start(t, o)) {
				t.Fatalf("%s: the process was not killed", point)
			}
			o.Crash = ""
			if err := start(t, o).Wait(); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			same(t, []string{}, p.names())
			if _, err := p.restore(noon.Add(-48*time.Hour), noon); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			eachOnce(t, p.dir, lines)
			nothingLeft(t, p.dir, p.vault)
			if t.Failed() {
				t.Fatalf("killed at %s, %d times later", point, after)
			}
		}
	}
}

func TestKilledAndWithoutItsJournalNoLineIsLostOrDoubled(t *testing.T) {
	const lines = 2000
	for _, point := range []string{"uploaded", "manifest", "recorded", "claimed"} {
		p := newPlace(t)
		start0 := noon.Add(-5 * time.Hour)
		p.write("access.log.1", accessLines(0, lines/2, start0), time.Hour)
		p.write("web-20261120T0900Z.log", accessLines(lines/2, lines/2, start0), time.Hour)
		o := p.orders()
		o.Crash = point
		if !killed(start(t, o)) {
			t.Fatalf("%s: the process was not killed", point)
		}
		for _, name := range []string{"journal.jsonl", "spool"} {
			if err := os.RemoveAll(filepath.Join(p.dir, ".weir", name)); err != nil {
				t.Fatal(err)
			}
		}
		o.Crash = ""
		if err := start(t, o).Wait(); err != nil {
			t.Fatalf("%s: %v", point, err)
		}
		if _, err := p.restore(noon.Add(-48*time.Hour), noon); err != nil {
			t.Fatalf("%s: %v", point, err)
		}
		eachOnce(t, p.dir, lines)
	}
}

func TestARestoreKilledAtAnyPointIsMadeGood(t *testing.T) {
	for _, point := range []string{"fetched", "listed", "named"} {
		for after := range 2 {
			p := newPlace(t)
			p.write("access.log.1", accessLines(0, 500, noon.Add(-5*time.Hour)), time.Hour)
			p.write("web-20261120T0900Z.log", accessLines(500, 500, noon.Add(-5*time.Hour)), time.Hour)
			p.push()
			o := p.orders()
			o.Restore, o.Crash, o.After = true, point, after
			if !killed(start(t, o)) {
				t.Fatalf("%s: the process was not killed", point)
			}
			o.Crash = ""
			if err := start(t, o).Wait(); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			eachOnce(t, p.dir, 1000)
			nothingLeft(t, p.dir, p.vault)
			n, err := Clean(p.dir, "", false, time.Now, func(Event) {})
			same(t, nil, err)
			same(t, 2, n)
			same(t, map[string]string{}, p.restored())
		}
	}
}

func TestAFullDiskStopsWithTheSourceIntact(t *testing.T) {
	p := newPlace(t)
	text := accessLines(0, 20_000, noon.Add(-20*time.Hour))
	p.write("access.log.1", text, time.Hour)
	o := p.orders()
	o.Parts, o.Ceiling = 1<<20, 1<<20
	_ = start(t, o).Wait()
	cmd := start(t, o)
	_ = cmd.Wait()
	same(t, 4, cmd.ProcessState.ExitCode())
	same(t, text, read(t, filepath.Join(p.dir, "access.log.1")))
	nothingLeft(t, p.dir, p.vault)
	p.push()
	o.Restore = true
	cmd = start(t, o)
	_ = cmd.Wait()
	same(t, 4, cmd.ProcessState.ExitCode())
	same(t, map[string]string{}, p.restored())
	o.Ceiling = 0
	if err := start(t, o).Wait(); err != nil {
		t.Fatal(err)
	}
	eachOnce(t, p.dir, 20_000)
}

// soak is how long the soak runs; WEIR_SOAK sets another time.
func soak(t *testing.T) time.Duration {
	text := os.Getenv("WEIR_SOAK")
	if text == "" {
		return 15 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestNoLineIsLostOrDoubledWhateverHappens lets two writers write and rotate, as
// they like to late and with old files still open, while archivers are started
// and killed, and files of theirs are flipped or lost.
func TestNoLineIsLostOrDoubledWhateverHappens(t *testing.T) {
	p := newPlace(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var next atomic.Int64
	ctx, cancel := context.WithTimeout(t.Context(), soak(t))
	defer cancel()
	var writers sync.WaitGroup
	writers.Go(func() { rotating(ctx, t, p.dir, &next, rand.New(rand.NewPCG(seed, 1))) })
	writers.Go(func() { stamping(ctx, t, p.dir, &next, rand.New(rand.NewPCG(seed, 2))) })
	dice := rand.New(rand.NewPCG(seed, 3))
	points := []string{"spooled", "packed", "created", "part", "complete", "uploaded", "verified", "manifest", "recorded", "claimed", "deleting", "deleted"}
	kills, passes := 0, 0
	for ctx.Err() == nil {
		o := orders{Dir: p.dir, Vault: p.vault, Settle: time.Millisecond}
		if dice.IntN(2) == 0 {
			o.Crash, o.After = points[dice.IntN(len(points))], dice.IntN(4)
		}
		if dice.IntN(3) == 0 {
			o.Parts = 32 << 10
		}
		cmd := start(t, o)
		var timer *time.Timer
		if dice.IntN(3) == 0 {
			timer = time.AfterFunc(time.Duration(dice.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		if killed(cmd) {
			kills++
		}
		if timer != nil {
			timer.Stop()
		}
		passes++
		switch dice.IntN(12) {
		case 0:
			if err := os.MkdirAll(filepath.Join(p.dir, ".weir", "spool"), 0o700); err != nil {
				t.Error(err)
			}
			flip(t, filepath.Join(p.dir, ".weir", "spool"), ".packed")
		case 1:
			if err := os.RemoveAll(filepath.Join(p.dir, ".weir", "spool")); err != nil {
				t.Error(err)
			}
		}
	}
	writers.Wait()
	for range 20 {
		if err := start(t, orders{Dir: p.dir, Vault: p.vault, Settle: time.Nanosecond, Now: time.Now().Add(240 * time.Hour)}).Wait(); err != nil {
			t.Fatal(err)
		}
		if len(p.names()) == 0 && len(files(t, filepath.Join(p.dir, ".weir", "claim"))) == 0 {
			break
		}
	}
	same(t, []string{}, p.names())
	p.now = time.Now()
	if _, err := p.restore(time.Unix(0, 0), p.now.Add(100_000*time.Hour)); err != nil {
		t.Fatal(err)
	}
	written := int(next.Load())
	eachOnce(t, p.dir, written)
	nothingLeft(t, p.dir, p.vault)
	t.Logf("%d lines, %d passes, %d killed, %d objects", written, passes, kills, len(p.keys()))
}

// say writes the next numbered line in one write, as loggers do.
func sayLine(t *testing.T, f *os.File, next *atomic.Int64) {
	n := int(next.Add(1) - 1)
	if _, err := f.WriteString(accessLines(n, 1, noon.Add(-24*time.Hour))); err != nil {
		t.Error(err)
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func openLog(t *testing.T, path string) *os.File {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		t.Error(err)
	}
	return f
}

// rotating writes to one name and moves it away, as logrotate does.
func rotating(ctx context.Context, t *testing.T, dir string, next *atomic.Int64, dice *rand.Rand) {
	path := filepath.Join(dir, "access.log")
	f := openLog(t, path)
	for ctx.Err() == nil {
		for range 50 + dice.IntN(500) {
			sayLine(t, f, next)
		}
		oldest := 0
		for _, name := range names(t, dir) {
			if n, err := strconv.Atoi(strings.TrimPrefix(name, "access.log.")); err == nil {
				oldest = max(oldest, n)
			}
		}
		for i := oldest; i > 0; i-- { // many fail: an archiver took the file
			_ = os.Rename(fmt.Sprintf("%s.%d", path, i), fmt.Sprintf("%s.%d", path, i+1))
		}
		if err := os.Rename(path, path+".1"); err != nil {
			t.Error(err)
		}
		for range dice.IntN(50) { // the writer has not noticed yet
			sayLine(t, f, next)
		}
		pause(ctx, time.Duration(dice.IntN(150))*time.Millisecond)
		for range dice.IntN(50) {
			sayLine(t, f, next)
		}
		f.Close()
		f = openLog(t, path)
	}
	f.Close()
	if err := os.Rename(path, filepath.Join(dir, "access.log-20261120")); err != nil {
		t.Error(err)
	}
}

// stamping writes files with times in their names, and now and then a late line
// to an old one by its name.
func stamping(ctx context.Context, t *testing.T, dir string, next *atomic.Int64, dice *rand.Rand) {
	at := noon.Add(-10000 * time.Hour)
	var last string
	for ctx.Err() == nil {
		at = at.Add(time.Hour)
		path := filepath.Join(dir, Name{"app", at, "eu", ".log"}.String())
		f := openLog(t, path)
		for range 50 + dice.IntN(300) {
			sayLine(t, f, next)
		}
		if last != "" && dice.IntN(3) == 0 {
			late := openLog(t, last)
			for range 1 + dice.IntN(20) {
				sayLine(t, late, next)
			}
			pause(ctx, time.Duration(dice.IntN(30))*time.Millisecond)
			late.Close()
		}
		last = path
		pause(ctx, time.Duration(dice.IntN(150))*time.Millisecond)
		f.Close()
	}
}
