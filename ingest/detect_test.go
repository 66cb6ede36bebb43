package ingest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logs are files of a directory of their own: combined with a line cut short, and UTF-16.
func logs(t *testing.T) []string {
	t.Helper()
	const line = `203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] "GET / HTTP/1.1" 200 612 "-" "curl/8"`
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"a.log": line + "\n" + strings.Replace(line, ` "-" "curl/8"`, "", 1) + "\n" + line + "\n" + line + "\n",
		"b.log": "\xff\xfe1\x00 \x00-\x00\n\x00",
		"c.log": line + "\n",
		"d.log": "it was\na dark night\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"a.log", "b.log", "c.log", "d.log"}
}

func TestDetectSaysWhatItDoesNotExplain(t *testing.T) {
	var out bytes.Buffer
	err := (&DetectCmd{Files: logs(t), Lines: 10}).Run(t.Context(), &out)
	if err == nil || !strings.Contains(err.Error(), "UTF-16") {
		t.Errorf("of the file that cannot be read: %v", err)
	}
	want := `FILE   FORMAT        EXPLAINS  RUNNER-UP
a.log  combined      75 %      common 25 %
b.log  not readable  -         -
c.log  combined      100 %     -
d.log  unknown       0 %       -

Not explained, the first line of each:
a.log:2:70: truncated http.request.header.referer, nearest other format common: "203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] \"GET / HTTP/1.1\" 200 612"
d.log:1:1: no known format: "it was"
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDetectGivesOneObjectAFile(t *testing.T) {
	var out bytes.Buffer
	files := logs(t)
	if err := (&DetectCmd{Files: []string{files[0], files[2]}, Lines: 10, JSON: true}).Run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	want := `{"path":"a.log","format":"combined","share":0.75,"runner_up":"common","runner_up_share":0.25,"lines":4,"first":{"line":2,"column":70,"reason":"truncated","field":"http.request.header.referer","nearest":"common",` +
		`"text":"203.0.113.7 - - [21/Nov/2026:06:53:01 +0100] \"GET / HTTP/1.1\" 200 612"}}
{"path":"c.log","format":"combined","share":1,"lines":1}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
