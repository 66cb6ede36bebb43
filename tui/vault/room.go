// Package vault is the Archive tab: the files here by state, what the bucket has
// of each day, and the jobs that archive, restore and clean. What takes time is
// done elsewhere: Work returns it, and what comes of it is a Done for the screen's
// own goroutine.
package vault

import (
	"context"
	"sync"
	"time"

	"weir/archive"
	"weir/ingest"
	"weir/tui/panel"
)

// Config says what is archived where.
type Config struct {
	Dir      string         // of the logs
	Into     string         // where restored files go
	URI      string         // of the archive, to be shown
	Push     archive.Config // how it is archived; Bucket and Template are Connect's
	Connect  func(context.Context) (*archive.Target, error)
	Timeline Timeline       // where restored days appear; nil shows none
	Location *time.Location // whose days the calendar has; nil is local
	Now      func() time.Time
}

// Timeline shows restored files beside the logs; see ingest.Pump.
type Timeline interface {
	Restore(ctx context.Context, files []ingest.Restored) []error
	Forget(ctx context.Context, ids []string) error
}

// Room is the tab.
type Room struct {
	cfg  *Config // nil where no archive is configured
	ctx  context.Context
	stop context.CancelFunc
	jobs sync.WaitGroup
	mu   sync.Mutex
	shut bool

	queue    []func() Done // to be begun
	target   *archive.Target
	wrong    string    // why the archive can't be asked
	retry    time.Time // when it is asked again
	asking   bool
	calendar archive.Calendar
	days     map[string]archive.Day // by date
	bad      []string               // of the manifests
	months   map[string]bool        // that days has
	daysAt   time.Time              // when they were read last
	begun    bool                   // what was restored before is shown again, or about to be

	files     []archive.Local
	filesBad  string
	filesAt   time.Time
	filesBusy bool

	cursor, anchor time.Time // midnights; anchor is zero without a range
	row, top, page int       // of the files
	job            *job
	log            []entry
	lit            map[string][2]int64 // what the timeline shows: first and last second by id; mu guards it
}

// Done is what is left to do on the screen's goroutine after a job.
type Done func()

// New returns the room; cfg is nil where no archive is configured.
func New(cfg *Config) *Room {
	r := &Room{cfg: cfg, days: make(map[string]archive.Day), months: make(map[string]bool), lit: make(map[string][2]int64)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	if cfg == nil {
		return r
	}
	c := *cfg
	if c.Location == nil {
		c.Location = time.Local
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r.cfg = &c
	r.cursor = midnight(c.Now(), c.Location)
	return r
}

// Close ends what is being done, cleanly, and waits for it.
func (r *Room) Close() {
	r.mu.Lock()
	r.shut = true
	r.mu.Unlock()
	r.stop()
	r.jobs.Wait()
}

// Configured reports whether there is an archive.
func (r *Room) Configured() bool { return r.cfg != nil }

// Busy reports whether the picture may change without a key or a Moment.
func (r *Room) Busy() bool { return r.job != nil || r.asking }

// Cancel stops the job that runs, if one does.
func (r *Room) Cancel() bool {
	if r.job == nil || r.job.cancelled {
		return false
	}
	r.job.cancelled = true
	r.job.cancel()
	return true
}

// begin has do done elsewhere.
func (r *Room) begin(do func() Done) {
	r.queue = append(r.queue, func() Done {
		r.mu.Lock()
		if r.shut {
			r.mu.Unlock()
			return nil
		}
		r.jobs.Add(1)
		r.mu.Unlock()
		defer r.jobs.Done()
		return do()
	})
}

const (
	filesEvery = 5 * time.Second  // while the tab is shown
	daysEvery  = 5 * time.Minute  //
	retryAfter = 30 * time.Second // an error
)

// Work returns what has to be done for what is shown.
func (r *Room) Work(shown bool) []func() Done {
	if r.cfg == nil {
		return nil
	}
	now := r.cfg.Now()
	switch {
	case r.asking || now.Before(r.retry):
	case r.target == nil:
		r.connect()
	case !r.begun:
		r.begun = true
		r.relight()
	default:
		r.read(shown)
	}
	if (shown || r.filesAt.IsZero()) && !r.filesBusy && now.Sub(r.filesAt) >= filesEvery {
		r.look(now)
	}
	all := r.queue
	r.queue = nil
	return all
}

// connect opens the bucket.
func (r *Room) connect() {
	r.asking = true
	r.begin(func() Done {
		target, err := r.cfg.Connect(r.ctx)
		return func() {
			r.asking = false
			if err != nil {
				r.fail(err)
				return
			}
			r.target, r.wrong = target, ""
		}
	})
}

// fail says why the archive can't be asked; it is asked again later.
func (r *Room) fail(err error) { r.wrong, r.retry = words(err), r.cfg.Now().Add(retryAfter) }

// read reads the months that are shown and not known.
func (r *Room) read(shown bool) {
	first := time.Date(r.cursor.Year(), r.cursor.Month()-monthsBefore, 1, 0, 0, 0, 0, r.cfg.Location)
	last := time.Date(r.cursor.Year(), r.cursor.Month()+1, 1, 0, 0, 0, 0, r.cfg.Location)
	var since, until time.Time
	for m := first; m.Before(last); m = m.AddDate(0, 1, 0) {
		if !r.months[m.Format(monthLayout)] {
			if since.IsZero() {
				since = m
			}
			until = m.AddDate(0, 1, 0)
		}
	}
	if since.IsZero() {
		if shown && r.cfg.Now().Sub(r.daysAt) >= daysEvery {
			clear(r.months)
		}
		return
	}
	r.asking = true
	target, zone := r.target, r.cfg.Location
	r.begin(func() Done {
		days, bad, err := r.calendar.Read(r.ctx, target.Bucket, target.Template, zone, since, until)
		return func() {
			r.asking, r.daysAt = false, r.cfg.Now()
			if err != nil {
				r.fail(err)
				return
			}
			r.wrong, r.bad = "", nil
			for _, err := range bad {
				r.bad = append(r.bad, words(err))
			}
			r.keep(days, since, until)
		}
	})
}

// keep takes over the days between since and until.
func (r *Room) keep(days []archive.Day, since, until time.Time) {
	for date := range r.days {
		if at, err := time.ParseInLocation(time.DateOnly, date, r.cfg.Location); err == nil && !at.Before(since) && at.Before(until) {
			delete(r.days, date)
		}
	}
	for _, d := range days {
		r.days[d.Begin.Format(time.DateOnly)] = d
	}
	for m := since; m.Before(until); m = m.AddDate(0, 1, 0) {
		r.months[m.Format(monthLayout)] = true
	}
}

const (
	monthLayout = "2006-01"
	// monthsBefore is how many months before that of the cursor are known.
	monthsBefore = 2
)

// look lists the files here.
func (r *Room) look(now time.Time) {
	r.filesBusy = true
	c := r.cfg.Push
	c.Dir, c.Now = r.cfg.Dir, r.cfg.Now
	first := r.filesAt.IsZero()
	r.filesAt = now
	r.begin(func() Done {
		files, err := archive.Locals(c)
		var history []archive.Event
		if first {
			history = archive.History(c.Dir, keptEntries/4)
		}
		return func() {
			r.filesBusy, r.files, r.filesBad = false, files, ""
			if err != nil {
				r.filesBad = words(err)
			}
			for _, e := range history {
				r.log = append(r.log, entry{e.Time, e.String(), false})
			}
			r.clamp()
		}
	})
}

// stale has everything looked at again.
func (r *Room) stale() {
	clear(r.months)
	r.filesAt, r.retry = time.Unix(1, 0), time.Time{}
}

// Archived reports whether the archive has lines between two seconds and the
// timeline does not show them.
func (r *Room) Archived(from, to int64) bool {
	if r.cfg == nil || from >= to {
		return false
	}
	begin, last := midnight(time.Unix(from, 0), r.cfg.Location), time.Unix(to-1, 0)
	for day := begin; !day.After(last); day = day.AddDate(0, 0, 1) {
		if d, ok := r.days[day.Format(time.DateOnly)]; ok && d.Objects > 0 && !r.lighted(day) {
			return true
		}
	}
	return false
}

// lighted reports whether the timeline shows something restored of a day.
func (r *Room) lighted(day time.Time) bool {
	from, to := day.Unix(), day.AddDate(0, 0, 1).Unix()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.lit {
		if s[0] < to && s[1] >= from {
			return true
		}
	}
	return false
}

// Panels returns the tab's panels by name.
func (r *Room) Panels() map[string]panel.Panel {
	return map[string]panel.Panel{DaysPanel: (*daysPanel)(r), FilesPanel: (*filesPanel)(r), JobsPanel: (*jobsPanel)(r)}
}

// The names of the panels, for layouts.
const (
	DaysPanel  = "days"
	FilesPanel = "files"
	JobsPanel  = "jobs"
)

func midnight(at time.Time, zone *time.Location) time.Time {
	y, month, d := at.In(zone).Date()
	return time.Date(y, month, d, 0, 0, 0, 0, zone)
}
