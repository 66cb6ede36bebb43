//go:build e2e

// Package e2e holds tests of the whole program against the world: a real web
// server, a real log rotation, real terminals. Run them with make e2e; they
// need nginx, Apache, HAProxy, Squid, Caddy, logrotate, zsh, fish
// and tmux.
package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// binary is the weir under test, built once as a release is.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // a nohup around the tests is not meant for weir
	dir, err := os.MkdirTemp("", "weir-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "weir")
	if out, err := build(binary); err != nil {
		fmt.Fprintf(os.Stderr, "build weir: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func build(to string, args ...string) ([]byte, error) {
	args = append([]string{"build", "-trimpath", "-o", to}, args...)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append(args, "..")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd.CombinedOutput()
}

// environment keeps weir from the settings and the history of whoever runs the tests.
func environment(t *testing.T, more ...string) []string {
	home := t.TempDir()
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home,
		"TMPDIR=" + t.TempDir(), "TZ=UTC", "LANG=C.UTF-8", "TERM=xterm-256color",
	}, more...)
}

// tool returns the path of a program the tests need, also where it is not on a
// user's PATH.
func tool(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path, err := exec.LookPath("/usr/sbin/" + name)
	if err != nil {
		t.Fatalf("%s is needed: apt-get install nginx-light logrotate tmux apache2 haproxy squid caddy zsh fish", name)
	}
	return path
}

// eventually waits for a condition of the world outside.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	if !comesTrue(condition) {
		t.Fatalf("waited a minute in vain until %s", what)
	}
}

// comesTrue reports whether a condition is met in time. The deadline is no
// measure of speed: it only ends a test that would never end.
func comesTrue(condition func() bool) bool {
	deadline := time.Now().Add(60 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}
