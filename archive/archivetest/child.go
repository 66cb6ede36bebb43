// Package archivetest holds what proves archives against accidents: processes
// that are killed, writers that never wait, and the count of their lines.
package archivetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

const ordersEnv = "WEIR_TEST_ORDERS"

// Obeyed runs work where this binary was started by Start, and exits with what
// it returns; otherwise it returns at once. T are the orders.
func Obeyed[T any](work func(T) int) {
	text := os.Getenv(ordersEnv)
	if text == "" {
		return
	}
	var orders T
	if err := json.Unmarshal([]byte(text), &orders); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(work(orders))
}

// Start runs this test binary again, with orders for Obeyed.
func Start(t testing.TB, orders any) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return StartAs(t, orders, self, nil)
}

// StartAs is Start for a copy of the binary, and another user.
func StartAs(t testing.TB, orders any, self string, as *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(orders)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), ordersEnv+"="+string(text))
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = &bytes.Buffer{}, os.Stderr, as
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// Code waits for a child and returns its exit code; -1 where a signal ended it.
func Code(cmd *exec.Cmd) int {
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return -1
	}
	return cmd.ProcessState.ExitCode()
}

// Killed waits for a child and says whether SIGKILL ended it.
func Killed(cmd *exec.Cmd) bool {
	_ = Code(cmd)
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// Die ends this process as kill -9 does.
func Die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
