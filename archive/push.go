// Package archive moves complete log files into a bucket, proves that they are
// there, deletes them, and brings them back. No line is lost and none doubled,
// whatever fails on the way: every step is durable before the next begins, and
// what is done again gives the same.
//
//	discovered → complete → packed → uploaded → verified → recorded → claimed → deleted
//
// What is in the bucket is the truth. What weir keeps in the directory of the
// logs, under .weir, saves work and may be lost.
package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"weir/archive/bucket"
	"weir/ingest/format"
)

// Config says what to archive and how. Dir, Bucket, Template and Now are needed.
type Config struct {
	Dir       string // of the logs; what is below it is left alone
	Bucket    bucket.Bucket
	Archive   string // tells this archive, and its Template, from others that the directory had
	Template  Template
	Rules     Rules
	Codec     string           // a name in Codecs; default zstd
	KeepLocal time.Duration    // how long after its last change a proven file stays here
	MinFree   int64            // bytes of room below which KeepLocal does not count; 0 is never
	Grace     time.Duration    // the least such time where writers cannot be seen; default 24 hours
	ReadBack  bool             // read every object back, whatever the service says
	LimitRate int64            // bytes a second over the network; 0 is without limit
	Host      string           // this machine's name, for keys and manifests
	Now       func() time.Time // the clock
	DryRun    bool             // say what would be done
	OnEvent   func(Event)      // told of every step, on the working goroutine; nil drops it
	Progress  *Progress        // nil keeps none

	// NewParser makes the parser of a file; nil finds each file's format itself.
	NewParser func(modified time.Time) Parser
	// NewSummary makes what counts a file's events into its manifest; nil
	// leaves that out.
	NewSummary func() Summary

	noManifest          bool  // the objects are packed files in a folder
	singlePut, partSize int64 // for tests; 0 is the usual
	at                  func(point string)
}

func (c Config) withDefaults() Config {
	c.Rules = c.Rules.withDefaults()
	if c.Grace <= 0 {
		c.Grace = 24 * time.Hour
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.Progress == nil {
		c.Progress = &Progress{}
	}
	if c.NewParser == nil {
		// A year-less date is read by the time of the file's last change, so
		// that it means the same whenever it is read.
		c.NewParser = func(modified time.Time) Parser {
			return format.NewAuto(format.Options{Location: time.Local, Now: modified})
		}
	}
	if c.NewSummary == nil {
		c.NewSummary = func() Summary { return nil }
	}
	if c.singlePut == 0 {
		c.singlePut = singlePut
	}
	if c.partSize == 0 {
		c.partSize = partSize
	}
	if c.at == nil {
		c.at = func(string) {}
	}
	return c
}

// Report counts what a pass did.
type Report struct {
	Files    int // looked at
	Uploaded int
	Deleted  int
	Kept     int // archived and still here
	Held     int
	Failed   int
	Raw      int64 // bytes archived
	Packed   int64 // bytes they take
	Lines    int64
}

// pusher is one pass.
type pusher struct {
	Config
	codec   Codec
	home    *home
	journal *journal
	prover  prover
	up      uploader
	report  Report
	errs    []error
}

// Push makes one pass over the directory: what is complete is archived, proven
// and, when it is old enough, deleted. A file that fails does not stop the
// others; the error then is a VerifyError where bytes were not what they should
// be. A bucket that cannot be used, a full disk and the end of ctx stop the pass.
func Push(ctx context.Context, c Config) (Report, error) {
	p := &pusher{Config: c.withDefaults()}
	var err error
	if p.codec, err = codecNamed(p.Codec); err != nil {
		return Report{}, err
	}
	if p.DryRun {
		return p.plan()
	}
	if p.home, err = openHome(p.Dir, pushLock); err != nil {
		return Report{}, err
	}
	defer p.home.close()
	if p.journal, err = openJournal(p.Dir); err != nil {
		return Report{}, err
	}
	defer p.journal.close()
	limit := &limiter{rate: p.LimitRate, now: p.Now}
	p.prover = prover{p.Bucket, p.ReadBack, limit, p.Progress}
	p.up = uploader{p.Bucket, limit, p.Progress, p.singlePut, p.partSize, p.at}
	if err := p.sweep(ctx); err != nil {
		return p.report, err
	}
	if err := p.pass(ctx); err != nil {
		return p.report, err
	}
	return p.report, p.outcome()
}

// outcome is the pass's error: the worst of its files'.
func (p *pusher) outcome() error {
	if len(p.errs) == 0 {
		return nil
	}
	for _, err := range p.errs {
		if errors.As(err, new(*VerifyError)) {
			return err
		}
	}
	if len(p.errs) == 1 {
		return p.errs[0]
	}
	return fmt.Errorf("%d files failed, the first: %w", len(p.errs), p.errs[0])
}

// source is a file to be archived.
type source struct {
	path    string
	name    string
	claimed bool // it lies in the claim folder
}

func (p *pusher) pass(ctx context.Context) error {
	claimed, err := p.claims()
	if err != nil {
		return err
	}
	verdicts, held, err := p.look()
	if err != nil {
		return err
	}
	todo := claimed
	var bytes int64
	for _, v := range verdicts {
		if !v.Complete {
			held = append(held, Event{What: Held, File: v.Name, Reason: v.Reason})
			continue
		}
		todo = append(todo, source{path: filepath.Join(p.Dir, v.Name), name: v.Name})
	}
	for _, s := range todo {
		if info, err := os.Lstat(s.path); err == nil {
			bytes += info.Size()
		}
	}
	p.Progress.update(func(s *Snapshot) { *s = Snapshot{Files: len(todo), Bytes: bytes} })
	for _, e := range held {
		p.hold(e.File, e.Reason)
	}
	for _, s := range todo {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := p.Progress.Snapshot().BytesDone
		info, statErr := os.Lstat(s.path)
		err := p.file(ctx, s)
		p.Progress.update(func(now *Snapshot) {
			now.FilesDone, now.Stage = now.FilesDone+1, ""
			if statErr == nil {
				now.BytesDone = before + info.Size()
			}
		})
		if err != nil && p.fatal(err) {
			return err
		}
		if err != nil {
			p.fail(s.name, err)
		}
	}
	return ctx.Err()
}

// fatal errors would meet every file.
func (p *pusher) fatal(err error) bool {
	return errors.Is(err, context.Canceled) || errors.As(err, new(*FullError)) || errors.As(err, new(*bucket.AccessError))
}

func (p *pusher) event(e Event) {
	e.Time = p.Now()
	p.OnEvent(e)
}

func (p *pusher) hold(name, reason string) {
	p.report.Held++
	p.Progress.update(func(s *Snapshot) { s.LastReason = name + ": " + reason })
	p.event(Event{What: Held, File: name, Reason: reason})
}

func (p *pusher) fail(name string, err error) {
	p.report.Failed++
	p.errs = append(p.errs, fmt.Errorf("%s: %w", name, err))
	p.Progress.update(func(s *Snapshot) { s.Failed++; s.LastReason = name + ": " + err.Error() })
	p.event(Event{What: Failed, File: name, Reason: err.Error()})
}

// look applies the rules to the directory. What is no regular file is held.
func (p *pusher) look() (verdicts []Verdict, held []Event, err error) {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return nil, nil, fmt.Errorf("read the log directory: %w", err)
	}
	var files []candidate
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.IsDir() {
			continue
		}
		if !e.Type().IsRegular() {
			held = append(held, Event{What: Held, File: e.Name(), Reason: kindOf(e.Type()) + " is not archived"})
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		p.report.Files++
		files = append(files, candidate{e.Name(), info.ModTime()})
	}
	return judge(files, p.Rules, p.Now()), held, nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// plan is the dry run.
func (p *pusher) plan() (Report, error) {
	verdicts, held, err := p.look()
	if err != nil {
		return p.report, err
	}
	for _, v := range verdicts {
		f, info, err := openSource(filepath.Join(p.Dir, v.Name))
		var due time.Duration
		if err != nil {
			v.Complete, v.Reason = false, err.Error()
		} else {
			writer := beingWritten(f)
			if v.Complete && errors.Is(writer, errWriter) {
				v.Complete, v.Reason = false, errWriter.Error()
			}
			f.Close()
			if due, err = p.keepFor(writer); err != nil {
				return p.report, err
			}
		}
		if !v.Complete {
			held = append(held, Event{What: Held, File: v.Name, Reason: v.Reason})
			continue
		}
		p.report.Raw += info.Size()
		what := "archive, then delete"
		if keep := due - p.Now().Sub(info.ModTime()); keep > 0 {
			what = "archive, and keep for another " + keep.Round(time.Second).String()
		}
		p.event(Event{What: Planned, File: v.Name, Bytes: info.Size(), Reason: what + ": " + v.Reason})
	}
	for _, e := range held {
		p.hold(e.File, e.Reason)
	}
	return p.report, nil
}
