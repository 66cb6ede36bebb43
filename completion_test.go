package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"weir/ingest/format"
)

// script writes the completion script of a shell and a directory with a file to complete.
func script(t *testing.T, shell string) (path, dir string) {
	t.Helper()
	code, text, errs := weir(t, "completion", shell)
	if code != 0 || errs != "" {
		t.Fatalf("weir completion %s: exit %d, %s", shell, code, errs)
	}
	dir = t.TempDir()
	path = filepath.Join(t.TempDir(), "weir."+shell)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "access log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "archived"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

// inBash returns what bash offers for the last of the words.
func inBash(t *testing.T, path, dir string, words ...string) []string {
	t.Helper()
	const call = `source "$0" && compopt() { local IFS=' '; echo "$*"; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _weir && printf '%s\n' "${COMPREPLY[@]}"`
	cmd := exec.Command("bash", append([]string{"--norc", "-uc", call, path}, words...)...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("bash: %v, %s", err, &errs)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" })
}

func TestBashOffersWhatFits(t *testing.T) {
	path, dir := script(t, "bash")
	const none, dirs, names = "+o default", "+o default -o dirnames", "-o filenames"
	var formats []string
	for _, f := range format.Formats {
		formats = append(formats, f.Name)
	}
	for _, c := range []struct {
		line string // words; = is one, as bash breaks them
		want []string
	}{
		{"weir completion |", []string{none, "bash", "zsh", "fish"}},
		{"weir completion b|", []string{none, "bash"}},
		{"weir --theme da|", []string{none, "dark"}},
		{"weir --theme = da|", []string{none, "dark"}},
		{"weir --theme =|", []string{none, "dark", "light", "high-contrast", "colour-blind"}},
		{"weir --theme=da|", []string{none, "--theme=dark"}}, // where = breaks no words
		{"weir watch --theme h|", []string{none, "high-contrast"}},
		{"weir --format |", append([]string{none, "auto"}, formats...)},
		{"weir parse --format = jsonl|", []string{none, "jsonl"}},
		{"weir report --to |", []string{none, "text", "json", "csv", "html"}},
		{"weir --once report --to j|", []string{none, "json"}},
		{"weir archive --codec z|", []string{none, "zstd"}},
		{"weir archive push --codec = g|", []string{none, "gzip"}},
		{"weir restore --provider v|", []string{none, "versitygw"}},
		{"weir --alert |", []string{none}},
		{"weir --alert-file |", []string{names, "access log", "archived"}},
		{"weir --debug-file = acc|", nil}, // which leaves it to readline
		{"weir detect acc|", nil},
		{"weir --once acc|", nil},
		{"weir version |", []string{none}},
		{"weir re|", []string{names, "report", "restore"}},
		{"weir ar|", []string{names, "archive", "archived"}},
		{"weir archive ver|", []string{names, "verify"}},
		{"weir archive compress |", []string{names, "archived"}},
		{"weir restore --into |", []string{names, "archived"}},
		{"weir restore --into = ar|", []string{dirs}},
		{"weir report --ou|", []string{none, "--output"}},
		{"weir --alert-p|", []string{none, "--alert-period"}},
		{"weir archive verify --re|", []string{none, "--read", "--region"}},
	} {
		words := strings.Split(strings.TrimSuffix(c.line, "|"), " ")
		got := inBash(t, path, dir, words...)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.line, diff)
		}
	}
	got := inBash(t, path, dir, "weir", "")
	for _, want := range []string{"watch", "archive", "completion", "access log"} {
		if !slices.Contains(got, want) {
			t.Errorf("weir and nothing after it: no %s in %q", want, got)
		}
	}
}

func TestBashCompletesAtItsPrompt(t *testing.T) {
	path, dir := script(t, "bash")
	cmd := exec.Command("bash", "--norc", "--noprofile", "-i")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PS1=$ ", "TERM=dumb", "HISTFILE=", "INPUTRC=/dev/null")
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	io.WriteString(tty, "source "+path+"; weir() { printf '<%s>' \"$@\"; echo; }\n"+
		"weir --theme=da\t\nweir --theme hi\t\nweir completion fi\t\nweir --alert-file acc\t\nweir --debug-file=acc\t\nexit\n")
	seen, ended := new(bytes.Buffer), make(chan struct{})
	go func() {
		io.Copy(seen, tty) // until bash has left
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		cmd.Process.Kill()
		<-ended
		t.Error("bash did not leave")
	}
	cmd.Wait()
	for _, want := range []string{"<--theme=dark>", "<--theme><high-contrast>", "<completion><fish>", "<--alert-file><access log>", "<--debug-file=access log>"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("no %s in\n%s", want, seen)
		}
	}
}

func TestWhatCompletionOffersIsAccepted(t *testing.T) {
	for name, r := range rules {
		_, flag, special := strings.Cut(name, " ")
		if !special {
			flag = name
		}
		for _, value := range r.offers {
			if err := accepts(allFlags(model(t))[flag], flag, value); err != nil {
				t.Error(err)
			}
		}
	}
}
