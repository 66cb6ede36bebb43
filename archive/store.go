package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"weir/archive/bucket"
)

// store uploads a packed piece, proves it, and records it.
func (p *pusher) store(ctx context.Context, s source, f *os.File, j *job, work string) (record, error) {
	m := &j.Manifest
	body := io.ReaderAt(io.NewSectionReader(f, m.Offset, m.Packed.Size))
	if !j.Direct {
		packed, err := os.Open(packedPath(p.home, work))
		if err != nil {
			dropJob(p.home, work)
			return record{}, fmt.Errorf("open the packed file: %w", err)
		}
		defer packed.Close()
		body = packed
	}
	p.Progress.stage("uploading", s.name)
	proof, err := p.put(ctx, s, body, j, work)
	if err != nil {
		return record{}, err
	}
	p.event(Event{What: Verified, File: s.name, Key: m.Key, Proof: proof})
	p.at("verified")
	return p.record(ctx, s, j, proof)
}

// put brings the object into the bucket under its key, or another where that
// one has other content, and proves it.
func (p *pusher) put(ctx context.Context, s source, body io.ReaderAt, j *job, work string) (string, error) {
	m := &j.Manifest
	codec, err := codecNamed(m.Codec)
	if err != nil {
		return "", err
	}
	for aside := false; ; {
		sum, err := m.Packed.sum()
		if err != nil {
			return "", err
		}
		how := bucket.Put{OnlyIfAbsent: true, Type: codec.Type, Meta: m.meta()}
		err = p.up.upload(ctx, m.Key, body, sum, how, j.Upload, func(id string) error {
			j.Upload = id
			p.at("created")
			return j.save(p.home, work)
		})
		if err == nil {
			p.at("uploaded")
			p.report.Uploaded++
			p.report.Raw, p.report.Packed, p.report.Lines = p.report.Raw+m.Raw.Size, p.report.Packed+m.Packed.Size, p.report.Lines+m.Raw.Lines
			p.event(Event{What: Uploaded, File: s.name, Key: m.Key, Packed: m.Packed.Size})
		}
		if err != nil && !errors.Is(err, bucket.ErrExists) {
			return "", err
		}
		p.Progress.stage("verifying", s.name)
		proof, proveErr := p.prover.prove(ctx, m.Key, m.Packed)
		if err == nil {
			return proof, proveErr
		}
		if proveErr != nil && !errors.As(proveErr, new(*VerifyError)) {
			return "", proveErr
		}
		ours, err := p.ours(ctx, m)
		if err != nil || ours && proveErr == nil {
			return proof, err
		}
		// The key was taken, by other bytes: perhaps the same lines packed by
		// another version, perhaps other lines.
		if ours {
			same, proof, err := p.adopt(ctx, m)
			if err != nil || same {
				return proof, err
			}
		}
		if aside {
			return "", &VerifyError{m.Key, "the bucket holds something else under this name"}
		}
		m.Key, m.Filename = asideKey(m, codec)
		j.Upload, aside = "", true
		if err := j.save(p.home, work); err != nil {
			return "", err
		}
	}
}

// ours says whether the object was archived from this host, or nobody knows.
// Two hosts may well write the same line in the same hour.
func (p *pusher) ours(ctx context.Context, m *Manifest) (bool, error) {
	o, err := p.Bucket.Head(ctx, m.Key)
	if err != nil {
		return false, fmt.Errorf("verify: %w", err)
	}
	if host, ok := o.Meta["weir-host"]; ok {
		return host == safe(m.Host), nil
	}
	for o, err := range p.Bucket.List(ctx, m.Key+".", "", "") {
		if err != nil {
			return false, err
		}
		if object, _, ok := parseManifestKey(o.Key); !ok || object != m.Key {
			continue
		}
		if k, err := readManifest(ctx, p.Bucket, o); err == nil {
			return k.Host == m.Host, nil
		}
	}
	return true, nil
}

// adopt takes an object with other bytes for this piece's where it unpacks to
// the very same content. m then describes the object.
func (p *pusher) adopt(ctx context.Context, m *Manifest) (bool, string, error) {
	o, err := p.Bucket.Head(ctx, m.Key)
	if err != nil {
		return false, "", fmt.Errorf("verify: %w", err)
	}
	found := *m
	ok, err := p.read(ctx, o, &found)
	if err != nil || !ok || found.Raw != m.Raw {
		return false, "", err
	}
	*m = found
	return true, byReadBack, nil
}

// meta goes with the object, for people who find it without its manifest.
func (m *Manifest) meta() map[string]string {
	first, last := m.Span()
	return map[string]string{
		"weir-lines": strconv.FormatInt(m.Raw.Lines, 10), "weir-size": strconv.FormatInt(m.Raw.Size, 10), "weir-hash": m.Raw.Hash,
		"weir-host": safe(m.Host), "weir-sha256": m.Packed.SHA256, "weir-first": first.Format("2006-01-02T15:04:05Z"), "weir-last": last.Format("2006-01-02T15:04:05Z"),
	}
}

// record puts the manifest beside the object and remembers the piece.
func (p *pusher) record(ctx context.Context, s source, j *job, proof string) (record, error) {
	m := &j.Manifest
	key := ""
	if !p.noManifest {
		key = m.manifestKey()
		if err := p.putManifest(ctx, key, m); err != nil {
			return record{}, fmt.Errorf("record: %w", err)
		}
		p.at("manifest")
	}
	r := record{Name: s.name, ID: j.ID, Offset: m.Offset, Source: j.Source, Key: m.Key, Manifest: key, Proof: proof, At: p.Now().UTC()}
	if err := p.journal.add(r); err != nil {
		return record{}, err
	}
	p.event(Event{What: Recorded, File: s.name, Key: m.Key, Lines: m.Raw.Lines})
	p.at("recorded")
	return r, nil
}

func (p *pusher) putManifest(ctx context.Context, key string, m *Manifest) error {
	data, err := m.encode()
	if err != nil {
		return err
	}
	sum, err := sumOf(bytes.NewReader(data), p.Bucket.NeedsMD5())
	if err != nil {
		return err
	}
	return p.Bucket.Put(ctx, key, bytes.NewReader(data), sum, bucket.Put{Type: "application/json"})
}

// recall looks in the bucket for pieces of this file that were archived before
// and are not in the journal, because that was lost. It returns those that cover
// the file's beginning without a gap, each proven.
func (p *pusher) recall(ctx context.Context, f *os.File, id identity, name string, j *job) ([]record, error) {
	m := &j.Manifest
	base, stem := m.Key, m.Filename
	if _, named := ParseName(withoutCodec(name)); named {
		stem, _ = splitExt(stem)
	} else {
		stem, _, _ = strings.Cut(stem, "-"+m.hash8())
	}
	base = base[:strings.LastIndexByte(base, '/')+1] + stem
	known, alone, err := p.pieces(ctx, base)
	if err != nil {
		return nil, err
	}
	if j.Direct {
		return p.recallPacked(ctx, id, name, j, append(known, alone...))
	}
	var found []record
	for end, more := int64(0), true; more && end < id.Size; {
		more = false
		for _, k := range append(known, alone...) {
			if !k.unplaced && k.Offset != end || k.Raw.Size == 0 || k.Raw.Size > id.Size-end {
				continue
			}
			if k.unplaced && k.Key == m.Key && k.Raw == m.Raw {
				continue // uploading again ends there too, and keeps its frames
			}
			sum, err := hashOf(f, end, k.Raw.Size)
			if err != nil {
				return nil, err
			}
			if sum != k.Raw.Hash {
				continue
			}
			k.Offset = end
			r, err := p.again(ctx, id, name, m, k)
			if err != nil {
				return nil, err
			}
			if err := p.journal.add(r); err != nil {
				return nil, err
			}
			found, end, more = append(found, r), r.end(), true
			break
		}
	}
	return found, nil
}

// recallPacked is recall for a file that is packed here: logrotate may have
// packed it after its lines were archived.
func (p *pusher) recallPacked(ctx context.Context, id identity, name string, j *job, known []*piece) ([]record, error) {
	for _, k := range known {
		if k.Offset != 0 || k.Raw != j.Manifest.Raw || k.unplaced && k.Key == j.Manifest.Key {
			continue
		}
		r, err := p.again(ctx, id, name, &j.Manifest, k)
		if err != nil {
			return nil, err
		}
		r.Source = j.Source
		return []record{r}, p.journal.add(r)
	}
	return nil, nil
}

// again proves a piece that was found, writes the manifest that it may lack, and
// returns its record.
func (p *pusher) again(ctx context.Context, id identity, name string, m *Manifest, k *piece) (record, error) {
	proof, err := p.prover.prove(ctx, k.Key, k.Packed)
	if err != nil {
		return record{}, err
	}
	if k.unplaced && !p.noManifest {
		k.Name, k.Modified, k.Mode = m.Name, m.Modified, m.Mode
		if err := p.putManifest(ctx, k.manifestKey(), &k.Manifest); err != nil {
			return record{}, fmt.Errorf("record: %w", err)
		}
	}
	p.event(Event{What: Verified, File: name, Key: k.Key, Proof: proof, Reason: "it was archived before"})
	return record{Name: name, ID: id, Offset: k.Offset, Source: k.Raw, Key: k.Key, Manifest: k.manifestKey(), Proof: proof, At: p.Now().UTC()}, nil
}

// piece is an object of the bucket that may be a piece of a file.
type piece struct {
	Manifest
	unplaced bool // it has no manifest yet, so its offset is not known
}

// pieces lists what lies under keys that start so, from this host. An object
// without manifest is one whose pass was killed right after its upload; it is
// read to know what it holds.
func (p *pusher) pieces(ctx context.Context, base string) (known, alone []*piece, err error) {
	var objects []bucket.Object
	described := make(map[string]bool)
	for o, err := range p.Bucket.List(ctx, base, "", "") {
		if err != nil {
			return nil, nil, err
		}
		object, _, ok := parseManifestKey(o.Key)
		if !ok {
			objects = append(objects, o)
			continue
		}
		k, err := readManifest(ctx, p.Bucket, o)
		if err != nil || k.Key != object {
			continue // what cannot be read proves nothing
		}
		described[object] = true
		if k.Host == p.Host {
			known = append(known, &piece{Manifest: *k})
		}
	}
	for _, o := range objects {
		if described[o.Key] {
			continue
		}
		full, err := p.Bucket.Head(ctx, o.Key)
		if err != nil {
			return nil, nil, fmt.Errorf("verify: %w", err)
		}
		if host, ok := full.Meta["weir-host"]; ok && host != safe(p.Host) {
			continue
		}
		filename := withoutCodec(o.Key[strings.LastIndexByte(o.Key, '/')+1:])
		k := &piece{Manifest{Key: o.Key, Filename: filename, Host: p.Host, Modified: o.Modified.UTC()}, true}
		ok, err := p.read(ctx, o, &k.Manifest)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			alone = append(alone, k)
		}
	}
	return known, alone, nil
}

// read describes an object by reading it; not ok is one that does not unpack.
func (p *pusher) read(ctx context.Context, o bucket.Object, m *Manifest) (ok bool, err error) {
	body, err := p.Bucket.Get(ctx, o.Key, 0, -1)
	if err != nil {
		return false, fmt.Errorf("read back: %w", err)
	}
	defer body.Close()
	source := &meteredReader{body, ctx, p.prover.limit, p.Progress}
	err = describe(ctx, source, o.Size, codecOf(o.Key), p.Bucket.NeedsMD5(), newDigest(p.NewParser(m.Modified), p.NewSummary()), m, func(int) {})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return err == nil && m.Packed.Size == o.Size, nil
}

// readManifest gets a manifest.
func readManifest(ctx context.Context, b bucket.Bucket, o bucket.Object) (*Manifest, error) {
	if o.Size > manifestMost {
		return nil, fmt.Errorf("the manifest %s has %s: it is damaged", o.Key, size(o.Size))
	}
	r, err := b.Get(ctx, o.Key, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, manifestMost))
	if err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", o.Key, err)
	}
	m, err := DecodeManifest(data)
	if err != nil {
		return nil, &VerifyError{o.Key, err.Error()}
	}
	return m, nil
}

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
