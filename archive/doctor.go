package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"weir/archive/bucket"
)

// Finding is one thing that a bucket was asked to do.
type Finding struct {
	What string
	OK   bool
	Note string // what it means, or what to do
}

// Examine tries everything that an archive needs on small objects of its own,
// which it removes, and says which proof allows deletion there. The error is
// that of the first thing without which nothing works.
func Examine(ctx context.Context, b bucket.Bucket, t Template) ([]Finding, error) {
	x := &examination{ctx: ctx, b: b, folder: t.literal() + "weir-doctor-" + rand.Text()[:8]}
	steps := []func() (Finding, error){x.list, x.write, x.read, x.conditional, x.wrongSum, x.proof, x.parts, x.remove}
	var findings []Finding
	defer func() {
		if len(findings) < 2 {
			return // nothing was written
		}
		// Also when ctx has ended.
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		x.ctx = last
		_ = x.clean()
	}()
	var needed error
	for n, step := range steps {
		f, err := step()
		f.OK = err == nil
		if err != nil {
			f.Note = err.Error()
			if n < 3 { // list, write, read
				needed = errors.Join(needed, err)
			}
		}
		findings = append(findings, f)
		if ctx.Err() != nil {
			return findings, ctx.Err()
		}
		if n < 3 && err != nil {
			break
		}
	}
	return findings, needed
}

// literal is the template's text before its first field, up to a slash.
func (t Template) literal() string {
	text, _, _ := strings.Cut(t.text, "{")
	return text[:strings.LastIndexByte(text, '/')+1]
}

type examination struct {
	ctx      context.Context
	b        bucket.Bucket
	folder   string
	believed bool   // wrong sums are refused
	upload   string // that is open
}

func (x *examination) put(name, text, claimed string, how bucket.Put) error {
	sum, err := sumOf(strings.NewReader(claimed), x.b.NeedsMD5())
	if err != nil {
		return err
	}
	return x.b.Put(x.ctx, x.folder+"/"+name, strings.NewReader(text), sum, how)
}

func (x *examination) list() (Finding, error) {
	for _, err := range x.b.List(x.ctx, x.folder, "", "") {
		if err != nil {
			return Finding{What: "list"}, err
		}
	}
	return Finding{What: "list", Note: "allowed"}, nil
}

func (x *examination) write() (Finding, error) {
	return Finding{What: "write", Note: "allowed"}, x.put("a", "weir", "weir", bucket.Put{})
}

func (x *examination) read() (Finding, error) {
	f := Finding{What: "read a range", Note: "allowed: only the frames that are wanted are fetched"}
	r, err := x.b.Get(x.ctx, x.folder+"/a", 1, 2)
	if err != nil {
		return f, err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(data, []byte("ei")) {
		err = fmt.Errorf("asked for two bytes it gave %d others", len(data))
	}
	return f, err
}

func (x *examination) conditional() (Finding, error) {
	f := Finding{What: "write only if absent", Note: "kept: nothing is ever overwritten"}
	err := x.put("a", "riew", "riew", bucket.Put{OnlyIfAbsent: true})
	switch {
	case errors.Is(err, bucket.ErrExists):
		return f, nil
	case err == nil:
		return f, errors.New("an existing object was overwritten: only one weir may write below this prefix")
	}
	return f, err
}

func (x *examination) wrongSum() (Finding, error) {
	f := Finding{What: "refuse damaged bytes", Note: "checked on arrival"}
	err := x.put("b", "lost", "last", bucket.Put{})
	switch {
	case errors.Is(err, bucket.ErrChecksum):
		x.believed = true
		return f, nil
	case err == nil:
		return f, errors.New("bytes with a wrong checksum were accepted: every object is read back (--read-back)")
	}
	return f, err
}

func (x *examination) proof() (Finding, error) {
	f := Finding{What: "proof before deletion"}
	sums := newSums(x.b.NeedsMD5())
	if _, err := io.WriteString(sums, "weir"); err != nil {
		return f, err
	}
	p := prover{bucket: x.b, progress: &Progress{}}
	how, err := p.prove(x.ctx, x.folder+"/a", sums.packed())
	if err != nil {
		return f, err
	}
	switch {
	case how != byReadBack && !x.believed:
		return f, errors.New("its checksums prove nothing, as it takes wrong ones: use --read-back or --provider other")
	case how == byReadBack:
		f.Note = "by reading every object back"
	default:
		f.Note = "by " + how + ", which the service computes itself"
	}
	return f, nil
}

func (x *examination) parts() (Finding, error) {
	f := Finding{What: "upload in parts", Note: "works, can be resumed"}
	key := x.folder + "/c"
	id, err := x.b.Create(x.ctx, key, bucket.Put{})
	if err != nil {
		return f, err
	}
	x.upload = id
	sum, err := sumOf(strings.NewReader("weir"), x.b.NeedsMD5())
	if err != nil {
		return f, err
	}
	part, err := x.b.UploadPart(x.ctx, key, id, 1, strings.NewReader("weir"), sum)
	if err == nil {
		_, err = x.b.ListParts(x.ctx, key, id)
	}
	if err == nil {
		part.CRC64, part.HasCRC = sum.CRC64, true
		err = x.b.Complete(x.ctx, key, id, []bucket.Part{part}, sum, bucket.Put{OnlyIfAbsent: true})
	}
	if err == nil {
		x.upload = ""
	}
	return f, err
}

func (x *examination) remove() (Finding, error) {
	f := Finding{What: "delete", Note: "allowed (only weir archive doctor needs it)"}
	err := x.clean()
	if err != nil {
		err = fmt.Errorf("small objects are left below %s: %w", x.folder, err)
	}
	return f, err
}

func (x *examination) clean() error {
	var errs []error
	if x.upload != "" {
		if err := x.b.Abort(x.ctx, x.folder+"/c", x.upload); err == nil || errors.Is(err, bucket.ErrNotFound) {
			x.upload = ""
		} else {
			errs = append(errs, err)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		errs = append(errs, x.b.Delete(x.ctx, x.folder+"/"+name))
	}
	return errors.Join(errs...)
}
