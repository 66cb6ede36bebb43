package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"weir/archive/archivetest"
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
	Cuts       int    // one in so many calls of the bucket is cut; 0 is none
	Seed       uint64 // of the cuts
	Keep       time.Duration
	DryRun     bool
}

func TestMain(m *testing.M) {
	archivetest.Obeyed(func(o orders) int {
		err := obey(o)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return ExitCode(err)
	})
	os.Exit(m.Run())
}

func obey(o orders) error {
	if o.Ceiling > 0 {
		// Writing beyond it fails as on a full disk, without being root.
		limit := syscall.Rlimit{Cur: o.Ceiling, Max: o.Ceiling}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	left := o.After
	at := func(point string) {
		if point == o.Crash {
			if left--; left < 0 {
				archivetest.Die()
			}
		}
	}
	clock := time.Now
	if !o.Now.IsZero() {
		clock = func() time.Time { return o.Now }
	}
	b, err := bucket.OpenDir(context.Background(), o.Vault, bucket.Settings{})
	if err != nil {
		return err
	}
	if o.Cuts > 0 {
		b = &flaky{b, rand.New(rand.NewPCG(o.Seed, 0)), o.Cuts}
	}
	tpl, err := ParseTemplate("")
	if err != nil {
		return err
	}
	if o.Restore {
		w := Wanted{Dir: o.Dir, Into: filepath.Join(o.Dir, "restored"), Bucket: b, Template: tpl, Since: time.Unix(0, 0), Until: clock().Add(time.Hour), Now: clock, at: at}
		plan, err := NewPlan(context.Background(), w)
		if err == nil {
			_, err = Restore(context.Background(), w, plan)
		}
		return err
	}
	c := Config{Dir: o.Dir, Bucket: b, Template: tpl, Host: "web1", Now: clock, at: at, Rules: Rules{Settle: o.Settle}, NewParser: inUTC, KeepLocal: o.Keep, DryRun: o.DryRun}
	if o.DryRun {
		c.OnEvent = func(e Event) { fmt.Println(e) }
	}
	if o.Parts > 0 {
		c.Codec, c.singlePut, c.partSize = "none", 1, o.Parts
	}
	_, err = Push(context.Background(), c)
	return err
}

// flaky is a bucket behind a bad network: what is asked may not arrive, or its
// answer may be lost.
type flaky struct {
	bucket.Bucket
	dice *rand.Rand
	cuts int // one call in so many
}

var errCut = errors.New("the connection was cut")

// call cuts before or after.
func (f *flaky) call(work func() error) error {
	switch f.dice.IntN(2 * f.cuts) {
	case 0:
		return errCut
	case 1:
		_ = work() // it did arrive
		return errCut
	}
	return work()
}

func (f *flaky) Put(ctx context.Context, key string, body io.ReadSeeker, sum bucket.Sum, how bucket.Put) error {
	return f.call(func() error { return f.Bucket.Put(ctx, key, body, sum, how) })
}

func (f *flaky) Head(ctx context.Context, key string) (o bucket.Object, err error) {
	err = f.call(func() error { o, err = f.Bucket.Head(ctx, key); return err })
	return o, err
}

func (f *flaky) Create(ctx context.Context, key string, how bucket.Put) (id string, err error) {
	err = f.call(func() error { id, err = f.Bucket.Create(ctx, key, how); return err })
	return id, err
}

func (f *flaky) UploadPart(ctx context.Context, key, id string, number int, body io.ReadSeeker, sum bucket.Sum) (part bucket.Part, err error) {
	err = f.call(func() error { part, err = f.Bucket.UploadPart(ctx, key, id, number, body, sum); return err })
	return part, err
}

func (f *flaky) Complete(ctx context.Context, key, id string, parts []bucket.Part, sum bucket.Sum, how bucket.Put) error {
	return f.call(func() error { return f.Bucket.Complete(ctx, key, id, parts, sum, how) })
}

func (f *flaky) Get(ctx context.Context, key string, offset, length int64) (r io.ReadCloser, err error) {
	err = f.call(func() error { r, err = f.Bucket.Get(ctx, key, offset, length); return err })
	if err == nil && f.dice.IntN(f.cuts) == 0 {
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(r, f.dice.Int64N(100_000)), broken{}), r}, nil
	}
	return r, err
}

// points are where a pass can be killed, in their order.
var points = []string{"written", "spooled", "packed", "created", "part", "complete", "uploaded", "verified", "manifest", "recorded", "claimed", "deleting", "deleted"}

func (p *place) orders() orders { return orders{Dir: p.dir, Vault: p.vault, Now: p.now} }

func TestKilledAtAnyPointNoLineIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	const lines = 3000
	for _, point := range points {
		for after := range 2 {
			p := newPlace(t)
			start0 := noon.Add(-5 * time.Hour)
			p.write("access.log.2.gz", gzipped(t, accessLines(0, lines/3, start0)), 2*time.Hour)
			p.write("access.log.1", accessLines(lines/3, lines/3, start0), time.Hour)
			p.write("web-20261120T0900Z.log", accessLines(2*lines/3, lines/3, start0), time.Hour)
			o := p.orders()
			o.Crash, o.After, o.Parts = point, after, 64<<10
			if !archivetest.Killed(archivetest.Start(t, o)) {
				t.Fatalf("%s: the process was not killed", point)
			}
			o.Crash = ""
			if err := archivetest.Start(t, o).Wait(); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			same(t, []string{}, p.names())
			if _, err := p.restore(noon.Add(-48*time.Hour), noon); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			archivetest.EachOnce(t, p.dir, lines)
			archivetest.NothingLeft(t, p.dir, p.vault)
			if t.Failed() {
				t.Fatalf("killed at %s, %d times later", point, after)
			}
		}
	}
}

func TestKilledAndWithoutItsJournalNoLineIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	const lines = 2000
	for _, point := range []string{"uploaded", "manifest", "recorded", "claimed"} {
		p := newPlace(t)
		start0 := noon.Add(-5 * time.Hour)
		p.write("access.log.1", accessLines(0, lines/2, start0), time.Hour)
		p.write("web-20261120T0900Z.log", accessLines(lines/2, lines/2, start0), time.Hour)
		o := p.orders()
		o.Crash = point
		if !archivetest.Killed(archivetest.Start(t, o)) {
			t.Fatalf("%s: the process was not killed", point)
		}
		for _, name := range []string{"journal.jsonl", "spool"} {
			if err := os.RemoveAll(filepath.Join(p.dir, ".weir", name)); err != nil {
				t.Fatal(err)
			}
		}
		o.Crash = ""
		if err := archivetest.Start(t, o).Wait(); err != nil {
			t.Fatalf("%s: %v", point, err)
		}
		if _, err := p.restore(noon.Add(-48*time.Hour), noon); err != nil {
			t.Fatalf("%s: %v", point, err)
		}
		archivetest.EachOnce(t, p.dir, lines)
	}
}

func TestARestoreKilledAtAnyPointIsMadeGood(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"fetched", "listed", "named"} {
		for after := range 2 {
			p := newPlace(t)
			p.write("access.log.1", accessLines(0, 500, noon.Add(-5*time.Hour)), time.Hour)
			p.write("web-20261120T0900Z.log", accessLines(500, 500, noon.Add(-5*time.Hour)), time.Hour)
			p.push()
			o := p.orders()
			o.Restore, o.Crash, o.After = true, point, after
			if !archivetest.Killed(archivetest.Start(t, o)) {
				t.Fatalf("%s: the process was not killed", point)
			}
			o.Crash = ""
			if err := archivetest.Start(t, o).Wait(); err != nil {
				t.Fatalf("%s: %v", point, err)
			}
			archivetest.EachOnce(t, p.dir, 1000)
			archivetest.NothingLeft(t, p.dir, p.vault)
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
	_ = archivetest.Start(t, o).Wait()
	cmd := archivetest.Start(t, o)
	_ = cmd.Wait()
	same(t, 4, cmd.ProcessState.ExitCode())
	same(t, text, read(t, filepath.Join(p.dir, "access.log.1")))
	archivetest.NothingLeft(t, p.dir, p.vault)
	p.push()
	o.Restore = true
	cmd = archivetest.Start(t, o)
	_ = cmd.Wait()
	same(t, 4, cmd.ProcessState.ExitCode())
	same(t, map[string]string{}, p.restored())
	o.Ceiling = 0
	if err := archivetest.Start(t, o).Wait(); err != nil {
		t.Fatal(err)
	}
	archivetest.EachOnce(t, p.dir, 20_000)
}

// TestNoLineIsLostOrDoubledWhateverHappens kills archivers at every point and at
// any moment, fills their disk, cuts their network, and flips or loses files of
// theirs, while two writers write and rotate.
func TestNoLineIsLostOrDoubledWhateverHappens(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	spool := filepath.Join(p.dir, ".weir", "spool")
	s := archivetest.Soak{
		Dir: p.dir, Begun: noon.Add(-24 * time.Hour),
		Start: func(dice *rand.Rand) *exec.Cmd {
			o := orders{Dir: p.dir, Vault: p.vault, Settle: time.Millisecond, Seed: dice.Uint64()}
			switch dice.IntN(5) {
			case 0, 1:
				o.Crash, o.After = points[dice.IntN(len(points))], dice.IntN(4)
			case 2:
				o.Cuts = 1 + dice.IntN(20)
			case 3:
				o.Ceiling = uint64(1 + dice.IntN(30_000))
			}
			if dice.IntN(3) == 0 {
				o.Parts = 8 << 10
			}
			if dice.IntN(3) == 0 {
				o.Keep = time.Duration(dice.IntN(3000)) * time.Millisecond
			}
			return archivetest.Start(t, o)
		},
		Harm: func(dice *rand.Rand) {
			switch dice.IntN(16) {
			case 2:
				if err := os.Remove(filepath.Join(p.dir, ".weir", "journal.jsonl")); err != nil && !os.IsNotExist(err) {
					t.Error(err)
				}
			case 0:
				if err := os.MkdirAll(spool, 0o700); err != nil {
					t.Error(err)
				}
				flip(t, spool, ".packed")
			case 1:
				if err := os.RemoveAll(spool); err != nil {
					t.Error(err)
				}
			}
		},
		Last: func() *exec.Cmd {
			return archivetest.Start(t, orders{Dir: p.dir, Vault: p.vault, Settle: time.Nanosecond, Now: time.Now().Add(240 * time.Hour)})
		},
	}
	written := s.Run(t)
	p.now = time.Now()
	if _, err := p.restore(time.Unix(0, 0), p.now.Add(100_000*time.Hour)); err != nil {
		t.Fatal(err)
	}
	archivetest.EachOnce(t, p.dir, written)
	archivetest.NothingLeft(t, p.dir, p.vault)
}
