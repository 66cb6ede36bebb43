package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weir/archive/bucket"
	"weir/conf"
)

// Remote are the flags that say how an archive is reached.
type Remote struct {
	Archive   string `placeholder:"DIR=URI" help:"The directory of logs and its archive, in place of the arguments."`
	Endpoint  string `placeholder:"URL" help:"Endpoint of an S3 service other than Amazon's."`
	Region    string `placeholder:"R" help:"Region of the bucket."`
	Profile   string `placeholder:"P" help:"Profile of ~/.aws/config."`
	PathStyle bool   `help:"Put the bucket in the path instead of the host name."`
	Provider  string `placeholder:"NAME" help:"aws, r2, b2, gcs, minio, versitygw or other (default: told from the endpoint)."`
	LimitRate string `placeholder:"RATE" help:"Most bytes a second over the network, as in 10MB/s."`
	EnvFile   string `default:".env" placeholder:"FILE" help:"File with LOGS_DIR, BACKUP_…, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_DEFAULT_REGION, read where it is there."`
}

// Target is a directory of logs and where it is archived.
type Target struct {
	Dir       string
	Into      string // where restored files go
	URI       string
	Bucket    bucket.Bucket
	Template  Template
	After     time.Duration // from BACKUP_ARCHIVE_AFTER; negative where that is not set
	LimitRate int64         // bytes a second; 0 is without limit

	place    bucket.Place
	settings bucket.Settings
}

// ParsePair splits the value of --archive, DIR=URI.
func ParsePair(pair string) (dir, uri string, err error) {
	if dir, uri, err = cutPair(pair); err != nil {
		return "", "", UsageError{fmt.Errorf("--archive %q: %w", pair, err)}
	}
	return dir, uri, nil
}

func cutPair(pair string) (dir, uri string, err error) {
	i := strings.Index(pair, "://")
	if i >= 0 {
		i = strings.LastIndexByte(pair[:i], '=')
	}
	if i <= 0 {
		return "", "", errors.New("write DIR=URI, as in /var/log/nginx=s3://logs")
	}
	return pair[:i], pair[i+1:], nil
}

// CheckPair returns what is wrong with the value of --archive; "" is none.
func CheckPair(pair string) error {
	if pair == "" {
		return nil
	}
	_, uri, err := cutPair(pair)
	if err != nil {
		return err
	}
	place, err := bucket.Parse(uri)
	if err != nil {
		return err
	}
	_, err = ParseTemplate(place.Rest)
	return err
}

// Open finds out what is meant and opens the bucket. dir and uri are arguments,
// "" where they were not given; then --archive counts, then LOGS_DIR and
// BACKUP_… in the environment or the .env file. needDir says that a directory
// must be known.
func (r *Remote) Open(ctx context.Context, dir, uri string, needDir bool) (*Target, error) {
	t, err := r.Find(dir, uri, needDir)
	if err != nil {
		return nil, err
	}
	return t, t.Connect(ctx)
}

// Name tells the archive from others: its bucket, where that is, and its keys.
func (t *Target) Name() string {
	name := t.place.Scheme + "://" + t.place.Root + "/" + t.Template.text
	if t.settings.Endpoint != "" {
		name += " at " + t.settings.Endpoint
	}
	return name
}

// Connect opens the bucket: of a service it looks for credentials.
func (t *Target) Connect(ctx context.Context) (err error) {
	t.Bucket, err = bucket.Open(ctx, t.place, t.settings)
	return err
}

// Configured reports whether --archive, the environment or the .env file names an
// archive and its directory.
func (r *Remote) Configured() bool {
	env, err := readEnv(r.EnvFile)
	return err != nil || r.Archive != "" || env.get("LOGS_DIR") != "" && env.get("BACKUP_BUCKET") != ""
}

// Find is Open but for the bucket, which Connect opens.
func (r *Remote) Find(dir, uri string, needDir bool) (*Target, error) {
	env, err := readEnv(r.EnvFile)
	if err != nil {
		return nil, err
	}
	t := &Target{Dir: dir, URI: uri, After: -1}
	if r.Archive != "" {
		pairDir, pairURI, err := ParsePair(r.Archive)
		if err != nil {
			return nil, err
		}
		if t.Dir == "" {
			t.Dir = pairDir
		}
		if t.URI == "" {
			t.URI = pairURI
		}
	}
	s := bucket.Settings{Endpoint: r.Endpoint, Region: r.Region, Profile: r.Profile, PathStyle: r.PathStyle, Provider: r.Provider}
	if logs := env.get("LOGS_DIR"); t.Dir == "" && logs != "" {
		t.Dir, t.Into = filepath.Join(logs, "fresh"), filepath.Join(logs, "archive")
	}
	if t.URI == "" && (env.get("BACKUP_BUCKET") != "" || env.names("BACKUP_")) {
		if err := env.backup(t, &s); err != nil {
			return nil, err
		}
	}
	if s.AccessKey == "" && os.Getenv("AWS_ACCESS_KEY_ID") == "" && r.Profile == "" {
		s.AccessKey, s.SecretKey, s.Token = env.values["AWS_ACCESS_KEY_ID"], env.values["AWS_SECRET_ACCESS_KEY"], env.values["AWS_SESSION_TOKEN"]
	}
	if s.Region == "" {
		s.Region = cmp.Or(env.get("AWS_REGION"), env.get("AWS_DEFAULT_REGION"))
	}
	if needDir && t.Dir == "" {
		return nil, UsageError{errors.New("name the directory of the logs: DIR URI, --archive DIR=URI, or LOGS_DIR")}
	}
	if t.URI == "" {
		return nil, UsageError{errors.New("name the archive: s3://BUCKET or file:///DIR, --archive DIR=URI, or BACKUP_BUCKET")}
	}
	if t.Into == "" && t.Dir != "" {
		t.Into = filepath.Join(t.Dir, "restored")
	}
	if t.LimitRate, err = parseRate(r.LimitRate); err != nil {
		return nil, err
	}
	if t.place, err = bucket.Parse(t.URI); err != nil {
		return nil, UsageError{err}
	}
	if t.Template, err = ParseTemplate(t.place.Rest); err != nil {
		return nil, UsageError{err}
	}
	t.settings = s
	return t, nil
}

func parseRate(text string) (int64, error) {
	n, err := parseSize(strings.TrimSuffix(strings.TrimSpace(text), "/s"))
	if err != nil {
		return 0, UsageError{fmt.Errorf("--limit-rate %q: write bytes a second, as in 10MB/s", text)}
	}
	return n, nil
}

// parseSize reads bytes as in 2GB or 512MiB; "" is 0.
func parseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<62 {
		return 0, fmt.Errorf("%q: write a number of bytes", text)
	}
	return int64(n), nil
}

// dotenv are the settings of a .env file.
type dotenv struct {
	path   string
	values map[string]string
}

// readEnv reads NAME=VALUE lines, as a shell and python-dotenv both do: with an
// optional export, quotes and comments. That there is no file is no error.
func readEnv(path string) (dotenv, error) {
	d := dotenv{path, make(map[string]string)}
	data, err := conf.Read(path)
	if err != nil && !os.IsNotExist(err) && path != ".env" && path != "" {
		return d, UsageError{fmt.Errorf("--env-file: %w", err)}
	}
	scan := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; scan.Scan(); number++ {
		line := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(scan.Text()), "export "))
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue // not ours to judge
		}
		value = strings.TrimSpace(value)
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		} else if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		d.values[strings.TrimSpace(name)] = value
	}
	return d, nil
}

// get prefers the environment.
func (d dotenv) get(name string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return d.values[name]
}

// names says whether the file has a setting that starts so.
func (d dotenv) names(start string) bool {
	for name := range d.values {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// backup takes visilogs' settings.
func (d dotenv) backup(t *Target, s *bucket.Settings) error {
	for _, v := range []struct {
		name string
		to   *string
	}{{"BACKUP_ENDPOINT", &s.Endpoint}, {"BACKUP_ACCESS_KEY", &s.AccessKey}, {"BACKUP_SECRET_KEY", &s.SecretKey}, {"BACKUP_BUCKET", &t.URI}} {
		value := d.get(v.name)
		if value == "" {
			return UsageError{fmt.Errorf("%s is not set: set it in the environment or in %s", v.name, d.path)}
		}
		if *v.to == "" {
			*v.to = value
		}
	}
	if !strings.Contains(t.URI, "://") {
		t.URI = "s3://" + t.URI
	}
	if after := d.get("BACKUP_ARCHIVE_AFTER"); after != "" {
		days, err := strconv.Atoi(after)
		if err != nil || days < 0 {
			return UsageError{fmt.Errorf("BACKUP_ARCHIVE_AFTER is %q: write a number of days", after)}
		}
		t.After = time.Duration(days) * 24 * time.Hour
	}
	return nil
}
