package bar

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a pseudo terminal and what it was sent.
type terminal struct {
	master, slave *os.File
	sent          []byte
}

func open(t *testing.T, columns int) *terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	tty := &terminal{master: master, slave: slave}
	tty.resize(t, columns)
	return tty
}

func (tty *terminal) resize(t *testing.T, columns int) {
	t.Helper()
	if err := pty.Setsize(tty.master, &pty.Winsize{Rows: 24, Cols: uint16(columns)}); err != nil {
		t.Fatal(err)
	}
}

// until reads up to the first time that the terminal was sent text, and returns it all.
func (tty *terminal) until(t *testing.T, text string) string {
	t.Helper()
	if err := tty.master.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for one := make([]byte, 1); ; {
		if at := bytes.Index(tty.sent, []byte(text)); at >= 0 {
			sent := string(tty.sent)
			tty.sent = nil
			return sent
		}
		if _, err := tty.master.Read(one); err != nil {
			t.Fatalf("the terminal was sent %q, not %q: %v", tty.sent, text, err)
		}
		tty.sent = append(tty.sent, one...)
	}
}

func TestTheBarIsCutToTheTerminalAndWipedAway(t *testing.T) {
	tty := open(t, 60)
	text := strings.Repeat("0123456789", 12)
	b := New(tty.slave, func(time.Duration) string { return text })
	hide := b.Show()
	tty.until(t, "\r"+text[:59]+"\x1b[K")
	tty.resize(t, 20)
	tty.until(t, "\r"+text[:19]+"\x1b[K")
	hide()
	if sent := tty.until(t, "\r\x1b[K"); strings.Contains(sent, "\n") {
		t.Errorf("the bar scrolls: %q", sent)
	}
}

func TestLinesStandAboveTheBar(t *testing.T) {
	tty := open(t, 60)
	b := New(tty.slave, func(time.Duration) string { return "1 of 2" })
	hide := b.Show()
	tty.until(t, "\r1 of 2\x1b[K")
	b.Above(func() { fmt.Fprintln(tty.slave, "uploaded a.log") })
	tty.until(t, "\r\x1b[Kuploaded a.log\r\n\r1 of 2\x1b[K") // nothing between the two
	hide()
	tty.until(t, "\r\x1b[K")
	b.Above(func() { fmt.Fprintln(tty.slave, "done") })
	if sent := tty.until(t, "done\r\n"); sent != "done\r\n" {
		t.Errorf("after the bar the terminal was sent %q", sent)
	}
}

func TestNothingToSayIsNoBar(t *testing.T) {
	tty := open(t, 60)
	says := make(chan string)
	b := New(tty.slave, func(time.Duration) string { return <-says })
	hide := b.Show()
	says <- ""
	says <- "packing"
	says <- ""
	if sent := tty.until(t, "\r\x1b[K"); sent != "\rpacking\x1b[K\r\x1b[K" {
		t.Errorf("the terminal was sent %q", sent)
	}
	close(says)
	hide()
}

func TestWhatIsNoTerminalSeesNoBar(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	b := New(write, func(time.Duration) string { t.Error("the bar is asked for"); return "" })
	hide := b.Show()
	b.Above(func() { fmt.Fprintln(write, "uploaded a.log") })
	hide()
	write.Close()
	var out bytes.Buffer
	if _, err := out.ReadFrom(read); err != nil || out.String() != "uploaded a.log\n" {
		t.Errorf("it reads %q, %v", out.String(), err)
	}
}

func TestTextIsCutByColumns(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{{"access", 6, "access"}, {"access", 3, "acc"}, {"日誌.log", 3, "日"}, {"日誌.log", 4, "日誌"}, {"é.log", 2, "é."}, {"access", 0, ""}, {"access", -1, ""}} {
		if got := cut(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
