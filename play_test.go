package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someLines = `192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] "GET /a/1 HTTP/1.1" 200 5
192.0.2.2 - - [21/Nov/2026:10:00:01 +0000] "GET /b/2 HTTP/1.1" 500 7
`

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestSessionNamesItsFilesAndOthersCanBePlayed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a b.log"), someLines, 0o600)
	write(t, filepath.Join(dir, "c.log"), someLines[:strings.IndexByte(someLines, '\n')+1], 0o600)
	session := filepath.Join(dir, "x.session")
	write(t, session, "# weir session: weir play FILE shows this again\nfile "+filepath.Join(dir, "a b.log")+"\nwindow 5m0s\nstatus >= 500\ntab explore\n", 0o600)
	files, commands, err := readSession(session)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{filepath.Join(dir, "a b.log")}, {"window 5m0s", "status >= 500", "tab explore"}}, [][]string{files, commands}); diff != "" {
		t.Error(diff)
	}
	for want, args := range map[string][]string{
		`"hits":2,`: {"play", session, "--once", "--json"},
		`"hits":1,`: {"play", session, filepath.Join(dir, "c.log"), "--once", "--json"},
	} {
		if code, out, errs := weir(t, args...); code != 0 || !strings.Contains(out, want) {
			t.Errorf("%v: exit %d, %s%s", args, code, out, errs)
		}
	}
	code, _, errs := weir(t, "play", filepath.Join(dir, "c.log"))
	if code != exitUsage || !strings.Contains(errs, "is no session: in weir, :save FILE writes one") {
		t.Errorf("exit %d, %s", code, errs)
	}
	refused(t, []string{"read the session: " + filepath.Join(dir, "no"), "no such file or directory: check the name"}, "play", filepath.Join(dir, "no"))
	refused(t, []string{"read the session: " + dir, "is a directory: name a file"}, "play", dir)
}

func TestAnalyseReadsWhatIsFreshAndWhatWasRestored(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "fresh", "new.log"), someLines, 0o600)
	write(t, filepath.Join(dir, "archive", "old.log"), strings.ReplaceAll(someLines, "21/Nov", "11/Nov"), 0o600)
	t.Setenv("LOGS_DIR", dir)
	if code, out, errs := weir(t, "analyse", "--once", "--json"); code != 0 || !strings.Contains(out, `"hits":4,`) {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}

func TestAnalyseHandsTheRecordsToVisiData(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "access.log"), someLines, 0o600)
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	code, _, errs := weir(t, "analyse", dir, "--with", "visidata")
	if code != exitFailed || !strings.Contains(errs, "VisiData is not installed: pipx install visidata") {
		t.Errorf("without it: exit %d, %s", code, errs)
	}
	write(t, filepath.Join(dir, "bin", "vd"), "#!/bin/sh\nwhile read -r line; do echo \"$line\"; done < \"$1\"\necho \"$1\"\n", 0o755)
	code, out, errs := weir(t, "analyse", dir, "--with", "visidata", "--filter", "status >= 500")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 || !strings.Contains(lines[0], `"url.path":"/b/2"`) {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
	if _, err := os.Stat(filepath.Dir(lines[1])); !os.IsNotExist(err) {
		t.Errorf("left behind: %v", err)
	}
	gone := filepath.Join(dir, "gone.log")
	code, out, errs = weir(t, "analyse", filepath.Join(dir, "access.log"), gone, "--with", "visidata")
	if code != exitFailed || !strings.Contains(out, `"url.path":"/b/2"`) || !strings.Contains(errs, gone+" can't be read again: no such file or directory") {
		t.Errorf("with one that is gone: exit %d, %s%s", code, out, errs)
	}
}
