package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// silence is how long a connection may move no byte before it is given up. A
// limit on the whole transfer would forbid slow lines.
const silence = time.Minute

var errSilent = fmt.Errorf("no byte moved for %s", silence)

// watch cancels a transfer that has fallen silent.
type watch struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func watchful(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel}
	w.timer = time.AfterFunc(silence, func() { cancel(errSilent) })
	return ctx, w
}

func (w *watch) saw(n int) {
	if n > 0 {
		w.timer.Reset(silence)
	}
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// cause prefers why a context ended to that it did.
func cause(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// send runs an upload under a watch.
func (b *S3) send(ctx context.Context, body io.ReadSeeker, call func(context.Context, io.ReadSeeker) error) error {
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	ctx, w := watchful(withPayloadHash(ctx, body))
	defer w.stop()
	return cause(ctx, call(ctx, &watched{body, w}))
}

type watched struct {
	io.ReadSeeker
	w *watch
}

func (r *watched) Read(p []byte) (int, error) {
	n, err := r.ReadSeeker.Read(p)
	r.w.saw(n)
	return n, err
}
