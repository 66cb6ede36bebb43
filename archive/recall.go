package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"weir/archive/bucket"
)

// recall looks in the bucket for pieces of this file that were archived before
// and are not in the journal: that was lost, or the pass was killed before it
// wrote them down. It returns those that cover the job's part of the file from
// its beginning without a gap, each proven.
func (p *pusher) recall(ctx context.Context, f *os.File, id identity, name string, j *job) ([]record, error) {
	m := &j.Manifest
	base, stem := m.Key, m.Filename
	if _, named := ParseName(withoutCodec(name)); named {
		stem, _ = splitExt(stem)
	} else {
		stem, _, _ = strings.Cut(stem, "-"+m.hash8())
	}
	base = base[:strings.LastIndexByte(base, '/')+1] + stem
	known, alone, err := p.pieces(ctx, base, m.Raw.Size)
	if err != nil {
		return nil, err
	}
	if j.Direct {
		return p.recallPacked(ctx, id, name, j, append(known, alone...))
	}
	var found []record
	end := m.Offset
	for more := true; more && end < id.Size; {
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
	return found, p.gap(f, id, end, known)
}

// gap is an error where a later piece of the file is in the bucket and the one
// before it is not: archived again, the later one's lines would be there twice.
func (p *pusher) gap(f *os.File, id identity, end int64, known []*piece) error {
	for _, k := range known {
		if k.Offset <= end || k.Raw.Size > id.Size-k.Offset {
			continue
		}
		if sum, err := hashOf(f, k.Offset, k.Raw.Size); err != nil || sum == k.Raw.Hash {
			return errors.Join(err, &VerifyError{k.Key, fmt.Sprintf("it has the file from byte %d on, and what was archived before that is gone from the archive: delete this object and its manifest to have the file archived anew", k.Offset)})
		}
	}
	return nil
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
	r := record{
		Name: name, ID: id, Offset: k.Offset, Source: k.Raw, Key: k.Key, Packed: k.Packed,
		Archive: p.Archive, Proof: proof, At: p.Now().UTC(), proven: true,
	}
	if !p.noManifest {
		r.Manifest = k.manifestKey()
	}
	return r, nil
}

// piece is an object of the bucket that may be a piece of a file.
type piece struct {
	Manifest
	unplaced bool // it has no manifest yet, so its offset is not known
}

// pieces lists what lies under keys that start so, from this host, and has at most
// so many raw bytes. An object without manifest is one whose pass was killed right after its upload; it is
// read to know what it holds.
func (p *pusher) pieces(ctx context.Context, base string, most int64) (known, alone []*piece, err error) {
	var objects []bucket.Object
	described := make(map[string]*Manifest)
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
		if unread(err) {
			return nil, nil, err
		}
		if err != nil || k.Key != object {
			continue // what cannot be read proves nothing
		}
		described[object] = k
	}
	for _, o := range objects {
		if k, ok := described[o.Key]; ok {
			if k.Host == p.Host {
				known = append(known, &piece{Manifest: *k})
			}
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
		ok, err := p.read(ctx, o, most, &k.Manifest)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			alone = append(alone, k)
		}
	}
	return known, alone, nil
}

// read describes an object by reading it; not ok is one that does not unpack, or
// to more than most bytes.
func (p *pusher) read(ctx context.Context, o bucket.Object, most int64, m *Manifest) (ok bool, err error) {
	body, err := p.Bucket.Get(ctx, o.Key, 0, -1)
	if err != nil {
		return false, fmt.Errorf("read back: %w", err)
	}
	defer body.Close()
	source := &watched{Reader: &meteredReader{body, ctx, p.prover.limit, p.Progress}}
	err = describe(ctx, source, most, codecOf(o.Key), p.Bucket.NeedsMD5(), newDigest(p.NewParser(m.Modified), p.NewSummary()), m, func(int) {})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if source.err != nil && !errors.Is(source.err, bucket.ErrChecksum) {
		return false, fmt.Errorf("read back: %w", source.err) // that it could not be read says nothing of what it holds
	}
	return err == nil && m.Packed.Size == o.Size, nil
}

// watched remembers why reading ended before the end.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// unread reports whether a manifest stayed unread for the way to it, which says
// nothing of what it holds; one that is damaged, or gone meanwhile, was looked at.
func unread(err error) bool {
	return err != nil && !errors.As(err, new(*VerifyError)) && !errors.Is(err, bucket.ErrNotFound) && !errors.Is(err, bucket.ErrChecksum)
}

// readManifest gets a manifest.
func readManifest(ctx context.Context, b bucket.Bucket, o bucket.Object) (*Manifest, error) {
	if o.Size > manifestMost {
		return nil, &VerifyError{o.Key, "the manifest has " + size(o.Size) + ": it is damaged"}
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
