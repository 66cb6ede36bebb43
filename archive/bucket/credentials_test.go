package bucket_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weir/archive/bucket"
	"weir/archive/bucket/buckettest"
)

// nowhere leaves no settings in the environment and no files of Amazon's tools.
func nowhere(t *testing.T) {
	t.Helper()
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "credentials"))
}

// instance is a cloud's metadata service (IMDSv2) for a machine in eu-west-1.
type instance struct {
	role  string // "" has none
	keys  bool   // the role has credentials
	asked atomic.Int32
}

func (i *instance) start(t *testing.T) {
	t.Helper()
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL)
}

func (i *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.asked.Add(1)
	const roles = "/latest/meta-data/iam/security-credentials/"
	answers := map[string]string{"/latest/dynamic/instance-identity/document": `{"region":"eu-west-1","availabilityZone":"eu-west-1b"}`}
	if i.role != "" {
		answers[roles] = i.role
	}
	if i.keys {
		answers[roles+i.role] = `{"Code":"Success","AccessKeyId":"ROLEKEY","SecretAccessKey":"s","Token":"ROLETOKEN","Expiration":"` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}`
	}
	text, ok := answers[r.URL.Path]
	switch {
	case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token":
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
		text = "session"
	case r.Header.Get("X-Aws-Ec2-Metadata-Token") != "session":
		w.WriteHeader(http.StatusUnauthorized) // IMDSv1 is off
		return
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(text))
}

// signature has the key and the region that a request was signed with.
var signature = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]+)/s3/`)

// signed is the key, the region and the token of a put with those settings.
func signed(t *testing.T, s bucket.Settings) string {
	t.Helper()
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if m := signature.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
			got = strings.TrimSpace(m[1] + " " + m[2] + " " + r.Header.Get("X-Amz-Security-Token"))
		}
	}))
	defer server.Close()
	s.Endpoint, s.Provider = server.URL, "aws"
	s.PathStyle = true
	b, err := bucket.OpenS3(t.Context(), "logs", s)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), "k", strings.NewReader("x"), buckettest.SumOf([]byte("x")), bucket.Put{}); err != nil {
		t.Fatal(err)
	}
	return got
}

func write(t *testing.T, variable, text string) {
	t.Helper()
	if err := os.WriteFile(os.Getenv(variable), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCredentialsAndRegionAreFoundWhereTheyAre(t *testing.T) {
	role := func(t *testing.T) { (&instance{role: "logs", keys: true}).start(t) }
	keys := func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "ENVKEY")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	}
	for _, c := range []struct {
		name   string
		set    []func(*testing.T)
		change bucket.Settings
		want   string
	}{
		{"environment", []func(*testing.T){keys}, bucket.Settings{}, "ENVKEY us-east-1"},
		{"environment before role", []func(*testing.T){keys, role}, bucket.Settings{}, "ENVKEY us-east-1"},
		{"environment with token and region", []func(*testing.T){keys, func(t *testing.T) {
			t.Setenv("AWS_SESSION_TOKEN", "T")
			t.Setenv("AWS_DEFAULT_REGION", "us-west-2")
		}}, bucket.Settings{}, "ENVKEY us-west-2 T"},
		{"role, in the machine's region", []func(*testing.T){role}, bucket.Settings{}, "ROLEKEY eu-west-1 ROLETOKEN"},
		{"role, told otherwise", []func(*testing.T){role, func(t *testing.T) { t.Setenv("AWS_DEFAULT_REGION", "us-west-2") }}, bucket.Settings{}, "ROLEKEY us-west-2 ROLETOKEN"},
		{"flag before all", []func(*testing.T){role}, bucket.Settings{Region: "sa-east-1"}, "ROLEKEY sa-east-1 ROLETOKEN"},
		{"profile", []func(*testing.T){func(t *testing.T) {
			write(t, "AWS_CONFIG_FILE", "[profile logs]\nregion = eu-north-1\naws_access_key_id = FILEKEY\naws_secret_access_key = s\n")
		}}, bucket.Settings{Profile: "logs"}, "FILEKEY eu-north-1"},
		{"program of a profile", []func(*testing.T){func(t *testing.T) {
			write(t, "AWS_CONFIG_FILE", `[profile logs]`+"\n"+`credential_process = echo '{"Version":1,"AccessKeyId":"PROGRAMKEY","SecretAccessKey":"s"}'`+"\n")
		}}, bucket.Settings{Profile: "logs"}, "PROGRAMKEY us-east-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			nowhere(t)
			t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
			for _, set := range c.set {
				set(t)
			}
			if got := signed(t, c.change); got != c.want {
				t.Errorf("signed with %q, not %q", got, c.want)
			}
		})
	}
}

func TestWithKeysTheMetadataServiceIsNotAsked(t *testing.T) {
	nowhere(t)
	machine := &instance{role: "logs", keys: true}
	machine.start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "ENVKEY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	signed(t, bucket.Settings{})
	if n := machine.asked.Load(); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
}

func TestWithoutCredentialsItIsSaidWhatToDo(t *testing.T) {
	const none = "find credentials: there are none in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a profile (~/.aws), web identity, single sign-on, container or instance role: set the two variables, or name a --profile"
	for name, c := range map[string]struct {
		set     func(*testing.T)
		profile string
		want    string
	}{
		"no machine of a cloud":  {func(t *testing.T) { t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1") }, "", none},
		"a machine without role": {func(t *testing.T) { (&instance{}).start(t) }, "", none},
		"a role without keys":    {func(t *testing.T) { (&instance{role: "logs"}).start(t) }, "", none},
		"half of the keys":       {func(t *testing.T) { t.Setenv("AWS_ACCESS_KEY_ID", "K") }, "", "find credentials: AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both"},
		"no such profile":        {func(*testing.T) {}, "nope", `read profile "nope": it is in neither ~/.aws/config nor ~/.aws/credentials: check --profile and AWS_PROFILE`},
		"a profile on a missing one": {func(t *testing.T) {
			write(t, "AWS_CONFIG_FILE", "[profile logs]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nope\n")
		}, "logs", `read profile "nope", which "logs" builds on: it is in neither ~/.aws/config nor ~/.aws/credentials: check the profile's source_profile`},
		"an ended single sign-on": {func(t *testing.T) {
			write(t, "AWS_CONFIG_FILE", "[profile logs]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\nregion = eu-west-1\n[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x.invalid/start\n")
		}, "logs", "find credentials: the single sign-on session has ended: run aws sso login --profile logs"},
	} {
		t.Run(name, func(t *testing.T) {
			nowhere(t)
			c.set(t)
			_, err := bucket.OpenS3(t.Context(), "logs", bucket.Settings{Profile: c.profile})
			if !errors.As(err, new(*bucket.AccessError)) || err.Error() != c.want {
				t.Errorf("it says\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestAnImpossibleRegionIsSaid(t *testing.T) {
	b, err := bucket.OpenS3(t.Context(), "logs", bucket.Settings{AccessKey: "a", SecretKey: "b", Region: "eu west"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Head(t.Context(), "k"); !errors.As(err, new(*bucket.AccessError)) || !strings.Contains(err.Error(), "check --region") {
		t.Errorf("it says %v", err)
	}
}

// TestAClockThatIsHoursOffIsNoHindrance: the service refuses what is signed more
// than a quarter of an hour off; the next request is signed by its clock.
func TestAClockThatIsHoursOffIsNoHindrance(t *testing.T) {
	for _, off := range []time.Duration{-26 * time.Hour, -3 * time.Hour, 3 * time.Hour} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().UTC().Add(off)
			w.Header().Set("Date", now.Format(http.TimeFormat))
			at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || now.Sub(at).Abs() > 15*time.Minute {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(http.StatusForbidden)
				_, _ = w.Write([]byte("<Error><Code>RequestTimeTooSkewed</Code><Message>so it is</Message></Error>"))
			}
		}))
		defer server.Close()
		b, err := bucket.OpenS3(t.Context(), "logs", bucket.Settings{Endpoint: server.URL, AccessKey: "a", SecretKey: "b"})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Put(t.Context(), "k", strings.NewReader("x"), buckettest.SumOf([]byte("x")), bucket.Put{}); err != nil {
			t.Errorf("%s: %v", off, err)
		}
	}
}
