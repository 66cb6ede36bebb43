package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/demo"
)

// alertsOfADemo returns the lines of --alert-file over a demo's history, with
// times as seconds from its start.
func alertsOfADemo(t *testing.T, start time.Time) []map[string]any {
	t.Helper()
	dir := t.TempDir()
	g := demo.New(demo.Config{Seed: 7, Start: start, Dir: dir})
	if err := g.Backfill(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alerts.jsonl")
	args := []string{"--once", "--json", "--timezone=UTC", "--alert-file=" + path,
		fmt.Sprintf("--alert=%g", demo.AlertThreshold), "--alert-period=" + demo.AlertPeriod.String()}
	if code, _, errs := weir(t, append(args, g.Files()...)...); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for line := range strings.Lines(strings.ReplaceAll(string(text), dir, "")) {
		var change map[string]any
		if err := json.Unmarshal([]byte(line), &change); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		at, err := time.Parse(time.RFC3339, change["time"].(string))
		if err != nil {
			t.Fatal(err)
		}
		change["time"] = at.Sub(start.Truncate(10 * time.Second)).String()
		message, _, _ := strings.Cut(change["message"].(string), " at 2")
		change["message"] = message
		for i, line := range asList(change["samples"]) {
			asList(change["samples"])[i] = stamps.ReplaceAllString(line.(string), "")
		}
		all = append(all, change)
	}
	return all
}

// stamps are the times in the demo's lines.
var stamps = regexp.MustCompile(`\[\d\d/\w{3}/\d{4}:[^]]*\]|\d{4}-\d\d-\d\dT[^"]*`)

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

func TestDemoWithOneSeedAlertsAlikeWheneverItIsStarted(t *testing.T) {
	want := alertsOfADemo(t, time.Date(2026, 3, 14, 15, 9, 26, 5, time.UTC))
	if len(want) != 6 {
		t.Fatalf("%d changes in the history, want three alerts that recover: %v", len(want), want)
	}
	for _, start := range []time.Time{
		time.Date(2026, 3, 14, 15, 9, 27, 999_999_999, time.UTC),
		time.Date(2026, 3, 15, 0, 3, 3, 1, time.UTC),
		time.Date(2025, 12, 31, 23, 59, 58, 0, time.UTC),
	} {
		if diff := cmp.Diff(want, alertsOfADemo(t, start)); diff != "" {
			t.Errorf("started at %s:\n%s", start, diff)
		}
	}
}

func TestDemoWithoutADirectorySaysWhatToDo(t *testing.T) {
	cmd := process(t, "--demo", "--plain")
	cmd.Env = append(cmd.Env, "TMPDIR="+filepath.Join(t.TempDir(), "none"))
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(out), "set TMPDIR to one that can be written to") {
		t.Errorf("%v, %q", err, out)
	}
}

func TestDemoAlertsAsItIsToldAndSaysThatItIsADemo(t *testing.T) {
	for args, want := range map[string]string{
		"":                             " alert 120 ",
		"--alert=10 --alert-period=2m": " alert 10 ",
		"--alert=150":                  " alert 150 ",
		"--alert-period=45s":           " alert 120 ",
	} {
		s := inTerminalOf(t, 200, 60, append(strings.Fields(args), "--demo", "--timezone=UTC")...)
		for _, what := range []string{" weir  demo", want} {
			eventually(t, "the terminal sees "+what, func() bool { return strings.Contains(sequence.ReplaceAllString(s.text(), ""), what) })
		}
		s.Write([]byte("\x03"))
		s.left(t)
	}
}
