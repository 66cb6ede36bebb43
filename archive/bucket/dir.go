package bucket

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Dir is a directory as a bucket: a key is a path below it. What is unfinished
// lies in .weir/ and is never listed. It keeps no metadata and no checksum, so
// what it holds is proven by reading it.
type Dir struct{ root *os.Root }

// hidden holds temporary files and unfinished uploads.
const hidden = ".weir"

// OpenDir opens the directory. It does not make it: below a mount point whose
// disk is away it would fill the wrong disk.
func OpenDir(_ context.Context, dir string, _ Settings) (Bucket, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &AccessError{Tried: "open the archive directory " + dir, Do: reason(err), Err: err}
	}
	d := &Dir{root}
	d.sweep()
	return d, nil
}

func reason(err error) string {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return err.Error() + "; mount or make it first"
	}
	return err.Error() + "; check its owner and mode, or name another directory"
}

// NeedsMD5 is false.
func (d *Dir) NeedsMD5() bool { return false }

// Trusted is false: Head has no checksum.
func (d *Dir) Trusted() bool { return false }

// Put writes a temporary file and gives it its name when it is on the disk.
func (d *Dir) Put(ctx context.Context, key string, body io.ReadSeeker, sum Sum, how Put) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if how.OnlyIfAbsent {
		if _, err := d.root.Lstat(key); err == nil {
			return fmt.Errorf("put %s: %w", key, ErrExists)
		}
	}
	temp := hidden + "/put-" + rand.Text()
	if err := d.write(ctx, temp, body, sum); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return d.name(temp, key, how.OnlyIfAbsent)
}

// write makes the file name, durable, with exactly the bytes that sum says.
func (d *Dir) write(ctx context.Context, name string, body io.Reader, sum Sum) (err error) {
	if err := d.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			d.root.Remove(name)
		}
	}()
	busy(f)
	crc := NewCRC64()
	n, err := io.Copy(io.MultiWriter(f, crc), &within{ctx, body})
	if err != nil {
		return err
	}
	if n != sum.Size || crc.Sum64() != sum.CRC64 {
		return fmt.Errorf("%w (%d bytes, CRC %016x)", ErrChecksum, n, crc.Sum64())
	}
	return f.Sync()
}

// within ends a copy with its context.
type within struct {
	ctx context.Context
	r   io.Reader
}

func (w *within) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}

// name turns a temporary file into the object. A hard link refuses an existing
// name without a gap; where there are none, a look before the rename must do.
func (d *Dir) name(temp, key string, onlyIfAbsent bool) error {
	if err := d.root.MkdirAll(path.Dir(key), 0o755); err != nil {
		d.root.Remove(temp)
		return fmt.Errorf("put %s: %w", key, err)
	}
	var err error
	switch {
	case !onlyIfAbsent:
		err = d.root.Rename(temp, key)
	default:
		err = d.root.Link(temp, key)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			if _, absent := d.root.Lstat(key); errors.Is(absent, fs.ErrNotExist) {
				err = d.root.Rename(temp, key)
			}
		}
		d.root.Remove(temp)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("put %s: %w", key, ErrExists)
	}
	if err != nil {
		d.root.Remove(temp)
		return fmt.Errorf("put %s: %w", key, err)
	}
	for parent := path.Dir(key); ; parent = path.Dir(parent) {
		if err := d.syncDir(parent); err != nil {
			return fmt.Errorf("put %s: %w", key, err)
		}
		if parent == "." {
			return nil
		}
	}
}

func (d *Dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// Head says the size and the time of the last change.
func (d *Dir) Head(_ context.Context, key string) (Object, error) {
	if err := CheckKey(key); err != nil {
		return Object{}, err
	}
	info, err := d.root.Stat(key)
	if err != nil {
		return Object{}, d.absent("head", key, err)
	}
	if !info.Mode().IsRegular() {
		return Object{}, fmt.Errorf("head %s: %w", key, ErrNotFound)
	}
	return Object{Key: key, Size: info.Size(), Modified: info.ModTime()}, nil
}

func (d *Dir) absent(what, key string, err error) error {
	// A path through a file (ENOTDIR) names nothing either.
	if errors.Is(err, fs.ErrNotExist) || notDirectory(err) {
		return fmt.Errorf("%s %s: %w", what, key, ErrNotFound)
	}
	return fmt.Errorf("%s %s: %w", what, key, err)
}

// Get opens the file.
func (d *Dir) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if _, err := d.Head(ctx, key); err != nil {
		return nil, err
	}
	f, err := d.root.Open(key)
	if err != nil {
		return nil, d.absent("get", key, err)
	}
	if length < 0 {
		length = 1<<63 - 1 - offset
	}
	return struct {
		io.Reader
		io.Closer
	}{&within{ctx, io.NewSectionReader(f, offset, length)}, f}, nil
}

// Delete removes the file and the directories that it leaves empty.
func (d *Dir) Delete(_ context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) && !notDirectory(err) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	for parent := path.Dir(key); parent != "."; parent = path.Dir(parent) {
		if d.root.Remove(parent) != nil {
			break
		}
	}
	return nil
}

// List walks the directories that can hold such keys.
func (d *Dir) List(ctx context.Context, prefix, after, delimiter string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		dir, _ := path.Split(prefix)
		d.list(ctx, strings.TrimSuffix(dir, "/"), prefix, after, delimiter, yield)
	}
}

func (d *Dir) list(ctx context.Context, dir, prefix, after, delimiter string, yield func(Object, error) bool) bool {
	if err := ctx.Err(); err != nil {
		return yield(Object{}, err)
	}
	if dir != "" && CheckKey(dir) != nil {
		return true
	}
	entries, err := d.readDir(cmp.Or(dir, "."))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || notDirectory(err) {
			return true
		}
		return yield(Object{}, fmt.Errorf("list %s: %w", prefix, err))
	}
	type name struct {
		key   string
		entry fs.DirEntry
	}
	var names []name
	for _, e := range entries {
		key := path.Join(dir, e.Name())
		if e.IsDir() {
			key += "/" // a directory sorts as its keys do
		}
		if key == hidden+"/" || !strings.HasPrefix(key, prefix) && !(e.IsDir() && strings.HasPrefix(prefix, key)) {
			continue
		}
		names = append(names, name{key, e})
	}
	slices.SortFunc(names, func(a, b name) int { return strings.Compare(a.key, b.key) })
	for _, n := range names {
		switch {
		case n.entry.IsDir() && delimiter == "/" && len(n.key) > len(prefix):
			if n.key > after && !yield(Object{Key: n.key, Prefix: true}, nil) {
				return false
			}
		case n.entry.IsDir():
			if !d.list(ctx, strings.TrimSuffix(n.key, "/"), prefix, after, delimiter, yield) {
				return false
			}
		case n.entry.Type().IsRegular() && n.key > after:
			info, err := n.entry.Info()
			if err != nil {
				continue // removed meanwhile
			}
			if !yield(Object{Key: n.key, Size: info.Size(), Modified: info.ModTime()}, nil) {
				return false
			}
		}
	}
	return true
}

func (d *Dir) readDir(dir string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// An unfinished upload is a directory below .weir, upload-ID, that holds the file
// "key" and a file a part.

func uploadDir(id string) (string, error) {
	if strings.ContainsAny(id, "/.\\") || id == "" {
		return "", fmt.Errorf("upload %q: %w", id, ErrNotFound)
	}
	return hidden + "/upload-" + id, nil
}

// Create starts an upload.
func (d *Dir) Create(_ context.Context, key string, _ Put) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	id := rand.Text()
	dir, _ := uploadDir(id)
	temp := hidden + "/put-" + id
	err := d.root.MkdirAll(temp, 0o755)
	if err == nil {
		err = d.root.WriteFile(temp+"/key", []byte(key), 0o644)
	}
	if err == nil {
		err = d.root.Rename(temp, dir)
	}
	if err != nil {
		return "", fmt.Errorf("begin upload of %s: %w", key, err)
	}
	return id, nil
}

// forget removes an upload. It is no upload any more before it is half gone.
func (d *Dir) forget(dir string) error {
	temp := hidden + "/put-" + rand.Text()
	if err := d.root.Rename(dir, temp); err != nil {
		return err
	}
	return d.root.RemoveAll(temp)
}

func (d *Dir) upload(key, id string) (string, error) {
	dir, err := uploadDir(id)
	if err != nil {
		return "", err
	}
	stored, err := d.root.ReadFile(dir + "/key")
	if err != nil || string(stored) != key {
		return "", fmt.Errorf("upload %s of %s: %w", id, key, ErrNotFound)
	}
	return dir, nil
}

// UploadPart stores a part.
func (d *Dir) UploadPart(ctx context.Context, key, id string, number int, body io.ReadSeeker, sum Sum) (Part, error) {
	dir, err := d.upload(key, id)
	if err != nil {
		return Part{}, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return Part{}, err
	}
	temp := hidden + "/put-" + rand.Text()
	if err := d.write(ctx, temp, body, sum); err != nil {
		return Part{}, fmt.Errorf("upload part %d of %s: %w", number, key, err)
	}
	if err := d.root.Rename(temp, dir+"/"+strconv.Itoa(number)); err != nil {
		return Part{}, fmt.Errorf("upload part %d of %s: %w", number, key, err)
	}
	return Part{Number: number, Size: sum.Size, CRC64: sum.CRC64, HasCRC: true, ETag: strconv.FormatUint(sum.CRC64, 16)}, nil
}

// ListParts reads the stored parts for their checksums.
func (d *Dir) ListParts(ctx context.Context, key, id string) ([]Part, error) {
	dir, err := d.upload(key, id)
	if err != nil {
		return nil, err
	}
	entries, err := d.readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list parts of %s: %w", key, err)
	}
	var parts []Part
	for _, e := range entries {
		number, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		f, err := d.root.Open(dir + "/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("list parts of %s: %w", key, err)
		}
		info, err := f.Stat()
		crc := NewCRC64()
		n, copied := io.Copy(crc, &within{ctx, f})
		f.Close()
		if err = cmp.Or(err, copied); err != nil {
			return nil, fmt.Errorf("list parts of %s: %w", key, err)
		}
		parts = append(parts, Part{Number: number, Size: n, CRC64: crc.Sum64(), HasCRC: true, ETag: strconv.FormatUint(crc.Sum64(), 16), Modified: info.ModTime()})
	}
	slices.SortFunc(parts, func(a, b Part) int { return a.Number - b.Number })
	return parts, nil
}

// Complete joins the parts to the object.
func (d *Dir) Complete(ctx context.Context, key, id string, parts []Part, sum Sum, how Put) error {
	dir, err := d.upload(key, id)
	if err != nil {
		return err
	}
	if how.OnlyIfAbsent {
		if _, err := d.root.Lstat(key); err == nil {
			return fmt.Errorf("complete %s: %w", key, ErrExists)
		}
	}
	joined := &chain{open: func(i int) (io.ReadCloser, error) {
		if i == len(parts) {
			return nil, io.EOF
		}
		return d.root.Open(dir + "/" + strconv.Itoa(parts[i].Number))
	}}
	defer joined.close()
	temp := hidden + "/put-" + rand.Text()
	if err := d.write(ctx, temp, joined, sum); err != nil {
		return fmt.Errorf("complete %s: %w", key, err)
	}
	if err := d.name(temp, key, how.OnlyIfAbsent); err != nil {
		return err
	}
	return d.forget(dir)
}

// chain reads one file after the other and holds one open.
type chain struct {
	open func(i int) (io.ReadCloser, error)
	next int
	now  io.ReadCloser
}

func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.now == nil {
			now, err := c.open(c.next)
			if err != nil {
				return 0, err
			}
			c.now, c.next = now, c.next+1
		}
		n, err := c.now.Read(p)
		if n > 0 || err != nil && err != io.EOF {
			return n, err
		}
		if err == io.EOF {
			c.close()
		}
	}
}

func (c *chain) close() {
	if c.now != nil {
		c.now.Close()
		c.now = nil
	}
}

// Abort forgets an upload.
func (d *Dir) Abort(_ context.Context, key, id string) error {
	dir, err := d.upload(key, id)
	if err != nil {
		return err
	}
	return d.forget(dir)
}

// Uploads lists what is unfinished.
func (d *Dir) Uploads(_ context.Context, prefix string) ([]Upload, error) {
	entries, err := d.readDir(hidden)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list unfinished uploads: %w", err)
	}
	var uploads []Upload
	for _, e := range entries {
		id, ok := strings.CutPrefix(e.Name(), "upload-")
		if !ok {
			continue
		}
		key, err := d.root.ReadFile(hidden + "/" + e.Name() + "/key")
		info, err2 := e.Info()
		if err == nil && err2 == nil && strings.HasPrefix(string(key), prefix) {
			uploads = append(uploads, Upload{Key: string(key), ID: id, Started: info.ModTime()})
		}
	}
	slices.SortFunc(uploads, func(a, b Upload) int { return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.ID, b.ID)) })
	return uploads, nil
}

// Path returns where in the file system an object of the directory dir lies.
func Path(dir, key string) string { return filepath.Join(dir, filepath.FromSlash(key)) }
