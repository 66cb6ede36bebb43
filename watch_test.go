package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatCannotBeReadHidesNothingElse(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, log, []int64{1_600_000_000, 1_600_000_001, 1_600_000_002})
	gone := filepath.Join(t.TempDir(), "gone.log")
	for args, want := range map[string]string{
		"--once":                        "\n3 hits",
		"--once --json":                 `"hits":3,`,
		"--once --oneline":              "clients 3",
		"report":                        "\n3 hits",
		"report --to=json":              `"hits":3,`,
		"rules test --rule=x:rate()>.1": "x        fired",
	} {
		code, out, errs := weir(t, append(strings.Fields(args), gone, log)...)
		if code != exitFailed || !strings.Contains(out, want) || strings.Count(errs, "check the name") != 1 {
			t.Errorf("%s: exit %d, want the rest and %d: %s%s", args, code, exitFailed, out, errs)
		}
		if code, out, errs := weir(t, append(strings.Fields(args), gone)...); code != exitFailed || out != "" || !strings.Contains(errs, "check the name") {
			t.Errorf("%s of nothing: exit %d: %s%s", args, code, out, errs)
		}
	}
}

func TestReportsJudgeAsTheyAreTold(t *testing.T) {
	log := troubled(t)
	names := func(args ...string) (names string) {
		t.Helper()
		code, out, errs := weir(t, append(args, "report", "--to=json", log)...)
		var object struct {
			Alerts []struct{ Rule, State string }
		}
		if err := json.Unmarshal([]byte(out), &object); code != 0 || err != nil {
			t.Fatalf("%q: exit %d, %v, %s", args, code, err, errs)
		}
		for _, a := range object.Alerts {
			names += a.Rule + " " + a.State + ", "
		}
		return names
	}
	config := filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(config, []byte("alert = 9\n[[rule]]\nname = \"pay\"\nwhen = \"errors() > 5%\"\nover = \"2m\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "" {
		t.Errorf("told nothing: %s", got)
	}
	if got, want := names("--config="+config), "traffic firing, pay firing, pay recovered, "; got != want {
		t.Errorf("told by a file: %s, want %s", got, want)
	}
	code, out, errs := weir(t, "report", "--to=json", "--alert=9", "--alert-period=1m", "--rule=errors", log)
	if code != 0 || !strings.Contains(out, `"rule":"traffic","state":"firing","value":9.1667`) || !strings.Contains(out, `"rule":"errors"`) {
		t.Errorf("told by flags: exit %d, %s%s", code, out, errs)
	}
}

func TestAFileOnStandardInputIsNotWaitedForElsewhere(t *testing.T) {
	dir := t.TempDir()
	log, none := filepath.Join(dir, "access.log"), filepath.Join(dir, "none.log")
	writeLog(t, log, []int64{1_600_000_000})
	in, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if file, err := usual(in, none); err == nil || !strings.Contains(err.Error(), "write weir -") || !strings.Contains(err.Error(), none) {
		t.Errorf("%q, %v: want what to write", file, err)
	}
	if file, err := usual(in, log); file != log || err != nil {
		t.Errorf("%q, %v: want the log that is there", file, err)
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	if file, err := usual(nothing, none); file != none || err != nil {
		t.Errorf("%q, %v: want to wait for the log", file, err)
	}
}

func TestAStreamThatEndsSoonIsToldOf(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, log, surges(2))
	stream := func(args ...string) string {
		t.Helper()
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		go func() { out.Write(text); out.Close() }()
		code, printed, errs := weirReading(t, in, append(args, "--alert=10", "--alert-period=1s")...)
		if code != 0 || errs != "" {
			t.Errorf("%q: exit %d, %s", args, code, errs)
		}
		return printed
	}
	if out := stream("--plain"); strings.Count(out, "last 10s  1 hit ") != 1 {
		t.Errorf("no block, or more than one:\n%s", out)
	}
	out := stream("--plain", "--json")
	if strings.Count(out, "\n") != 1 || strings.Count(out, `"state":"firing"`) != 2 || strings.Count(out, `"state":"recovered"`) != 2 {
		t.Errorf("want one object with all alerts:\n%s", out)
	}
}

func TestFurtherFieldsAreFilteredAndJudgedByTheirNames(t *testing.T) {
	var b strings.Builder
	for i := range 600 {
		tenant, status := "other", 200
		if i%3 == 0 {
			tenant, status = "acme", 200+i%2*303
		}
		fmt.Fprintf(&b, `{"time":%d,"method":"GET","path":"/a","status":%d,"tenant":%q,"queue":{"depth":%d},"a.b":"x"}`+"\n", 1_600_000_000+i, status, tenant, i%10)
	}
	dir := t.TempDir()
	log, config := filepath.Join(dir, "api.jsonl"), filepath.Join(dir, "weir.toml")
	for path, text := range map[string]string{log: b.String(), config: "[[rule]]\nname = \"acme\"\nwhen = 'errors(attributes.tenant == \"acme\") > 40%'\nover = \"1m\"\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--once", "--json", `--filter=attributes.tenant == "acme"`}, `"hits":200,`},
		{[]string{"--once", "--json", `--filter=attributes.queue.depth > 6 and attributes["a.b"] == "x"`}, `"hits":180,`},
		{[]string{"--once", "--json", `--filter=attributes.nothing == "acme"`}, `"left out":600`},
		{[]string{"report", `--filter=attributes.tenant == "acme" and status >= 500`}, "100 hits"},
		{[]string{"--once", "--json", `--rule=acme: errors(attributes.tenant == "acme") > 40% over 1m`}, `"rule":"acme","state":"firing"`},
		{[]string{"report", "--to=json", "--config=" + config}, `"rule":"acme","state":"firing"`},
		{[]string{"rules", "test", `--rule=acme: errors(attributes.tenant == "acme") > 40% over 1m`}, "acme     fired 2 times"},
		{[]string{"rules", "test", `--rule=none: count(attributes.nothing != "") > 0 over 1m`}, "none     fired 0 times"},
	} {
		if code, out, errs := weir(t, append(c.args, log)...); code != 0 || errs != "" || !strings.Contains(out, c.want) {
			t.Errorf("%q: exit %d, want %s: %s%s", c.args, code, c.want, out, errs)
		}
	}
	if _, out, _ := weir(t, "parse", `--filter=attributes.tenant == "acme"`, log); strings.Count(out, "\n") != 200 {
		t.Errorf("%d lines are parsed", strings.Count(out, "\n"))
	}
}
