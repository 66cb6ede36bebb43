package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHelpFitsAPageAndShowsHowToStart(t *testing.T) {
	code, page, errs := weir(t, "--help")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, %s", code, errs)
	}
	lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
	if len(lines) > 64 {
		t.Errorf("%d lines are more than a page", len(lines))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	told := func(name string) bool {
		return slices.ContainsFunc(lines, func(line string) bool {
			words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" =.,;", r) })
			return slices.Contains(words, name)
		})
	}
	m := model(t)
	for _, g := range groupsOf(m.Model.DefaultCmd) {
		for _, f := range g.flags {
			if !told("--"+f.Name) && f.Name != "history" { // of which there is none
				t.Errorf("--help does not tell of --%s", f.Name)
			}
		}
	}
	for _, n := range m.Model.Children {
		if !told(n.Name) {
			t.Errorf("--help does not tell of weir %s", n.Name)
		}
	}
	if !strings.Contains(strings.Join(lines[:10], "\n"), "weir --demo") {
		t.Error("a newcomer is not shown how to start")
	}
}

func TestHelpOfACommandIsItsOwn(t *testing.T) {
	for command, words := range map[string][]string{
		"watch":        {"Usage: weir watch", "--alert-period=2m", "$WEIR_ALERT", "Exit codes: 0 done"},
		"archive":      {"Usage: weir archive", "archive doctor"},
		"archive list": {"Usage: weir archive list", "--since=WHEN"},
	} {
		code, page, _ := weir(t, append(strings.Fields(command), "--help")...)
		for _, word := range words {
			if code != 0 || !strings.Contains(page, word) {
				t.Errorf("weir %s --help: exit %d, without %q:\n%s", command, code, word, page)
			}
		}
	}
}

func TestPeopleWhoGuessAreHelped(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"--version"}, {"-V"}, {"version"}} {
		if code, out, errs := weir(t, args...); code != 0 || !strings.HasPrefix(out, "weir ") || errs != "" {
			t.Errorf("weir %q: exit %d, %q, %s", args, code, out, errs)
		}
	}
	for _, args := range [][]string{{"help"}, {"help", "report"}} {
		if code, out, _ := weir(t, args...); code != 0 || !strings.HasPrefix(out, "Usage: weir "+strings.Join(append(args[1:], "["), " ")) {
			t.Errorf("weir %q: exit %d, %q", args, code, out)
		}
	}
	refused(t, []string{"did you mean weir report?", "./reprot"}, "--once", "reprot", "x.log")
	refused(t, []string{"did you mean weir rules?", "./rul"}, "--once", "rul")
	if code, _, errs := weir(t, "detect", "--format", "x", "y"); code != exitUsage || !strings.Contains(errs, "(weir detect --help lists its flags)") {
		t.Errorf("of a flag that detect has not: exit %d, %s", code, errs)
	}
	refused(t, []string{"report is a command", "weir report first"}, "--once", "x.log", "report")
	refused(t, []string{"bash, zsh or fish"}, "completion")
	if err := os.WriteFile("repot", []byte("192.0.2.1 - - [13/Sep/2020:12:26:40 +0000] \"GET / HTTP/1.1\" 200 5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := weir(t, "--once", "repot"); code != 0 {
		t.Errorf("a file that is like a command: exit %d, %s", code, errs)
	}
}
