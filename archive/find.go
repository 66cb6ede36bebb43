package archive

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/archive/bucket"
)

// longestFile is how long before a moment a file may have been begun that has
// lines of it. A file is kept under the day of its first line.
const longestFile = 32 * 24 * time.Hour

// Entry is an archived file as the bucket lists it.
type Entry struct {
	Object   bucket.Object
	Key      string // of the manifest; "" where there is none
	Day      time.Time
	Manifest *Manifest // made up where Key is ""; nil before it is read
	Missing  bool      // the manifest is there and its object is not
}

// Foreign says that another program wrote the object: there is no manifest.
func (e *Entry) Foreign() bool { return e.Key == "" }

// visilogs named its objects YYYY-MM-DD.name.UUID.log, in the bucket's root.
var visilogs = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})\.(.*)\.([0-9a-f]{8})-[0-9a-f-]{27}\.log$`)
})

// find yields the archived files that can have lines between since and until, in
// the order of their keys. It lists only the folders of those days.
func find(ctx context.Context, b bucket.Bucket, t Template, since, until time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		w := &walk{ctx: ctx, bucket: b, levels: t.levels(), since: since.Add(-longestFile), until: until, yield: yield}
		w.down("", 0, span{})
	}
}

type walk struct {
	ctx          context.Context
	bucket       bucket.Bucket
	levels       []level
	since, until time.Time
	yield        func(Entry, error) bool
}

// down walks below a folder; false ends the walk.
func (w *walk) down(folder string, depth int, date span) bool {
	if depth == len(w.levels) {
		return w.leaf(folder)
	}
	l := w.levels[depth]
	if l.literal != "" {
		return w.down(folder+l.literal+"/", depth+1, date)
	}
	for o, err := range w.bucket.List(w.ctx, folder, "", "/") {
		if err != nil {
			w.yield(Entry{}, err)
			return false
		}
		element := strings.TrimSuffix(o.Key[len(folder):], "/")
		if !o.Prefix {
			if m := visilogs().FindStringSubmatch(element); m != nil && depth == 0 {
				day, err := time.Parse("2006-01-02", m[1])
				if err == nil && !day.After(w.until) && day.After(w.since) && !w.yield(Entry{Object: o, Day: day}, nil) {
					return false
				}
			}
			continue
		}
		m := l.pattern.FindStringSubmatch(element)
		if m == nil {
			continue
		}
		below := date
		for i, field := range l.fields {
			below.set(field, m[i+1])
		}
		if below.overlaps(w.since, w.until) && !w.down(o.Key, depth+1, below) {
			return false
		}
	}
	return true
}

// leaf yields the objects of a folder, each with its manifest's key. A manifest
// comes after its object in the order of keys.
func (w *walk) leaf(folder string) bool {
	var objects []Entry
	index := make(map[string]int)
	alone := make(map[string]Entry) // manifests whose object has not come yet
	for o, err := range w.bucket.List(w.ctx, folder, "", "/") {
		if err != nil {
			w.yield(Entry{}, err)
			return false
		}
		if o.Prefix {
			continue
		}
		if object, last, ok := parseManifestKey(o.Key); ok {
			if i, known := index[object]; known {
				objects[i].Key, objects[i].Day = o.Key, last
			} else {
				alone[object] = Entry{Object: bucket.Object{Key: object}, Key: o.Key, Day: last, Missing: true}
			}
			continue
		}
		index[o.Key] = len(objects)
		objects = append(objects, Entry{Object: o})
	}
	for _, object := range slices.Sorted(maps.Keys(alone)) {
		if !w.yield(alone[object], nil) {
			return false
		}
	}
	for _, e := range objects {
		name := e.Object.Key[len(folder):]
		if e.Foreign() {
			n, ok := ParseName(withoutCodec(name))
			if !ok {
				continue // nothing says when it was
			}
			e.Day = n.Time
		}
		if !w.yield(e, nil) {
			return false
		}
	}
	return true
}

// manifests reads the entries' manifests, eight at a time, and keeps those
// entries that have lines between since and until. What cannot be read comes
// back as an error beside the rest.
func manifests(ctx context.Context, b bucket.Bucket, found []Entry, since, until time.Time, counted bool) (kept []Entry, bad []error, err error) {
	errs := make([]error, len(found))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range found {
		e := &found[i]
		if e.Foreign() {
			e.Manifest = guess(e)
			continue
		}
		if e.Day.Before(since) {
			continue // ended before: the key says so
		}
		group.Go(func() error {
			m, err := readManifest(gctx, b, bucket.Object{Key: e.Key})
			if gctx.Err() != nil {
				return gctx.Err()
			}
			switch {
			case err == nil && e.Missing:
				err = &VerifyError{e.Object.Key, "its manifest is there and the object is not"}
			case err == nil && m.Key != e.Object.Key:
				err = &VerifyError{e.Key, "it speaks of another object, " + m.Key}
			}
			if m != nil && !counted {
				m.Summary = nil
			}
			e.Manifest, errs[i] = m, err
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	for i := range found {
		if errs[i] != nil {
			bad = append(bad, errs[i])
			continue
		}
		if found[i].Manifest == nil {
			continue
		}
		if first, last := found[i].Manifest.Span(); first.Before(until) && !last.Before(since) {
			kept = append(kept, found[i])
		}
	}
	return kept, bad, nil
}

// guess makes up what a manifest would say of another program's object: the time
// from its name to its upload. Its content is not known before it is read.
func guess(e *Entry) *Manifest {
	name := e.Object.Key[strings.LastIndexByte(e.Object.Key, '/')+1:]
	m := &Manifest{
		Key: e.Object.Key, Name: name, Filename: withoutCodec(name), Codec: codecOf(name).Name, First: e.Day.Unix(), Last: e.Object.Modified.Unix(),
		Modified: e.Object.Modified, Packed: Packed{Size: e.Object.Size},
	}
	if visilogs().MatchString(name) {
		m.Last = e.Day.Add(24 * time.Hour).Unix()
	}
	m.Last = max(m.Last, m.First)
	return m
}

// List reads what the archive holds of the time between since and until, with
// the manifests; their Summaries, which are most of their size, only if counted.
// Damaged manifests are errors beside the rest.
func List(ctx context.Context, b bucket.Bucket, t Template, since, until time.Time, counted bool) ([]Entry, []error, error) {
	var found []Entry
	for e, err := range find(ctx, b, t, since, until) {
		if err != nil {
			return nil, nil, fmt.Errorf("list the archive: %w", err)
		}
		found = append(found, e)
	}
	return manifests(ctx, b, found, since, until, counted)
}
