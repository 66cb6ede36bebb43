package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

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
			return "", full("the archive", err)
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
		k, err := readManifest(ctx, p.Bucket, o)
		if unread(err) {
			return false, fmt.Errorf("verify: %w", err)
		}
		if err == nil {
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
	ok, err := p.read(ctx, o, m.Raw.Size, &found)
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
	r := record{
		Name: s.name, ID: j.ID, Offset: m.Offset, Source: j.Source, Key: m.Key, Manifest: key, Packed: m.Packed,
		Archive: p.Archive, Proof: proof, At: p.Now().UTC(), proven: true,
	}
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
	return full("the archive", p.Bucket.Put(ctx, key, bytes.NewReader(data), sum, bucket.Put{Type: "application/json"}))
}
