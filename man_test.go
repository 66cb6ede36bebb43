package main

import (
	"regexp"
	"strings"
	"testing"

	"weir/tui"
)

func TestManPageTellsEveryFlagCommandAndKey(t *testing.T) {
	code, page, errs := weir(t, "man")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, %s", code, errs)
	}
	tells := func(what string) {
		t.Helper()
		if !strings.Contains(page, escape(what)) {
			t.Errorf("the manual does not tell of %q", what)
		}
	}
	m := model(t)
	for name, flags := range allFlags(m) {
		tells("--" + name)
		for _, f := range flags {
			if !f.Hidden {
				tells(f.Help)
			}
		}
	}
	for _, n := range m.Model.Leaves(true) {
		if n != m.Model.DefaultCmd {
			tells(n.FullPath())
		}
	}
	for _, group := range tui.Sheet() {
		for _, k := range group.Keys {
			if !strings.Contains(page, ".TP 16\n\\fB"+escape(k.Key)+"\\fR\n"+escape(k.Help)+"\n") {
				t.Errorf("the manual does not tell of the key %s in %s", k.Key, group.Title)
			}
		}
	}
}

func TestManPageIsRoff(t *testing.T) {
	_, page, _ := weir(t, "man")
	request := regexp.MustCompile(`^\.(TH|SH|SS|PP|TP|nf|fi|RS|RE|br)( |$)`)
	bare := regexp.MustCompile("(^|[^\\\\])[-^~`]|^'|\\t")
	for i, line := range strings.Split(strings.TrimSuffix(page, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "."):
			if !request.MatchString(line) {
				t.Errorf("line %d is no request of man(7): %s", i+1, line)
			}
		case line == "" || bare.MatchString(line):
			t.Errorf("line %d is typeset as something else: %s", i+1, line)
		}
	}
	if got, want := escape(`.a\b-c`), `\&.a\eb\-c`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
