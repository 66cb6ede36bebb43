package ingest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
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

const rotations = 42 // of each kind as many

// writeNumbered is the writing process: 20,000 lines a second and a rotation
// now and then, waiting for nobody. On standard output it says how many lines it wrote.
func writeNumbered() {
	w := &logWriter{path: os.Getenv(writerFile)}
	w.open(w.path)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kinds := make([]int, rotations)
	for i, k := range rng.Perm(rotations) {
		kinds[i] = k % 7
	}
	fmt.Fprintln(os.Stderr, "rotations", kinds)
	w.live(firstRead)
	for _, kind := range kinds {
		w.live(time.Duration(5+rng.IntN(100)) * time.Millisecond)
		w.rotate(kind)
	}
	w.live(50 * time.Millisecond)
	w.whole()
	fmt.Println(w.n)
}

// firstRead is how long a file lives at least before it is deleted or truncated. What
// nobody has opened by then is gone, and what nobody has read of it has no copy
// that could be told from another file.
const firstRead = 400 * time.Millisecond

// live writes for that long.
func (w *logWriter) live(d time.Duration) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-tick.C
		w.some(100)
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

// rotate takes one of the ways. Only what writes on to the same file leaves a
// line torn.
func (w *logWriter) rotate(kind int) {
	w.files++
	old := fmt.Sprint(w.path, ".", w.files)
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	switch kind {
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
		w.live(firstRead)
		in, err := os.ReadFile(w.path)
		check(err)
		check(os.WriteFile(old, in, 0o644))
		check(os.Truncate(w.path, 0))
	case 3: // deleted, and created later
		w.live(firstRead)
		check(os.Remove(w.path))
		w.some(100)
		w.whole()
		time.Sleep(30 * time.Millisecond)
		w.open(w.path)
	case 4: // a link to a new file takes its place, which deletes it
		w.live(firstRead)
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
	case 6: // renamed, and what comes after a gap once more
		w.whole()
		check(os.Rename(w.path, old))
		time.Sleep(200 * time.Millisecond)
		w.open(w.path)
		w.live(time.Duration(w.files) * time.Millisecond)
		w.whole()
		check(os.Rename(w.path, old+"-again"))
		w.open(w.path)
	}
}

func TestFortyRotationsLoseNothing(t *testing.T) {
	log := place(t)
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), writerFile+"="+log)
	var said bytes.Buffer
	writer.Stderr = &said
	out, err := writer.StdoutPipe()
	must(t, err)
	r := read(t, Config{Poll: 250 * time.Millisecond}, log)
	must(t, writer.Start())
	var total int
	if _, err := fmt.Fscan(out, &total); err != nil {
		t.Error(err)
	}
	if err := writer.Wait(); err != nil {
		t.Fatal(err, said.String())
	}
	times := map[string]int{}
	taken := 0
	r.eventually(func() string {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, line := range r.lines[taken:] {
			number, _, _ := strings.Cut(line, " ")
			times[number]++
		}
		if taken = len(r.lines); len(times) >= total {
			return ""
		}
		return fmt.Sprintf("%d of %d lines are missing: %s; %s: %+v", total-len(times), total, ranges(times, total), said.String(), r.reader.Sources())
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

// ranges names the numbers up to total that are not in times.
func ranges(times map[string]int, total int) (out string) {
	for n := 1; n <= total; n++ {
		from := n
		for n <= total && times[strconv.Itoa(n)] == 0 {
			n++
		}
		if n > from {
			out += fmt.Sprintf(" %d-%d", from, n-1)
		}
	}
	return out
}
