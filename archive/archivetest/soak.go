package archivetest

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Soak lets two writers write and rotate, as they like to late and with old files
// still open, while archivers are started and killed.
type Soak struct {
	Dir   string                          // of the logs
	Begun time.Time                       // of the first numbered line
	Start func(dice *rand.Rand) *exec.Cmd // an archiver for one pass, with whatever goes wrong in it
	Harm  func(dice *rand.Rand)           // what else goes wrong between two passes
	Last  func() *exec.Cmd                // an archiver for which every file is complete and nothing goes wrong
}

// soakTime is how long a soak runs; WEIR_SOAK sets another time.
func soakTime(t testing.TB) time.Duration {
	text := os.Getenv("WEIR_SOAK")
	if text == "" {
		return 30 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Run returns how many lines were written when all of them are archived and no
// file is left in the directory.
func (s *Soak) Run(t *testing.T) (written int) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	ctx, cancel := context.WithTimeout(t.Context(), soakTime(t))
	defer cancel()
	w := &writer{t: t, ctx: ctx, dir: s.Dir, begun: s.Begun, next: &atomic.Int64{}}
	var writers sync.WaitGroup
	writers.Go(func() { w.rotate(rand.New(rand.NewPCG(seed, 1))) })
	writers.Go(func() { w.stamp(rand.New(rand.NewPCG(seed, 2))) })
	dice := rand.New(rand.NewPCG(seed, 3))
	kills, failures, passes := 0, 0, 0
	for ; ctx.Err() == nil; passes++ {
		cmd := s.Start(dice)
		timer := time.NewTimer(time.Hour)
		if dice.IntN(3) == 0 {
			timer = time.AfterFunc(time.Duration(dice.IntN(300))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		switch killed := Killed(cmd); {
		case killed:
			kills++
		case cmd.ProcessState.ExitCode() != 0:
			failures++
		}
		timer.Stop()
		s.Harm(dice)
	}
	writers.Wait()
	for range 20 {
		if code := Code(s.Last()); code != 0 {
			t.Fatalf("with nothing wrong an archiver ends with %d", code)
		}
		if w.empty() {
			break
		}
	}
	if !w.empty() {
		t.Error("files are left")
	}
	t.Logf("%d lines, %d passes, %d killed, %d failed", w.next.Load(), passes, kills, failures)
	return int(w.next.Load())
}
