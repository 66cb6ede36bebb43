package main

import (
	"bufio"
	"bytes"
	"encoding/json"
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
)

// TestMain lets the test binary be weir: started with WEIR_MAIN set it is nothing else.
func TestMain(m *testing.M) {
	if os.Getenv("WEIR_MAIN") != "" {
		os.Unsetenv("WEIR_MAIN") // which is no setting
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
