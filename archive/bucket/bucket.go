// Package bucket is a place that keeps named bytes: an S3 bucket or a directory.
// One contract, tested by buckettest on every kind; one table, Kinds.
package bucket

import (
	"context"
	"errors"
	"hash"
	"hash/crc64"
	"io"
	"iter"
	"strings"
	"time"
)

// What a caller may branch on. Errors wrap them; all else is transient or final
// as its text says.
var (
	ErrNotFound = errors.New("no such object")
	ErrExists   = errors.New("the object exists already")
	ErrChecksum = errors.New("the bytes that arrived are not the bytes that were sent")
	ErrFrozen   = errors.New("the object is in an archive class and must be thawed first")
)

// AccessError is a bucket that could not be used as it was asked for: no or
// wrong credentials, a wrong name, region or endpoint, or a missing right. Its
// text says what was tried and what to do.
type AccessError struct {
	Tried string
	Do    string
	Err   error
}

func (e *AccessError) Error() string { return e.Tried + ": " + e.Do }

// Unwrap returns what the service said.
func (e *AccessError) Unwrap() error { return e.Err }

// Object is what is known of stored bytes.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
	CRC64    uint64            // of all bytes, as the service checked it on arrival; only with HasCRC, and never from List
	HasCRC   bool              //
	MD5      string            // hex, where the service is known to have computed it from the bytes; never from List
	Meta     map[string]string // lower-case names; a directory keeps none; never from List
	Class    string            // storage class; "" is the usual one
	Thaw     string            // of a frozen object: "" untouched, "ongoing" or "done"
	Prefix   bool              // Key is a common prefix that ends in the delimiter, not an object
}

// Frozen says that the object cannot be read before it is thawed.
func (o *Object) Frozen() bool {
	return (o.Class == "GLACIER" || o.Class == "DEEP_ARCHIVE") && o.Thaw != "done"
}

// Sum is what the sender knows of the bytes it sends. The bucket refuses bytes
// of another CRC64 with ErrChecksum.
type Sum struct {
	Size  int64
	CRC64 uint64 // NewCRC64
	MD5   []byte // 16 bytes; needed where NeedsMD5, otherwise may be nil
}

// Put says how an object is stored.
type Put struct {
	OnlyIfAbsent bool              // fail with ErrExists rather than replace
	Meta         map[string]string // lower-case names of letters, digits and dashes
	Type         string            // content type
}

// Part is one stored piece of an unfinished upload.
type Part struct {
	Number int // from 1
	Size   int64
	ETag   string
	CRC64  uint64 // only with HasCRC
	HasCRC bool
	// Modified is when it arrived; only from ListParts.
	Modified time.Time
}

// Upload is an unfinished multipart upload.
type Upload struct {
	Key, ID string
	Started time.Time
}

// Bucket keeps named bytes. Its methods may be called from several goroutines.
type Bucket interface {
	// Put stores body, all or nothing, and durably.
	Put(ctx context.Context, key string, body io.ReadSeeker, sum Sum, how Put) error
	// Head returns what is known of the object without its bytes.
	Head(ctx context.Context, key string) (Object, error)
	// Get reads length bytes from offset; a negative length reads to the end.
	Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// List yields, in byte order of their keys, the objects whose keys start
	// with prefix and are greater than after. With the delimiter "/" keys that
	// have another one after prefix are yielded once, as their common prefix.
	List(ctx context.Context, prefix, after, delimiter string) iter.Seq2[Object, error]
	// Delete removes the object; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// NeedsMD5 says that Sum.MD5 must be there, as CRC64 is not understood.
	NeedsMD5() bool
	// Trusted says that a CRC64 or MD5 from Head was checked against the bytes
	// by the service itself, so that it proves their arrival.
	Trusted() bool

	Multipart
}

// Multipart stores large objects piece by piece; the object appears whole with
// Complete.
type Multipart interface {
	Create(ctx context.Context, key string, how Put) (id string, err error)
	UploadPart(ctx context.Context, key, id string, number int, body io.ReadSeeker, sum Sum) (Part, error)
	ListParts(ctx context.Context, key, id string) ([]Part, error)
	Complete(ctx context.Context, key, id string, parts []Part, sum Sum, how Put) error
	Abort(ctx context.Context, key, id string) error
	// Uploads lists what was created under prefix and neither completed nor
	// aborted. Some services answer only to a whole key.
	Uploads(ctx context.Context, prefix string) ([]Upload, error)
}

// Thawer is a Bucket that can bring objects back from an archive class.
type Thawer interface {
	// Thaw asks for the object to be readable for days. It takes hours.
	Thaw(ctx context.Context, key string, days int) error
}

// Settings say how a bucket is reached. The zero value asks the environment.
type Settings struct {
	Endpoint  string // URL; default: the provider's own, AWS_ENDPOINT_URL
	Region    string // default: AWS_REGION, the profile, us-east-1
	Profile   string // of ~/.aws/config
	Provider  string // a name in Providers; default: told from the endpoint
	PathStyle bool   // https://host/bucket/key instead of https://bucket.host/key
	AccessKey string // with SecretKey: used instead of the credential chain
	SecretKey string
	Token     string            // of a session, where the two are temporary
	Log       func(text string) // what the service's library has to say; nil drops it
}

// Place is a parsed archive URI.
type Place struct {
	Scheme string // "s3" or "file"
	Root   string // the bucket's name, or the directory
	Rest   string // the template behind it, without a leading slash
}

// Kind is a way to keep bytes.
type Kind struct {
	Scheme string
	Open   func(ctx context.Context, root string, s Settings) (Bucket, error)
}

// Kinds lists every kind of bucket. To add one, write one file that passes the
// contract test, and one line here.
var Kinds = []Kind{
	{"s3", OpenS3},
	{"file", OpenDir},
}

// Parse splits a URI like s3://BUCKET/{prefix}/{filename} or
// file:///DIR/{prefix}/{filename}. A directory ends before the first path
// element that has a brace.
func Parse(uri string) (Place, error) {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return Place{}, errors.New(quoted(uri) + " is no archive URI: write s3://BUCKET/{prefix}/{year}/{month}/{day}/{filename} or file:///DIR")
	}
	p := Place{Scheme: scheme}
	switch scheme {
	case "s3":
		p.Root, p.Rest, _ = strings.Cut(rest, "/")
		if p.Root == "" || strings.ContainsAny(p.Root, "{} ") {
			return Place{}, errors.New(quoted(uri) + " names no bucket: write s3://BUCKET/…")
		}
	case "file":
		if !strings.HasPrefix(rest, "/") {
			return Place{}, errors.New(quoted(uri) + " is not absolute: write file:///DIR with three slashes")
		}
		p.Root = rest
		if before, _, ok := strings.Cut(rest, "{"); ok {
			slash := strings.LastIndexByte(before, '/')
			p.Root, p.Rest = rest[:slash], rest[slash+1:]
		}
		if p.Root = strings.TrimRight(p.Root, "/"); p.Root == "" {
			return Place{}, errors.New(quoted(uri) + " would archive into the root directory: name a directory")
		}
	default:
		return Place{}, errors.New(quoted(uri) + " has a scheme that is not known: write s3://… or file:///…")
	}
	p.Rest = strings.Trim(p.Rest, "/")
	return p, nil
}

func quoted(s string) string { return `"` + s + `"` }

// Open opens the bucket of a place.
func Open(ctx context.Context, p Place, s Settings) (Bucket, error) {
	for _, k := range Kinds {
		if k.Scheme == p.Scheme {
			return k.Open(ctx, p.Root, s)
		}
	}
	return nil, errors.New(quoted(p.Scheme) + " is no kind of bucket")
}

// CRC-64/NVME, as S3 computes it; hash/crc64 wants the polynomial reversed.
var crcTable = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// NewCRC64 returns the checksum that Sum and Object speak of, CRC-64/NVME.
func NewCRC64() hash.Hash64 { return crc64.New(crcTable) }

// CheckKey refuses keys that could leave a directory or that a service would
// change: empty ones, those with an empty, "." or ".." element, a backslash or
// a control character, absolute ones and those over 1024 bytes.
func CheckKey(key string) error {
	if key == "" || len(key) > 1024 {
		return errors.New("the key is empty or longer than 1024 bytes")
	}
	for element := range strings.SplitSeq(key, "/") {
		if element == "" || element == "." || element == ".." {
			return errors.New("the key " + quoted(key) + " has an element that is empty, . or ..")
		}
		if len(element) > 255 {
			return errors.New("the key has an element longer than 255 bytes")
		}
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] == 0x7f || key[i] == '\\' {
			return errors.New("the key has a backslash or a control character")
		}
	}
	return nil
}
