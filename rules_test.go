package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// troubled writes a log of ten requests a second for ten minutes, of which from
// the fourth minute on, for two minutes, every fifth of /pay fails.
func troubled(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for s := range 600 {
		for i := range 10 {
			section, status := "/shop", 200
			if i%2 == 0 {
				section = "/pay"
				if s >= 240 && s < 360 && i%5 == 0 {
					status = 503
				}
			}
			at := time.Unix(1_600_000_000+int64(s), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
			fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET %s/x HTTP/1.1\" %d 123\n", i, at, section, status)
		}
	}
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRulesSayWhyHoweverLongAgo(t *testing.T) {
	path := troubled(t)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := range 3600 {
		at := time.Unix(1_600_000_000+7200+int64(s), 0).UTC().Format("02/Jan/2006:15:04:05 -0700")
		fmt.Fprintf(f, "192.0.2.1 - - [%s] \"GET /calm/x HTTP/1.1\" 200 123\n", at)
	}
	for _, args := range [][]string{
		{"rules", "test", "--rule=pay: ratio(status >= 500, section == \"/pay\") > 15% over 1m", path},
		{"report", "--to=json", "--rule=pay: ratio(status >= 500, section == \"/pay\") > 15% over 1m", path},
	} {
		code, out, errs := weir(t, args...)
		if code != 0 || errs != "" || !strings.Contains(out, "section /pay") && !strings.Contains(out, `"dimension":"section","key":"/pay"`) {
			t.Errorf("weir %v does not say that it is /pay: exit %d, %s\n%s", args, code, errs, out)
		}
	}
}

func TestRulesAreTriedOnALog(t *testing.T) {
	code, out, errs := weir(t, "rules", "test", "--timezone=UTC", "--alert=20", "--rule=quiet: no data(status >= 500) for 4m",
		"--rule=pay: ratio(status >= 500, section == \"/pay\") > 15% over 1m for 10s clear 10%", troubled(t))
	if code != 0 || errs != "" {
		t.Fatalf("exit %d, %s", code, errs)
	}
	var told []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, " at 2020") || strings.Contains(line, " time") || strings.Contains(line, "why  section") {
			told = append(told, strings.Join(strings.Fields(line), " "))
		}
	}
	want := []string{
		"quiet fired: no data(status >= 500) for 4m, triggered at 2020-09-13T12:30:34Z",
		"quiet recovered: data again after 6s, recovered at 2020-09-13T12:30:40Z",
		"pay fired: ratio(status >= 500, section == \"/pay\") 18.67 % above 15 % over 1m, triggered at 2020-09-13T12:31:35Z",
		"why section /pay +0.93/s 100 % of the rise",
		"errors fired: errors() 5.08 % above 5 % over 2m, triggered at 2020-09-13T12:31:40Z",
		"why section /pay +0.51/s 100 % of the rise",
		"pay recovered: ratio(status >= 500, section == \"/pay\") 9.67 % below 10 % over 1m, recovered at 2020-09-13T12:33:10Z",
		"errors recovered: errors() 1.92 % below 2 % over 2m, recovered at 2020-09-13T12:34:16Z",
		"quiet fired: no data(status >= 500) for 4m, triggered at 2020-09-13T12:36:39Z",
		"traffic fired 0 times", "errors fired 1 time", "quiet fired 2 times 1 firing at the end", "pay fired 1 time",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestRulesAreToldWithoutAScreenWhenAskedFor(t *testing.T) {
	log := troubled(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, ""},
		{[]string{"--rule=errors"}, "errors fired: errors() 5.08 % above 5 % over 2m"},
		{[]string{"--rule=errors: errors() > 9%"}, "errors fired: errors() 9.17 % above 9 % over 1m"},
		{[]string{"--rule=errors", "--rule=errors: off"}, ""},
	} {
		file := filepath.Join(t.TempDir(), "alerts")
		args := append([]string{"--once", "--alert=20", "--alert-file=" + file, log}, c.args...)
		if code, _, errs := weir(t, args...); code != 0 || errs != "" {
			t.Fatalf("%v: exit %d, %s", c.args, code, errs)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if c.want == "" && first != "" || !strings.Contains(first, c.want) {
			t.Errorf("%v: got %s, want %q", c.args, first, c.want)
		}
	}
}

func TestAWrongRuleIsShownWithItsPlace(t *testing.T) {
	for rule, want := range map[string]string{
		"rate() > 5":                         "a name has up to 40 letters\n  rate() > 5\n  ^",
		"e: rato(status >= 500) > 5%":        "did you mean rate?\n  e: rato(status >= 500) > 5%\n     ^",
		"e: ratio(statu >= 500) > 5%":        "did you mean status?\n  e: ratio(statu >= 500) > 5%\n           ^",
		"e: ratio(status >= 500) > 5":        "5% or 0.05\n  e: ratio(status >= 500) > 5\n                            ^",
		"e: ratio(status >= 500) > 5% ovr 2": "did you mean over?\n  e: ratio(status >= 500) > 5% ovr 2\n                               ^",
		"e: p95(duration) > 800":             "800ms, 10s",
		"e: rate() > 5 per sectn":            "did you mean section?",
		"e: rate(":                           "never closed",
		"e: rate() > 5 clear 6":              "still broken",
		"e: rate() > 5 for 1m for 2m":        "twice",
		"e: rate() > 5x":                     "no unit",
		"e: no data":                         "for how long",
		"e: burn(slo 99.9%) over 1h":         "need a factor",
		"e: change(rate()) > 200%":           "has a sign",
		"traffic: rate() > 5":                "--alert",
	} {
		code, _, errs := weir(t, "--once", "--rule="+rule, os.DevNull)
		if code != exitUsage || !strings.Contains(strings.ReplaceAll(errs, ", digits, spaces, _ - and .", ""), want) {
			t.Errorf("%s: exit %d\n%s\nwant\n%s", rule, code, errs, want)
		}
	}
}

func TestRulesOfTheConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("alert = 20\n\n[[rule]]\nname = \"slow\"\nwhen = \"p95(duration) > 800ms\"\nper = \"section\"\nmin = 20\nno_data = \"hold\"\n\n[[rule]]\nname = \"errors\"\nwhen = \"off\"\n")
	code, out, errs := weir(t, "rules", "--config", file)
	for _, want := range []string{"slow  warning, " + file + ":3", "p95(duration) > 800ms min 20 per section no data hold", "p95(duration) of any section over 1m is above 800 ms"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, %s: lacks %q\n%s", code, errs, want, out)
		}
	}
	if strings.Contains(out, "built in") {
		t.Errorf("a rule that is turned off is in force:\n%s", out)
	}
	for text, want := range map[string]string{
		"[[rule]]\nname = \"a\"\nwhen = \"rato() > 5\"\n":              file + ":3: there is no metric rato",
		"[[rule]]\nname = \"a\"\n\n[[rule]]\nname = \"b\"\n":           file + ":1: a rule needs a name and when",
		"[[rule]]\nname = \"a\"\nwhen = \"rate() > 5\"\nmin = \"x\"\n": file + ":4: a whole number",
		"[[rule]]\nname = \"a\"\nwhen = \"rate() > 5\"\nmni = 3\n":     file + ":4: a rule has no \"mni\"",
	} {
		write(text)
		if code, _, errs := weir(t, "rules", "--config", file); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %s\nwant %s", text, code, errs, want)
		}
	}
}
