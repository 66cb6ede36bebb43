package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"weir/archive/bucket"
)

// The three proofs that an object holds what it should; only after one of them
// is anything deleted. In order of what they cost:
//
//  1. the service computed CRC-64/NVME over all bytes on arrival, and it is ours;
//  2. the service computed the MD5 of a single put, and it is ours;
//  3. the object was read back, and its SHA-256 is ours.
//
// The first two count only for services known to compute; some echo what they
// were told.
const (
	byCRC      = "crc64nvme"
	byMD5      = "md5"
	byReadBack = "read back"
)

// prover looks at objects.
type prover struct {
	bucket   bucket.Bucket
	readBack bool // accept only the third proof
	limit    *limiter
	progress *Progress
}

// prove says by what it is proven that the object's bytes are those described.
func (p *prover) prove(ctx context.Context, key string, want Packed) (string, error) {
	o, err := p.bucket.Head(ctx, key)
	if err != nil {
		return "", fmt.Errorf("verify: %w", err)
	}
	if o.Size != want.Size {
		return "", &VerifyError{key, fmt.Sprintf("the bucket holds %d bytes, not %d", o.Size, want.Size)}
	}
	if p.bucket.Trusted() && !p.readBack {
		switch {
		case o.HasCRC && hash64(o.CRC64) == want.CRC64:
			return byCRC, nil
		case o.HasCRC:
			return "", &VerifyError{key, fmt.Sprintf("the bucket says CRC %s, not %s", hash64(o.CRC64), want.CRC64)}
		case o.MD5 != "" && o.MD5 == want.MD5:
			return byMD5, nil
		}
	}
	got, err := p.read(ctx, key, want.MD5 != "")
	if err != nil {
		return "", err
	}
	if got.Size != want.Size || got.SHA256 != want.SHA256 || got.CRC64 != want.CRC64 {
		return "", &VerifyError{key, "read back, its bytes are not those that were sent"}
	}
	return byReadBack, nil
}

// read reads an object for its sums.
func (p *prover) read(ctx context.Context, key string, withMD5 bool) (Packed, error) {
	body, err := p.bucket.Get(ctx, key, 0, -1)
	if err != nil {
		return Packed{}, fmt.Errorf("read back: %w", err)
	}
	defer body.Close()
	s := newSums(withMD5)
	_, err = io.Copy(s, &meteredReader{body, ctx, p.limit, p.progress})
	if errors.Is(err, bucket.ErrChecksum) {
		return Packed{}, &VerifyError{key, "the bucket says itself that its bytes have changed"}
	}
	if err != nil {
		return Packed{}, fmt.Errorf("read back: %w", err)
	}
	return s.packed(), nil
}
