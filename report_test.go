package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/bench"
)

// What can't be written is said before a log is looked at, here one that is not there.
func TestReportThatCannotBeWrittenIsRefusedBeforeAnythingIsRead(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "no.log")
	refused(t, []string{"--output: ", filepath.Join(dir, "no", "x"), "make its directory"}, "report", "--output", filepath.Join(dir, "no", "x"), log)
	refused(t, []string{"--output: ", "is a directory", "name a file"}, "report", "--output", dir, log)
}

func TestOutputIsChangedOnlyByAReport(t *testing.T) {
	dir := t.TempDir()
	log, old, made := filepath.Join(dir, "access.log"), filepath.Join(dir, "old.log"), filepath.Join(dir, "made.txt")
	write(t, log, someLines, 0o600)
	before := strings.Repeat(someLines, 100)
	write(t, old, before, 0o600)
	for _, path := range []string{old, made} {
		if code, _, errs := weir(t, "report", "--output", path, filepath.Join(dir, "no.log")); code != exitFailed || !strings.Contains(errs, "no.log") {
			t.Errorf("a log that is not there: exit %d, %s", code, errs)
		}
	}
	if text, err := os.ReadFile(old); err != nil || string(text) != before {
		t.Errorf("without a report the old one is changed: %d bytes, %v", len(text), err)
	}
	if _, err := os.Lstat(made); !os.IsNotExist(err) {
		t.Errorf("without a report there is a file: %v", err)
	}
	if code, out, errs := weir(t, "report", "--to=json", "--output", old, dir); code != 0 || out != "" || errs != "" {
		t.Errorf("exit %d, %q, %s", code, out, errs)
	}
	text, err := os.ReadFile(old)
	if err != nil || !strings.HasPrefix(string(text), "{") || !strings.HasSuffix(string(text), "}\n") || !strings.Contains(string(text), `"hits":2,`) {
		t.Errorf("not the report of the log alone: %v\n%.300s", err, text)
	}
}

func TestOneOfAThingIsNotPlural(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	write(t, log, aRequest, 0o600)
	_, out, errs := weir(t, "report", log)
	for _, want := range []string{"1 hit  ", "  1 client  ", "  1 line  1 parsed  0 unparsed"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s%s", want, out, errs)
		}
	}
}

// A compressed log has no end to look at, so it is counted another way.
func TestReportOfACompressedLogIsThatOfThePlainOne(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	shape := bench.Shape{Lines: 20_000, Seed: 5}
	var reports []string
	for _, name := range []string{"plain", "plain.gz"} {
		if err := writeTraffic(filepath.Join(dir, name), shape); err != nil {
			t.Fatal(err)
		}
		code, out, errs := weir(t, "report", "--to", "json", name)
		if code != 0 || errs != "" || !strings.Contains(out, `"hits":20000,`) {
			t.Fatalf("%s: exit %d, %s\n%.300s", name, code, errs, out)
		}
		reports = append(reports, strings.ReplaceAll(out, name, "log"))
	}
	if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
		t.Error(diff)
	}
}
