package ingest

import (
	"context"
	"time"

	"weir/ingest/event"
)

// retire closes the files that the path no longer names once nobody has
// written to them for a while. A line without its end counts then.
func (f *follower) retire(ctx context.Context, now time.Time) error {
	for i := 0; i < len(f.files); {
		g, last := f.files[i], i == len(f.files)-1
		quiet := now.Sub(g.grew) >= f.r.grace() || !last && len(f.files) >= maxFiles
		if last && f.named || !quiet {
			i++
			continue
		}
		if err := f.emit(ctx, g, g.lines.last(&f.r.pool)); err != nil {
			return err
		}
		f.r.log("drained and closed", f.path, g.info, "read", g.off)
		g.close(f.r)
		f.files = append(f.files[:i], f.files[i+1:]...)
	}
	n := len(f.files)
	if f.named {
		n--
	}
	f.linger(n)
	return nil
}

// linger says how many files are open that the path does not name.
func (f *follower) linger(n int) {
	f.r.lingering.Add(int64(n - f.lingering))
	f.lingering = n
}

// abandonedAfter is for how many times the grace a file that nobody named must
// be gone for its follower to end. Should it come back, it is found again.
const abandonedAfter = 10

// abandoned reports whether nothing has been at the path for long.
func (f *follower) abandoned(now time.Time) bool {
	switch {
	case len(f.files) > 0 || f.named || !f.begun:
		f.left = time.Time{}
	case f.left.IsZero():
		f.left = now
	}
	return !f.left.IsZero() && now.Sub(f.left) >= abandonedAfter*f.r.cfg.Grace
}

// report tells how the source is doing.
func (f *follower) report() {
	behind := f.behind()
	f.s.change(func(p *event.Source) { p.Behind = behind })
	state := event.Live
	switch n := len(f.files); {
	case f.problem != "":
		f.s.is(event.Unreadable, f.problem)
		return
	case n == 0 && f.elsewhere:
		f.s.is(event.Done, "")
		return
	case n == 0 && !f.begun:
		f.s.is(event.Waiting, "waiting for "+f.path+": it is not there yet")
		return
	case !f.r.isMerged():
		state = event.Reading
	case !f.named:
		state = event.Gone
	case n > 1 && time.Since(f.files[n-2].grew) < 4*f.r.cfg.Poll:
		state = event.Rotated
	case f.files[n-1].off == 0 && f.s.empty():
		state = event.Empty
	}
	f.s.is(state, "")
}
