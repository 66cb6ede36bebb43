// Package it holds the archive against a real S3 server in the process. It is a
// module of its own, so that the server stays out of the product.
package it

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"

	"weir/archive"
	"weir/archive/archivetest"
	"weir/archive/bucket"
	"weir/archive/bucket/buckettest"
)

const access, secret = "weir-access", "weir-secret-key"

// The one gateway of the process; the server has globals and allows no second.
var (
	endpoint string
	stored   string // where its buckets are directories
)

func TestMain(m *testing.M) {
	archivetest.Obeyed(func(o orders) int {
		err := obey(o)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return archive.ExitCode(err)
	})
	code, err := withGateway(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withGateway(run func() int) (int, error) {
	dir, err := os.MkdirTemp("", "weir-gateway-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	stored = dir
	be, err := posix.New(dir, meta.XattrMeta{}, posix.PosixOpts{NewDirPerm: 0o755})
	if err != nil {
		return 0, err
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address := free.Addr().String()
	free.Close()
	endpoint = "http://" + address
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- embedgw.RunVersityGW(ctx, be, &embedgw.Config{
			RootUserAccess: access, RootUserSecret: secret, Ports: []string{address}, KeepAlive: true,
			MaxConnections: 1024, MaxRequests: 1024, MultipartMaxParts: 10000, Quiet: true,
		})
	}()
	for deadline := time.Now().Add(30 * time.Second); ; {
		if r, err := http.Get(endpoint); err == nil {
			r.Body.Close()
			break
		}
		select {
		case err := <-ended:
			return 0, fmt.Errorf("the gateway ended: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return 0, errors.New("the gateway does not answer")
		}
	}
	return run(), nil
}

// newBucket makes an empty bucket for a test.
func newBucket(t *testing.T) string {
	t.Helper()
	name := strings.ToLower(fmt.Sprintf("t%d", time.Now().UnixNano()))
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(access, secret, "")))
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.BaseEndpoint, o.UsePathStyle = &endpoint, true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(name)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(filepath.Join(stored, name)) })
	return name
}

func settings() bucket.Settings {
	return bucket.Settings{Endpoint: endpoint, Provider: "versitygw", AccessKey: access, SecretKey: secret}
}

func open(t *testing.T) bucket.Bucket {
	t.Helper()
	b, err := bucket.OpenS3(t.Context(), newBucket(t), settings())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestS3KeepsTheContract(t *testing.T) { buckettest.Run(t, open) }
