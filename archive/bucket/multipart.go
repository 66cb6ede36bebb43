package bucket

import (
	"context"
	"encoding/base64"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Create starts an upload whose checksum is over the whole object, so that it
// can be compared with the file's.
func (b *S3) Create(ctx context.Context, key string, how Put) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	in := &s3.CreateMultipartUploadInput{Bucket: &b.bucket, Key: &key, Metadata: how.Meta}
	if how.Type != "" {
		in.ContentType = &how.Type
	}
	if !b.provider.MD5 {
		in.ChecksumAlgorithm, in.ChecksumType = types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
	}
	out, err := b.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return "", b.explain("s3:PutObject", key, err)
	}
	return aws.ToString(out.UploadId), nil
}

// UploadPart sends one part; all but the last have the same size, at least 5 MiB.
func (b *S3) UploadPart(ctx context.Context, key, id string, number int, body io.ReadSeeker, sum Sum) (Part, error) {
	in := &s3.UploadPartInput{
		Bucket: &b.bucket, Key: &key, UploadId: &id, PartNumber: aws.Int32(int32(number)), ContentLength: aws.Int64(sum.Size),
	}
	if b.provider.MD5 {
		in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(sum.MD5))
	} else {
		in.ChecksumCRC64NVME = encodeCRC(sum.CRC64)
	}
	part := Part{Number: number, Size: sum.Size}
	err := b.send(ctx, body, func(ctx context.Context, body io.ReadSeeker) error {
		in.Body = body
		out, err := b.client.UploadPart(ctx, in)
		if err == nil {
			part.ETag = aws.ToString(out.ETag)
			part.CRC64, part.HasCRC = decodeCRC(out.ChecksumCRC64NVME)
		}
		return err
	})
	return part, b.explain("s3:PutObject", key, err)
}

// ListParts asks what has arrived.
func (b *S3) ListParts(ctx context.Context, key, id string) ([]Part, error) {
	in := &s3.ListPartsInput{Bucket: &b.bucket, Key: &key, UploadId: &id}
	var parts []Part
	for {
		out, err := b.client.ListParts(ctx, in)
		if err != nil {
			return nil, b.explain("s3:ListMultipartUploadParts", key, err)
		}
		for _, p := range out.Parts {
			part := Part{Number: int(aws.ToInt32(p.PartNumber)), Size: aws.ToInt64(p.Size), ETag: aws.ToString(p.ETag), Modified: aws.ToTime(p.LastModified)}
			part.CRC64, part.HasCRC = decodeCRC(p.ChecksumCRC64NVME)
			parts = append(parts, part)
		}
		if !aws.ToBool(out.IsTruncated) {
			return parts, nil
		}
		in.PartNumberMarker = out.NextPartNumberMarker
	}
}

// Complete joins the parts; the service checks the whole sum.
func (b *S3) Complete(ctx context.Context, key, id string, parts []Part, sum Sum, how Put) error {
	in := &s3.CompleteMultipartUploadInput{
		Bucket: &b.bucket, Key: &key, UploadId: &id, IfNoneMatch: ifAbsent(how), MultipartUpload: &types.CompletedMultipartUpload{},
	}
	if !b.provider.MD5 {
		in.ChecksumCRC64NVME, in.ChecksumType, in.MpuObjectSize = encodeCRC(sum.CRC64), types.ChecksumTypeFullObject, aws.Int64(sum.Size)
	}
	for _, p := range parts {
		part := types.CompletedPart{PartNumber: aws.Int32(int32(p.Number)), ETag: aws.String(p.ETag)}
		if !b.provider.MD5 {
			part.ChecksumCRC64NVME = encodeCRC(p.CRC64)
		}
		in.MultipartUpload.Parts = append(in.MultipartUpload.Parts, part)
	}
	_, err := b.client.CompleteMultipartUpload(ctx, in)
	return b.explain("s3:PutObject", key, err)
}

// Abort drops what has arrived.
func (b *S3) Abort(ctx context.Context, key, id string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.bucket, Key: &key, UploadId: &id})
	if err = b.explain("s3:AbortMultipartUpload", key, err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Uploads asks for what is unfinished; MinIO answers only to a whole key.
func (b *S3) Uploads(ctx context.Context, prefix string) ([]Upload, error) {
	in := &s3.ListMultipartUploadsInput{Bucket: &b.bucket, Prefix: &prefix}
	var uploads []Upload
	for {
		out, err := b.client.ListMultipartUploads(ctx, in)
		if err != nil {
			return nil, b.explain("s3:ListBucketMultipartUploads", prefix, err)
		}
		for _, u := range out.Uploads {
			uploads = append(uploads, Upload{Key: aws.ToString(u.Key), ID: aws.ToString(u.UploadId), Started: aws.ToTime(u.Initiated)})
		}
		if !aws.ToBool(out.IsTruncated) {
			return uploads, nil
		}
		in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
	}
}
