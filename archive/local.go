package archive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/archive/bucket"
)

// LocalState is how far a file of a directory of logs is on its way.
type LocalState uint8

// The states, in the order of the way.
const (
	Writing    LocalState = iota // it is not complete, for its Reason
	Complete                     // the next pass archives it
	Compressed                   // it is packed in DIR/archive and not uploaded
	Archived                     // it is in the archive, and kept here for now
	Back                         // a restore brought it back
	Other                        // not archived, for its Reason
)

var localStates = [...]string{"writing", "complete", "compressed", "archived", "restored", "not archived"}

// String is the state's name.
func (s LocalState) String() string { return localStates[s] }

// Local is one file of a directory of logs.
type Local struct {
	Name     string
	Path     string
	Key      string // of its object, where it was archived or restored
	State    LocalState
	Size     int64
	Modified time.Time
	Reason   string
	From, To int // frames of its object that a restored file has, To not included
}

// Locals lists the files of a directory of logs, what Compress has packed and
// what was restored, by state and name. It changes nothing. A directory that is
// not there is an error.
func Locals(c Config) ([]Local, error) {
	p := &pusher{Config: c.withDefaults()}
	verdicts, held, err := p.look()
	if err != nil {
		return nil, err
	}
	archived := readJournal(c.Dir)
	var all []Local
	add := func(l Local) {
		if info, err := os.Lstat(l.Path); err == nil {
			l.Size, l.Modified = info.Size(), info.ModTime()
			if list := archived.of(identify(info), c.Archive); l.State < Archived && len(list) > 0 && list[len(list)-1].end() == l.Size {
				l.State, l.Key = Archived, list[len(list)-1].Key
			}
			all = append(all, l)
		}
	}
	for _, v := range verdicts {
		l := Local{Name: v.Name, Path: filepath.Join(c.Dir, v.Name), Reason: v.Reason}
		switch {
		case v.Complete:
			l.State = Complete
		case !logLike(v.Name) && strings.HasPrefix(v.Reason, "no rule"):
			l.State = Other
		}
		add(l)
	}
	for _, e := range held {
		add(Local{Name: e.File, Path: filepath.Join(c.Dir, e.File), State: Other, Reason: e.Reason})
	}
	packed, _ := os.ReadDir(filepath.Join(c.Dir, packedFolder))
	list, err := readRestored(c.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range packed {
		path := filepath.Join(c.Dir, packedFolder, e.Name())
		abs, _ := filepath.Abs(path)
		if _, back := list.files[abs]; !back && e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			add(Local{Name: e.Name(), Path: path, State: Compressed})
		}
	}
	for path, r := range list.files {
		add(Local{Name: filepath.Base(path), Path: path, State: Back, Key: r.Key, From: r.From, To: r.To})
	}
	slices.SortFunc(all, func(a, b Local) int {
		return cmp.Or(cmp.Compare(a.State, b.State), strings.Compare(sortKey(a.Name), sortKey(b.Name)))
	})
	return all, nil
}

// readJournal reads the journal and leaves it as it is.
func readJournal(dir string) *journal {
	j := &journal{live: make(map[[2]uint64][]record)}
	for _, r := range records(dir) {
		j.keep(r)
	}
	return j
}

func records(dir string) (all []record) {
	data, _ := os.ReadFile(filepath.Join(dir, homeName, "journal.jsonl"))
	for line := range bytes.Lines(data) {
		var r record
		if json.Unmarshal(line, &r) == nil && r.Key != "" {
			all = append(all, r)
		}
	}
	return all
}

// History is what was archived from a directory lately, as far as the journal
// goes back, the newest last, at most n.
func History(dir string, n int) []Event {
	all := records(dir)
	all = slices.DeleteFunc(all, func(r record) bool { return r.At.IsZero() })
	var events []Event
	for _, r := range all[max(0, len(all)-n):] {
		e := Event{Time: r.At, What: Recorded, File: r.Name, Key: r.Key, Lines: r.Source.Lines, Bytes: r.Source.Size, Proof: r.Proof}
		if r.Deleted {
			e.What = Deleted
		}
		events = append(events, e)
	}
	return events
}

// Discard gives up what a pass that was stopped left on its way: packed files,
// and uploads that are open in the bucket. The files themselves are all here
// still, so the next pass begins anew.
func Discard(ctx context.Context, dir string, b bucket.Bucket) error {
	home, err := openHome(dir, pushLock)
	if err != nil {
		return err
	}
	defer home.close()
	entries, err := os.ReadDir(home.spool)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok {
			continue
		}
		if j, err := loadJob(home, id); err == nil && j.Upload != "" {
			if err := b.Abort(ctx, j.Manifest.Key, j.Upload); err != nil && !errors.Is(err, bucket.ErrNotFound) {
				errs = append(errs, err) // the next pass tries again
				continue
			}
		}
		dropJob(home, id)
	}
	return errors.Join(errs...)
}
