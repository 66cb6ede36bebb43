package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/ingest"
	"weir/ingest/format"
)

// between returns what stands in README.md between two marks.
func between(t *testing.T, mark string) string {
	t.Helper()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "<!-- "+mark+" -->\n")
	text, _, closed := strings.Cut(rest, "<!-- /"+mark+" -->")
	if !found || !closed {
		t.Fatalf("README.md has no place for %s", mark)
	}
	return text
}

func TestReadmeListsEveryFormat(t *testing.T) {
	var want strings.Builder
	want.WriteString("| name | what |\n|---|---|\n")
	for _, f := range format.Formats {
		fmt.Fprintf(&want, "| `%s` | %s |\n", f.Name, f.Title)
	}
	if diff := cmp.Diff(want.String(), between(t, "formats")); diff != "" {
		t.Errorf("README.md is stale (- want, + got):\n%s", diff)
	}
}

func TestReadmeShowsRulesThatParse(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`--rule '([^'…]+)'`).FindAllSubmatch(page, -1)
	for _, m := range found {
		if err := ingest.CheckRule(string(m[1])); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	if len(found) < 5 {
		t.Errorf("%d rules", len(found))
	}
}
