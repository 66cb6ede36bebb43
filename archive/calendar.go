package archive

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"weir/archive/bucket"
)

// Day is what the archive holds of one day.
type Day struct {
	Begin   time.Time // its midnight
	Objects int       // files with lines of the day
	Foreign int       // of them without a manifest: their lines are not known
	Frozen  int       // of them to be thawed first
	Lines   int64
	Raw     int64 // bytes on the disk
	Packed  int64 // bytes in the bucket
}

// Calendar reads what an archive holds, by the day. Of a manifest that it has
// read it keeps the numbers of a few days and nothing else, so that looking again
// only lists. The zero value is ready; any goroutine may use it.
type Calendar struct {
	mu    sync.Mutex
	known map[string][]Day // by the manifest's key
}

// Read returns the days of zone between since and until of which the archive has
// lines, in order. Manifests that cannot be read are errors beside the rest.
func (c *Calendar) Read(ctx context.Context, b bucket.Bucket, t Template, zone *time.Location, since, until time.Time) (days []Day, bad []error, err error) {
	var (
		mu    sync.Mutex
		found = make(map[time.Time]*Day)
	)
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for e, err := range find(gctx, b, t, since, until) {
		if err != nil {
			_ = group.Wait() // it is this error, or follows from it
			return nil, nil, fmt.Errorf("list the archive: %w", err)
		}
		if !e.Foreign() && e.Day.Before(since) {
			continue // ended before: the key says so
		}
		group.Go(func() error {
			of, err := c.file(gctx, b, &e, zone)
			if gctx.Err() != nil {
				return gctx.Err()
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				bad = append(bad, err)
			}
			for _, d := range of {
				sum := found[d.Begin]
				if sum == nil {
					sum = &Day{Begin: d.Begin}
					found[d.Begin] = sum
				}
				if e.Object.Frozen() {
					sum.Frozen += d.Objects
				}
				sum.add(d)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, fmt.Errorf("list the archive: %w", err)
	}
	for _, d := range found {
		if d.Begin.Before(until) && d.Begin.AddDate(0, 0, 1).After(since) {
			days = append(days, *d)
		}
	}
	slices.SortFunc(days, func(a, b Day) int { return a.Begin.Compare(b.Begin) })
	slices.SortFunc(bad, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return days, bad, nil
}

func (d *Day) add(o Day) {
	d.Objects, d.Foreign = d.Objects+o.Objects, d.Foreign+o.Foreign
	d.Lines, d.Raw, d.Packed = d.Lines+o.Lines, d.Raw+o.Raw, d.Packed+o.Packed
}

// file returns the days of one archived file.
func (c *Calendar) file(ctx context.Context, b bucket.Bucket, e *Entry, zone *time.Location) ([]Day, error) {
	if e.Foreign() {
		first, _ := guess(e).Span()
		return []Day{{Begin: midnight(first, zone), Objects: 1, Foreign: 1, Packed: e.Object.Size}}, nil
	}
	c.mu.Lock()
	days, ok := c.known[e.Key]
	c.mu.Unlock()
	if ok {
		return days, nil
	}
	m, err := readManifest(ctx, b, bucket.Object{Key: e.Key})
	if err == nil && e.Missing {
		err = &VerifyError{e.Object.Key, "its manifest is there and the object is not"}
	}
	if err != nil {
		return nil, err
	}
	days = m.days(zone)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[string][]Day)
	}
	c.known[e.Key] = days
	return days, nil
}

// days are the file's lines by the day, as its frames lie; a frame counts for
// the day of its first line.
func (m *Manifest) days(zone *time.Location) []Day {
	first, _ := m.Span()
	days := []Day{{Begin: midnight(first, zone), Objects: 1}}
	for i := range m.Frames {
		f := &m.Frames[i]
		if f.First != 0 {
			first = time.Unix(f.First, 0)
		}
		begin := midnight(first, zone)
		at := slices.IndexFunc(days, func(d Day) bool { return d.Begin.Equal(begin) })
		if at < 0 {
			days, at = append(days, Day{Begin: begin, Objects: 1}), len(days)
		}
		days[at].add(Day{Lines: f.Lines, Raw: f.Raw, Packed: f.Packed})
	}
	return days
}

func midnight(at time.Time, zone *time.Location) time.Time {
	y, month, d := at.In(zone).Date()
	return time.Date(y, month, d, 0, 0, 0, 0, zone)
}

// ManifestOf gets the manifest of an object; bucket.ErrNotFound where it has none.
func ManifestOf(ctx context.Context, b bucket.Bucket, key string) (*Manifest, error) {
	for o, err := range b.List(ctx, key+".", "", "") {
		if err != nil {
			return nil, err
		}
		if object, _, ok := parseManifestKey(o.Key); ok && object == key {
			return readManifest(ctx, b, o)
		}
	}
	return nil, fmt.Errorf("the manifest of %s: %w", key, bucket.ErrNotFound)
}

// Bounds are the first and the last second of the lines in the frames [from, to).
func (m *Manifest) Bounds(from, to int) (first, last int64) {
	for _, f := range m.Frames[max(min(from, len(m.Frames)), 0):max(min(to, len(m.Frames)), 0)] {
		if f.First != 0 && (first == 0 || f.First < first) {
			first = f.First
		}
		last = max(last, f.Last)
	}
	if first == 0 {
		a, b := m.Span()
		return a.Unix(), b.Unix()
	}
	return first, last
}
