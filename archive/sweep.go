package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/archive/bucket"
)

// claims lists what lies in the claim folder: files that were about to be
// deleted when something came between.
func (p *pusher) claims() ([]source, error) {
	folders, err := os.ReadDir(p.home.claim)
	if err != nil {
		return nil, fmt.Errorf("read the claimed files: %w", err)
	}
	var claimed []source
	for _, folder := range folders {
		at := filepath.Join(p.home.claim, folder.Name())
		files, err := os.ReadDir(at)
		if err != nil {
			return nil, fmt.Errorf("read the claimed files: %w", err)
		}
		if len(files) == 0 {
			os.Remove(at)
		}
		for _, f := range files {
			claimed = append(claimed, source{filepath.Join(at, f.Name()), f.Name(), true})
		}
	}
	return claimed, nil
}

// sweep removes what a pass that was killed left in the spool, and gives up
// uploads whose file is gone.
func (p *pusher) sweep(ctx context.Context) error {
	entries, err := os.ReadDir(p.home.spool)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	var jobs []string
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			jobs = append(jobs, id)
		}
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".packed")
		if strings.HasSuffix(e.Name(), ".tmp") || ok && !slices.Contains(jobs, id) {
			os.Remove(filepath.Join(p.home.spool, e.Name()))
		}
	}
	here, err := p.inodes()
	if err != nil {
		return err
	}
	var known []string
	for _, id := range jobs {
		j, err := loadJob(p.home, id)
		if err == nil {
			known = append(known, j.Upload)
		}
		done := err == nil && slices.ContainsFunc(p.journal.of(j.ID, p.Archive), func(r record) bool {
			return r.Offset == j.Manifest.Offset && r.Source == j.Source
		})
		if err == nil && here[[2]uint64{j.ID.Dev, j.ID.Ino}] && !done {
			continue
		}
		if err == nil && !done {
			if err := p.giveUp(ctx, j); err != nil {
				return err
			}
		}
		dropJob(p.home, id)
	}
	return p.sweepUploads(ctx, known)
}

// giveUp ends a job's upload. One that was begun for another archive may be in
// another bucket.
func (p *pusher) giveUp(ctx context.Context, j *job) error {
	if j == nil || j.Upload == "" {
		return nil
	}
	err := p.Bucket.Abort(ctx, j.Manifest.Key, j.Upload)
	if errors.Is(err, bucket.ErrNotFound) || j.Archive != p.Archive {
		return ctx.Err()
	}
	return err
}

// forgotten is how long nothing must have arrived of an upload of one of our keys
// that no job knows for it to be given up; looked for every sweepEvery.
const (
	forgotten  = 24 * time.Hour
	sweepEvery = 6 * time.Hour
)

// sweepUploads gives up uploads that were forgotten. Without the right to list
// them, or in a bucket that does not, that is for the bucket's own rules.
func (p *pusher) sweepUploads(ctx context.Context, known []string) error {
	mark := filepath.Join(p.Dir, homeName, "swept")
	if info, err := os.Stat(mark); err == nil && p.Now().Sub(info.ModTime()).Abs() < sweepEvery {
		return nil
	}
	open, err := p.Bucket.Uploads(ctx, p.Template.literal())
	if err != nil {
		return ctx.Err()
	}
	for _, u := range open {
		if slices.Contains(known, u.ID) || !p.Template.makes(u.Key) || p.Now().Sub(u.Started) < forgotten {
			continue
		}
		parts, err := p.Bucket.ListParts(ctx, u.Key, u.ID)
		if err != nil || slices.ContainsFunc(parts, func(part bucket.Part) bool { return p.Now().Sub(part.Modified) < forgotten }) {
			continue // another host's may be slow
		}
		if err := p.Bucket.Abort(ctx, u.Key, u.ID); err != nil {
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return full(mark, err)
	}
	return os.Chtimes(mark, p.Now(), p.Now())
}

// inodes are the files that are here.
func (p *pusher) inodes() (map[[2]uint64]bool, error) {
	here := make(map[[2]uint64]bool)
	for _, dir := range []string{p.Dir, p.home.claim} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				if e != nil && e.IsDir() && path != dir && dir == p.Dir {
					return fs.SkipDir
				}
				return nil
			}
			if info, err := e.Info(); err == nil {
				id := identify(info)
				here[[2]uint64{id.Dev, id.Ino}] = true
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for files: %w", err)
		}
	}
	return here, nil
}
