package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// With a command's grammar alone everything is said as with the whole one, which
// a config file asks for, though it says nothing.
func TestACommandAloneIsParsedAsAmongAll(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(log, []byte(aRequest), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	said := func(args []string) [3]string {
		t.Helper()
		var out [2]*os.File
		for i := range out {
			f, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			out[i] = f
		}
		code := run(t.Context(), args, nil, out[0], out[1])
		all := [3]string{string(rune('0' + code))}
		for i, f := range out {
			text, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			all[i+1] = string(bytes.ReplaceAll(text, []byte(log), []byte("LOG")))
		}
		return all
	}
	for _, args := range [][]string{
		{"report", log}, {"report", "--to", "json", log}, {"report", "--to=xml", log}, {"report"}, {"report", "--too", log}, {"report", "--period", "1s", log},
		{"parse", log}, {"parse", "--format", "nope", log}, {"detect", log}, {"detect", "--json", log}, {"rules", "test", log}, {"rules"},
		{"archive"}, {"archive", "--dry-run", t.TempDir(), "dir://" + t.TempDir()}, {"restore", "--day"}, {"clean", "--force"}, {"clean"},
	} {
		t.Run(args[0], func(t *testing.T) {
			alone := said(args)
			home := t.TempDir()
			write(t, filepath.Join(home, "weir", "config.toml"), "# nothing\n", 0o600)
			t.Setenv("XDG_CONFIG_HOME", home)
			if !configured(args) {
				t.Fatal("a config file does not ask for the whole grammar")
			}
			if diff := cmp.Diff(said(args), alone); diff != "" {
				t.Errorf("weir %v: (-whole grammar +the command's)\n%s", args, diff)
			}
		})
	}
}

func TestTheWholeGrammarIsBuiltWhereItIsAskedFor(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var c cli
	for _, args := range [][]string{{}, {"access.log"}, {"--demo"}, {"config"}, {"completion", "fish"}, {"man"}, {"help", "report"}, {"play", "x"}, {"report", "--help"}, {"report", "--config", "x.toml"}} {
		if c.grammar(args) != any(&c) {
			t.Errorf("weir %v: parsed by a command alone", args)
		}
	}
	if c.grammar([]string{"report"}) == any(&c) {
		t.Error("weir report: parsed by all commands")
	}
}

const aRequest = `203.0.113.7 - - [10/Oct/2025:13:55:36 +0000] "GET /a HTTP/1.1" 200 1 "-" "x"` + "\n"
