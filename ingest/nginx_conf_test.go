package ingest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDetectReadsFormatsFromAnNginxConfigurationAndItsIncludes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	log := write("site.log", "192.0.2.1 0.012 \"GET / HTTP/1.1\" 200 [21/Nov/2026:08:00:00 +0000]\n")
	conf := write("nginx.conf", "http {\n  log_format mine '$remote_addr $request_time \"$request\" $status [$time_local]';\n  include sites/*;\n}\n")
	write("sites/default", "server { access_log "+log+" mine; access_log "+dir+"/none.log; }\n")
	var out bytes.Buffer
	if err := (&DetectCmd{NginxConf: conf, Lines: 10}).Run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{log + "  ", "mine  ", "100 %", "none.log", "not readable"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	if err := (&DetectCmd{NginxConf: filepath.Join(dir, "nowhere")}).Run(t.Context(), &out); err == nil {
		t.Error("a missing configuration is no error")
	}
}
