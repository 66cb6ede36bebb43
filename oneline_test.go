package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// recent writes a log of ten requests a second that ended a while ago.
func recent(t *testing.T, ago time.Duration) string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "access.log")
	end := time.Now().Add(-ago).Unix()
	var times []int64
	for i := range int64(3000) {
		times = append(times, end-300+i/10)
	}
	writeLog(t, log, times)
	return log
}

func TestOneLineOnceIsOneLineOfText(t *testing.T) {
	for locale, want := range map[string]string{
		"C.UTF-8": `^▲ 10 req/s [▁▂▃▄▅▆▇█]{4}  5xx 0 %  clients 7  ALERT 1 firing  ended 1h[0-9m]* ago\n$`,
		"C":       `^! 10 req/s [ -~]{4}  5xx 0 %  clients 7  ALERT 1 firing  ended 1h[0-9m]* ago\n$`,
	} {
		t.Setenv("TERM", "xterm")
		t.Setenv("LC_ALL", locale)
		code, line, errs := weir(t, "--oneline", "--once", "--alert=5", recent(t, time.Hour))
		if code != 0 || errs != "" || !regexp.MustCompile(want).MatchString(line) || strings.Contains(line, "\x1b") {
			t.Errorf("%s: exit %d, %q, want %s; %s", locale, code, line, want, errs)
		}
	}
	if code, line, errs := weir(t, "--oneline", "--once", recent(t, 0)); code != 0 || strings.Contains(line, "ended") {
		t.Errorf("a log of now: exit %d, %q, %s", code, line, errs)
	}
	refused(t, []string{"--oneline", "--json"}, "--oneline", "--json", os.DevNull)
}

func TestOneLineFollows(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	cmd := process(t, "--oneline", "--refresh=50ms", log)
	printed := filepath.Join(t.TempDir(), "lines")
	out, err := os.Create(printed)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	text := func() string {
		b, err := os.ReadFile(printed)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it waits for the log", func() bool { return strings.Contains(text(), "waiting\n") })
	now := time.Now().Unix()
	writeLog(t, log, []int64{now, now, now, now, now})
	eventually(t, "it shows the requests", func() bool { return regexp.MustCompile(`(?m)^\S 0\.5 req/s .*clients 5`).MatchString(text()) })
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	lines := strings.Split(strings.TrimSpace(text()), "\n")
	for i := 1; i < len(lines); i++ {
		if lines[i] == lines[i-1] {
			t.Errorf("%q is printed twice", lines[i])
		}
	}
	if strings.ContainsAny(text(), "\x1b\r") {
		t.Errorf("escape sequences: %q", text())
	}
}
