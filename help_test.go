package main

import (
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
