package tui

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const readme = "../README.md"

// keyTable is README's table of the keys.
func keyTable() string {
	var b strings.Builder
	b.WriteString("| key | does |\n|---|---|\n")
	everywhere := len(helpGroups(nil, nil))
	for i, group := range Sheet() {
		where := ""
		if i >= everywhere {
			where = "in " + group.Title + ": "
		}
		for _, k := range group.Keys {
			names := strings.Fields(k.Key)
			for j, name := range names {
				names[j] = "`" + name + "`"
			}
			b.WriteString("| " + strings.Join(names, " ") + " | " + where + k.Help + " |\n")
		}
	}
	return b.String()
}

func TestReadmeListsTheKeys(t *testing.T) {
	const begin, end = "<!-- keys -->\n", "<!-- /keys -->"
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	listed, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no lines %q and %q", strings.TrimSpace(begin), end)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(before+begin+keyTable()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(keyTable(), listed); diff != "" {
		t.Errorf("README's keys are stale (-want +got); go test ./tui -update writes them\n%s", diff)
	}
}
