package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/cespare/xxhash/v2"

	"weir/archive/bucket"
)

// file takes one complete file as far as it can go.
func (p *pusher) file(ctx context.Context, s source) error {
	for {
		f, info, err := openSource(s.path)
		if errors.Is(err, os.ErrNotExist) {
			return nil // rotated away meanwhile; its new name is met in the next pass
		}
		if err != nil {
			return err
		}
		moved, again, err := p.open(ctx, s, f, info)
		f.Close()
		if err != nil || !again {
			return err
		}
		s = moved
	}
}

// open works on the open file. It asks to be called again, with where the file
// is now, when the file has grown on the way.
func (p *pusher) open(ctx context.Context, s source, f *os.File, info os.FileInfo) (source, bool, error) {
	writer := beingWritten(f)
	if errors.Is(writer, errWriter) {
		p.hold(s.name, errWriter.Error())
		return s, false, nil
	}
	id := identify(info)
	due, err := p.keepFor(writer)
	if err != nil {
		return s, false, err
	}
	age := max(p.Now().Sub(info.ModTime()), 0)
	records := p.journal.of(id, p.Archive)
	if n := len(records); n > 0 && records[n-1].ID == id && records[n-1].end() == id.Size && age < due && !s.claimed {
		p.report.Kept++
		p.event(Event{What: Kept, File: s.name, Key: records[n-1].Key, Reason: fmt.Sprintf("for another %s", (due - age).Round(time.Second))})
		return s, false, nil
	}
	records, err = matching(f, records, id.Size)
	leaves := age >= due || s.claimed && writer == nil
	if err == nil && leaves {
		records, err = p.stillThere(ctx, s, records)
	}
	if err != nil {
		return s, false, err
	}
	if end := endOf(records); end < id.Size {
		records, err = p.piece(ctx, s, f, id, records)
		if err != nil {
			return s, false, err
		}
		if endOf(records) < id.Size {
			return s, true, nil // an earlier piece was found in the bucket
		}
	}
	switch {
	case leaves:
		return p.remove(s, f, records, writer != nil)
	case s.claimed:
		p.hold(s.name, "whether it is being written cannot be told here; it stays for another "+(due-age).Round(time.Second).String())
	default:
		p.report.Kept++
	}
	return s, false, nil
}

// keepFor is how long an archived file stays here: shorter where room is, longer
// where its writers are not known.
func (p *pusher) keepFor(writer error) (due time.Duration, err error) {
	due = p.KeepLocal
	if p.MinFree > 0 && due > 0 {
		room, err := free(p.Dir)
		if err != nil {
			return due, err
		}
		if room < p.MinFree {
			due = 0
		}
	}
	if writer != nil {
		due = max(due, p.Grace)
	}
	return due, nil
}

func endOf(records []record) int64 {
	if len(records) == 0 {
		return 0
	}
	last := records[len(records)-1]
	return last.Offset + last.Source.Size
}

// matching returns the records that still say what is in the file, read again.
func matching(f *os.File, records []record, size int64) ([]record, error) {
	for i := range records {
		r := &records[i]
		if r.Offset+r.Source.Size > size {
			return nil, nil
		}
		sum, err := hashOf(f, r.Offset, r.Source.Size)
		if err != nil {
			return nil, err
		}
		if sum != r.Source.Hash {
			return nil, nil
		}
	}
	return slices.Clone(records), nil
}

func hashOf(f io.ReaderAt, offset, length int64) (string, error) {
	h := xxhash.New()
	n, err := io.Copy(h, io.NewSectionReader(f, offset, length))
	if err != nil {
		return "", fmt.Errorf("read: %w", err)
	}
	if n != length {
		return "", errors.New("the file became shorter while it was read")
	}
	return hash64(h.Sum64()), nil
}

// piece archives what lies behind the records.
func (p *pusher) piece(ctx context.Context, s source, f *os.File, id identity, records []record) ([]record, error) {
	offset := endOf(records)
	work := jobID(id, offset)
	for attempt := 0; ; attempt++ {
		j, err := loadJob(p.home, work)
		fits := false
		if err == nil && j.Archive == p.Archive {
			if fits, err = j.fits(f, id); err != nil {
				return nil, err
			}
		}
		if !fits {
			if err := p.giveUp(ctx, j); err != nil {
				return nil, err
			}
			if j, err = p.pack(ctx, s, f, id, offset); err != nil {
				return nil, err
			}
			if offset == 0 || !j.Direct {
				found, err := p.recall(ctx, f, id, s.name, j)
				if err != nil {
					return nil, err
				}
				if len(found) > 0 {
					dropJob(p.home, work)
					return append(records, found...), nil
				}
			}
			if err := j.save(p.home, work); err != nil {
				dropJob(p.home, work)
				return nil, err
			}
			p.at("packed")
		}
		r, err := p.store(ctx, s, f, j, work)
		if err == nil {
			dropJob(p.home, work)
			return append(records, r), nil
		}
		if !errors.Is(err, bucket.ErrChecksum) {
			return nil, err
		}
		// What was packed is not what lies in the spool now: pack again, once.
		dropJob(p.home, work)
		if attempt > 0 {
			return nil, &VerifyError{s.name, "the packed bytes changed on their way, twice: " + err.Error()}
		}
	}
}

// pack makes the packed file and its manifest.
func (p *pusher) pack(ctx context.Context, s source, f *os.File, id identity, offset int64) (*job, error) {
	p.Progress.stage("packing", s.name)
	if before, _, err := changed(f); err != nil || before != id {
		return nil, errors.Join(errors.New("it changed before it was read"), err)
	}
	j := &job{ID: id, Archive: p.Archive, Manifest: Manifest{Name: safe(s.name), Host: p.Host, Offset: offset, Modified: time.Unix(0, id.Modified).UTC()}}
	m := &j.Manifest
	if info, err := f.Stat(); err == nil {
		m.Mode = uint32(info.Mode().Perm())
	}
	done := p.Progress.Snapshot().BytesDone
	tick := func(n int) {
		done += int64(n)
		p.Progress.update(func(s *Snapshot) { s.BytesDone = done })
	}
	d := newDigest(p.NewParser(m.Modified), p.NewSummary())
	raw := io.NewSectionReader(f, offset, id.Size-offset)
	codec := codecOf(s.name)
	work := jobID(id, offset)
	if codec.Ext != "" {
		// It is packed already: its bytes are kept as they are.
		j.Direct = true
		if err := describe(ctx, raw, math.MaxInt64, codec, p.Bucket.NeedsMD5(), d, m, tick); err != nil {
			return nil, err
		}
	} else {
		codec = p.codec
		temp := filepath.Join(p.home.spool, work+".tmp")
		if err := p.spool(ctx, temp, raw, codec, d, m, tick); err != nil {
			os.Remove(temp)
			return nil, full(temp, err)
		}
		if err := os.Rename(temp, packedPath(p.home, work)); err != nil {
			os.Remove(temp)
			return nil, err
		}
	}
	p.at("spooled")
	var err error
	if j.Source, err = sourceOf(f, offset, id.Size, j); err != nil {
		dropJob(p.home, work)
		return nil, err
	}
	// A new name alone (ctime) is no matter: logrotate may come by.
	if after, _, err := changed(f); err != nil || after != id {
		dropJob(p.home, work)
		return nil, errors.Join(errors.New("it changed while it was read"), err)
	}
	p.name(s.name, codec, m)
	p.event(Event{What: Packing, File: s.name, Lines: m.Raw.Lines, Bytes: m.Raw.Size, Packed: m.Packed.Size})
	return j, nil
}

// sourceOf describes the file's own bytes; read once more, they must be those
// that were packed.
func sourceOf(f *os.File, offset, end int64, j *job) (Content, error) {
	sum, err := hashOf(f, offset, end-offset)
	if err != nil {
		return Content{}, err
	}
	if !j.Direct && sum != j.Manifest.Raw.Hash {
		return Content{}, errors.New("it changed while it was read")
	}
	return Content{Size: end - offset, Lines: j.Manifest.Raw.Lines, Hash: sum}, nil
}

// spool writes the packed file, and unpacks it again to compare.
func (p *pusher) spool(ctx context.Context, path string, raw io.Reader, codec Codec, d *digest, m *Manifest, tick func(int)) error {
	w, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := pack(ctx, w, raw, codec, p.Bucket != nil && p.Bucket.NeedsMD5(), d, m, tick); err != nil {
		return err
	}
	if err := w.Sync(); err != nil {
		return err
	}
	p.at("written")
	return unpacksTo(ctx, io.NewSectionReader(w, 0, m.Packed.Size), codec, m.Raw)
}

// unpacksTo is nil where the packed bytes give exactly the content.
func unpacksTo(ctx context.Context, packed io.Reader, codec Codec, want Content) error {
	if want.Size == 0 {
		return nil
	}
	r, err := codec.reader(packed, true)
	if err != nil {
		return err
	}
	defer r.Close()
	h := xxhash.New()
	n, err := io.Copy(h, &ending{ctx, io.LimitReader(r, want.Size+1)})
	if err != nil {
		return fmt.Errorf("unpack for comparison: %w", err)
	}
	if n != want.Size || hash64(h.Sum64()) != want.Hash {
		return &VerifyError{"the packed file", "it does not unpack to what was packed"}
	}
	return nil
}

// ending ends a copy with its context.
type ending struct {
	ctx context.Context
	io.Reader
}

func (e *ending) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.Reader.Read(p)
}

// longestName leaves room for a codec's ending and a manifest's in 255 bytes.
const longestName = 200

// name decides what the object and the restored file are called: by the file's
// own name where that says its time, otherwise, as a rotated file's name
// changes, by the time of its first line and its content.
func (p *pusher) name(name string, codec Codec, m *Manifest) {
	bare := withoutCodec(name)
	n, named := ParseName(bare)
	filename := safe(bare)
	if !named {
		first, _ := m.Span()
		prefix, ext := stemOf(name)
		n = Name{Prefix: prefix, Time: first.UTC().Truncate(time.Minute), Suffix: m.hash8(), Ext: ext}
		filename = safe(n.String())
	}
	if m.Offset > 0 {
		n = n.withSuffix("tail" + strconv.FormatInt(m.Offset, 10))
		filename = safe(n.String())
	}
	if over := len(filename) - longestName; over > 0 {
		sum := xxhash.Sum64String(n.Prefix)
		n.Prefix = n.Prefix[:max(len(n.Prefix)-over-17, 1)] + "~" + hash64(sum)
		if filename = safe(n.String()); len(filename) > longestName {
			n.Prefix, n.Suffix, n.Ext = hash64(sum), m.hash8(), ".log"
			filename = safe(n.String())
		}
	}
	m.Filename = filename
	m.Key = p.Template.Key(Fields{Name: n, Filename: filename + codec.Ext, Host: p.Host, Hash: m.hash8()})
}

// asideKey is where content goes whose key another content, or another host, has.
func asideKey(m *Manifest, codec Codec) (key, filename string) {
	folder := m.Key[:len(m.Key)-len(m.Filename+codec.Ext)]
	stem, ext := splitExt(m.Filename)
	filename = stem + "~" + hash64(xxhash.Sum64String(m.Raw.Hash + " " + m.Host))[:8] + ext
	return folder + filename + codec.Ext, filename
}

func splitExt(name string) (string, string) {
	ext := filepath.Ext(name)
	return name[:len(name)-len(ext)], ext
}
