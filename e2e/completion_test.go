//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// completion writes the completion script of a shell, and returns its path.
func completion(t *testing.T, shell string) string {
	t.Helper()
	script, err := exec.Command(binary, "completion", shell).Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "_weir")
	if err := os.WriteFile(path, script, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestZshCompletesAtItsPrompt(t *testing.T) {
	path, dir := completion(t, "zsh"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "access.log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	shell := openTerminal(t, tool(t, "zsh"), "-fi")
	shell.press(t, "cd "+dir+"; autoload -U compinit; compinit -D; source "+path+"; weir() { printf '<%s>' \"$@\"; echo; }; echo re''ady\n")
	eventually(t, "zsh is ready", func() bool { return shell.shows("ready\r\n") })
	for line, want := range map[string]string{
		"--theme=da\t": "<--theme=dark>", "--theme li\t": "<--theme><light>", "completion fi\t": "<completion><fish>",
		"archive ver\t": "<archive><verify>", "archive push --codec=g\t": "<archive><push><--codec=gzip>",
		"report --to j\t": "<report><--to><json>", "--alert-file acc\t": "<--alert-file><access.log>",
		"detect acc\t": "<detect><access.log>", "--alert-p\t5m": "<--alert-period=5m>", "acc\t": "<access.log>",
	} {
		shell.press(t, "weir "+line+"\n")
		eventually(t, "zsh makes "+want+" of "+strings.TrimSpace(line), func() bool { return shell.shows(want) })
	}
	shell.press(t, "exit\n")
}

func TestFishOffersWhatFits(t *testing.T) {
	path, dir := completion(t, "fish"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "access.log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"--theme=da": "--theme=dark", "--theme l": "light", "completion ": "bash fish zsh", "archive ver": "verify",
		"archive push --codec g": "gzip", "report --to ": "csv html json text", "--format json": "jsonl", "version ": "",
		"--alert-file acc": "access.log", "detect acc": "access.log", "--alert ": "", "ver": "version",
	} {
		cmd := exec.Command(tool(t, "fish"), "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, path, "weir "+line)
		cmd.Dir, cmd.Env = dir, environment(t)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for offer := range strings.Lines(string(out)) {
			name, _, _ := strings.Cut(strings.TrimSpace(offer), "\t")
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("weir %s: fish offers %q, want %q", line, got, want)
		}
	}
}
