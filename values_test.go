package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// refused checks that weir leaves with a usage error in whose first line all the words stand.
func refused(t *testing.T, words []string, args ...string) {
	t.Helper()
	code, out, errs := weir(t, args...)
	first, _, _ := strings.Cut(errs, "\n")
	if code != exitUsage || out != "" {
		t.Errorf("weir %q: exit %d, %q, want %d and nothing: %s", args, code, out, exitUsage, first)
	}
	for _, word := range words {
		if !strings.Contains(first, word) {
			t.Errorf("weir %q says %q, without %q", args, first, word)
		}
	}
}

// bad lists values that a setting does not take, and what must be said of each.
var bad = []struct{ name, value, said string }{
	{"alert", "NaN", "above 0"}, {"alert", "Inf", "above 0"}, {"alert", "-5", "negative"}, {"alert", "0", "above 0"}, {"alert", "abc", "requests per second"},
	{"period", "0", "from 1s"}, {"period", "-10s", "negative"}, {"period", "1e300d", "to 31d"}, {"period", "9999999h", "to 31d"},
	{"period", "99999999999999999999s", "to 31d"}, {"period", "NaNd", "to 31d"}, {"period", "d", "to 31d"}, {"period", "1d1d", "to 31d"},
	{"refresh", "0", "from 10ms to 1h"}, {"refresh", "1ns", "from 10ms"},
	{"alert-period", "0", "from 1s to 1d"}, {"alert-period", "1dd", "duration"}, {"alert-period", "2 m", "duration"},
	{"lateness", "1h", "to 5m"}, {"lateness", "-1s", "negative"},
	{"theme", "drak", "one of dark, light"}, {"format", "nope", "the names are"}, {"timezone", "Mars", "Europe/Berlin"}, {"since", "sometime", "write all, end"},
	{"filter", "status =", "write =="}, {"client-from", "me", "10.0.0.0/8"}, {"anonymize", "7", "from 1 to 3"}, {"anonymize", "x", "from 1 to 3"},
	{"history", "x.db", "write off"}, {"seed", "1.5", "whole number"}, {"plain", "maybe", "true or false"},
	{"archive", "foo", "write DIR=URI"}, {"archive", "/logs=ftp://x", "s3://… or file:///…"}, {"archive", "/logs=file://x", "three slashes"}, {"archive", "/logs=s3://b/{yaer}", "{year}"},
}

func TestBadValueIsRefusedWhereverItStands(t *testing.T) {
	for _, b := range bad {
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, fmt.Appendf(nil, "# settings\n\n%s = %q\n", b.name, b.value), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, []string{"--" + b.name + " ", b.value, b.said}, "--once", "--"+b.name+"="+b.value, os.DevNull)
		refused(t, []string{file + ":3: " + b.name + " = ", b.value, b.said}, "config", "--config", file)
		refused(t, []string{file + ":3: " + b.name + " = ", b.value, b.said}, "--config", file, "--once", os.DevNull)
		variable := "WEIR_" + strings.ToUpper(strings.ReplaceAll(b.name, "-", "_"))
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, b.value)
			refused(t, []string{variable + " = ", b.value, b.said}, "config")
			refused(t, []string{variable + " = ", b.value, b.said}, "--once", os.DevNull)
		})
	}
}

func TestValueThatBeginsWithAHyphenIsNotCalledAFlag(t *testing.T) {
	refused(t, []string{`--alert "-5"`, "negative", "above 0"}, "--alert", "-5")
	refused(t, []string{`--period "-5m"`, "negative"}, "--period", "-5m")
	refused(t, []string{"write --seed=-5"}, "--seed", "-5")
	refused(t, []string{"--alert needs a value before --once", "requests per second"}, "--alert", "--once")
	refused(t, []string{"--alert needs a value", "requests per second"}, "--alert")
	refused(t, []string{"--alert-file needs a value", "--once looks like a flag"}, "--alert-file", "--once")
	if code, _, errs := weir(t, "--once", "--seed=-5", os.DevNull); code != 0 {
		t.Errorf("--seed=-5: exit %d, %s", code, errs)
	}
}

func TestConfigFileErrorsNameLineAndRemedy(t *testing.T) {
	for text, words := range map[string][]string{
		"# x\n[watch]\nalert = 5\n":     {":2: ", "[watch]", "no section"},
		"\n[[window]]\n":                {":2: ", "[window]", "no section"},
		"theme = 'dark'\nwatch.alert=5": {":2: ", `"watch.alert"`, "write alert = …"},
		"\n\n a.b = 5":                  {":3: ", `"a.b"`, "weir config lists them"},
		"period = '10s'\nalrt = 5":      {":2: ", `"alrt"`, `did you mean "alert"?`},
		"format = ['a', 'b']":           {":1: ", "format = ", "a list: write one value"},
		"\nalert = {a = 1}":             {":2: ", "alert = ", "a table: write one value"},
		"alert = nan":                   {":1: ", "alert = ", "NaN", "above 0"},
		"x = [1,\n2]\nalert = 'a'":      {":1: ", `"x"`},
		"filter = '''\n'''\nalert = no": {":3:", "toml"},
		"\"alert\" = true":              {":1: ", `alert = "true"`},
	} {
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, append(words, file), "config", "--config", file)
	}
}

func TestHelpIsGivenWhateverTheSettings(t *testing.T) {
	t.Setenv("WEIR_ALERT", "abc")
	for _, args := range [][]string{{"--help"}, {"watch", "-h"}} {
		if code, out, errs := weir(t, args...); code != 0 || !strings.Contains(out, "Usage: weir") || errs != "" {
			t.Errorf("weir %q: exit %d, %s", args, code, errs)
		}
	}
	refused(t, []string{"WEIR_ALERT"}, "--once", "--", "--help")
}

func TestVariablesThatAreNoSettingsAreTold(t *testing.T) {
	t.Setenv("WEIR_ALRT", "5")
	t.Setenv("WEIR_THRESHOLD", "5")
	t.Setenv("WEIR_THEME", "light")
	t.Setenv("WEIR_PORT", "tcp://10.0.0.1:80") // Kubernetes' own
	t.Setenv("WEIR_SERVICE_HOST", "10.0.0.1")
	want := []string{
		"weir: WEIR_ALRT is no setting, and counts for nothing: did you mean WEIR_ALERT?",
		"weir: WEIR_THRESHOLD is no setting, and counts for nothing: weir config lists them all",
	}
	for _, args := range [][]string{{"config"}, {"--once", os.DevNull}, {"report", os.DevNull}, {"version"}} {
		code, out, errs := weir(t, args...)
		told := slices.Sorted(strings.Lines(strings.TrimSuffix(errs, "\n")))
		for i := range told {
			told[i] = strings.TrimSuffix(told[i], "\n")
		}
		if diff := cmp.Diff(want, told); diff != "" || code != 0 || out == "" {
			t.Errorf("weir %v: exit %d, %q, said (-want +got)\n%s", args, code, out, diff)
		}
	}
	if code, _, errs := weir(t, "report", "--help"); code != 0 || errs != "" {
		t.Errorf("help: exit %d, %s", code, errs)
	}
}

// model is the command line as main has it.
func model(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := newParser(&cli{}, &settings{}, os.Stdout, os.Stderr, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

func TestEveryRuleHasItsFlagAndEveryNumberItsRule(t *testing.T) {
	parser := model(t)
	flags := allFlags(parser)
	for name := range rules {
		_, flag, special := strings.Cut(name, " ")
		if !special {
			flag = name
		}
		if len(flags[flag]) == 0 {
			t.Errorf("there is a rule for %q and no such flag", name)
		}
	}
	for name, same := range flags {
		_, ruled := rules[name]
		for _, f := range same {
			kind := f.Target.Type()
			if kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			if k := kind.Kind(); k != reflect.Bool && k != reflect.String && !ruled {
				t.Errorf("--%s is a %s and has no rule", name, kind)
			}
		}
	}
}

func TestEveryDefaultIsAccepted(t *testing.T) {
	for name, same := range allFlags(model(t)) {
		for _, f := range same {
			if f.HasDefault {
				if err := check(f, "default", f.Default); err != nil {
					t.Errorf("--%s: %v", name, err)
				}
			}
		}
	}
}

func TestDurationsAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"500ms": 500 * time.Millisecond, "10": 10 * time.Second, "2m": 2 * time.Minute, "1h30m": 90 * time.Minute,
		"7d": 7 * day, "0.5d": 12 * time.Hour, "1d12h": 36 * time.Hour, "1w": 7 * day, "0": 0,
	} {
		if got, err := parseDuration(text); got != want || err != nil {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestConfigFileThatCannotBeReadCountsForNothing(t *testing.T) {
	loop := filepath.Join(t.TempDir(), "weir") // unreadable for root, too
	if err := os.Symlink("weir", loop); err != nil {
		t.Fatal(err)
	}
	cmd := process(t, "--once", os.DevNull)
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+filepath.Dir(loop))
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil || !strings.Contains(errs.String(), "the config file counts for nothing") {
		t.Errorf("%v: %s", err, errs.String())
	}
	refused(t, []string{"read the config file", "symbolic links"}, "--config", filepath.Join(loop, "config.toml"), "--once", os.DevNull)
}

func TestConfigThatNeverEndsIsRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "config.toml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, []string{"read the config file", pipe, "a named pipe that nobody writes to: name a file"}, "config", "--config", pipe)
	refused(t, []string{"read the config file", "/dev/zero: a device: name a file"}, "config", "--config", "/dev/zero")
}

func TestConfigMayComeFromACommand(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("alert = 321\n"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if code, out, errs := weir(t, "config", "--config", fmt.Sprintf("/dev/fd/%d", r.Fd())); code != 0 || !strings.Contains(out, `"321"`) {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, _, errs := weir(t, "config", "--config", os.DevNull); code != 0 {
		t.Errorf("exit %d: %s", code, errs)
	}
}
