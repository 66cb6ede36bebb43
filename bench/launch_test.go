//go:build bench

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// launched is what a launcher tells of the program that it ran.
type launched struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes resident
}

// TestMain is a launcher where BENCH_LAUNCH says so: it runs the program that its
// arguments name and prints what that used. A child's peak is never below what
// its parent had when it was made, and this parent is small.
func TestMain(m *testing.M) {
	if os.Getenv("BENCH_LAUNCH") == "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	out := launched{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), usage.Maxrss << 10}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		os.Exit(1)
	}
}
