package it

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"weir/archive"
	"weir/archive/archivetest"
	"weir/archive/bucket"
	"weir/stats"
)

// orders tell this binary, run again, to archive or restore instead of testing.
type orders struct {
	Dir, Bucket, Endpoint string
	Work                  string // "push", "restore"; "zstd" and "unzstd" are what these are measured against
	Plain                 bool   // without compression
	Bare                  bool   // without counting what goes into the manifest
	Peak                  string // where to write how much memory it took
	Die                   string // what the archiver says before it kills itself
	Settle                time.Duration
	Ahead                 time.Duration // of its clock
	Keep                  time.Duration // what is archived stays so long
}

func obey(o orders) error {
	if o.Peak != "" {
		defer func() { _ = os.WriteFile(o.Peak, []byte(peak()), 0o644) }()
	}
	switch o.Work {
	case "zstd", "unzstd":
		return alone(o)
	}
	s := settings()
	s.Endpoint = o.Endpoint
	b, err := bucket.OpenS3(context.Background(), o.Bucket, s)
	if err != nil {
		return err
	}
	tpl, err := archive.ParseTemplate("logs")
	if err != nil {
		return err
	}
	if o.Work == "restore" {
		w := archive.Wanted{Dir: o.Dir, Into: o.Dir + "/restored", Bucket: b, Template: tpl, Since: time.Unix(0, 0), Until: time.Now().Add(10000 * time.Hour), Now: time.Now}
		plan, err := archive.NewPlan(context.Background(), w)
		if err != nil {
			return err
		}
		_, err = archive.Restore(context.Background(), w, plan)
		return err
	}
	c := archive.Config{
		Dir: o.Dir, Bucket: b, Template: tpl, Host: "web1", Now: func() time.Time { return time.Now().Add(o.Ahead) }, Rules: archive.Rules{Settle: o.Settle}, KeepLocal: o.Keep,
		OnEvent: func(e archive.Event) {
			if e.What == o.Die {
				archivetest.Die()
			}
		},
	}
	if !o.Bare {
		c.NewSummary = func() archive.Summary { return stats.NewRollup() }
	}
	if o.Plain {
		c.Codec = "none"
	}
	_, err = archive.Push(context.Background(), c)
	return err
}

func TestKilledAtAnyMomentNothingIsLostOrLeftOpen(t *testing.T) {
	p := newPlace(t)
	large := lines(0, 1_100_000) // goes in parts
	p.write("web-"+began.Format("20060102T1504Z")+".log", large)
	p.write("xaccess.log.1", lines(1_100_000, 2000))
	o := orders{Dir: p.dir, Bucket: p.name, Endpoint: endpoint, Work: "push", Plain: true}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for kills < 8 {
		cmd := archivetest.Start(t, o)
		timer := time.AfterFunc(time.Duration(50+dice.IntN(700))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		if !archivetest.Killed(cmd) {
			break
		}
		timer.Stop()
		kills++
	}
	if err := archivetest.Start(t, o).Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("killed %d times", kills)
	if names := p.logs(); len(names) > 0 {
		t.Errorf("%s are left", names)
	}
	p.noneOpen()
	o.Work = "restore"
	cmd := archivetest.Start(t, o)
	time.AfterFunc(time.Duration(100+dice.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	if err := archivetest.Start(t, o).Wait(); err != nil {
		t.Fatal(err)
	}
	if p.restored() != large+lines(1_100_000, 2000) {
		t.Error("other lines came back")
	}
	entries, err := os.ReadDir(p.dir + "/restored")
	p.must(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left", e.Name())
		}
	}
}

// usage runs a child to its end and says what it took.
func usage(t *testing.T, o orders) (cpu time.Duration, resident int64) {
	t.Helper()
	o.Peak = t.TempDir() + "/peak"
	cmd := archivetest.Start(t, o)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v", o.Work, err)
	}
	text, err := os.ReadFile(o.Peak)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(string(text), &resident); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), resident << 10
}

// peak is the most memory that this process had, in KiB. The system's own
// account (ru_maxrss) begins with that of the parent.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	return strings.Fields(after + " 0")[0]
}

// TestWhatItCosts archives and restores and holds both against packing and
// unpacking alone. The ratio is for people, on a quiet machine, with
// WEIR_MEGABYTES=500, and WEIR_BARE=1 to leave the counting out; the memory is
// for all.
func TestWhatItCosts(t *testing.T) {
	megabytes := 60
	if text := os.Getenv("WEIR_MEGABYTES"); text != "" {
		if _, err := fmt.Sscan(text, &megabytes); err != nil {
			t.Fatal(err)
		}
	}
	p := newPlace(t)
	path := p.dir + "/web-" + began.Format("20060102T1504Z") + ".log"
	f, err := os.Create(path)
	p.must(err)
	count, err := traffic(f, megabytes<<20)
	p.must(err)
	p.must(f.Close())
	p.must(os.Chtimes(path, time.Now().Add(-time.Hour), time.Now().Add(-time.Hour)))
	o := orders{Dir: p.dir, Bucket: p.name, Endpoint: endpoint, Bare: os.Getenv("WEIR_BARE") != ""}
	alone := func(work string) time.Duration { // the second time the system has the memory ready
		o.Work = work
		first, _ := usage(t, o)
		second, _ := usage(t, o)
		return min(first, second)
	}
	alonePack, aloneUnpack := alone("zstd"), alone("unzstd")
	p.must(os.Remove(path + ".alone"))
	o.Work = "push"
	push, most := usage(t, o)
	o.Work = "restore"
	restore, most2 := usage(t, o)
	t.Logf("%d MB, %d lines: packing alone %s, archiving %s (%.2f times); unpacking alone %s, restoring %s (%.2f times); both %.2f times (goal: 1.3); %d and %d MB resident (goal: 100)",
		megabytes, count, alonePack, push, push.Seconds()/alonePack.Seconds(), aloneUnpack, restore, restore.Seconds()/aloneUnpack.Seconds(),
		(push+restore).Seconds()/(alonePack+aloneUnpack).Seconds(), most>>20, most2>>20)
	if max(most, most2) > 100<<20 {
		t.Errorf("%d MB resident", max(most, most2)>>20)
	}
}
