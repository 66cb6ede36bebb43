package archive

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"weir/archive/report"
)

// Event is one thing that happened to one file, as --json prints it.
type Event struct {
	Time   time.Time `json:"time"`
	What   string    `json:"event"`
	File   string    `json:"file,omitempty"`
	Key    string    `json:"key,omitempty"`
	Lines  int64     `json:"lines,omitempty"`
	Bytes  int64     `json:"bytes,omitempty"`  // raw
	Packed int64     `json:"packed,omitempty"` // bytes
	Proof  string    `json:"proof,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// What an Event can be.
const (
	Held     = "held"     // not touched now, for Reason
	Packing  = "packed"   // packed and unpacked again with the same result
	Uploaded = "uploaded" // the bucket has taken it
	Verified = "verified" // proven to be in the bucket, by Proof
	Recorded = "recorded" // its manifest is in the bucket
	Deleted  = "deleted"  // the file here is gone
	Kept     = "kept"     // archived, and kept here for now
	Failed   = "failed"   // for Reason; nothing was deleted
	Planned  = "planned"  // what a dry run would do
	Restored = "restored"
	Present  = "present" // was restored before, or never went away
	Cleaned  = "cleaned"
	Thawing  = "thawing"
)

// String is the event as a line for a person, without what could command a terminal.
func (e Event) String() string {
	text := e.What + " " + e.File
	if e.File == "" {
		text = e.What + " " + e.Key
	} else if e.Key != "" && e.What != Deleted {
		text += " as " + e.Key
	}
	if e.Lines > 0 {
		text += ", " + report.Many(e.Lines, "line")
	}
	if e.Bytes > 0 {
		text += ", " + size(e.Bytes)
	}
	if e.Packed > 0 {
		text += " in " + size(e.Packed)
	}
	if e.Proof != "" {
		text += " (" + e.Proof + ")"
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return report.Visible(text)
}

func (e Event) json(w io.Writer) error {
	e.Time = e.Time.UTC().Truncate(time.Millisecond)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

// size is n bytes in the units of the screen.
func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// Progress is how far a push or a restore has come. The zero value is ready;
// one goroutine works, any may look.
type Progress struct {
	mu  sync.Mutex
	now Snapshot
}

// Snapshot is Progress at one moment.
type Snapshot struct {
	Stage      string // "packing", "uploading", "verifying", "downloading", "" between files
	File       string
	Files      int   // to do in all
	FilesDone  int   //
	Bytes      int64 // to do in all: raw bytes of a push, packed bytes of a restore
	BytesDone  int64
	Moved      int64 // bytes that went over the network
	Failed     int
	LastReason string // of the last file that failed or was held
}

// Snapshot returns the state now.
func (p *Progress) Snapshot() Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *Progress) update(change func(*Snapshot)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.now)
}

func (p *Progress) stage(stage, file string) {
	p.update(func(s *Snapshot) { s.Stage, s.File = stage, file })
}

// limiter spreads bytes over time: a bucket that fills at rate bytes a second
// and holds a tenth of that.
type limiter struct {
	rate  int64 // 0 is without limit
	now   func() time.Time
	mu    sync.Mutex
	debt  float64
	since time.Time
}

// wait accounts for n bytes and sleeps where they came too early.
func (l *limiter) wait(ctx context.Context, n int) error {
	if l == nil || l.rate <= 0 {
		return nil
	}
	l.mu.Lock()
	now := l.now()
	if !l.since.IsZero() {
		l.debt = max(l.debt-now.Sub(l.since).Seconds()*float64(l.rate), -float64(l.rate)/10)
	}
	l.since = now
	l.debt += float64(n)
	pause := time.Duration(l.debt / float64(l.rate) * float64(time.Second))
	l.mu.Unlock()
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// metered is a body on its way: limited, and counted for the progress. A body
// that is sent again is counted again as moved.
type metered struct {
	io.ReadSeeker
	ctx      context.Context
	limit    *limiter
	progress *Progress
}

// Still is the body uncounted; see bucket.Still.
func (m *metered) Still() io.ReadSeeker { return m.ReadSeeker }

func (m *metered) Read(p []byte) (int, error) {
	if m.limit != nil && m.limit.rate > 0 {
		p = p[:min(len(p), max(int(m.limit.rate/20), 1024))]
	}
	n, err := m.ReadSeeker.Read(p)
	if werr := m.limit.wait(m.ctx, n); werr != nil {
		return n, werr
	}
	m.progress.update(func(s *Snapshot) { s.Moved += int64(n) })
	return n, err
}

// meteredReader is metered for what comes in.
type meteredReader struct {
	io.Reader
	ctx      context.Context
	limit    *limiter
	progress *Progress
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.limit != nil && m.limit.rate > 0 {
		p = p[:min(len(p), max(int(m.limit.rate/20), 1024))]
	}
	n, err := m.Reader.Read(p)
	if werr := m.limit.wait(m.ctx, n); werr != nil {
		return n, werr
	}
	m.progress.update(func(s *Snapshot) { s.Moved += int64(n) })
	return n, err
}
