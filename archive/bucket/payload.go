package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Still is a body that also gives its bytes without counting them as sent.
type Still interface{ Still() io.ReadSeeker }

// Without TLS a request is signed with the SHA-256 of its body, for which the
// SDK reads it before every attempt, at the pace at which it may be sent. So that
// a limit is kept and progress is true, it is read here, once and uncounted.

type payloadHash struct{}

func withPayloadHash(ctx context.Context, body io.ReadSeeker) context.Context {
	still, ok := body.(Still)
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, payloadHash{}, sync.OnceValues(func() (string, error) {
		raw, hash := still.Still(), sha256.New()
		if _, err := io.Copy(hash, raw); err != nil {
			return "", fmt.Errorf("read the body: %w", err)
		}
		_, err := raw.Seek(0, io.SeekStart)
		return hex.EncodeToString(hash.Sum(nil)), err
	}))
}

func usePayloadHash(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("weirPayloadHash", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			r, ok := in.Request.(*smithyhttp.Request)
			find, known := ctx.Value(payloadHash{}).(func() (string, error))
			if ok && known && !r.IsHTTPS() {
				hash, err := find()
				if err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				ctx = v4.SetPayloadHash(ctx, hash)
			}
			return next.HandleFinalize(ctx, in)
		}), "ComputePayloadHash", middleware.Before)
	})
}
