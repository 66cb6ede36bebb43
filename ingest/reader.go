// Package ingest brings lines in, what is there and what comes, from files,
// globs, directories and standard input, and drives them through the counting
// and the judging: Reader and Pump.
package ingest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"weir/ingest/event"
)

// Parser turns the lines of one source into events, in order. Format is the
// name of the format it reads, "" while it does not know yet. See format.Parser.
type Parser interface {
	Parse(line []byte, e *event.Event) *event.Reject
	Format() string
}

// Config says what to read and how. The zero value of every field but
// NewParser works.
type Config struct {
	Paths     []string       // files, globs, directories; "-" is standard input
	Once      bool           // read to the end and leave
	Since     string         // how much of what is there: all (default), end, a duration or a time
	Location  *time.Location // for a Since without a zone; nil is local
	Stdin     io.Reader      // what "-" reads; nil is os.Stdin
	NewParser func() Parser  // called once for each source
	AllBad    bool           // keep every line that does not parse, not a few of each batch

	Blind   bool              // nothing is told of changes: what is new is found by looking
	Poll    time.Duration     // how often a quiet file is looked at; 0 is 250 ms
	Grace   time.Duration     // how long a rotated file is still watched after its last line; 0 is 1 min
	Rescan  time.Duration     // how often globs and directories are looked at; 0 is 1 s
	MaxLine int               // bytes of a line that are parsed, the rest is skipped; 0 is 1 MiB
	Spool   int64             // bytes of a temporary file for what a stream brings; 0 is none
	Waits   func(pipe string) // told, with Once, of a named pipe that has no writer; may be nil
	Skip    []string          // files that no glob or directory yields: weir's own

	block   int // bytes read at once; 0 is what suits the number of files
	workers int // that parse the backlog of one file; 0 is what suits the machine
	sources int // remembered, as far as they are gone; 0 is mostSources
}

const (
	blockSize    = 192 << 10             // bytes read at once
	smallBlock   = 64 << 10              // where little may be read
	minBlockSize = 8 << 10               // where very many files are read at once
	allBlocks    = 2 << 20               // what the blocks of all files should add up to
	maxEvents    = 2048                  // events in a batch
	fastest      = 10 * time.Millisecond // how often a flowing file is looked at
	keptBad      = 5                     // samples in a batch, and of a source
	badText      = 512                   // bytes of a sample that are kept
	longestLine  = 1 << 20               // bytes of a line that are parsed unless told otherwise
	mostSources  = 1024                  // remembered, as far as they are gone
	mostWorkers  = 8                     // that parse one file: each has a block or two, which add up
)

// Reader brings in the lines of its sources: what is there, then what comes.
type Reader struct {
	cfg     Config
	since   since
	out     chan<- *event.Batch
	stdin   io.Reader
	started time.Time
	pool    pool
	workers int // that parse the backlog of one file

	merged chan struct{} // closed when everything that was there at the start is sent
	ledger ledger
	names  *names // nil where directories are not watched

	lingering atomic.Int64 // files open that no followed path names any more
	dropped   atomic.Int64 // lines of files that could not be held open

	mu      sync.Mutex
	sources []*source
	spools  map[int]*spool // of the sources that are streams
	newest  *trail         // of the compressed file read last; may be nil
}

// New returns a Reader that sends to out. Nothing is opened before Run.
func New(cfg Config, out chan<- *event.Batch) (*Reader, error) {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&cfg.Poll, 250*time.Millisecond)
	def(&cfg.Grace, time.Minute)
	def(&cfg.Rescan, time.Second)
	if cfg.MaxLine <= 0 {
		cfg.MaxLine = longestLine
	}
	if cfg.Location == nil {
		cfg.Location = time.Local
	}
	if cfg.NewParser == nil {
		return nil, errors.New("ingest: Config.NewParser is nil")
	}
	since, err := parseSince(cfg.Since, cfg.Location)
	if err != nil {
		return nil, UsageError{fmt.Errorf("--since %q: %w", cfg.Since, err)}
	}
	if err := checkPatterns(cfg.Paths); err != nil {
		return nil, err
	}
	r := &Reader{cfg: cfg, since: since, out: out, stdin: cfg.Stdin, merged: make(chan struct{}), spools: make(map[int]*spool)}
	if r.stdin == nil {
		r.stdin = os.Stdin
	}
	r.pool.size = blockSize
	return r, nil
}

// Sources returns a picture of every source, in a stable order: event.Batch.Source
// is the index. It may be called at any time, from anywhere.
func (r *Reader) Sources() []event.Source {
	r.mu.Lock()
	sources := r.sources
	r.mu.Unlock()
	sent := false // all that was there at the start
	select {
	case <-r.merged:
		sent = true
	default:
	}
	out := make([]event.Source, len(sources))
	for i, s := range sources {
		if out[i] = s.picture(); out[i].State == event.Live && !sent {
			out[i].State = event.Reading // to its end, but that is still on its way
		}
	}
	return out
}

// add makes a source that Sources shows from now on.
func (r *Reader) add(path string) *source {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := newSource(path, len(r.sources), r.cfg.NewParser())
	r.sources = append(slices.Clip(r.sources), s)
	return s
}

// instead makes a source in place of one that is gone for good, where there are
// many sources and such a one; otherwise it returns nil.
func (r *Reader) instead(path string) (s, gone *source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sources) < cmp.Or(r.cfg.sources, mostSources) {
		return nil, nil
	}
	i := slices.IndexFunc(r.sources, (*source).gone)
	if i < 0 {
		return nil, nil
	}
	gone, s = r.sources[i], newSource(path, i, r.cfg.NewParser())
	r.sources = slices.Clone(r.sources)
	r.sources[i] = s
	return s, gone
}

// grace is for how long a file is watched after its last line once its path
// names another: the shorter the more there are, so that their number is bounded.
func (r *Reader) grace() time.Duration { return r.cfg.Grace >> (r.lingering.Load() / 64) }

// log tells whoever debugs what becomes of a file.
func (r *Reader) log(what, path string, info fs.FileInfo, more ...any) {
	slog.Debug(what, append([]any{"path", path, "inode", idOf(info).ino, "size", info.Size()}, more...)...)
}

// Explain says what an error of the file system means and what to do.
func Explain(path string, err error) string {
	cause := err
	if what, ok := errors.AsType[*os.PathError](err); ok {
		cause = what.Err
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("%s: %v: run weir as a user who may read it (often group adm)", path, cause)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Sprintf("%s: %v: name fewer files, or raise the limit (ulimit -n)", path, cause)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Sprintf("%s: %v: check the name", path, cause)
	case errors.Is(err, syscall.EAGAIN):
		return fmt.Sprintf("%s: %v: a device that waits for lines: pipe what reads it into weir -, as in dmesg | weir -", path, cause)
	case errors.Is(err, syscall.EISDIR):
		return fmt.Sprintf("%s: %v: name a file", path, cause)
	}
	return fmt.Sprintf("%s: %v", path, cause)
}
