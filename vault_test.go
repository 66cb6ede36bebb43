package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
)

// console is weir in a pseudo terminal, and what that shows.
type console struct {
	*os.File
	cmd *exec.Cmd

	mu  sync.Mutex
	out bytes.Buffer
	end chan struct{}
}

const consoleRows, consoleColumns = 40, 120

func openConsole(t *testing.T, args ...string) *console {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: consoleRows, Cols: consoleColumns}); err != nil {
		t.Fatal(err)
	}
	c := &console{File: master, cmd: exec.Command(os.Args[0], args...), end: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), "WEIR_MAIN=1", "TERM=xterm-256color", "LANG=C.UTF-8", "LC_ALL=", "CI=", "NO_COLOR=1")
	c.cmd.Dir = t.TempDir()
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = slave, slave, slave
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.end)
		buf := make([]byte, 64<<10)
		for {
			n, err := master.Read(buf)
			c.mu.Lock()
			c.out.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
		<-c.end
		master.Close()
	})
	return c
}

// screen is what a terminal shows after everything that was sent: text, cursor
// movements and erasing, which is all that weir sends but for colours and modes.
func (c *console) screen() []string {
	c.mu.Lock()
	sent := []rune(c.out.String())
	c.mu.Unlock()
	cells := make([][]rune, consoleRows)
	for y := range cells {
		cells[y] = []rune(strings.Repeat(" ", consoleColumns))
	}
	x, y := 0, 0
	for i := 0; i < len(sent); i++ {
		switch r := sent[i]; {
		case r == '\r':
			x = 0
		case r == '\n':
			y = min(y+1, consoleRows-1)
		case r == '\x1b' && i+1 < len(sent) && sent[i+1] == '[':
			from := i + 2
			for i = from; i < len(sent) && (sent[i] < '@' || sent[i] > '~'); i++ {
			}
			if i == len(sent) {
				break
			}
			arguments := strings.Split(string(sent[from:i]), ";")
			n, _ := strconv.Atoi(arguments[0])
			switch sent[i] {
			case 'A':
				y = max(y-max(n, 1), 0)
			case 'B':
				y = min(y+max(n, 1), consoleRows-1)
			case 'C':
				x += max(n, 1)
			case 'D':
				x = max(x-max(n, 1), 0)
			case 'G':
				x = max(n, 1) - 1
			case 'H':
				x, y = 0, max(n, 1)-1
				if len(arguments) > 1 {
					column, _ := strconv.Atoi(arguments[1])
					x = max(column, 1) - 1
				}
			case 'K', 'J':
				for at := x; at < consoleColumns && n != 2; at++ {
					cells[y][at] = ' '
				}
				for row := range cells {
					if sent[i] == 'J' && (n == 2 || row > y) || sent[i] == 'K' && n == 2 && row == y {
						cells[row] = []rune(strings.Repeat(" ", consoleColumns))
					}
				}
			}
		case r >= ' ':
			if x < consoleColumns {
				cells[y][x] = r
			}
			x++
		}
	}
	rows := make([]string, consoleRows)
	for i := range cells {
		rows[i] = strings.TrimRight(string(cells[i]), " ")
	}
	return rows
}

// until waits for all the texts to be on the screen, and returns it.
func (c *console) until(t *testing.T, texts ...string) []string {
	t.Helper()
	var rows []string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		rows = c.screen()
		all, there := strings.Join(rows, "\n"), true
		for _, text := range texts {
			there = there && strings.Contains(all, text)
		}
		if there {
			return rows
		}
	}
	t.Fatalf("the screen never showed %q but\n%s", texts, strings.Join(rows, "\n"))
	return nil
}

func (c *console) press(keys ...string) {
	for _, k := range keys {
		io.WriteString(c, k)
	}
}

// quit ends weir and checks that it ended well.
func (c *console) quit(t *testing.T) {
	t.Helper()
	c.press("\x03")
	if err := c.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// dayOfTraffic writes a log of two hours of a past day with a surge, last changed
// when it ended.
func dayOfTraffic(t *testing.T, path string, begin time.Time) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	end := begin
	for second := range 2 * 3600 {
		n, worst := rng.IntN(4), 404
		if second > 4000 && second < 4300 {
			n, worst = n+30, 500
		}
		for range n {
			end = begin.Add(time.Duration(second) * time.Second)
			fmt.Fprintf(&b, "192.0.2.%d - - [%s] \"GET /%c/%d HTTP/1.1\" %d %d \"-\" \"agent %d\"\n", rng.IntN(40), end.Format("02/Jan/2006:15:04:05 -0700"),
				'a'+rng.IntN(4), rng.IntN(30), []int{200, 200, 304, 404, worst}[rng.IntN(5)], rng.IntN(9000), rng.IntN(5))
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, end, end); err != nil {
		t.Fatal(err)
	}
}

// panelsOf are the rows of the panels: all but the header, the bar and the counts.
func panelsOf(rows []string) []string { return rows[1 : consoleRows-2] }

// TestRestoredDayLooksAsItDidLive is Must show 5 of the archive: a day is seen,
// archived with A and gone; weir started anew restores it with R, and every panel
// shows the same.
func TestRestoredDayLooksAsItDidLive(t *testing.T) {
	dir, place := t.TempDir(), t.TempDir()
	begin := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2).Add(9 * time.Hour)
	name := begin.Format("access-20060102T1504Z.log")
	log := filepath.Join(dir, name)
	dayOfTraffic(t, log, begin)
	flags := []string{"--timezone=UTC", "--archive=" + dir + "=file://" + place}

	live := openConsole(t, append(flags, log)...)
	live.until(t, "log ends", "Recovered")
	want := panelsOf(settled(t, live))
	live.press("7", "A")
	live.until(t, "then delete 1 file here", "enter archives")
	live.press("\r")
	live.until(t, "1 archived (", "1 deleted here")
	live.quit(t)
	if _, err := os.Stat(log); !os.IsNotExist(err) {
		t.Fatalf("%s is still there: %v", log, err)
	}

	again := openConsole(t, append(flags, filepath.Join(dir, "access.log"))...)
	again.until(t, "waiting for")
	again.press("7", "h", "h")
	again.until(t, "1 obj", "R restores it")
	again.press("R")
	again.until(t, begin.Format(time.DateOnly), "enter asks the archive")
	again.press("\r")
	again.until(t, "1 of 1 file to fetch", "enter restores")
	again.press("\r")
	again.until(t, "1 restored to")
	again.until(t, "enter shows this day")
	again.press("\r")
	again.until(t, "Traffic", "Recovered")
	var got []string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if got = panelsOf(again.screen()); cmp.Equal(want, got) {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the restored day (+) is not what it was live (-):\n%s\nlive\n%s\nrestored\n%s", diff, strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	again.press("7", "C")
	again.until(t, "delete 1 restored file", "enter deletes")
	again.press("\r")
	again.until(t, "1 restored file deleted")
	again.quit(t)
}

// settled is the screen once it stays as it is.
func settled(t *testing.T, c *console) []string {
	t.Helper()
	before := panelsOf(c.screen())
	for quiet := 0; quiet < 20; {
		time.Sleep(50 * time.Millisecond)
		now := panelsOf(c.screen())
		if quiet++; !cmp.Equal(before, now) {
			quiet = 0
		}
		before = now
	}
	return c.screen()
}
