package bucket

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
)

// S3 is a bucket of an S3 service.
type S3 struct {
	client   *s3.Client
	bucket   string
	provider Provider
	endpoint string // for messages
}

// credentialsWait is how long finding credentials may take; asking a cloud's
// metadata service where there is none takes the longest.
const credentialsWait = 8 * time.Second

// OpenS3 finds credentials (settings, environment, profile, web identity, SSO,
// container, instance role) and makes the client. It does not ask the bucket. The
// region is that of the settings, the environment or the profile; with an
// instance's role that of the instance.
func OpenS3(ctx context.Context, name string, s Settings) (Bucket, error) {
	endpoint := s.Endpoint
	if endpoint == "" {
		if endpoint = os.Getenv("AWS_ENDPOINT_URL_S3"); endpoint == "" {
			endpoint = os.Getenv("AWS_ENDPOINT_URL")
		}
	}
	if endpoint != "" && !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	p, ok := provider(s.Provider, endpoint)
	if !ok {
		return nil, &AccessError{Tried: "use provider " + quoted(s.Provider), Do: "write one of " + providerNames()}
	}
	var log logging.Logger = logging.Nop{}
	if s.Log != nil {
		log = logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) { s.Log(fmt.Sprintf(format, v...)) })
	}
	options := []func(*config.LoadOptions) error{
		config.WithLogger(log),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = silence
			t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
		})),
	}
	if s.Region != "" {
		options = append(options, config.WithRegion(s.Region))
	}
	if s.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.Profile))
	}
	if s.AccessKey != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, s.Token)))
	}
	if p.MD5 {
		options = append(options, config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
			config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, loadError(s, err)
	}
	waiting, cancel := context.WithTimeout(ctx, credentialsWait)
	defer cancel()
	found, err := cfg.Credentials.Retrieve(waiting)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, credentialsError(s, err)
	}
	if cfg.Region == "" && found.Source == ec2rolecreds.ProviderName {
		// Who has no settings but the machine's role means the machine's region.
		if here, err := imds.NewFromConfig(cfg).GetRegion(waiting, nil); err == nil {
			cfg.Region = here.Region
		}
	}
	if cfg.Region == "" {
		cfg.Region = p.Region
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = s.PathStyle || p.PathStyle
		o.DisableLogOutputChecksumValidationSkipped = true
		usePayloadHash(o)
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		if p.Plain {
			plain(o)
		}
	})
	return &S3{client: client, bucket: name, provider: p, endpoint: endpoint}, nil
}

// Provider returns what is assumed of the service.
func (b *S3) Provider() Provider { return b.provider }

// NeedsMD5 is the provider's.
func (b *S3) NeedsMD5() bool { return b.provider.MD5 }

// Trusted is the provider's.
func (b *S3) Trusted() bool { return b.provider.Trusted }

func encodeCRC(v uint64) *string {
	return aws.String(base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, v)))
}

func decodeCRC(s *string) (uint64, bool) {
	raw, err := base64.StdEncoding.DecodeString(aws.ToString(s))
	if err != nil || len(raw) != 8 {
		return 0, false
	}
	return binary.BigEndian.Uint64(raw), true
}

func ifAbsent(how Put) *string {
	if how.OnlyIfAbsent {
		return aws.String("*")
	}
	return nil
}

// Put is one PutObject, at most 5 GB.
func (b *S3) Put(ctx context.Context, key string, body io.ReadSeeker, sum Sum, how Put) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	in := &s3.PutObjectInput{
		Bucket: &b.bucket, Key: &key, ContentLength: aws.Int64(sum.Size), Metadata: how.Meta, IfNoneMatch: ifAbsent(how),
	}
	if how.Type != "" {
		in.ContentType = &how.Type
	}
	if b.provider.MD5 {
		in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(sum.MD5))
	} else {
		in.ChecksumCRC64NVME = encodeCRC(sum.CRC64)
	}
	err := b.send(ctx, body, func(ctx context.Context, body io.ReadSeeker) error {
		in.Body = body
		_, err := b.client.PutObject(ctx, in)
		return err
	})
	return b.explain("s3:PutObject", key, err)
}

// Head asks for the object with its checksum.
func (b *S3) Head(ctx context.Context, key string) (Object, error) {
	if err := CheckKey(key); err != nil {
		return Object{}, err
	}
	in := &s3.HeadObjectInput{Bucket: &b.bucket, Key: &key}
	if !b.provider.MD5 {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := b.client.HeadObject(ctx, in)
	if err != nil {
		return Object{}, b.explain("s3:GetObject", key, err)
	}
	o := Object{
		Key: key, Size: aws.ToInt64(out.ContentLength), Modified: aws.ToTime(out.LastModified),
		Class: class(string(out.StorageClass)), Thaw: thaw(aws.ToString(out.Restore)),
	}
	if out.ChecksumType != types.ChecksumTypeComposite {
		o.CRC64, o.HasCRC = decodeCRC(out.ChecksumCRC64NVME)
	}
	if etag := strings.Trim(aws.ToString(out.ETag), `"`); b.provider.MD5 && len(etag) == 32 {
		if _, err := hex.DecodeString(etag); err == nil {
			o.MD5 = etag
		}
	}
	if len(out.Metadata) > 0 {
		o.Meta = make(map[string]string, len(out.Metadata))
		for k, v := range out.Metadata {
			o.Meta[strings.ToLower(k)] = v
		}
	}
	return o, nil
}

func class(s string) string {
	if s == "STANDARD" {
		return ""
	}
	return s
}

// thaw reads x-amz-restore: ongoing-request="true", or "false" with an expiry date.
func thaw(s string) string {
	switch {
	case strings.Contains(s, `ongoing-request="true"`):
		return "ongoing"
	case strings.Contains(s, `ongoing-request="false"`):
		return "done"
	}
	return ""
}

// Get reads a range. A body that is cut ends in an error.
func (b *S3) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := CheckKey(key); err != nil {
		return nil, err
	}
	if length == 0 {
		return io.NopCloser(strings.NewReader("")), nil
	}
	in := &s3.GetObjectInput{Bucket: &b.bucket, Key: &key}
	switch {
	case length > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+length-1))
	case offset > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", offset))
	}
	ctx, watch := watchful(ctx)
	out, err := b.client.GetObject(ctx, in)
	if err != nil {
		watch.stop()
		return nil, b.explain("s3:GetObject", key, cause(ctx, err))
	}
	return &body{out.Body, ctx, watch, key}, nil
}

// body is a download that ends when its source falls silent.
type body struct {
	io.ReadCloser
	ctx   context.Context
	watch *watch
	key   string
}

func (r *body) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.watch.saw(n)
	if err != nil && err != io.EOF {
		if strings.Contains(err.Error(), "checksum did not match") {
			err = ErrChecksum
		}
		err = fmt.Errorf("get %s: %w", r.key, cause(r.ctx, err))
	}
	return n, err
}

func (r *body) Close() error {
	r.watch.stop()
	return r.ReadCloser.Close()
}

// List asks page by page.
func (b *S3) List(ctx context.Context, prefix, after, delimiter string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		in := &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: &prefix}
		if after != "" {
			in.StartAfter = &after
		}
		if delimiter != "" {
			in.Delimiter = &delimiter
		}
		for {
			out, err := b.client.ListObjectsV2(ctx, in)
			if err != nil {
				yield(Object{}, b.explain("s3:ListBucket", prefix, err))
				return
			}
			// Objects and common prefixes come as two sorted lists.
			objects, prefixes := out.Contents, out.CommonPrefixes
			for len(objects) > 0 || len(prefixes) > 0 {
				var o Object
				if len(prefixes) == 0 || len(objects) > 0 && aws.ToString(objects[0].Key) < aws.ToString(prefixes[0].Prefix) {
					c := objects[0]
					o = Object{Key: aws.ToString(c.Key), Size: aws.ToInt64(c.Size), Modified: aws.ToTime(c.LastModified), Class: class(string(c.StorageClass))}
					objects = objects[1:]
				} else {
					o = Object{Key: aws.ToString(prefixes[0].Prefix), Prefix: true}
					prefixes = prefixes[1:]
				}
				if o.Key > after && !yield(o, nil) {
					return
				}
			}
			if !aws.ToBool(out.IsTruncated) || aws.ToString(out.NextContinuationToken) == "" {
				return
			}
			in.ContinuationToken = out.NextContinuationToken
		}
	}
}

// Delete removes one object; some services refuse the request that removes many.
func (b *S3) Delete(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key})
	if err = b.explain("s3:DeleteObject", key, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Thaw asks for a copy in the usual class, in the cheapest way there is.
func (b *S3) Thaw(ctx context.Context, key string, days int) error {
	_, err := b.client.RestoreObject(ctx, &s3.RestoreObjectInput{Bucket: &b.bucket, Key: &key, RestoreRequest: &types.RestoreRequest{
		Days: aws.Int32(int32(days)), GlacierJobParameters: &types.GlacierJobParameters{Tier: types.TierBulk},
	}})
	if err != nil && strings.Contains(err.Error(), "RestoreAlreadyInProgress") {
		return nil
	}
	return b.explain("s3:RestoreObject", key, err)
}
