package ingest

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseSaysThatNothingParses(t *testing.T) {
	dir := t.TempDir()
	told := func(text string) string {
		t.Helper()
		path := filepath.Join(dir, "odd.log")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		errs, err := os.Create(filepath.Join(dir, "errors"))
		if err != nil {
			t.Fatal(err)
		}
		defer errs.Close()
		usual := os.Stderr
		os.Stderr = errs
		defer func() { os.Stderr = usual }()
		c := ParseCmd{}
		c.Files = []string{path}
		if err := c.Run(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		said, err := os.ReadFile(errs.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(said)
	}
	if got := told("a|b\nc|d\n"); !strings.Contains(got, "odd.log parses, of 2: weir detect says where they stop") {
		t.Errorf("of what no format explains: %q", got)
	}
	if got := told("\n\n192.0.2.1 - - [13/Sep/2020:12:26:40 +0000] \"GET / HTTP/1.1\" 200 5\n"); got != "" {
		t.Errorf("of a log: %q", got)
	}
}
