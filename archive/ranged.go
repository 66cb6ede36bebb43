package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"weir/archive/bucket"
)

// counted tells the progress of packed bytes.
type counted struct {
	io.Reader
	progress *Progress
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.progress.update(func(s *Snapshot) { s.BytesDone += int64(n) })
	return n, err
}

// wayError is a failure of the network rather than of the bytes.
type wayError struct{ error }

func (e *wayError) Unwrap() error { return e.error }

// ranged reads a range of an object and goes on where it was cut.
type ranged struct {
	ctx     context.Context
	bucket  bucket.Bucket
	key     string
	at, end int64
	body    io.ReadCloser
	tries   int
	pause   time.Duration
}

// mostTries is how often in a row a cut download is taken up again.
const mostTries = 5

func (r *ranged) Read(p []byte) (int, error) {
	for {
		if r.at >= r.end {
			return 0, io.EOF
		}
		if r.body == nil {
			body, err := r.bucket.Get(r.ctx, r.key, r.at, r.end-r.at)
			if err != nil {
				return 0, &wayError{err}
			}
			r.body = body
		}
		n, err := r.body.Read(p[:min(int64(len(p)), r.end-r.at)])
		if n > 0 {
			r.at, r.tries = r.at+int64(n), 0
			return n, nil
		}
		if err == nil {
			continue
		}
		r.close()
		if errors.Is(err, bucket.ErrChecksum) || r.ctx.Err() != nil {
			return 0, err
		}
		if r.tries++; r.tries > mostTries {
			return 0, &wayError{fmt.Errorf("the download was cut %d times: %w", r.tries, err)}
		}
		timer := time.NewTimer(r.pause << (r.tries - 1))
		select {
		case <-r.ctx.Done():
			timer.Stop()
			return 0, r.ctx.Err()
		case <-timer.C:
		}
	}
}

func (r *ranged) close() {
	if r.body != nil {
		r.body.Close()
		r.body = nil
	}
}
