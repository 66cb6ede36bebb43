package bucket_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/archive/bucket"
	"weir/archive/bucket/buckettest"
)

func openDir(t *testing.T, dir string) bucket.Bucket {
	t.Helper()
	b, err := bucket.OpenDir(t.Context(), dir, bucket.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDirKeepsTheContract(t *testing.T) {
	buckettest.Run(t, func(t *testing.T) bucket.Bucket { return openDir(t, t.TempDir()) })
}

func TestTemporaryFilesOfDeadWritersAreSwept(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, ".weir"), 0o755); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, ".weir", "put-LEFT")
	if err := os.WriteFile(left, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	openDir(t, dir)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file is still there (%v)", err)
	}
}

func TestASymlinkInTheArchiveDoesNotLeadOut(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	b := openDir(t, dir)
	if _, err := b.Get(t.Context(), "out/secret", 0, -1); err == nil {
		t.Error("read through a link")
	}
	if diff := cmp.Diff([]string{}, buckettest.Keys(t, b, "", "", "")); diff != "" {
		t.Error(diff)
	}
}

func TestADirectoryThatIsNotThereIsNotMade(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "away"), "/dev/null"} {
		_, err := bucket.OpenDir(t.Context(), dir, bucket.Settings{})
		if !errors.As(err, new(*bucket.AccessError)) {
			t.Errorf("error is %v", err)
		}
	}
}

func TestURIsAreParsed(t *testing.T) {
	for uri, want := range map[string]bucket.Place{
		"s3://logs/{prefix}/{year}/{filename}":    {Scheme: "s3", Root: "logs", Rest: "{prefix}/{year}/{filename}"},
		"s3://logs":                               {Scheme: "s3", Root: "logs"},
		"s3://logs/web/":                          {Scheme: "s3", Root: "logs", Rest: "web"},
		"file:///var/backup":                      {Scheme: "file", Root: "/var/backup"},
		"file:///var/backup/a{prefix}/{filename}": {Scheme: "file", Root: "/var/backup", Rest: "a{prefix}/{filename}"},
	} {
		got, err := bucket.Parse(uri)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}
	for _, uri := range []string{"", "logs", "s3://", "s3:///x", "file://rel/x", "file:///", "file:///{prefix}", "gs://logs", "s3://{prefix}/x"} {
		if p, err := bucket.Parse(uri); err == nil {
			t.Errorf("%q was taken for %+v", uri, p)
		}
	}
}
