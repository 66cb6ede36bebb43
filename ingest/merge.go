package ingest

import (
	"context"

	"weir/ingest/event"
)

// merge sends what was there at the start, in the order of the lines' times
// across the files as far as each is in order itself.
func (r *Reader) merge(ctx context.Context, sources []*source) {
	defer close(r.merged)
	heads := make([]*event.Batch, len(sources))
	for {
		next := -1
		for i, s := range sources {
			if s == nil {
				continue
			}
			if heads[i] == nil {
				select {
				case b, ok := <-s.queue:
					if !ok {
						sources[i] = nil
						continue
					}
					heads[i] = b
				case <-ctx.Done():
					return
				}
			}
			if next < 0 || first(heads[i]) < first(heads[next]) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		select {
		case r.out <- heads[next]:
			heads[next] = nil
		case <-ctx.Done():
			return
		}
	}
}

// first is the time of the first event of b. A batch without any goes ahead.
func first(b *event.Batch) int64 {
	if len(b.Events) == 0 {
		return -1 << 63
	}
	return b.Events[0].Time
}
