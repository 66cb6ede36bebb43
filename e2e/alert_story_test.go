//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stormLog is ten calm minutes with one of a flood of /search in their middle.
func stormLog(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	begin := time.Date(2025, 11, 21, 7, 0, 0, 0, time.UTC)
	var b strings.Builder
	for second := range 600 {
		at := begin.Add(time.Duration(second) * time.Second).Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /calm/page HTTP/1.1\" 200 10 \"-\" \"Mozilla/5.0\"\n", second%9, at)
		for n := range 40 {
			if second >= 300 && second < 360 {
				fmt.Fprintf(&b, "203.0.113.7 - - [%s] \"GET /search/%d HTTP/1.1\" 200 10 \"-\" \"curl/8\"\n", at, n)
			}
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStoryOfAnAlert goes from the alert of a flood to why it fired, marks it as
// seen, looks at its lines and comes back.
func TestStoryOfAnAlert(t *testing.T) {
	term := openTerminal(t, binary, "--alert", "10", "--alert-period", "30s", stormLog(t))
	eventually(t, "the log is read", func() bool { return term.shows("3 000 lines") })
	for _, step := range []struct{ keys, shows string }{
		{"3", "Alerts and recoveries"},
		{"j", "High traffic generated an alert"}, // from the recovery to the alert before it
		{"a", "acknowledged"},
		{"\r", "/search"}, // why, and the lines
		{"\r", "/search/39"},
		{"1", "Sections"},
		{"c", "before"},
		{"q", leftAltScreen},
	} {
		before := len(term.text())
		term.press(t, step.keys)
		eventually(t, fmt.Sprintf("%q shows %q", step.keys, step.shows), func() bool { return strings.Contains(term.text()[before:], step.shows) })
	}
	eventually(t, "weir has left", term.hasExited)
	term.mustBeRestored(t)
}
