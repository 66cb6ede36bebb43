package conf

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func write(t *testing.T, path string, size int) string {
	t.Helper()
	if err := os.WriteFile(path, bytes.Repeat([]byte("#"), size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatNeverEndsIsRefused(t *testing.T) {
	idle := pipe(t)
	held, err := os.OpenFile(idle, os.O_RDWR, 0) // both ends, so that opening it waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	big := write(t, filepath.Join(t.TempDir(), "big"), Most+1)
	for path, want := range map[string]string{
		pipe(t):     "a named pipe that nobody writes to: name a file, or start its writer first",
		idle:        "a named pipe that nobody writes to: name a file, or start its writer first",
		"/dev/zero": "a device: name a file of settings",
		"/dev/ptmx": "a device: name a file of settings",
		big:         "more than 1048576 bytes: name a file of settings",
	} {
		if text, err := Read(path); err == nil || err.Error() != "read "+path+": "+want {
			t.Errorf("%s: %d bytes and %v, want %s", path, len(text), err, want)
		}
	}
}

func TestWhatEndsIsRead(t *testing.T) {
	dir := t.TempDir()
	null := filepath.Join(dir, "masked")
	if err := os.Symlink(os.DevNull, null); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		write(t, filepath.Join(dir, "empty"), 0):   0,
		write(t, filepath.Join(dir, "most"), Most): Most,
		os.DevNull: 0,
		null:       0,
	} {
		if text, err := Read(path); err != nil || len(text) != want {
			t.Errorf("%s: %d bytes and %v, want %d", path, len(text), err, want)
		}
	}
}

func TestPipeWithAWriterIsReadToItsEnd(t *testing.T) {
	path := pipe(t)
	held, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	writer := exec.Command("sh", "-c", `exec >"$0"; read go; echo alert = 7; read go; echo theme = \"mono\"`, path)
	steps, err := writer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(steps, "go\n")
	head := make([]byte, 5)
	if _, err := held.Read(head); err != nil { // the writer is there
		t.Fatal(err)
	}
	reader, err := os.Open(path) // or the writer would end before Read opens the pipe
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	held.Close()
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result)
	go func() {
		text, err := Read(path)
		done <- result{text, err}
	}()
	fmt.Fprint(steps, "go\n")
	steps.Close()
	got := <-done
	if err := writer.Wait(); err != nil {
		t.Fatal(err)
	}
	if text := string(head) + string(got.text); got.err != nil || text != "alert = 7\ntheme = \"mono\"\n" {
		t.Errorf("%q, %v", text, got.err)
	}
}

func TestInheritedPipeMayBeEmpty(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.Close()
	if text, err := Read(fmt.Sprintf("/dev/fd/%d", r.Fd())); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
}
