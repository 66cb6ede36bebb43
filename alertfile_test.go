package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"weir/alert"
)

// TestMain lets the test binary be weir: started with WEIR_MAIN set it is nothing else.
func TestMain(m *testing.M) {
	if os.Getenv("WEIR_MAIN") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process returns weir as a process of its own, which has nobody's settings.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	home := t.TempDir()
	cmd.Env = []string{"WEIR_MAIN=1", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "TMPDIR=" + home, "TERM=xterm-256color", "TZ=UTC"}
	return cmd
}

// eventually waits for a condition of the world outside.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// tape is what a process writes to standard error.
type tape struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *tape) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *tape) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// numbered is an alert that can be told from others.
func numbered(i int) alert.Change {
	return alert.Change{Rule: alert.Traffic, State: alert.Firing, Value: float64(i), Time: time.Unix(int64(1000+i), 0)}
}

// values returns the alerts of a file, by number; a line that is no object is itself.
func values(t *testing.T, path string) []any {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := []any{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var change struct{ Value float64 }
		if err := json.Unmarshal(lines.Bytes(), &change); err != nil {
			all = append(all, lines.Text())
			continue
		}
		all = append(all, int(change.Value))
	}
	return all
}

func opened(t *testing.T, path string) *alertFile {
	t.Helper()
	a, err := openAlerts(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestTornLineOfAnotherRunStaysApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.jsonl")
	if err := os.WriteFile(path, []byte(`{"time":"2026`), 0o600); err != nil {
		t.Fatal(err)
	}
	a := opened(t, path)
	a.write(numbered(1))
	a.write(numbered(2))
	if diff := cmp.Diff([]any{`{"time":"2026`, 1, 2}, values(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestAlertsFollowTheNameOfTheirFile(t *testing.T) {
	for name, move := range map[string]func(path string) error{
		"renamed":         func(path string) error { return os.Rename(path, path+".1") },
		"removed":         os.Remove,
		"emptied":         func(path string) error { return os.Truncate(path, 0) },
		"renamed and new": func(path string) error { return errorsOf(os.Rename(path, path+".1"), os.WriteFile(path, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "alerts.jsonl")
			a := opened(t, path)
			a.write(numbered(1))
			if err := move(path); err != nil {
				t.Fatal(err)
			}
			a.write(numbered(2))
			if diff := cmp.Diff([]any{2}, values(t, path)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestAlertsWaitForTheirDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alerts.jsonl")
	a := opened(t, path)
	var told tape
	a.tell = func(text string) { fmt.Fprintln(&told, text) }
	a.write(numbered(1))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	a.write(numbered(2))
	a.write(numbered(3))
	if got, want := a.Trouble(), "alert file: no such file or directory, 2 alerts wait: make its directory"; got != want {
		t.Errorf("trouble is %q, want %q", got, want)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the trouble is over", func() bool { return a.Trouble() == "" })
	if diff := cmp.Diff([]any{2, 3}, values(t, path)); diff != "" {
		t.Error(diff)
	}
	want := "--alert-file " + path + " can't be written: no such file or directory, 1 alert waits: make its directory\n--alert-file " + path + " is written again\n"
	if diff := cmp.Diff(want, told.String()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if err := a.Close(); err != nil {
		t.Errorf("all is written, and Close says %v", err)
	}
}

func TestOldestAlertsGoWhenTooManyWait(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "alerts.jsonl")
	a := opened(t, path)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for i := range mostWaiting + 5 {
		a.write(numbered(i))
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	err := a.Close()
	if err == nil || !strings.Contains(err.Error(), "5 alerts are not in it") {
		t.Errorf("five alerts were given up, and Close says %v", err)
	}
	got := values(t, path)
	if len(got) != mostWaiting || got[0] != 5 {
		t.Errorf("%d alerts from number %v on, want %d from 5 on", len(got), got[0], mostWaiting)
	}
}

func TestAlertFileThatCannotBeIsRefusedAtOnce(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "access.log")
	writeLog(t, log, []int64{1_600_000_000})
	for path, want := range map[string]string{
		filepath.Join(dir, "none", "alerts.jsonl"): "no such file or directory: make its directory",
		filepath.Join(log, "alerts.jsonl"):         "not a directory: name a file in a directory",
		dir:                                        "is a directory: name a file, not a directory",
	} {
		code, out, errs := weir(t, "--once", "--alert-file="+path, log)
		if code != exitUsage || !strings.Contains(errs, path) || !strings.Contains(errs, want) || out != "" {
			t.Errorf("--alert-file %s: exit %d, %q, want %d and %q", path, code, errs, exitUsage, want)
		}
	}
}

// surges is a log that fires and recovers so many times.
func surges(n int) []int64 {
	var times []int64
	for i := range int64(n) {
		for range 50 {
			times = append(times, 1_600_000_000+60*i)
		}
	}
	return append(times, 1_600_000_000+60*int64(n))
}

func TestFullDeviceIsToldAtOnceAndInTheEnd(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, log, surges(2))
	code, _, errs := weir(t, "--once", "--alert=10", "--alert-period=1s", "--alert-file=/dev/full", log)
	want := "weir: --alert-file /dev/full can't be written: no space left on device, 1 alert waits: make room\n" +
		"weir: --alert-file: 4 alerts are not in it: write /dev/full: no space left on device: make room\n"
	if code != exitDiskFull || errs != want {
		t.Errorf("exit %d, want %d; standard error (-want +got):\n%s", code, exitDiskFull, cmp.Diff(want, errs))
	}
}

func TestTerminalThatIsGoneEndsPlainOutput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	writeLog(t, path, []int64{1_600_000_000})
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	weir := process(t, "--plain", "--period=1s", path)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `trap '' HUP; exec "$@"`, "sh")
	cmd.Args, cmd.Env = append(cmd.Args, weir.Args...), weir.Env
	cmd.Stdout, cmd.Stderr = slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	stdin, err := cmd.StdinPipe() // closed keys are no reason to end
	if err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(master)
	for line := ""; !strings.Contains(line, "hits"); {
		if line, err = out.ReadString('\n'); err != nil {
			t.Fatalf("no block of statistics: %v", err)
		}
	}
	master.Close()
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("without its terminal weir ends with %v, want exit %d", err, exitFailed)
	}
	io.Copy(io.Discard, out)
}
