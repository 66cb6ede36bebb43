package archive

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
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
	same(t, "1 restored files deleted\n", ok(t, "clean", dir))
	same(t, "0 restored files deleted\n", ok(t, "clean", dir))
	same(t, []string{}, files(t, filepath.Join(dir, "restored")))
}
