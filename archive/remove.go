package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"weir/archive/bucket"
)

// remove deletes a file that is archived: it is taken out of the way of writers
// by name, read once more, and deleted while no writer can have it open.
func (p *pusher) remove(s source, f *os.File, records []record, unseen bool) (source, bool, error) {
	if !s.claimed {
		moved, err := p.take(s, f)
		if err != nil || moved == (source{}) {
			return s, false, err
		}
		s = moved
	}
	p.at("claimed")
	id, ctime, err := changed(f)
	if err != nil {
		return s, false, err
	}
	if id.Size != endOf(records) {
		return s, true, nil // it grew: its tail is archived next
	}
	still, err := matching(f, records, id.Size)
	if err != nil {
		return s, false, err
	}
	if endOf(still) != id.Size {
		return s, true, nil // other bytes than archived: a new content
	}
	h, err := holdAgainstWriters(f)
	defer h.release()
	if errors.Is(err, errWriter) || err != nil && !unseen {
		p.hold(s.name, err.Error())
		return s, false, nil
	}
	if again, ctimeAgain, err := changed(f); err != nil || again != id || ctimeAgain != ctime {
		return s, true, err
	}
	p.at("deleting")
	if err := os.Remove(s.path); err != nil {
		return s, false, err
	}
	p.at("deleted")
	folder := filepath.Dir(s.path)
	if err := errors.Join(os.Remove(folder), syncDir(p.home.claim)); err != nil {
		return s, false, err
	}
	last := record{Name: s.name, ID: id}
	e := Event{What: Deleted, File: s.name, Reason: "it is empty"}
	if len(records) > 0 {
		last = records[len(records)-1]
		last.Deleted = true
		if err := p.journal.add(last); err != nil {
			return s, false, err
		}
		e.Key, e.Proof, e.Reason = last.Key, last.Proof, ""
	}
	p.report.Deleted++
	p.event(e)
	return s, false, nil
}

// stillThere proves again what was archived in an earlier pass: the journal does
// not know what became of the bucket since. It returns nothing where an object
// or its manifest is gone.
func (p *pusher) stillThere(ctx context.Context, s source, records []record) ([]record, error) {
	for i := range records {
		r := &records[i]
		if r.proven {
			continue
		}
		p.Progress.stage("verifying", s.name)
		var err error
		if r.Manifest != "" {
			_, err = p.Bucket.Head(ctx, r.Manifest)
		}
		if err == nil {
			r.Proof, err = p.prover.prove(ctx, r.Key, r.Packed)
		}
		if errors.Is(err, bucket.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		r.proven = true
	}
	return records, nil
}

// take renames the file into the claim folder. Where the name belonged to
// another file by then, that one is put back and nothing is returned.
func (p *pusher) take(s source, f *os.File) (source, error) {
	info, err := f.Stat()
	if err != nil {
		return source{}, err
	}
	id := identify(info)
	folder := filepath.Join(p.home.claim, fmt.Sprintf("%x-%x", id.Ino, p.Now().UnixNano()))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return source{}, full(folder, err)
	}
	moved := source{filepath.Join(folder, s.name), s.name, true}
	if err := os.Rename(s.path, moved.path); err != nil {
		os.Remove(folder)
		if errors.Is(err, os.ErrNotExist) {
			return source{}, nil
		}
		return source{}, err
	}
	if taken, err := os.Lstat(moved.path); err != nil || !os.SameFile(taken, info) {
		if os.Link(moved.path, s.path) == nil {
			os.Remove(moved.path)
			os.Remove(folder)
		}
		return source{}, err
	}
	return moved, errors.Join(syncDir(folder), syncDir(p.home.claim), syncDir(p.Dir))
}
