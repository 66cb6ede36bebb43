package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"weir/ingest/event"
)

func TestProgressSaysHowMuchIsLeft(t *testing.T) {
	const mib = 1 << 20
	for _, test := range []struct {
		sources []event.Source
		width   int
		want    string
	}{
		{[]event.Source{{Path: "a.log", Bytes: 30 * mib, Behind: 50 * mib}, {Path: "b.log", Bytes: 10 * mib, Behind: 70 * mib}}, 120,
			"[=======                       ]  25 %  40 MiB of 160 MiB, 20 MiB/s, 6s left"},
		{[]event.Source{{Path: "-", Bytes: 30 * mib}}, 120, "30 MiB read, 15 MiB/s"},
		{[]event.Source{{Path: "a.log", Bytes: 30 * mib, Behind: 30 * mib}}, 20, "[===============   "},
		{nil, 0, ""},
	} {
		if got := progress(test.sources, 2*time.Second, test.width); got != test.want {
			t.Errorf("%+v at %d columns: %q, want %q", test.sources, test.width, got, test.want)
		}
	}
}

// A report on a named pipe lasts as long as we like.
func TestReportShowsItsProgressOnATerminalOnlyAndWipesItAway(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "report"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := feed.WriteString("192.0.2.1 - - [21/Nov/2026:06:53:01 +0000] \"GET /a HTTP/1.1\" 200 1\n"); err != nil {
		t.Fatal(err)
	}
	code := make(chan int)
	go func() { code <- run(context.Background(), []string{"report", "-"}, in, out, slave) }()
	shown, buf := "", make([]byte, 4096)
	for !strings.Contains(shown, "read, ") {
		n, err := master.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		shown += string(buf[:n])
	}
	feed.Close()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d", got)
	}
	slave.Close()
	for !strings.HasSuffix(shown, "\r\x1b[K") {
		n, err := master.Read(buf)
		if err != nil {
			t.Fatalf("%q is left on the terminal: %v", shown, err)
		}
		shown += string(buf[:n])
	}
	text, err := os.ReadFile(out.Name())
	if err != nil || strings.ContainsAny(string(text), "\r\x1b") || !strings.Contains(string(text), "/a") {
		t.Errorf("the report is %q, %v", text, err)
	}
}
