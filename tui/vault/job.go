package vault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/archive"
	"weir/ingest"
	"weir/stats"
	"weir/tui/panel"
)

// job is what runs: archiving, restoring or cleaning.
type job struct {
	what      string // "archiving", …
	began     time.Time
	progress  *archive.Progress
	cancel    context.CancelFunc
	cancelled bool
	happened  chan entry      // what it has to tell, newest last; full drops
	counted   map[string]bool // ids of files whose lines weir has read itself
}

// entry is a line of the journal of jobs.
type entry struct {
	at   time.Time
	text string
	bad  bool
}

const keptEntries = 200

func (r *Room) note(e entry) {
	r.log = append(r.log, e)
	if len(r.log) > 2*keptEntries {
		r.log = append([]entry(nil), r.log[len(r.log)-keptEntries:]...)
	}
}

// drain takes over what the job has told.
func (r *Room) drain() {
	for r.job != nil {
		select {
		case e := <-r.job.happened:
			r.note(e)
		default:
			return
		}
	}
}

// run begins a job; do returns what it came to in words.
func (r *Room) run(what string, do func(ctx context.Context, j *job) (string, error)) {
	ctx, cancel := context.WithCancel(r.ctx)
	j := &job{what: what, began: r.cfg.Now(), progress: &archive.Progress{}, cancel: cancel, happened: make(chan entry, keptEntries), counted: make(map[string]bool)}
	r.job = j
	r.begin(func() Done {
		defer cancel()
		text, err := do(ctx, j)
		return func() {
			r.drain()
			r.job = nil
			r.note(outcome(r.cfg.Now(), what, text, err))
			r.stale()
		}
	})
}

func outcome(now time.Time, what, text string, err error) entry {
	switch {
	case err == nil:
		return entry{now, text, false}
	case errors.Is(err, context.Canceled):
		return entry{now, what + " was cancelled: " + text, true}
	case text != "":
		return entry{now, text + "; " + words(err), true}
	}
	return entry{now, words(err), true}
}

// tell is an OnEvent: what people want to read of it.
func (j *job) tell(e archive.Event) {
	switch e.What {
	case archive.Held, archive.Kept, archive.Packing, archive.Verified, archive.Uploaded, archive.Present, archive.Planned:
		return
	}
	select {
	case j.happened <- entry{e.Time, e.String(), e.What == archive.Failed}:
	default: // more than anybody reads
	}
}

// push is the configuration of a pass.
func (r *Room) push() archive.Config {
	c := r.cfg.Push
	c.Dir, c.Now, c.Bucket, c.Template, c.LimitRate = r.cfg.Dir, r.cfg.Now, r.target.Bucket, r.target.Template, r.target.LimitRate
	return c
}

// discardTime is how long giving up an upload may take.
const discardTime = 5 * time.Second

// archiveNow makes one pass.
func (r *Room) archiveNow() {
	c := r.push()
	r.run("archiving", func(ctx context.Context, j *job) (string, error) {
		c.Progress, c.OnEvent = j.progress, j.tell
		report, err := archive.Push(ctx, c)
		if ctx.Err() != nil { // nothing half done stays behind
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardTime)
			defer cancel()
			err = errors.Join(ctx.Err(), archive.Discard(last, c.Dir, c.Bucket))
		}
		return report.String(), err
	})
}

func (r *Room) wanted(since, until time.Time) archive.Wanted {
	return archive.Wanted{
		Dir: r.cfg.Dir, Into: r.cfg.Into, Bucket: r.target.Bucket, Template: r.target.Template,
		Since: since, Until: until, Counted: true, LimitRate: r.target.LimitRate, Now: r.cfg.Now,
	}
}

// restore carries out a plan: the days appear at once by what their manifests
// counted, and in full when their lines are here.
func (r *Room) restore(w archive.Wanted, plan *archive.Plan) {
	days := r.cfg.Timeline
	r.run("restoring", func(ctx context.Context, j *job) (string, error) {
		w.Progress, w.OnEvent = j.progress, j.tell
		r.appear(ctx, j, days, r.restoredOf(plan, w.Into, false))
		done, err := archive.Restore(ctx, w, plan)
		r.appear(context.WithoutCancel(ctx), j, days, r.restoredOf(plan, w.Into, true))
		text := fmt.Sprintf("%d restored to %s (%s, %s), %d were there, %d frozen, %d failed",
			done.Fetched, w.Into, panel.Plural(done.Lines, "line"), bytesOf(done.Raw), done.Have, done.Frozen, done.Failed)
		return text, err
	})
}

// restoredOf are the plan's files for the timeline: by their Rollups, or those
// whose lines are here by these.
func (r *Room) restoredOf(plan *archive.Plan, into string, lines bool) (all []ingest.Restored) {
	for i := range plan.Items {
		item := &plan.Items[i]
		m := item.Manifest
		switch item.Do {
		case archive.Refused, archive.Here:
			continue
		}
		first, last := m.Bounds(item.From, item.To)
		f := ingest.Restored{ID: m.Key, Source: m.Name, First: first, Last: last}
		if !lines {
			f.Rollup = rollup(m)
		} else if f.Path = restoredPath(into, item.Name); f.Path == "" {
			continue
		}
		if f.Rollup != nil || f.Path != "" {
			all = append(all, f)
		}
	}
	return all
}

// rollup is what the manifest says that was counted; nil where it does not.
func rollup(m *archive.Manifest) *stats.Rollup {
	raw, err := m.Counted()
	if err != nil || raw == nil {
		return nil
	}
	counted, err := stats.DecodeRollup(raw)
	if err != nil {
		return nil
	}
	return counted
}

// appear shows files on the timeline. It is called by jobs.
func (r *Room) appear(ctx context.Context, j *job, days Timeline, files []ingest.Restored) {
	files = slices.DeleteFunc(files, func(f ingest.Restored) bool { return j != nil && j.counted[f.ID] })
	if days == nil || len(files) == 0 {
		return
	}
	for i, err := range days.Restore(ctx, files) {
		f := &files[i]
		r.mu.Lock()
		switch {
		case err == nil:
			r.lit[f.ID] = [2]int64{f.First, f.Last}
		case j == nil || ctx.Err() != nil:
		case errors.Is(err, stats.ErrCounted):
			j.counted[f.ID] = true
		default:
			j.tell(archive.Event{Time: r.cfg.Now(), What: archive.Failed, File: f.Source, Reason: "not shown: " + err.Error()})
		}
		r.mu.Unlock()
	}
}

// relight shows again what was restored before weir was started.
func (r *Room) relight() {
	days, target := r.cfg.Timeline, r.target
	if days == nil {
		return
	}
	r.begin(func() Done {
		files, err := r.restored()
		if err != nil {
			return nil // the list of files says so
		}
		var all []ingest.Restored
		for _, f := range files {
			m, err := archive.ManifestOf(r.ctx, target.Bucket, f.Key)
			if err != nil {
				continue // another program's, or the calendar says what is wrong
			}
			first, last := m.Bounds(f.From, f.To)
			all = append(all, ingest.Restored{ID: m.Key, Source: m.Name, Rollup: rollup(m), Path: f.Path, First: first, Last: last})
		}
		r.appear(r.ctx, nil, days, all)
		return func() {}
	})
}

// restored are the files that restores brought back and that are still here.
func (r *Room) restored() ([]archive.Local, error) {
	c := r.cfg.Push
	c.Dir, c.Now = r.cfg.Dir, r.cfg.Now
	files, err := archive.Locals(c)
	return slices.DeleteFunc(files, func(f archive.Local) bool { return f.State != archive.Back }), err
}

// clean deletes what was restored, and takes from the timeline what is gone.
func (r *Room) clean() {
	dir, days, now := r.cfg.Dir, r.cfg.Timeline, r.cfg.Now
	r.run("cleaning", func(ctx context.Context, j *job) (string, error) {
		n, err := archive.Clean(dir, "", false, now, j.tell)
		text := panel.Plural(int64(n), "restored file") + " deleted"
		if days == nil || n == 0 && err != nil {
			return text, err
		}
		left, lerr := r.restored()
		if lerr != nil {
			return text, errors.Join(err, lerr)
		}
		r.mu.Lock()
		ids := slices.DeleteFunc(slices.Collect(maps.Keys(r.lit)), func(id string) bool {
			return slices.ContainsFunc(left, func(f archive.Local) bool { return f.Key == id })
		})
		for _, id := range ids {
			delete(r.lit, id)
		}
		r.mu.Unlock()
		if len(ids) > 0 {
			err = errors.Join(err, days.Forget(context.WithoutCancel(ctx), ids))
		}
		return text, err
	})
}

// words is an error in words for a person, on one line.
func words(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
