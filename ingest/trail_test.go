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
	block := make([]byte, blockSize)
	for len(all) < 5*trailLength {
		p := block // all but the last are full
		if len(all) > 5*trailLength-blockSize {
			p = block[:1+rng.IntN(len(block))]
		}
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		all = append(all, p...)
		if block = trail.take(p); len(block) != blockSize {
			t.Fatalf("a block of %d bytes", len(block))
		}
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
		if trail.size > trailLength+blockSize {
			t.Fatalf("%d bytes held", trail.size)
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
