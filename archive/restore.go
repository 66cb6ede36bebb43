package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"weir/archive/bucket"
)

// Restoring counts what a restore did.
type Restoring struct {
	Fetched int
	Have    int // restored before, or never gone
	Frozen  int
	Failed  int // refused ones too
	Lines   int64
	Raw     int64 // bytes written
	Packed  int64 // bytes fetched
}

// thawDays is how long a thawed object can be read.
const thawDays = 7

// restorer carries out a plan.
type restorer struct {
	Wanted
	root   *os.Root
	list   *restoredList
	limit  *limiter
	report Restoring
	errs   []error
}

// Restore carries out a plan: files come under temporary names, are verified and
// then named. Nothing outside Into is written but the list in DIR/.weir, and no
// other file is replaced. Doing it again fetches nothing.
func Restore(ctx context.Context, w Wanted, plan *Plan) (Restoring, error) {
	r := &restorer{Wanted: w.withDefaults()}
	r.limit = &limiter{rate: w.LimitRate, now: w.Now}
	home, err := openHome(w.Dir, restoreLock)
	if err != nil {
		return Restoring{}, err
	}
	defer home.close()
	if err := os.MkdirAll(w.Into, 0o755); err != nil {
		return Restoring{}, full(w.Into, fmt.Errorf("make %s: %w", w.Into, err))
	}
	if r.root, err = os.OpenRoot(w.Into); err != nil {
		return Restoring{}, fmt.Errorf("open %s: %w", w.Into, err)
	}
	defer r.root.Close()
	if err := r.sweep(); err != nil {
		return Restoring{}, err
	}
	room, err := free(w.Into)
	if err != nil {
		return Restoring{}, err
	}
	if needed := plan.Raw + plan.Raw/20; needed > room {
		return Restoring{}, &FullError{Path: w.Into, Needed: needed, Free: room}
	}
	if r.list, err = readRestored(w.Dir); err != nil {
		return Restoring{}, err
	}
	r.Progress.update(func(s *Snapshot) { *s = Snapshot{Files: plan.Fetch, Bytes: plan.Packed} })
	for i := range plan.Items {
		if err := r.item(ctx, &plan.Items[i]); err != nil {
			return r.report, err
		}
	}
	for _, err := range plan.Bad {
		r.fail("", err)
	}
	return r.report, r.outcome()
}

func (r *restorer) outcome() error {
	for _, err := range r.errs {
		if errors.As(err, new(*VerifyError)) {
			return err
		}
	}
	if len(r.errs) > 1 {
		return fmt.Errorf("%d files were not restored, the first: %w", len(r.errs), r.errs[0])
	}
	return errors.Join(r.errs...)
}

func (r *restorer) event(e Event) {
	e.Time = r.Now()
	r.OnEvent(e)
}

func (r *restorer) fail(name string, err error) {
	r.report.Failed++
	e := Event{What: Failed, File: name, Reason: err.Error()}
	if name != "" {
		err = fmt.Errorf("%s: %w", name, err)
	}
	r.errs = append(r.errs, err)
	r.Progress.update(func(s *Snapshot) { s.Failed++; s.LastReason = err.Error() })
	r.event(e)
}

const (
	tempStart = ".weir-"
	tempEnd   = ".part"
)

// sweep removes what a restore that was killed left.
func (r *restorer) sweep() error {
	entries, err := os.ReadDir(r.Into)
	if err != nil {
		return fmt.Errorf("read %s: %w", r.Into, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempStart) && strings.HasSuffix(e.Name(), tempEnd) && e.Type().IsRegular() {
			if err := r.root.Remove(e.Name()); err != nil {
				return fmt.Errorf("remove what an earlier restore left: %w", err)
			}
		}
	}
	return nil
}

// item does what the plan says of one file. An error ends the restore.
func (r *restorer) item(ctx context.Context, i *Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch i.Do {
	case Have, Here:
		r.report.Have++
		r.event(Event{What: Present, File: i.Name, Key: i.Manifest.Key, Reason: i.Reason})
		return nil
	case Refused:
		r.fail(i.Name, errors.New(i.Reason))
		return nil
	case Frozen:
		return r.frozen(ctx, i)
	}
	r.Progress.stage("downloading", i.Name)
	before := r.Progress.Snapshot().BytesDone
	err := r.fetch(ctx, i)
	r.Progress.update(func(s *Snapshot) {
		s.FilesDone, s.Stage, s.BytesDone = s.FilesDone+1, "", before+i.Packed
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bucket.ErrFrozen):
		return r.frozen(ctx, i)
	case errors.Is(err, context.Canceled), errors.As(err, new(*FullError)), errors.As(err, new(*bucket.AccessError)):
		return err
	}
	r.fail(i.Name, err)
	return nil
}

func (r *restorer) frozen(ctx context.Context, i *Item) error {
	r.report.Frozen++
	reason := cmp.Or(i.Reason, "it is in an archive class")
	thawer, ok := r.Bucket.(bucket.Thawer)
	switch {
	case i.Thawing:
		r.event(Event{What: Held, File: i.Name, Key: i.Manifest.Key, Reason: reason + ": run again when it is ready"})
		return nil
	case !r.Thaw || !ok:
		r.event(Event{What: Held, File: i.Name, Key: i.Manifest.Key, Reason: reason + ": --thaw asks for it, run again when it is ready, up to 48 hours later"})
		return nil
	}
	switch err := thawer.Thaw(ctx, i.Manifest.Key, thawDays); {
	case err == nil:
		r.event(Event{What: Thawing, File: i.Name, Key: i.Manifest.Key, Reason: "run again when it is ready, up to 48 hours later"})
	case errors.Is(err, context.Canceled), errors.As(err, new(*bucket.AccessError)):
		return err
	default:
		r.report.Frozen--
		r.fail(i.Name, err)
	}
	return nil
}

// fetch brings one file back.
func (r *restorer) fetch(ctx context.Context, i *Item) (err error) {
	m := i.Manifest
	temp := tempStart + sumName(i.Name) + tempEnd
	f, err := r.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return full(r.Into, err)
	}
	defer func() {
		f.Close()
		if err != nil {
			r.root.Remove(temp)
		}
	}()
	if err := r.room(i); err != nil {
		return err
	}
	whole := xxhash.New()
	written, err := r.unpack(ctx, i, io.MultiWriter(f, whole))
	if err != nil {
		return full(r.Into, err)
	}
	if err := f.Sync(); err != nil {
		return full(r.Into, err)
	}
	if err := r.root.Chtimes(temp, m.Modified, m.Modified); err != nil {
		return err
	}
	if m.Mode != 0 {
		if err := f.Chmod(os.FileMode(m.Mode)&0o777 | 0o400); err != nil {
			return err
		}
	}
	if len(m.Frames) == 0 {
		// Only now is it known what another program's object holds.
		known := Manifest{Name: m.Name, Raw: Content{Size: written, Hash: hash64(whole.Sum64())}}
		if here := newLocal(r.Dir).has(&known); here != "" {
			r.report.Have++
			r.event(Event{What: Present, File: i.Name, Key: m.Key, Reason: "it is still here as " + here})
			return r.root.Remove(temp)
		}
	}
	path, err := filepath.Abs(filepath.Join(r.Into, i.Name))
	if err != nil {
		return err
	}
	done := restored{Path: path, Key: m.Key, From: i.From, To: i.To, Size: written, Modified: m.Modified.UnixNano(), Hash: hash64(whole.Sum64())}
	r.at("fetched")
	if err := r.name(temp, i.Name, done); err != nil {
		return err
	}
	r.report.Fetched++
	r.report.Lines, r.report.Raw, r.report.Packed = r.report.Lines+i.Lines, r.report.Raw+written, r.report.Packed+i.Packed
	e := Event{What: Restored, File: i.Name, Key: m.Key, Lines: i.Lines, Bytes: written, Packed: i.Packed}
	if !i.whole() {
		e.Reason = fmt.Sprintf("frames %d to %d of %d", i.From+1, i.To, len(m.Frames))
	}
	r.event(e)
	return nil
}

func (r *restorer) room(i *Item) error {
	room, err := free(r.Into)
	if err != nil {
		return err
	}
	if i.Raw > room {
		return &FullError{Path: r.Into, Needed: i.Raw, Free: room}
	}
	return nil
}

// name gives the verified file its name. It goes into the list first: a file
// that is in the list and not there is fetched again, one that is there and not
// in the list would be a stranger.
func (r *restorer) name(temp, name string, done restored) error {
	if old, ok := r.list.get(r.Into, name); ok && old.Key == done.Key && old.intact(done.Path) {
		if err := r.root.Remove(name); err != nil {
			return err
		}
	}
	if err := r.list.add(done); err != nil {
		return err
	}
	r.at("listed")
	if err := r.root.Link(temp, name); err != nil {
		if errors.Is(err, os.ErrExist) {
			return errors.New("another file of that name is there: move it away")
		}
		// No hard links here: look, then rename.
		if _, there := r.root.Lstat(name); !errors.Is(there, os.ErrNotExist) {
			return errors.New("another file of that name is there: move it away")
		}
		if err := r.root.Rename(temp, name); err != nil {
			return err
		}
		return syncDir(r.Into)
	}
	r.at("named")
	return errors.Join(r.root.Remove(temp), syncDir(r.Into))
}

// unpack writes the wanted frames and verifies each.
func (r *restorer) unpack(ctx context.Context, i *Item, w io.Writer) (int64, error) {
	m := i.Manifest
	codec, err := codecNamed(m.Codec)
	if err != nil {
		return 0, err
	}
	var offset int64
	for _, f := range m.Frames[:i.From] {
		offset += f.Packed
	}
	source := &ranged{ctx: ctx, bucket: r.Bucket, key: m.Key, at: offset, end: offset + i.Packed, pause: 200 * time.Millisecond}
	defer source.close()
	in, err := codec.reader(&counted{&meteredReader{source, ctx, r.limit, r.Progress}, r.Progress}, len(m.Frames) > 0)
	if err != nil {
		return 0, r.damaged(i, err)
	}
	defer in.Close()
	if len(m.Frames) == 0 { // another program's: nothing says what is inside
		n, err := io.Copy(w, io.LimitReader(in, bombLimit(i.Packed)+1))
		if n > bombLimit(i.Packed) {
			return n, errBomb
		}
		return n, r.damaged(i, err)
	}
	var total int64
	buffer := make([]byte, 1<<20) // a file system takes large pieces for half the work
	for n, f := range m.Frames[i.From:i.To] {
		h := xxhash.New()
		got, err := io.CopyBuffer(io.MultiWriter(w, h), io.LimitReader(in, f.Raw), buffer)
		total += got
		if err != nil {
			return total, r.damaged(i, err)
		}
		if got != f.Raw || hash64(h.Sum64()) != f.Hash {
			return total, &VerifyError{m.Key, fmt.Sprintf("frame %d does not hold what its manifest says", i.From+n+1)}
		}
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(in, 1)); n != 0 || err != nil {
		return total, &VerifyError{m.Key, "it holds more than its manifest says"}
	}
	return total, nil
}

// damaged tells errors of the packed bytes from those of the way.
func (r *restorer) damaged(i *Item, err error) error {
	var way *wayError
	switch {
	case err == nil, errors.As(err, &way), errors.Is(err, context.Canceled), errors.Is(err, bucket.ErrFrozen),
		errors.As(err, new(*bucket.AccessError)), errors.As(err, new(*os.PathError)):
		return err
	case errors.Is(err, bucket.ErrChecksum):
		return &VerifyError{i.Manifest.Key, "the bucket says itself that its bytes have changed"}
	}
	return &VerifyError{i.Manifest.Key, "it cannot be unpacked: " + err.Error()}
}
