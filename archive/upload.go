package archive

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"slices"

	"weir/archive/bucket"
)

const (
	singlePut = 64 << 20 // more goes in parts
	partSize  = 16 << 20 // grows where there would be over 10000 parts
)

// uploader brings packed files into the bucket.
type uploader struct {
	bucket   bucket.Bucket
	limit    *limiter
	progress *Progress
	single   int64 // singlePut but in tests
	part     int64 // partSize but in tests
	at       func(point string)
}

// upload stores body unless the key is there already (bucket.ErrExists). id is
// an upload begun earlier, "" for none; began makes the id of a new one durable.
func (u *uploader) upload(ctx context.Context, key string, body io.ReaderAt, sum bucket.Sum, how bucket.Put, id string, began func(id string) error) error {
	if sum.Size <= u.single {
		if id != "" { // by a version that sent so little in parts
			if err := u.bucket.Abort(ctx, key, id); err != nil && !errors.Is(err, bucket.ErrNotFound) {
				return err
			}
		}
		return u.bucket.Put(ctx, key, &metered{io.NewSectionReader(body, 0, sum.Size), ctx, u.limit, u.progress}, sum, how)
	}
	part := max(u.part, (sum.Size/9000+1<<20)>>20<<20)
	var have []bucket.Part
	if id != "" {
		parts, err := u.bucket.ListParts(ctx, key, id)
		switch {
		case errors.Is(err, bucket.ErrNotFound):
			id = ""
		case err != nil:
			return err
		}
		have = parts
	}
	if id == "" {
		// The condition counts at the end; asking first saves the way.
		if _, err := u.bucket.Head(ctx, key); err == nil && how.OnlyIfAbsent {
			return fmt.Errorf("upload %s: %w", key, bucket.ErrExists)
		}
		created, found, err := u.begin(ctx, key, how)
		if err != nil {
			return err
		}
		have = found
		if err := began(created); err != nil {
			return errors.Join(err, u.bucket.Abort(ctx, key, created))
		}
		id = created
	}
	var parts []bucket.Part
	for number, offset := 1, int64(0); offset < sum.Size; number, offset = number+1, offset+part {
		section := io.NewSectionReader(body, offset, min(part, sum.Size-offset))
		piece, err := sumOf(section, u.bucket.NeedsMD5())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(have, func(p bucket.Part) bool { return p.Number == number })
		if i >= 0 && have[i].Size == piece.Size && have[i].HasCRC && have[i].CRC64 == piece.CRC64 {
			parts = append(parts, have[i])
			continue
		}
		p, err := u.bucket.UploadPart(ctx, key, id, number, &metered{section, ctx, u.limit, u.progress}, piece)
		if err != nil {
			return err
		}
		p.CRC64, p.HasCRC = piece.CRC64, true
		parts = append(parts, p)
		u.at("part")
	}
	u.at("complete")
	err := u.bucket.Complete(ctx, key, id, parts, sum, how)
	if errors.Is(err, bucket.ErrExists) || errors.Is(err, bucket.ErrChecksum) {
		err = errors.Join(err, u.bucket.Abort(ctx, key, id))
	}
	return err
}

// begin creates an upload, or takes up one of this very key that was created and
// not written down. Whose it was does not matter: every part and the whole are
// checked against their sums.
func (u *uploader) begin(ctx context.Context, key string, how bucket.Put) (id string, parts []bucket.Part, err error) {
	open, err := u.bucket.Uploads(ctx, key)
	if err == nil {
		for _, o := range open {
			if o.Key != key {
				continue
			}
			if parts, err := u.bucket.ListParts(ctx, key, o.ID); err == nil {
				return o.ID, parts, nil
			}
		}
	}
	if ctx.Err() != nil {
		return "", nil, ctx.Err()
	}
	id, err = u.bucket.Create(ctx, key, how)
	return id, nil, err
}

func sumOf(r io.Reader, withMD5 bool) (bucket.Sum, error) {
	crc := bucket.NewCRC64()
	w := io.Writer(crc)
	m := md5.New()
	if withMD5 {
		w = io.MultiWriter(crc, m)
	}
	n, err := io.Copy(w, r)
	if err != nil {
		return bucket.Sum{}, fmt.Errorf("read: %w", err)
	}
	s := bucket.Sum{Size: n, CRC64: crc.Sum64()}
	if withMD5 {
		s.MD5 = m.Sum(nil)
	}
	return s, nil
}
