package archive

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/archive/bucket"
)

// Checked counts what Verify looked at.
type Checked struct {
	Objects int
	Foreign int // without manifest; only their size is known
	Bad     int
	Raw     int64
	Packed  int64
	Lines   int64
}

// Verify holds every archived file between since and until against its manifest:
// by the service's checksum where that proves something, otherwise, and with
// read, by reading all bytes. It changes nothing. The error is a VerifyError
// where something is not what it should be.
func Verify(ctx context.Context, b bucket.Bucket, t Template, since, until time.Time, read bool, now func() time.Time, on func(Event)) (Checked, error) {
	entries, bad, err := List(ctx, b, t, since, until, false)
	if err != nil {
		return Checked{}, err
	}
	var c Checked
	var first error
	failed := func(key string, err error) {
		c.Bad++
		if first == nil {
			first = err
		}
		on(Event{Time: now(), What: Failed, Key: key, Reason: strings.TrimPrefix(err.Error(), key+": ")})
	}
	for _, err := range bad {
		failed("", err)
	}
	p := prover{bucket: b, readBack: read, progress: &Progress{}}
	for i := range entries {
		e := &entries[i]
		m := e.Manifest
		c.Objects++
		c.Packed += e.Object.Size
		if e.Foreign() {
			c.Foreign++
			continue
		}
		proof, err := p.prove(ctx, m.Key, m.Packed)
		if ctx.Err() != nil || errors.As(err, new(*bucket.AccessError)) {
			return c, err
		}
		if err != nil {
			failed(m.Key, err)
			continue
		}
		c.Raw, c.Lines = c.Raw+m.Raw.Size, c.Lines+m.Raw.Lines
		on(Event{Time: now(), What: Verified, Key: m.Key, Proof: proof, Lines: m.Raw.Lines, Bytes: m.Raw.Size, Packed: m.Packed.Size})
	}
	if first != nil && c.Bad > 1 {
		first = fmt.Errorf("%d objects are not what they should be, the first: %w", c.Bad, first)
	}
	return c, first
}
