package bucket

import (
	"context"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Provider is what is particular about an S3 service.
type Provider struct {
	Name      string
	Hosts     []string // ends of its endpoints' host names
	Region    string   // where none is given
	MD5       bool     // refuses x-amz-checksum-* headers; Content-MD5 instead
	PathStyle bool
	Plain     bool // refuses signed Accept-Encoding and the x-id query
	Trusted   bool // checks the checksum it is sent, so its Head proves arrival
}

// Providers lists the services whose ways are known. Others are "other": sent
// CRC64 checksums, not believed, so that what they hold is read back.
var Providers = []Provider{
	{Name: "aws", Hosts: []string{"amazonaws.com", "amazonaws.com.cn"}, Region: "us-east-1", Trusted: true},
	{Name: "r2", Hosts: []string{"r2.cloudflarestorage.com"}, Region: "auto", Trusted: true},
	{Name: "b2", Hosts: []string{"backblazeb2.com"}, Region: "us-west-002", MD5: true, Trusted: true},
	{Name: "gcs", Hosts: []string{"storage.googleapis.com"}, Region: "auto", MD5: true, Plain: true, Trusted: true},
	{Name: "minio", Region: "us-east-1", PathStyle: true, Trusted: true},
	{Name: "versitygw", Region: "us-east-1", PathStyle: true, Trusted: true},
	{Name: "other", Region: "us-east-1", PathStyle: true},
}

// provider picks by name, then by the endpoint's host.
func provider(name, endpoint string) (Provider, bool) {
	if name == "" {
		name = "aws"
		if endpoint != "" {
			name = "other"
			if u, err := url.Parse(endpoint); err == nil {
				for _, p := range Providers {
					for _, end := range p.Hosts {
						if u.Hostname() == end || strings.HasSuffix(u.Hostname(), "."+end) {
							name = p.Name
						}
					}
				}
			}
		}
	}
	for _, p := range Providers {
		if p.Name == name {
			return p, true
		}
	}
	return Provider{}, false
}

func providerNames() string {
	names := make([]string, len(Providers))
	for i, p := range Providers {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// plain makes requests that Google's service can check: without the SDK's x-id
// query, and with Accept-Encoding left out of the signature.
func plain(o *s3.Options) {
	const header = "Accept-Encoding"
	type key struct{}
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		hide := middleware.FinalizeMiddlewareFunc("weirHideHeader", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if r, ok := in.Request.(*smithyhttp.Request); ok {
				ctx = middleware.WithStackValue(ctx, key{}, r.Header.Get(header))
				r.Header.Del(header)
				query := r.URL.Query()
				query.Del("x-id")
				r.URL.RawQuery = query.Encode()
			}
			return next.HandleFinalize(ctx, in)
		})
		show := middleware.FinalizeMiddlewareFunc("weirShowHeader", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if r, ok := in.Request.(*smithyhttp.Request); ok {
				if v, _ := middleware.GetStackValue(ctx, key{}).(string); v != "" {
					r.Header.Set(header, v)
				}
			}
			return next.HandleFinalize(ctx, in)
		})
		if err := stack.Finalize.Insert(hide, "Signing", middleware.Before); err != nil {
			return err
		}
		return stack.Finalize.Insert(show, "Signing", middleware.After)
	})
}
