//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// tmux is a terminal multiplexer of its own with weir in it: it draws what weir
// writes, so what it shows is what a person would see.
type tmux struct{ path, socket string }

func openTmux(t *testing.T, width, height int, log string) *tmux {
	t.Helper()
	m := &tmux{path: tool(t, "tmux"), socket: filepath.Join(t.TempDir(), "tmux")}
	m.run(t, "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "exec "+binary+" "+log)
	t.Cleanup(func() { exec.Command(m.path, "-S", m.socket, "kill-server").Run() })
	return m
}

func (m *tmux) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), m.path, append([]string{"-S", m.socket}, args...)...)
	cmd.Env = environment(t)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tmux %v: %v", args, err)
	}
	return string(out)
}

func (m *tmux) screen(t *testing.T) string {
	t.Helper()
	return m.run(t, "capture-pane", "-p")
}

func (m *tmux) resize(t *testing.T, width, height int) {
	t.Helper()
	m.run(t, "resize-window", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}

// skeleton is a screen's boxes and words, without the figures and the graphs,
// which change with time.
func skeleton(screen string) string {
	bones := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || strings.ContainsRune("\n╭╮╰╯│", r) {
			return r
		}
		return ' '
	}, screen)
	lines := strings.Split(bones, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// alive tells whether something of weir's is on the screen's first row and, in
// more than a strip, on its last.
func alive(screen string, height int) bool {
	rows := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	if len(rows) != height || strings.TrimSpace(rows[0]) == "" {
		return false
	}
	return height < 12 || strings.TrimSpace(rows[height-1]) != ""
}

func TestResizedScreenIsThatOfAFreshStart(t *testing.T) {
	log := quietLog(t)
	resized := openTmux(t, 120, 40, log)
	for _, size := range [][2]int{{60, 12}, {200, 60}, {20, 5}, {80, 24}, {79, 24}, {200, 60}, {120, 40}, {10, 3}, {120, 40}} {
		width, height := size[0], size[1]
		resized.resize(t, width, height)
		fresh := openTmux(t, width, height, log)
		var got, want string
		same := comesTrue(func() bool {
			got, want = resized.screen(t), fresh.screen(t)
			return alive(want, height) && skeleton(got) == skeleton(want)
		})
		if !same {
			t.Fatalf("%dx%d: a fresh start (-) and the resized screen (+):\n%s", width, height, cmp.Diff(want, got))
		}
		fresh.run(t, "kill-server")
	}
}
