package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/kong"

	"weir/archive/bucket"
)

// cli is the part of the command line that is about archives.
type cli struct {
	Archive Cmd        `cmd:""`
	Restore RestoreCmd `cmd:""`
	Clean   CleanCmd   `cmd:""`
}

// weir runs a command line in a directory and returns its output and exit code.
func weir(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var c cli
	days := kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(func(ctx *kong.DecodeContext, target reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
			return err
		}
		if n, ok := strings.CutSuffix(text, "d"); ok {
			days, err := strconv.Atoi(n)
			target.SetInt(int64(days) * int64(24*time.Hour))
			return err
		}
		d, err := time.ParseDuration(text)
		target.SetInt(int64(d))
		return err
	}))
	parser, err := kong.New(&c, days, kong.Exit(func(int) { t.Fatal("kong exits") }))
	if err != nil {
		t.Fatal(err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		t.Fatalf("%s: %v", args, err)
	}
	var out bytes.Buffer
	command.BindTo(t.Context(), (*context.Context)(nil))
	command.BindTo(&out, (*io.Writer)(nil))
	err = command.Run()
	if err != nil {
		t.Log(err)
		out.WriteString(err.Error())
	}
	return out.String(), ExitCode(err)
}

func ok(t *testing.T, args ...string) string {
	t.Helper()
	out, code := weir(t, args...)
	if code != 0 {
		t.Fatalf("%s: exit %d: %s", args, code, out)
	}
	return out
}

func old(t *testing.T, path, text string, age time.Duration) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestADayGoesAwayAndComesBack(t *testing.T) {
	dir, vault := t.TempDir(), t.TempDir()
	start := time.Now().UTC().Add(-5 * time.Hour).Truncate(time.Hour)
	name := Name{"web", start, "eu", ".log"}.String()
	text := accessLines(0, 2000, start)
	old(t, filepath.Join(dir, name), text, 4*time.Hour)
	pair := dir + "=file://" + vault
	if out := ok(t, "archive", "--once", dir, "file://"+vault); !strings.HasPrefix(out, "1 archived (2,000 lines, ") || !strings.HasSuffix(out, "), 1 deleted here\n") {
		t.Errorf("archive says %q", out)
	}
	if out := ok(t, "archive", "list", "file://"+vault); !strings.Contains(out, "2,000") {
		t.Errorf("list says\n%s", out)
	}
	ok(t, "archive", "verify", "--read", "file://"+vault)
	ok(t, "archive", "doctor", "file://"+vault)
	for range 2 {
		ok(t, "restore", "--archive", pair, "1", "WEB")
		same(t, text, read(t, filepath.Join(dir, "restored", name)))
	}
	same(t, "1 restored file deleted\n", ok(t, "clean", dir))
	same(t, "0 restored files deleted\n", ok(t, "clean", dir))
	same(t, []string{}, files(t, filepath.Join(dir, "restored")))
}

// hourly makes logjam's directory: two hours that are over and one that is not.
func hourly(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	now := time.Now().UTC().Truncate(time.Hour)
	for i, age := range []int{3, 2, 0} {
		at := now.Add(-time.Duration(age) * time.Hour)
		name := Name{"haproxy", at, "us-west-2-i-ae23fega", ".log"}.String()
		texts[name] = accessLines(1000*i, 1000, at)
		old(t, filepath.Join(dir, name), texts[name], time.Hour)
		if age == 0 {
			delete(texts, name)
		}
	}
	return texts
}

func TestLogjamsExamplesRun(t *testing.T) {
	dir, vault := t.TempDir(), t.TempDir()
	texts := hourly(t, dir)
	ok(t, "archive", "compress", "--once", "--codec", "gzip", dir+"/")
	same(t, 2, len(files(t, filepath.Join(dir, "archive")))-countIn(t, filepath.Join(dir, "archive", ".weir")))
	// The manual's template has an odd brace, and the folder a slash.
	uri := "file://" + vault + "/{prefix}/{year}/{month}{/{day}/{filename}"
	ok(t, "archive", "upload", "--once", dir+"/archive/", uri)
	ok(t, "archive", "upload", "--once", dir, uri)
	ok(t, "restore", "--archive", dir+"="+uri, "1")
	for name, text := range texts {
		same(t, text, read(t, filepath.Join(dir, "restored", name)))
	}
	same(t, 2, len(files(t, filepath.Join(dir, "restored"))))
}

func TestPackedFilesAreFoundWhateverTheFolderIsCalled(t *testing.T) {
	root, vault := t.TempDir(), "file://"+t.TempDir()
	for _, logs := range []string{"logs", "archive"} {
		dir := filepath.Join(root, logs)
		hourly(t, dir)
		ok(t, "archive", "compress", "--once", dir)
		from := dir
		if logs == "logs" {
			t.Chdir(filepath.Join(dir, "archive"))
			from = "."
		}
		if out := ok(t, "archive", "upload", "--once", from, vault); !strings.HasSuffix(out, "2 deleted here\n") {
			t.Errorf("from %s: %s", from, out)
		}
	}
}

func countIn(t *testing.T, dir string) int {
	t.Helper()
	if _, err := os.Stat(dir); err != nil {
		return 0
	}
	return len(files(t, dir))
}

func TestADaemonEndsCleanly(t *testing.T) {
	dir, vault := t.TempDir(), t.TempDir()
	hourly(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	c := &PushCmd{Dir: dir, URI: "file://" + vault, Passing: Passing{Interval: time.Hour, Settle: time.Second, Codec: "zstd"}}
	ended := make(chan error)
	go func() { ended <- c.Run(ctx, io.Discard) }()
	for len(files(t, dir)) > 4 || countIn(t, filepath.Join(vault, "haproxy")) < 4 {
		select {
		case err := <-ended:
			t.Fatalf("the daemon ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
		if t.Context().Err() != nil {
			t.Fatal("it never worked")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestVisilogsExamplesRun(t *testing.T) {
	const day = 24 * time.Hour
	root, vault := t.TempDir(), t.TempDir()
	env := filepath.Join(root, ".env")
	logs := filepath.Join(root, "logs")
	// visilogs' keys name an S3 bucket; a URI is understood too.
	old(t, env, "# settings\nLOGS_DIR="+logs+"\nBACKUP_ACCESS_KEY='a key'\nexport BACKUP_SECRET_KEY=\"b\" \nBACKUP_ENDPOINT=http://127.0.0.1:1\nBACKUP_BUCKET=file://"+vault+"\nBACKUP_ARCHIVE_AFTER=\n", 0)
	demo := `{"_id":"1","eyeColor":"brown","time":"` + time.Now().Add(-8*day).UTC().Format(time.RFC3339) + `"}` + "\n"
	for name, age := range map[string]time.Duration{"zero.log": 0, "six.log": 6 * day, "seven.log": 7 * day, "eight.log": 8 * day, "thirty.jsonl": 30 * day} {
		old(t, filepath.Join(logs, "fresh", name), strings.Replace(demo, `"1"`, `"`+name+`"`, 1), age)
	}
	ok(t, "archive", "--once", "--env-file", env)
	entries, err := os.ReadDir(filepath.Join(logs, "fresh"))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	same(t, []string{"six.log", "zero.log"}, names)
	for range 2 {
		ok(t, "restore", "--env-file", env, "9")
		same(t, 3, len(files(t, filepath.Join(logs, "archive"))))
	}
	ok(t, "clean", "--env-file", env)
	ok(t, "clean", "--env-file", env)
	same(t, 0, len(files(t, filepath.Join(logs, "archive"))))
	ok(t, "restore", "--env-file", env, "9", "THIRTY")
	same(t, 1, len(files(t, filepath.Join(logs, "archive"))))
}

func TestRestoreFindsWhatWasJustArchived(t *testing.T) {
	root, vault := t.TempDir(), t.TempDir()
	env := filepath.Join(root, ".env")
	old(t, env, "LOGS_DIR="+root+"\nBACKUP_ACCESS_KEY=a\nBACKUP_SECRET_KEY=b\nBACKUP_ENDPOINT=http://127.0.0.1:1\nBACKUP_BUCKET=file://"+vault+"\n", 0)
	at := time.Now().UTC().Add(-7*24*time.Hour + time.Minute)
	text := accessLines(0, 10, at)
	old(t, filepath.Join(root, "fresh", "demo.log"), text, 7*24*time.Hour)
	ok(t, "archive", "--once", "--env-file", env)
	ok(t, "restore", "--env-file", env)
	restored := files(t, filepath.Join(root, "archive"))
	same(t, 1, len(restored))
	same(t, text, read(t, filepath.Join(root, "archive", restored[0])))
}

func TestMissingSettingsAreNamed(t *testing.T) {
	dir := t.TempDir()
	env := filepath.Join(dir, "settings.env")
	old(t, env, "LOGS_DIR="+dir+"\nBACKUP_BUCKET=logs\n", 0)
	for _, name := range []string{"LOGS_DIR", "BACKUP_ENDPOINT", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY", "BACKUP_BUCKET", "BACKUP_ARCHIVE_AFTER"} {
		t.Setenv(name, "")
	}
	out, code := weir(t, "archive", "--once", "--env-file", env)
	same(t, 2, code)
	same(t, "BACKUP_ENDPOINT is not set: set it in the environment or in "+env, out)
	t.Setenv("BACKUP_ENDPOINT", "http://127.0.0.1:1")
	t.Setenv("BACKUP_ACCESS_KEY", "a")
	t.Setenv("BACKUP_SECRET_KEY", "b")
	t.Setenv("BACKUP_ARCHIVE_AFTER", "a week")
	out, code = weir(t, "archive", "--once", "--env-file", env)
	same(t, 2, code)
	same(t, `BACKUP_ARCHIVE_AFTER is "a week": write a number of days`, out)
}

func TestSettingsThatNeverEndAreRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "settings.env")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"archive list", "archive --once", "restore", "clean"} {
		out, code := weir(t, append(strings.Fields(command), "--env-file", pipe)...)
		same(t, 2, code)
		same(t, "--env-file: read "+pipe+": a named pipe that nobody writes to: name a file, or start its writer first", out)
	}
}

func TestTemporaryKeysAreReadFromTheEnvFile(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	env := filepath.Join(t.TempDir(), ".env")
	old(t, env, "AWS_ACCESS_KEY_ID=id\nexport AWS_SECRET_ACCESS_KEY='secret'\nAWS_SESSION_TOKEN=\"token\"\nAWS_DEFAULT_REGION=eu-west-1\n", 0)
	target, err := (&Remote{EnvFile: env}).Find(t.TempDir(), "s3://logs", true)
	if err != nil {
		t.Fatal(err)
	}
	same(t, bucket.Settings{AccessKey: "id", SecretKey: "secret", Token: "token", Region: "eu-west-1"}, target.settings)
}

func TestTheEnvFileNamesTheRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	env := filepath.Join(t.TempDir(), ".env")
	region := func(r Remote, settings string) string {
		t.Helper()
		old(t, env, settings, 0)
		r.EnvFile = env
		target, err := r.Find(t.TempDir(), "s3://logs", true)
		if err != nil {
			t.Fatal(err)
		}
		return target.settings.Region
	}
	const both = "AWS_DEFAULT_REGION=eu-west-1\nAWS_REGION=eu-north-1\n"
	same(t, "eu-north-1", region(Remote{}, "AWS_REGION=eu-north-1\n"))
	same(t, "eu-north-1", region(Remote{}, both))
	same(t, "eu-south-1", region(Remote{Region: "eu-south-1"}, both))
	t.Setenv("AWS_REGION", "eu-west-3")
	same(t, "eu-west-3", region(Remote{}, both))
}

func TestADoctorWhoIsCalledAwayLeavesNothing(t *testing.T) {
	for n := range 14 {
		p := newPlace(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, _ = Examine(ctx, &leaving{p.bucket, n, cancel}, template(t, ""))
		same(t, []string{}, p.keys())
		if open, err := p.bucket.Uploads(t.Context(), ""); err != nil || len(open) > 0 {
			t.Errorf("after %d calls: %v, %v", n, open, err)
		}
	}
}

// leaving is a bucket that is interrupted after so many writes.
type leaving struct {
	bucket.Bucket
	left   int
	cancel context.CancelFunc
}

func (l *leaving) done() {
	if l.left--; l.left < 0 {
		l.cancel()
	}
}

func (l *leaving) Put(ctx context.Context, key string, body io.ReadSeeker, sum bucket.Sum, how bucket.Put) error {
	defer l.done()
	return l.Bucket.Put(ctx, key, body, sum, how)
}

func (l *leaving) Create(ctx context.Context, key string, how bucket.Put) (string, error) {
	defer l.done()
	return l.Bucket.Create(ctx, key, how)
}

func (l *leaving) UploadPart(ctx context.Context, key, id string, number int, body io.ReadSeeker, sum bucket.Sum) (bucket.Part, error) {
	defer l.done()
	return l.Bucket.UploadPart(ctx, key, id, number, body, sum)
}

func (l *leaving) Complete(ctx context.Context, key, id string, parts []bucket.Part, sum bucket.Sum, how bucket.Put) error {
	defer l.done()
	return l.Bucket.Complete(ctx, key, id, parts, sum, how)
}

func TestWrongArgumentsSayWhatToWrite(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"LOGS_DIR", "BACKUP_BUCKET"} {
		t.Setenv(name, "")
	}
	for line, want := range map[string]string{
		"archive --once":                                                "name the directory of the logs: DIR URI, --archive DIR=URI, or LOGS_DIR",
		"archive --once .":                                              "name the archive: s3://BUCKET or file:///DIR, --archive DIR=URI, or BACKUP_BUCKET",
		"archive --once . gs://logs":                                    `"gs://logs" has a scheme that is not known: write s3://… or file:///…`,
		"archive --once . s3://logs/{month}":                            "the archive URI lacks mandatory fields: {prefix}, {year}, {day}, {filename}",
		"archive --once --archive nonsense":                             `--archive "nonsense": write DIR=URI, as in /var/log/nginx=s3://logs`,
		"archive --once --min-free some . file:///x":                    `--min-free "some": write a number of bytes, as in 2GB`,
		"archive --once --limit-rate fast . file:///x":                  `--limit-rate "fast": write bytes a second, as in 10MB/s`,
		"restore --archive .=file:///nowhere/x week":                    `"week" is no number of days: write weir restore 7 WORD…, or use --since`,
		"restore --archive .=file:///nowhere/x -- -3":                   `"-3" is no number of days: write weir restore 7 WORD…, or use --since`,
		"restore --archive .=file:///nowhere/x --since tomorrow":        `--since "tomorrow" is no time: write 2026-11-20, 2026-11-20T15:04 or how long ago, as in 2h or 7d`,
		"restore --archive .=file://" + t.TempDir() + " --into ./":      `what is restored to ./ would be archived from there again: name another directory with --into`,
		"restore --archive .=file://" + t.TempDir() + " --into archive": `what is restored to archive would be archived from there again: name another directory with --into`,
		"clean": "name the directory of the logs: DIR, --archive DIR=URI, or LOGS_DIR",
	} {
		out, code := weir(t, strings.Fields(line)...)
		same(t, 2, code)
		same(t, want, out)
	}
}

func TestWhatFailsSaysNothingOfWhatItDid(t *testing.T) {
	dir := t.TempDir()
	for _, line := range []string{
		"archive --once " + dir + "/nowhere file://" + dir, "archive verify file://" + dir + "/nowhere",
		"restore --archive " + dir + "/nowhere=file://" + dir, "clean " + dir + "/nowhere",
	} {
		if out, code := weir(t, strings.Fields(line)...); code == 0 || strings.Contains(out, "0 ") {
			t.Errorf("%s: exit %d: %s", line, code, out)
		}
	}
}

func TestNamesDoNotCommandTheTerminal(t *testing.T) {
	e := Event{What: Deleted, File: "a\x1b[31m\nb\xff.log", Reason: "it is \x07empty"}
	same(t, `deleted a\x1b[31m\x0ab\xff.log: it is \x07empty`, e.String())
}

func TestEventsAreLinesOfJSON(t *testing.T) {
	dir, vault := t.TempDir(), t.TempDir()
	hourly(t, dir)
	out := ok(t, "archive", "--once", "--json", dir, "file://"+vault)
	var kinds []string
	for line := range strings.Lines(out) {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if e.Time.IsZero() {
			t.Errorf("no time in %q", line)
		}
		kinds = append(kinds, e.What)
	}
	one := []string{Packing, Uploaded, Verified, Recorded, Deleted}
	same(t, append(append([]string{Held}, one...), one...), kinds)
}

func TestATimeIsReadInManyForms(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2h": now.Add(-2 * time.Hour), "7d": now.Add(-168 * time.Hour), "1.5d": now.Add(-36 * time.Hour), "1w": now.Add(-168 * time.Hour), "1d12h": now.Add(-36 * time.Hour), "2026-11-19T10:00:00Z": utc("2026-11-19T10:00:00"), "2026-11-19T10:00Z": utc("2026-11-19T10:00:00"),
		"2026-11-19": time.Date(2026, 11, 19, 0, 0, 0, 0, time.Local), "2026-11-19 10:30": time.Date(2026, 11, 19, 10, 30, 0, 0, time.Local),
	} {
		got, err := parseWhen(text, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s is %s (%v)", text, got, err)
		}
	}
	for _, text := range []string{"", "-2h", "d", "-1d", "1e9d", "2026-13-01"} {
		if got, err := parseWhen(text, now); err == nil {
			t.Errorf("%q was taken for %s", text, got)
		}
	}
}

func TestTheRateIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{rate: 1000, now: time.Now}
		began := time.Now()
		for range 50 {
			if err := l.wait(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 4500*time.Millisecond || took > 5500*time.Millisecond {
			t.Errorf("5000 bytes at 1000 a second took %s", took)
		}
	})
}

func TestPushOfNoDirectoryIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	vault := "file://" + t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"lst"}, "there is no directory lst: did you mean weir archive list?"},
		{[]string{"verfy", vault}, "there is no directory verfy: did you mean weir archive verify?"},
		{[]string{"lst", "--archive", "logs=" + vault}, "there is no directory lst: did you mean weir archive list?"},
		{[]string{"push", "nonexist", vault}, "there is no directory nonexist: name the directory that holds the logs"},
		{[]string{"push", "--archive", "nonexist=" + vault}, "there is no directory nonexist: name the directory that holds the logs"},
		{[]string{"upload", "nonexist", vault}, "there is no directory nonexist: name the directory that holds the logs"},
		{[]string{"compress", "nonexist"}, "there is no directory nonexist: name the directory that holds the logs"},
	} {
		if out, code := weir(t, append([]string{"archive"}, c.args...)...); code != exitUsage || out != c.want {
			t.Errorf("%s: exit %d: %s, want %d: %s", c.args, code, out, exitUsage, c.want)
		}
	}
}

func TestDirectoryThatGoesIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		passes := 0
		err := (&Passing{Interval: time.Minute}).passes(ctx, io.Discard, Config{Dir: dir, Progress: &Progress{}}, func(_ context.Context, c Config) (Report, error) {
			if passes++; passes == 3 {
				cancel()
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
			_, err := openHome(c.Dir, pushLock)
			return Report{}, err
		})
		if err != nil || passes != 3 {
			t.Errorf("%d passes, then %v", passes, err)
		}
	})
}
