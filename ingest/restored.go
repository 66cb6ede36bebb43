package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"weir/alert"
	"weir/ingest/event"
	"weir/stats"
)

// Restored is an archived file that is shown as if it were among the logs.
type Restored struct {
	ID          string        // of its content, such as its manifest's key
	Source      string        // what its requests are listed under
	Rollup      *stats.Rollup // what it counted, nil where that is not known; the Pump's from Restore on
	Path        string        // where its lines are; "" while they are not here
	First, Last int64         // the seconds that it covers, both included
}

// past is what the Pump knows of restored files.
type past struct {
	files  []Restored // by First
	change int        // how often files has changed
	seen   int        // sources that files was held against

	judged []string       // the paths whose lines alerts is of
	alerts []alert.Change // what these say again, oldest first
	cancel context.CancelFunc
	ended  chan struct{} // closed when the judging that runs has ended
}

// ErrEnded is that a Pump counts no more.
var ErrEnded = errors.New("the log has ended and weir reads no more: start it again")

// Restore shows archived files from now on: at once by what their Rollups counted
// and, where their lines are here, by these: exact windows, filters and alerts. A
// file that was restored before is replaced. The errors, one a file, say which
// can't be shown and why; stats.ErrCounted is that its lines are counted already.
// It returns when it is done, or ErrEnded for all.
func (p *Pump) Restore(ctx context.Context, files []Restored) []error {
	errs := make([]error, len(files))
	err := p.errand(ctx, func() {
		for i := range files {
			errs[i] = p.restore(files[i])
		}
		p.rejudge()
	})
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
	}
	return errs
}

// Forget shows the restored files of these ids no more.
func (p *Pump) Forget(ctx context.Context, ids []string) error {
	return p.errand(ctx, func() {
		for _, id := range ids {
			p.forget(id)
		}
		p.rejudge()
	})
}

// errand has do done by the Pump's goroutine, and returns when that is so.
func (p *Pump) errand(ctx context.Context, do func()) error {
	done := make(chan struct{})
	select {
	case p.errands <- func() { do(); close(done) }:
	case <-p.over:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
	<-done
	return nil
}

func (p *Pump) restore(r Restored) error {
	if p.reads(r.Path) {
		return stats.ErrCounted
	}
	known := slices.IndexFunc(p.past.files, func(o Restored) bool { return o.ID == r.ID })
	if known < 0 && r.Rollup != nil {
		if err := p.engine.Restore(r.ID, r.Source, r.Rollup); err != nil {
			return err
		}
	}
	r.Rollup = nil // the engine's
	if known >= 0 {
		p.past.files[known] = r
	} else {
		p.past.files = append(p.past.files, r)
	}
	slices.SortStableFunc(p.past.files, func(a, b Restored) int { return cmp.Compare(a.First, b.First) })
	p.past.change++
	slog.Debug("restored", "id", r.ID, "path", r.Path, "from", time.Unix(r.First, 0), "to", time.Unix(r.Last, 0))
	return nil
}

func (p *Pump) forget(id string) {
	p.engine.Forget(id)
	before := len(p.past.files)
	p.past.files = slices.DeleteFunc(p.past.files, func(r Restored) bool { return r.ID == id })
	if len(p.past.files) < before {
		p.past.change++
	}
}

// reads reports whether a path is among the logs that are read.
func (p *Pump) reads(path string) bool {
	if path == "" {
		return false
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, s := range p.cfg.Sources() {
		if other, err := os.Stat(s.Path); err == nil && os.SameFile(info, other) {
			return true
		}
	}
	return false
}

// yield gives up restored files that are being read as logs now, as those in a
// directory that is watched.
func (p *Pump) yield(sources []event.Source) {
	if len(p.past.files) == 0 || len(sources) == p.past.seen {
		return
	}
	p.past.seen = len(sources)
	var ids []string
	for _, r := range p.past.files {
		if p.reads(r.Path) {
			ids = append(ids, r.ID)
		}
	}
	for _, id := range ids {
		p.forget(id)
	}
	if len(ids) > 0 {
		p.rejudge()
	}
}

// stores are where the lines of restored files are that share a second with [from, to).
func (t *past) stores(from, to int64) (all []store) {
	for _, r := range t.files {
		if r.Path == "" || r.First >= to || r.Last < from {
			continue
		}
		if info, err := os.Stat(r.Path); err == nil {
			all = append(all, store{path: r.Path, end: info.Size(), past: true})
		}
	}
	return all
}

// whole reports whether restored files share a second with [from, to), and the
// lines of all of those are here.
func (t *past) whole(from, to int64) bool {
	some := false
	for _, r := range t.files {
		if r.First < to && r.Last >= from {
			if some = true; r.Path == "" {
				return false
			}
		}
	}
	return some
}

// rejudge finds out, beside the Pump, what the alerts in force say of the lines
// that are restored. Nobody is told but the screen.
func (p *Pump) rejudge() {
	pictures := p.past.pictures()
	p.shown.Store(&pictures)
	var paths []string
	for _, r := range p.past.files {
		if r.Path != "" {
			paths = append(paths, r.Path)
		}
	}
	if slices.Equal(paths, p.past.judged) {
		return
	}
	p.past.stop()
	p.past.judged, p.past.alerts = paths, nil
	if len(paths) == 0 || p.cfg.Parsers == nil {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	before := p.past.ended
	p.past.cancel, p.past.ended = cancel, make(chan struct{})
	cfg := PumpConfig{
		Threshold: p.watch.Threshold, AlertPeriod: p.cfg.AlertPeriod, Location: p.cfg.Location, Rules: p.cfg.Rules, Replay: true,
		Parsers: p.cfg.Parsers, Stats: stats.Config{Lateness: p.cfg.Stats.Lateness, Budget: replayBudget},
	}
	ended := p.past.ended
	go func() {
		defer close(ended)
		defer cancel()
		if before != nil {
			<-before
		}
		alerts, err := judgeAgain(ctx, cfg, paths)
		if err != nil {
			slog.Debug("restored lines not judged", "error", err)
			return
		}
		_ = p.errand(ctx, func() {
			if ctx.Err() == nil { // nothing came or went meanwhile
				p.past.alerts = alerts
			}
		})
	}()
}

// replayBudget is how many bytes judging restored lines again may hold in summaries.
const replayBudget = 4 << 20

// stop ends the judging that runs.
func (t *past) stop() {
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
}

// judgeAgain reads files from beginning to end and returns every change of an
// alert, as they were told when the lines were new.
func judgeAgain(ctx context.Context, cfg PumpConfig, paths []string) (alerts []alert.Change, err error) {
	batches := make(chan *event.Batch, 8)
	reader, err := New(Config{Paths: paths, Once: true, Location: cfg.Location, NewParser: cfg.Parsers}, batches)
	if err != nil {
		return nil, fmt.Errorf("read restored files: %w", err)
	}
	cfg.Sources = reader.Sources
	cfg.OnChange = func(c alert.Change) { alerts = append(alerts, c) }
	s := &Session{Reader: reader, Pump: NewPump(cfg, batches), batches: batches}
	if err := s.Run(ctx); err != nil {
		return nil, err
	}
	return alerts, ctx.Err()
}

// everyAlert is what was told and what restored lines say, oldest first.
func (p *Pump) everyAlert() []alert.Change {
	if len(p.past.alerts) == 0 {
		return p.alerts
	}
	all := append(slices.Clone(p.past.alerts), p.alerts...)
	slices.SortStableFunc(all, func(a, b alert.Change) int { return a.Time.Compare(b.Time) })
	return all
}

// Restored returns the restored files whose lines are here.
func (p *Pump) Restored() []event.Source {
	if all := p.shown.Load(); all != nil {
		return *all
	}
	return nil
}

// pictures are the restored files whose lines are here, as sources.
func (t *past) pictures() []event.Source {
	var all []event.Source
	for _, r := range t.files {
		if r.Path != "" {
			all = append(all, event.Source{Path: r.Path, State: event.Done})
		}
	}
	return all
}
