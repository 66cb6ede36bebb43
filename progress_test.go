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
		want    string
	}{
		{[]event.Source{{Path: "a.log", Bytes: 30 * mib, Behind: 50 * mib}, {Path: "b.log", Bytes: 10 * mib, Behind: 70 * mib}},
			"[=======                       ]  25 %  40 MiB of 160 MiB, 20 MiB/s, 6s left"},
		{[]event.Source{{Path: "-", Bytes: 30 * mib}}, "30 MiB read, 15 MiB/s"},
	} {
		if got := progress(test.sources, 2*time.Second); got != test.want {
			t.Errorf("%+v: %q, want %q", test.sources, got, test.want)
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

func TestWhatArchiveTellsStandsAboveItsBar(t *testing.T) {
	dir, vault := t.TempDir(), t.TempDir()
	begin := time.Now().UTC().Add(-72 * time.Hour).Truncate(time.Hour)
	for hour := range 2 {
		at := begin.Add(time.Duration(hour) * 4 * time.Hour)
		dayOfTraffic(t, filepath.Join(dir, at.Format("access-20060102T1504Z.log")), at)
	}
	pair := dir + "=file://" + vault
	for _, test := range []struct {
		bar, event string
		args       []string
	}{
		{"uploading ", "uploaded access-", []string{"archive", "--once", "--archive", pair}},
		{"downloading ", "restored access-", []string{"restore", "--archive", pair}},
	} {
		c := openConsole(t, append(test.args, "--limit-rate", "500kB/s")...)
		if err := c.cmd.Wait(); err != nil {
			t.Error(err)
		}
		<-c.end
		c.mu.Lock()
		sent := c.out.String()
		c.mu.Unlock()
		if !strings.Contains(sent, "\r"+test.bar) {
			t.Errorf("no bar in %q", sent)
		}
		events := 0
		for _, row := range c.screen() {
			if strings.HasPrefix(row, test.event) {
				events++
			}
			if strings.Contains(row, test.bar) {
				t.Errorf("a bar is left in %q", row)
			}
		}
		if events != 2 {
			t.Errorf("%d lines begin with %q:\n%s", events, test.event, strings.Join(c.screen(), "\n"))
		}
	}
}
