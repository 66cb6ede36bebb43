package ingest

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestATrailGivesWhatItKeepsAndNothingElse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var trail trail
	var all []byte
	for len(all) < 5*trailLength {
		p := make([]byte, 1+rng.IntN(300<<10))
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		trail.write(p)
		all = append(all, p...)
		from := rng.Int64N(int64(len(all)))
		to := from + rng.Int64N(int64(len(all))-from+1)
		switch head, part, ok := trail.between(from, to); {
		case ok && !bytes.Equal(part, all[from:to]):
			t.Fatalf("[%d, %d) of %d is something else", from, to, len(all))
		case ok && !bytes.Equal(head, all[:min(spanHead, len(all))]):
			t.Fatal("the head is something else")
		case !ok && from >= int64(len(all)-trailLength):
			t.Fatalf("[%d, %d) of %d is not kept", from, to, len(all))
		}
		if _, _, ok := trail.between(from, int64(len(all))+1); ok {
			t.Fatal("more than there is")
		}
		if cap(trail.buf) > 2*trailLength {
			t.Fatalf("%d bytes held", cap(trail.buf))
		}
	}
}

func TestOnlyOneCompressedFileAtATimeHasATrail(t *testing.T) {
	r := &Reader{}
	one, two := &source{index: 1}, &source{index: 2}
	first := r.trailFor(one)
	if first == nil || r.trail(1) != first || r.trailFor(two) != nil || r.trail(2) != nil {
		t.Error("the first has it while it is read")
	}
	first.finish()
	if r.trail(1) != first {
		t.Error("what was read last is kept")
	}
	if next := r.trailFor(two); next == nil || r.trail(2) != next || r.trail(1) != nil {
		t.Error("then the next has it")
	}
}
