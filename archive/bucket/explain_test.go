package bucket_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"weir/archive/bucket"
	"weir/archive/bucket/buckettest"
)

// answering is a service that gives one answer to everything.
func answering(t *testing.T, status int, code string, header http.Header) bucket.Bucket {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		maps.Copy(w.Header(), header)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>so it is</Message></Error>")
	}))
	t.Cleanup(server.Close)
	b, err := bucket.OpenS3(t.Context(), "logs", bucket.Settings{Endpoint: server.URL, AccessKey: "a", SecretKey: "b"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatAServiceSaysBecomesWhatToDo(t *testing.T) {
	elsewhere := http.Header{"X-Amz-Bucket-Region": {"eu-west-1"}}
	for _, c := range []struct {
		status int
		code   string
		header http.Header
		want   string // of an AccessError
		is     error
	}{
		{404, "NoSuchBucket", nil, "s3:PutObject on s3://logs/k: the bucket does not exist: check its name and --endpoint, or make it", nil},
		{301, "PermanentRedirect", elsewhere, "s3:PutObject on s3://logs/k: the bucket is in another region: use --region eu-west-1", nil},
		{400, "AuthorizationHeaderMalformed", elsewhere, "s3:PutObject on s3://logs/k: the bucket is in another region: use --region eu-west-1", nil},
		{403, "AccessDenied", nil, "s3:PutObject on s3://logs/k: permission is missing: grant s3:PutObject on this bucket, or use other credentials", nil},
		{403, "InvalidAccessKeyId", nil, "s3:PutObject on s3://logs/k: the access key is not known there: check AWS_ACCESS_KEY_ID (or BACKUP_ACCESS_KEY, or the profile) and --endpoint", nil},
		{403, "SignatureDoesNotMatch", nil, "s3:PutObject on s3://logs/k: the secret key is wrong: check AWS_SECRET_ACCESS_KEY (or BACKUP_SECRET_KEY, or the profile)", nil},
		{400, "ExpiredToken", nil, "s3:PutObject on s3://logs/k: the session has expired: log in again (aws sso login, or new keys)", nil},
		{412, "PreconditionFailed", nil, "", bucket.ErrExists},
		{400, "BadDigest", nil, "", bucket.ErrChecksum},
		{403, "InvalidObjectState", nil, "", bucket.ErrFrozen},
		{404, "NoSuchKey", nil, "", bucket.ErrNotFound},
	} {
		b := answering(t, c.status, c.code, c.header)
		err := b.Put(t.Context(), "k", strings.NewReader("x"), buckettest.SumOf([]byte("x")), bucket.Put{})
		var access *bucket.AccessError
		switch {
		case c.is != nil && !errors.Is(err, c.is):
			t.Errorf("%s: %v", c.code, err)
		case c.is == nil && !errors.As(err, &access):
			t.Errorf("%s: %v", c.code, err)
		case c.is == nil && err.Error() != c.want:
			t.Errorf("%s says\n%s\nwant\n%s", c.code, err, c.want)
		}
	}
}

func TestFrozenObjectsAreTold(t *testing.T) {
	for header, want := range map[[2]string]bool{
		{"", ""}: false, {"STANDARD_IA", ""}: false, {"GLACIER_IR", ""}: false, {"GLACIER", ""}: true,
		{"DEEP_ARCHIVE", `ongoing-request="true"`}: true, {"GLACIER", `ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"`}: false,
	} {
		b := answering(t, 200, "", http.Header{"X-Amz-Storage-Class": {header[0]}, "X-Amz-Restore": {header[1]}})
		o, err := b.Head(t.Context(), "k")
		if err != nil || o.Frozen() != want {
			t.Errorf("%q: frozen %v, %v", header, o.Frozen(), err)
		}
	}
}

func TestAProviderIsToldFromItsEndpoint(t *testing.T) {
	for endpoint, want := range map[string]string{
		"": "aws", "https://s3.eu-west-1.amazonaws.com": "aws", "https://abc.r2.cloudflarestorage.com": "r2", "https://s3.us-west-004.backblazeb2.com": "b2",
		"https://storage.googleapis.com": "gcs", "http://127.0.0.1:9000": "other", "https://notamazonaws.com": "other", "minio.example:9000": "other",
	} {
		t.Setenv("AWS_ENDPOINT_URL", "")
		t.Setenv("AWS_ENDPOINT_URL_S3", "")
		b, err := bucket.OpenS3(t.Context(), "logs", bucket.Settings{Endpoint: endpoint, AccessKey: "a", SecretKey: "b"})
		if err != nil {
			t.Fatal(err)
		}
		if got := b.(*bucket.S3).Provider().Name; got != want {
			t.Errorf("%q is taken for %s", endpoint, got)
		}
	}
}
