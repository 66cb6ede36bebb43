package ingest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/ingest/event"
)

// writerFile names the log in the environment of the process that writes it.
const writerFile = "WEIR_TEST_WRITER"

// logWriter writes numbered lines as servers do: one by one, torn in two, many
// at once; and rotates its log in every way there is.
type logWriter struct {
	path  string
	f     *os.File
	n     int  // lines written
	torn  bool // the last line is half written
	files int
}

// writeNumbered is the writing process: 20,000 lines a second, a rotation for
// each line on standard input, and on standard output what was then written first.
func writeNumbered() {
	w := &logWriter{path: os.Getenv(writerFile)}
	w.open(w.path)
	leave := make(chan struct{})
	go func() { // every line is leave to rotate
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			leave <- struct{}{}
		}
		close(leave)
	}()
	for range time.Tick(5 * time.Millisecond) {
		w.some(100)
		select {
		case _, ok := <-leave:
			if !ok {
				w.whole()
				fmt.Println(w.n)
				return
			}
			w.rotate()
			w.some(1)
			w.whole()
			fmt.Println(w.n)
		default:
		}
	}
}

func (w *logWriter) open(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	if w.f != nil {
		w.f.Close()
	}
	w.f = f
}

func (w *logWriter) write(text string) {
	if _, err := w.f.WriteString(text); err != nil {
		panic(err)
	}
}

const filler = " some text that makes it as long as a short line of an access log is\n"

// some writes n lines, and half of one more.
func (w *logWriter) some(n int) {
	w.whole()
	var many strings.Builder
	for range n {
		w.n++
		line := strconv.Itoa(w.n) + filler
		switch w.n % 3 {
		case 0:
			w.write(line)
		case 1:
			w.write(line[:2])
			w.write(line[2:])
		default:
			many.WriteString(line)
			if many.Len() < 500 {
				continue
			}
			w.write(many.String())
			many.Reset()
		}
	}
	w.write(many.String())
	w.n++
	w.write(strconv.Itoa(w.n)[:1])
	w.torn = true
}

// whole ends the line that is half written.
func (w *logWriter) whole() {
	if w.torn {
		w.write((strconv.Itoa(w.n) + filler)[1:])
		w.torn = false
	}
}

// rotate takes the ways in turn. Only what writes on to the same file leaves a
// line torn.
func (w *logWriter) rotate() {
	w.files++
	old := fmt.Sprint(w.path, ".", w.files)
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	switch w.files % 6 {
	case 0: // renamed and created at once
		w.whole()
		check(os.Rename(w.path, old))
		w.open(w.path)
	case 1: // renamed; the server goes on for a while
		check(os.Rename(w.path, old))
		w.some(300)
		w.whole()
		w.open(w.path)
	case 2: // copied and truncated
		in, err := os.ReadFile(w.path)
		check(err)
		check(os.WriteFile(old, in, 0o644))
		check(os.Truncate(w.path, 0))
	case 3: // deleted, and created later
		check(os.Remove(w.path))
		w.some(100)
		w.whole()
		time.Sleep(30 * time.Millisecond)
		w.open(w.path)
	case 4: // a link to a new file takes its place
		w.whole()
		w.open(old)
		check(os.Symlink(old, w.path+".link"))
		check(os.Rename(w.path+".link", w.path))
	case 5: // renamed, and created later
		check(os.Rename(w.path, old))
		w.some(50)
		w.whole()
		time.Sleep(30 * time.Millisecond)
		w.open(w.path)
	}
}

func TestFortyRotationsLoseNothing(t *testing.T) {
	const rotations = 40
	log := place(t)
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), writerFile+"="+log)
	writer.Stderr = os.Stderr
	in, err := writer.StdinPipe()
	must(t, err)
	out, err := writer.StdoutPipe()
	must(t, err)
	must(t, writer.Start())
	defer func() {
		in.Close()
		if err := writer.Wait(); err != nil {
			t.Error(err)
		}
	}()
	marks := bufio.NewScanner(out)
	mark := func() int {
		if !marks.Scan() {
			t.Fatal("the writer has ended")
		}
		n, err := strconv.Atoi(marks.Text())
		must(t, err)
		return n
	}

	r := read(t, Config{}, log)
	times := map[string]int{}
	taken := 0
	gather := func() { // what is read so far
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, line := range r.lines[taken:] {
			number, _, _ := strings.Cut(line, " ")
			times[number]++
		}
		taken = len(r.lines)
	}
	r.eventually(func() string {
		if gather(); times["1"] > 0 {
			return ""
		}
		return "nothing is read"
	})
	for range rotations {
		_, err := io.WriteString(in, "\n")
		must(t, err)
		n := strconv.Itoa(mark())
		r.eventually(func() string { // the next rotation comes when this one is noticed
			if gather(); times[n] > 0 {
				return ""
			}
			return "line " + n + " is missing"
		})
	}
	must(t, in.Close())
	total := mark()
	r.eventually(func() string {
		gather()
		if len(times) >= total {
			return ""
		}
		return fmt.Sprintf("%d of %d lines: %+v", len(times), total, r.reader.Sources())
	})
	var doubled []string
	for n, count := range times {
		if count != 1 {
			doubled = append(doubled, n)
		}
	}
	if len(doubled) > 0 || len(times) != total || r.rejected != [event.NumReasons]int{} {
		t.Errorf("%d lines of %d, doubled %v, rejected %v", len(times), total, doubled, r.rejected)
	}
	s := r.reader.Sources()[0]
	t.Logf("%d lines, %d rotations, %d truncations", s.Lines, s.Rotations, s.Truncated)
}
