package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctorSaysWhatToDo(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("LC_ALL", "C.UTF-8")
	log := quietLog(t)
	code, out, errs := weir(t, "doctor", log)
	if code != 0 || errs != "" || strings.Contains(out, "→") || !strings.Contains(out, "common, 100 % of its lines") {
		t.Errorf("all is well: exit %d, %s\n%s", code, errs, out)
	}
	strange := filepath.Join(t.TempDir(), "strange.log")
	if err := os.WriteFile(strange, []byte("once upon a time\nthere was a log\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		setting, value, file string
		words                []string
	}{
		{"LC_ALL", "C", log, []string{"ASCII", "→ export LANG=C.UTF-8"}},
		{"LC_ALL", "C.UTF-8", strange, []string{"in no known format", "→ name its format with --format"}},
		{"LC_ALL", "C.UTF-8", filepath.Join(t.TempDir(), "none.log"), []string{"no such file", "→ mend that"}},
	} {
		t.Setenv(c.setting, c.value)
		code, out, errs := weir(t, "doctor", c.file)
		for _, word := range c.words {
			if code != exitFailed || !strings.Contains(out, word) || !strings.Contains(errs, "say what to do") {
				t.Errorf("%s=%s %s: exit %d, %s, without %q\n%s", c.setting, c.value, c.file, code, errs, word, out)
			}
		}
	}
}

func TestDoctorMeasuresTheTerminal(t *testing.T) {
	well := inTerminal(t, "doctor", quietLog(t))
	if out := well.left(t); !strings.Contains(out, "80 columns, 24 rows") || strings.Contains(out, "→") {
		t.Errorf("80x24: %s", out)
	}
	small := inTerminalOf(t, 30, 8, "doctor", quietLog(t))
	if small.cmd.Wait() == nil {
		t.Error("30x8 is well")
	}
	small.until(t, "30 columns, 8 rows")
	small.until(t, "→ make it 40x10")
}

func TestDoctorNamesTheConfigFilesThatCount(t *testing.T) {
	log, file := quietLog(t), filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte("[[rule]]\nname = \"slow\"\nwhen = \"p99 > 1s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, errs := weir(t, "doctor", "--config="+file, log); !strings.Contains(out, file+"\n") {
		t.Errorf("%s, without %s in\n%s", errs, file, out)
	}
}
