package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/archive/bucket"
	"weir/archive/report"
)

// Wanted says what to bring back and where to.
type Wanted struct {
	Dir          string // of the logs; what is still there is not fetched
	Into         string // where files go; it is made
	Bucket       bucket.Bucket
	Template     Template
	Since, Until time.Time // event time, Until not included
	Words        []string  // each must be in the key or the file's name, whatever the case
	Thaw         bool      // ask for frozen objects
	Counted      bool      // the Plan's manifests have their Summaries
	LimitRate    int64     // bytes a second; 0 is without limit
	Now          func() time.Time
	OnEvent      func(Event)
	Progress     *Progress

	at func(point string) // for tests
}

func (w Wanted) withDefaults() Wanted {
	if w.OnEvent == nil {
		w.OnEvent = func(Event) {}
	}
	if w.Progress == nil {
		w.Progress = &Progress{}
	}
	if w.at == nil {
		w.at = func(string) {}
	}
	return w
}

// What a restore does with an Item.
const (
	Fetch   = "fetch"   // bring it back
	Have    = "have"    // it was restored before
	Here    = "here"    // the file itself is still among the logs
	Frozen  = "frozen"  // it must be thawed first
	Refused = "refused" // for Reason
)

// Item is one archived file in a Plan.
type Item struct {
	Manifest *Manifest
	Name     string // of the restored file, in Into
	Do       string
	Reason   string
	From, To int   // frames wanted, To not included
	Raw      int64 // bytes on the disk afterwards; 0 where it is not known before
	Packed   int64 // bytes to fetch
	Lines    int64
	Thawing  bool // it is frozen, and was asked for
}

// whole says that all frames are wanted.
func (i *Item) whole() bool { return i.From == 0 && i.To == len(i.Manifest.Frames) }

// Plan is what a restore would do.
type Plan struct {
	Items  []Item
	Bad    []error // manifests that cannot be read
	Fetch  int     // items
	Raw    int64   // bytes on the disk
	Packed int64   // bytes over the network
	Lines  int64
	Frozen int
}

// String is the plan in words.
func (p *Plan) String() string { return p.Words("--thaw") }

// Words is the plan in words; thaw is what asks for frozen objects.
func (p *Plan) Words(thaw string) string {
	text := fmt.Sprintf("%d of %s to fetch: %s, %s, %s on the disk, about $%.4f at Amazon's list prices",
		p.Fetch, report.Many(int64(len(p.Items)), "file"), report.Many(p.Lines, "line"), size(p.Packed), size(p.Raw), p.cost())
	if p.Frozen > 0 {
		text += fmt.Sprintf("; %d frozen: %s asks for them, which takes up to 48 hours", p.Frozen, thaw)
	}
	if len(p.Bad) > 0 {
		text += "; " + report.Many(int64(len(p.Bad)), "manifest") + " cannot be read"
	}
	return text
}

// cost is in US dollars: $0.09 a GB out, $0.0004 a thousand requests.
func (p *Plan) cost() float64 { return 0.09*float64(p.Packed)/1e9 + 0.0004*float64(p.Fetch)/1000 }

// NewPlan reads what the archive has of the time and decides what to do with
// each file. It changes nothing.
func NewPlan(ctx context.Context, w Wanted) (*Plan, error) {
	w = w.withDefaults()
	if err := w.apart(); err != nil {
		return nil, err
	}
	entries, bad, err := List(ctx, w.Bucket, w.Template, w.Since, w.Until, w.Counted)
	if err != nil {
		return nil, err
	}
	list, err := readRestored(w.Dir)
	if err != nil {
		return nil, err
	}
	here := newLocal(w.Dir)
	plan := &Plan{Bad: bad}
	taken := make(map[string]string) // name to key
	for name, r := range list.in(w.Into) {
		taken[name] = r.Key
	}
	for i := range entries {
		e := &entries[i]
		if !w.named(e) {
			continue
		}
		item := Item{Manifest: e.Manifest, Do: Fetch}
		if err := w.choose(ctx, e, &item, list, here, taken); err != nil {
			return nil, err
		}
		if item.Do == "" {
			continue
		}
		if item.Do == Frozen {
			plan.Frozen++
		}
		if item.Do == Fetch {
			plan.Fetch++
			plan.Raw, plan.Packed, plan.Lines = plan.Raw+item.Raw, plan.Packed+item.Packed, plan.Lines+item.Lines
		}
		plan.Items = append(plan.Items, item)
	}
	slices.SortStableFunc(plan.Items, func(a, b Item) int { return int(a.Manifest.First - b.Manifest.First) })
	return plan, nil
}

// apart refuses to bring files back to where they would be archived from again.
func (w *Wanted) apart() error {
	for _, dir := range []string{w.Dir, filepath.Join(w.Dir, packedFolder)} {
		from, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		into, err := filepath.Abs(w.Into)
		if err != nil {
			return err
		}
		a, err := os.Stat(from)
		b, err2 := os.Stat(into)
		if from == into || err == nil && err2 == nil && os.SameFile(a, b) {
			return UsageError{fmt.Errorf("what is restored to %s would be archived from there again: name another directory with --into", w.Into)}
		}
	}
	return nil
}

func (w *Wanted) named(e *Entry) bool {
	text := strings.ToLower(e.Object.Key + "\n" + e.Manifest.Name)
	for _, word := range w.Words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return false
		}
	}
	return true
}

func (w *Wanted) choose(ctx context.Context, e *Entry, item *Item, list *restoredList, here *local, taken map[string]string) error {
	m := e.Manifest
	item.Name = m.Filename
	if err := checkName(item.Name); err != nil {
		item.Do, item.Reason = Refused, err.Error()
		return nil
	}
	// Two folders of the archive may hold files of one name.
	if key, ok := taken[item.Name]; ok && key != m.Key {
		stem, ext := splitExt(item.Name)
		item.Name = stem + "~" + sumName(m.Key) + ext
	}
	taken[item.Name] = m.Key
	item.From, item.To = wantedFrames(m, w.Since, w.Until)
	if item.From == item.To && !e.Foreign() {
		item.Do = "" // between two of its frames
		return nil
	}
	if path := here.has(m); path != "" {
		item.Do, item.Reason = Here, "it is still here as "+path
		return nil
	}
	if r, ok := list.get(w.Into, item.Name); ok && r.Key == m.Key {
		if r.intact(filepath.Join(w.Into, item.Name)) {
			if r.From <= item.From && item.To <= r.To {
				item.Do = Have
				return nil
			}
			// More of it is wanted: fetch one piece that covers both.
			item.From, item.To = min(item.From, r.From), max(item.To, r.To)
		} else if _, err := os.Lstat(filepath.Join(w.Into, item.Name)); err == nil {
			item.Do, item.Reason = Refused, "the restored file was changed since: move it away to have it restored"
			return nil
		}
	} else if info, err := os.Lstat(filepath.Join(w.Into, item.Name)); err == nil {
		r := restored{Size: m.Raw.Size, Hash: m.Raw.Hash}
		if info.Size() == m.Raw.Size && m.Raw.Hash != "" && r.intact(filepath.Join(w.Into, item.Name)) {
			item.Do = Have
			return nil
		}
		item.Do, item.Reason = Refused, "another file of that name is there: move it away"
		return nil
	}
	for _, f := range m.Frames[item.From:item.To] {
		item.Raw, item.Packed, item.Lines = item.Raw+f.Raw, item.Packed+f.Packed, item.Lines+f.Lines
	}
	if e.Foreign() {
		item.Packed = m.Packed.Size
	}
	if e.Object.Frozen() {
		// A list does not say whether it was thawed meanwhile.
		o, err := w.Bucket.Head(ctx, m.Key)
		if err != nil {
			return fmt.Errorf("ask whether it is thawed: %w", err)
		}
		if !o.Frozen() {
			return nil
		}
		item.Do, item.Reason, item.Thawing = Frozen, "it is in class "+e.Object.Class, o.Thaw == "ongoing"
		if item.Thawing {
			item.Reason += " and being thawed"
		}
	}
	return nil
}

// wantedFrames are the frames with lines between since and until, and those
// between them. Frames without times are wanted.
func wantedFrames(m *Manifest, since, until time.Time) (from, to int) {
	from, to = -1, 0
	for i := range m.Frames {
		f := &m.Frames[i]
		if f.First != 0 && (f.Last < since.Unix() || !time.Unix(f.First, 0).Before(until)) {
			continue
		}
		if from < 0 {
			from = i
		}
		to = i + 1
	}
	return max(from, 0), to
}

// checkName refuses names that could leave the directory, or that another
// system would read differently.
func checkName(name string) error {
	if err := bucket.CheckKey(name); err != nil {
		return fmt.Errorf("its name is not safe: %w", err)
	}
	if strings.Contains(name, "/") || strings.HasPrefix(name, ".") || len(name) > 255-20 {
		return errors.New("its name is not safe: it has a slash, starts with a dot or is too long")
	}
	return nil
}

// local finds files that are still among the logs, by size, then content.
type local struct {
	dir   string
	sizes map[int64][]string
}

func newLocal(dir string) *local {
	l := &local{dir, make(map[int64][]string)}
	for _, folder := range []string{dir, filepath.Join(dir, packedFolder), filepath.Join(dir, homeName, "claim")} {
		entries, _ := os.ReadDir(folder)
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if e.IsDir() && filepath.Base(folder) == "claim" {
				below, _ := os.ReadDir(path)
				for _, b := range below {
					l.add(filepath.Join(path, b.Name()))
				}
				continue
			}
			l.add(path)
		}
	}
	return l
}

func (l *local) add(path string) {
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		l.sizes[info.Size()] = append(l.sizes[info.Size()], path)
	}
}

// has returns the file whose bytes at the manifest's offset are its content; ""
// where none can be read that is.
func (l *local) has(m *Manifest) string {
	if m.Raw.Hash == "" {
		return ""
	}
	for _, path := range l.sizes[m.Packed.Size] {
		f, _, err := openSource(path)
		if err != nil {
			continue
		}
		sums := newSums(false)
		_, err = io.Copy(sums, f)
		f.Close()
		if err == nil && sums.packed().SHA256 == m.Packed.SHA256 {
			return path
		}
	}
	for length, paths := range l.sizes {
		for _, path := range paths {
			// The file itself, or the file with more behind it of the same name.
			if length != m.Offset+m.Raw.Size && (length < m.Offset+m.Raw.Size || safe(filepath.Base(path)) != m.Name) {
				continue
			}
			f, _, err := openSource(path)
			if err != nil {
				continue
			}
			sum, err := hashOf(f, m.Offset, m.Raw.Size)
			f.Close()
			if err == nil && sum == m.Raw.Hash {
				return path
			}
		}
	}
	return ""
}
