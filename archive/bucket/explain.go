package bucket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// explain turns what the service's library says into what was tried and what to
// do. action is the right that the request needs.
func (b *S3) explain(action, key string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	tried := fmt.Sprintf("%s on s3://%s/%s", action, b.bucket, key)
	access := func(do string) error { return &AccessError{Tried: tried, Do: do, Err: err} }
	wrap := func(sentinel error) error { return fmt.Errorf("%s: %w", tried, sentinel) }

	code, status := "", 0
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	switch code {
	case "NoSuchKey", "NotFound", "NoSuchUpload":
		return wrap(ErrNotFound)
	case "PreconditionFailed":
		return wrap(ErrExists)
	case "BadDigest", "XAmzContentChecksumMismatch", "InvalidDigest", "XAmzContentSHA256Mismatch":
		return wrap(ErrChecksum)
	case "InvalidObjectState":
		return wrap(ErrFrozen)
	case "NoSuchBucket":
		return access("the bucket does not exist: check its name and --endpoint, or make it")
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301":
		if region := header(response, "x-amz-bucket-region"); region != "" {
			return access("the bucket is in another region: use --region " + region)
		}
		return access("the bucket is in another region or on another endpoint: check --region and --endpoint")
	case "InvalidAccessKeyId", "XAdminUserNotFound":
		return access("the access key is not known there: check AWS_ACCESS_KEY_ID (or BACKUP_ACCESS_KEY, or the profile) and --endpoint")
	case "SignatureDoesNotMatch":
		return access("the secret key is wrong: check AWS_SECRET_ACCESS_KEY (or BACKUP_SECRET_KEY, or the profile)")
	case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return access("the session has expired: log in again (aws sso login, or new keys)")
	case "RequestTimeTooSkewed":
		return access("this machine's clock is wrong: set it, then run again")
	case "AccessDenied", "Forbidden", "AllAccessDisabled", "AccountProblem":
		return access("permission is missing: grant " + action + " on this bucket, or use other credentials")
	}
	switch {
	case status == http.StatusNotFound:
		return wrap(ErrNotFound)
	case status == http.StatusPreconditionFailed:
		return wrap(ErrExists)
	case status == http.StatusMovedPermanently || status == http.StatusBadRequest && header(response, "x-amz-bucket-region") != "":
		return access("the bucket is in another region: use --region " + header(response, "x-amz-bucket-region"))
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return access("permission is missing: grant " + action + " on this bucket, or use other credentials")
	}
	if do := unreachable(err); do != "" {
		at := b.endpoint
		if at == "" {
			at = "Amazon S3"
		}
		return &AccessError{Tried: fmt.Sprintf("%s at %s", tried, at), Do: do, Err: err}
	}
	if code != "" {
		return fmt.Errorf("%s: %s %s: %w", tried, code, api.ErrorMessage(), err)
	}
	return fmt.Errorf("%s: %w", tried, err)
}

func header(r *awshttp.ResponseError, name string) string {
	if r == nil || r.Response == nil {
		return ""
	}
	return r.Response.Header.Get(name)
}

// unreachable says what to do where nothing answered.
func unreachable(err error) string {
	var dns *net.DNSError
	switch text := err.Error(); {
	case errors.As(err, &dns):
		return "the name " + quoted(dns.Name) + " cannot be resolved: check --endpoint, --region and the network"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: check --endpoint and that the service runs"
	case strings.Contains(text, "HTTP response to HTTPS client"):
		return "the endpoint speaks http, not https: write --endpoint http://…"
	case strings.Contains(text, "certificate"):
		return "its certificate is not trusted: check --endpoint, or name its authority in AWS_CA_BUNDLE"
	case strings.Contains(text, "was not a valid URI"), strings.Contains(text, "unsupported protocol scheme"):
		return "the endpoint is no URL: write --endpoint https://HOST[:PORT]"
	case strings.Contains(text, "Invalid region"), strings.Contains(text, "invalid input region"):
		return "the region has an impossible name: check --region"
	}
	return ""
}

func loadError(s Settings, err error) error {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		name := s.Profile
		if name == "" {
			name = os.Getenv("AWS_PROFILE")
		}
		if missing.Profile != "" && missing.Profile != name {
			return &AccessError{Tried: "read profile " + quoted(missing.Profile) + ", which " + quoted(name) + " builds on", Do: "it is in neither ~/.aws/config nor ~/.aws/credentials: check the profile's source_profile", Err: err}
		}
		return &AccessError{Tried: "read profile " + quoted(name), Do: "it is in neither ~/.aws/config nor ~/.aws/credentials: check --profile and AWS_PROFILE", Err: err}
	}
	return &AccessError{Tried: "read the S3 settings from environment and ~/.aws", Do: err.Error(), Err: err}
}

func credentialsError(s Settings, err error) error {
	text := err.Error()
	e := &AccessError{Tried: "find credentials", Err: err}
	switch {
	case strings.Contains(text, "SSO"):
		e.Do = "the single sign-on session has ended: run aws sso login" + withProfile(s)
	case os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") == "":
		e.Do = "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both"
	default:
		e.Do = "there are none in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a profile (~/.aws), web identity, single sign-on, container or instance role: " +
			"set the two variables, or name a --profile"
	}
	return e
}

func withProfile(s Settings) string {
	if s.Profile == "" {
		return ""
	}
	return " --profile " + s.Profile
}
