package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/ingest/event"
	"weir/stats/filter"
)

// RecordsConfig says which lines can be read again and how.
type RecordsConfig struct {
	Sources  func() []event.Source // the logs; their paths are read again
	Restored func() []event.Source // what an archive gave back, and may be taken away again; nil is nothing
	Parsers  func() Parser         // keep every field
	Lean     func() Parser         // keep only those with names of their own: faster; nil is Parsers
	Location *time.Location        // of the times in filters; nil is UTC
	After    int64                 // nanoseconds before which events are left out

	spool       func(source int) *spool // where a stream can be read again; may be nil
	closeSpools func()
}

// Records reads the lines of logs again, from any place of files of any size.
// Any number of goroutines may use it at once.
type Records struct {
	cfg       RecordsConfig
	most      int64         // bytes that compressed logs may fill when decoded
	unpacking chan struct{} // full while one is being decoded

	mu      sync.Mutex
	tapes   []tape
	spooled int64
	files   []*os.File
}

// NewRecords opens nothing yet.
func NewRecords(cfg RecordsConfig) *Records {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	if cfg.Lean == nil {
		cfg.Lean = cfg.Parsers
	}
	return &Records{cfg: cfg, most: mostSpooled, unpacking: make(chan struct{}, 1)}
}

// Close closes the logs. Nobody may read any more.
func (r *Records) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	r.files, r.tapes = nil, nil
	if r.cfg.closeSpools != nil {
		r.cfg.closeSpools()
	}
	return errors.Join(errs...)
}

const (
	// mostTapes is how many logs are open at once, rotated ones included.
	mostTapes = 400
	// mostSpooled is how many bytes compressed logs may fill when decoded.
	mostSpooled = 4 << 30
)

var (
	errManyTapes = fmt.Errorf("%d logs are open already", mostTapes)
	errNoRoom    = fmt.Errorf("compressed logs would take more than %d GiB when decoded: decompress it, or name fewer", mostSpooled>>30)
)

// Lost is why the lines of logs can't be read again, nil where all can as far as
// that was tried: whether there is room for a compressed log shows when it is read.
func (r *Records) Lost() error {
	_, err := r.look()
	return err
}

// look finds the logs that came and how long they are now, and returns all, and
// why others are missing among them.
func (r *Records) look() ([]tape, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var gone lost
	for i, s := range r.cfg.Sources() {
		if r.cfg.spool != nil {
			if kept := r.cfg.spool(i); kept != nil {
				if err := r.listen(kept, &s); err != nil {
					gone.add(s.Path, err)
				}
				continue
			}
		}
		if s.State == event.Waiting {
			continue
		}
		var err error
		switch {
		case s.Path == "-":
			err = errUnkept
		case s.State == event.Unreadable:
			err = errors.New(strings.TrimPrefix(s.Err, s.Path+": "))
		default:
			err = r.visit(&s)
		}
		if err != nil && counted(&s) && !r.has(s.Path) {
			gone.add(s.Path, err)
		}
	}
	for _, t := range r.tapes {
		if t.err != nil {
			gone.add(t.path, t.err)
		}
	}
	if r.cfg.Restored != nil {
		r.lookRestored(r.cfg.Restored())
	}
	return append([]tape(nil), r.tapes...), gone.err()
}

// has reports whether a log was opened while that was possible.
func (r *Records) has(path string) bool {
	return slices.ContainsFunc(r.tapes, func(t tape) bool { return t.path == path })
}

// lookRestored finds the restored logs that came, and empties those that went.
func (r *Records) lookRestored(sources []event.Source) {
	for i := range r.tapes {
		t := &r.tapes[i]
		if t.restored && !slices.ContainsFunc(sources, func(s event.Source) bool { return s.Path == t.path }) {
			t.size, t.whole = 0, true
		}
	}
	for i := range sources {
		known := len(r.tapes)
		_ = r.visit(&sources[i]) // what is cleaned goes without a word
		for j := known; j < len(r.tapes); j++ {
			r.tapes[j].restored = true
		}
	}
}

// visit brings the log of a source up to date.
func (r *Records) visit(s *event.Source) error {
	info, err := os.Stat(s.Path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errUnkept
	}
	for i := len(r.tapes) - 1; i >= 0; i-- {
		t := &r.tapes[i]
		if !os.SameFile(t.info, info) {
			continue
		}
		if t.how == plain && info.Size() < t.size { // truncated: its lines are gone
			t.size, t.whole = 0, true
			break
		}
		if t.how == plain {
			t.grow(info, s.State == event.Done)
		}
		return nil
	}
	if len(r.tapes) >= mostTapes {
		return errManyTapes
	}
	f, err := os.Open(s.Path)
	if err != nil {
		return err
	}
	t := tape{index: len(r.tapes), path: s.Path, in: f, file: f, info: info}
	var head [16]byte
	n, _ := f.ReadAt(head[:], 0)
	if t.how = codecOf(head[:n]); t.how != plain {
		t.in = nil
		t.first = r.firstOf(f, t.how)
	} else {
		t.grow(info, s.State == event.Done)
		t.first = math.MinInt64
		if at, ok := t.timeFrom(0, min(t.size, tapeMost), r.cfg.Parsers(), bufio.NewReaderSize(nil, tapeBlock)); ok {
			t.first = at
		}
	}
	r.files = append(r.files, f)
	r.tapes = append(r.tapes, t)
	return nil
}

// listen brings the log of a stream up to date.
func (r *Records) listen(kept *spool, s *event.Source) error {
	at := slices.IndexFunc(r.tapes, func(t tape) bool { return t.from == kept })
	if at < 0 {
		at = len(r.tapes)
		r.tapes = append(r.tapes, tape{index: at, path: s.Path, from: kept, in: &rereader{from: kept}, first: math.MinInt64})
	}
	t := &r.tapes[at]
	oldest, end, err := kept.extent()
	if err != nil { // the disk is full
		t.begin, t.whole = t.size, true
		return err
	}
	whole := s.State == event.Done
	if end == t.size && oldest <= t.begin && whole == t.whole {
		return nil
	}
	t.whole, t.size = whole, end
	if oldest > t.begin { // the line that begins before it is cut
		t.begin = oldest
		_ = t.lines(oldest, end, bufio.NewReaderSize(nil, tapeBlock), func(_ []byte, _, after int64) bool {
			t.begin = after
			return false
		})
	}
	var last [1]byte
	if n, _ := t.in.ReadAt(last[:], end-1); n == 1 && last[0] != '\n' && !whole {
		t.size = t.startOf(end - 1)
	}
	return nil
}

// grow takes in what was written since.
func (t *tape) grow(info os.FileInfo, whole bool) {
	if info.Size() == t.info.Size() && t.size > 0 && whole == t.whole {
		return
	}
	t.info, t.whole, t.size = info, whole, info.Size()
	var last [1]byte
	if n, _ := t.in.ReadAt(last[:], t.size-1); n == 1 && last[0] != '\n' && !whole {
		t.size = t.startOf(t.size - 1)
	}
}

// firstOf is the time of the first line of a compressed log.
func (r *Records) firstOf(f *os.File, how codec) int64 {
	in, err := decoder(io.NewSectionReader(f, 0, math.MaxInt64), how)
	if err != nil {
		return math.MinInt64
	}
	defer in.Close()
	parser := r.cfg.Parsers()
	lines := bufio.NewReaderSize(io.LimitReader(in, tapeMost), tapeBlock)
	var e event.Event
	for {
		line, err := lines.ReadSlice('\n')
		e.Reset()
		if parser.Parse(trimmed(line), &e) == nil && e.Flags&event.BadTime == 0 {
			return e.Time
		}
		if err != nil {
			return math.MinInt64
		}
	}
}

// unpack decodes a compressed log to a file without a name. A log for which there
// is no room is not tried again.
func (r *Records) unpack(ctx context.Context, t *tape) error {
	select {
	case r.unpacking <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.unpacking }()
	r.mu.Lock()
	known := r.tapes[t.index]
	room := r.most - r.spooled
	r.mu.Unlock()
	switch {
	case known.err != nil:
		return fmt.Errorf("decode %s: %w", t.path, known.err)
	case known.in != nil:
		t.in, t.size, t.whole = known.in, known.size, true
		return nil
	}
	in, err := decoder(io.NewSectionReader(t.file, 0, math.MaxInt64), t.how)
	if err != nil {
		return fmt.Errorf("decode %s: %w", t.path, err)
	}
	defer in.Close()
	spool, err := os.CreateTemp("", "weir-explore-")
	if err != nil {
		return fmt.Errorf("make room to decode %s: %w", t.path, err)
	}
	os.Remove(spool.Name())
	n, err := io.Copy(spool, io.LimitReader(cancelled{ctx, in}, room+1))
	if ctx.Err() != nil || n == 0 && err != nil {
		spool.Close()
		return errors.Join(ctx.Err(), err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > room {
		spool.Close()
		r.tapes[t.index].err = errNoRoom
		return fmt.Errorf("decode %s: %w", t.path, errNoRoom)
	}
	t.in, t.size, t.whole = spool, n, true
	r.tapes[t.index] = *t
	r.files = append(r.files, spool)
	r.spooled += n
	return nil // what a damaged file holds is shown
}

// cancelled is a reader that ends with its context.
type cancelled struct {
	ctx context.Context
	in  io.Reader
}

func (c cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}

// deck is what one goroutine needs to read tapes: a parser for each, which has
// seen how its log begins.
type deck struct {
	records *Records
	parsers []Parser
	in      *bufio.Reader
	lean    bool
}

func (r *Records) deck() *deck {
	return &deck{records: r, in: bufio.NewReaderSize(nil, tapeBlock)}
}

// primed is how much of a log's head a parser sees first: its directives, and
// enough lines to know the format.
const primed = 32 << 10

func (d *deck) parser(t *tape) Parser {
	for len(d.parsers) <= t.index {
		d.parsers = append(d.parsers, nil)
	}
	if p := d.parsers[t.index]; p != nil {
		return p
	}
	p := d.records.cfg.Parsers()
	if d.lean {
		p = d.records.cfg.Lean()
	}
	if t.in != nil {
		d.parsers[t.index] = p
	}
	var e event.Event
	if t.from != nil {
		for line := range bytes.Lines(t.from.beginning()) {
			e.Reset()
			p.Parse(trimmed(line), &e)
		}
		return p
	}
	_ = t.lines(0, min(t.size, primed), d.in, func(line []byte, _, _ int64) bool {
		e.Reset()
		p.Parse(line, &e)
		return true
	})
	return p
}

// scan returns a scan from an edge of every tape on.
func (d *deck) scan(tapes []tape, from []edge, back bool, only *filter.Filter) *scan {
	s := &scan{deck: d, back: back, only: only}
	for i := range tapes {
		s.lanes = append(s.lanes, &lane{tape: tapes[i], edge: from[i], name: []byte(tapes[i].path), block: tapeBlock})
	}
	return s
}

// ends are the edges after the last line of every tape.
func ends(tapes []tape) []edge {
	all := make([]edge, len(tapes))
	for i := range tapes {
		all[i] = edge{tapes[i].size, tapes[i].latest()}
		if tapes[i].in == nil {
			all[i].at = atEnd
		}
	}
	return all
}

// starts are the edges before the first line of every tape.
func starts(tapes []tape) []edge {
	all := make([]edge, len(tapes))
	for i := range tapes {
		all[i] = edge{tapes[i].begin, tapes[i].first}
	}
	return all
}

// at are the edges between what is earlier than a time and what is not. Where a
// line is given they are just before it: lines of the same time in the tapes
// before its own come first.
func (d *deck) at(ctx context.Context, tapes []tape, when int64, line *Record) ([]edge, error) {
	all := make([]edge, len(tapes))
	for i := range tapes {
		t := &tapes[i]
		moment := when
		if line != nil && i < line.tape {
			moment++
		}
		all[i].mark = moment
		switch {
		case line != nil && i == line.tape:
			all[i].at = line.At
		case moment <= t.first:
			all[i] = edge{t.begin, t.first}
		case t.in == nil && moment > t.latest():
			all[i].at = atEnd
		default:
			if t.in == nil {
				if err := d.records.unpack(ctx, t); err != nil {
					if ctx.Err() != nil {
						return nil, err
					}
					continue
				}
			}
			all[i].at = t.seek(moment, d.parser(t), d.in)
		}
	}
	return all, nil
}
