package ingest

import (
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"weir/ingest/event"
)

func TestNullDeviceIsEmptyAndEnds(t *testing.T) {
	for _, once := range []bool{true, false} {
		r := read(t, Config{Once: once}, os.DevNull)
		must(t, r.end())
		r.wantState(event.Done)
	}
}

func TestWhatIsNoLogSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/wide.log", []byte("\xff\xfe1\x00 \x00a\x00\n\x00"), 0o644))
	must(t, os.WriteFile(dir+"/bare.log", []byte("1\x000\x00.\x000\x00.\x000\x00.\x001\x00 \x00-\x00 \x00\n\x00"), 0o644))
	must(t, os.WriteFile(dir+"/mac.log", []byte("a line\ranother line\ra third\r"), 0o644))
	link := dir + "/zero.log"
	must(t, os.Symlink("/dev/zero", link))
	socket, err := net.Listen("unix", dir+"/socket")
	must(t, err)
	defer socket.Close()
	for path, want := range map[string]string{
		"/dev/zero":       "a device that yields no lines of text and never ends: name a log file or a named pipe",
		"/dev/urandom":    "a device that yields no lines of text and never ends: name a log file or a named pipe",
		link:              "a device that yields no lines of text and never ends: name a log file or a named pipe",
		dir + "/socket":   "a socket: name the log file, or pipe what comes into weir -",
		dir + "/wide.log": "the text is UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
		dir + "/bare.log": "the text is UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
		dir + "/mac.log":  "the lines end in carriage returns alone: convert them (tr '\\r' '\\n')",
	} {
		r := read(t, Config{Once: true}, path)
		if err := r.end(); err == nil || err.Error() != path+": "+want {
			t.Errorf("%s: %v", path, err)
		}
		r.wantState(event.Unreadable)
	}
	r := read(t, Config{Once: true, Stdin: strings.NewReader("\xfe\xff\x001\x00 ")}, "-")
	if err := r.end(); !errors.Is(err, errUTF16) {
		t.Error(err)
	}
}

func TestNamedPipeWithoutAWriterSaysThatItWaits(t *testing.T) {
	pipe := place(t)
	must(t, syscall.Mkfifo(pipe, 0o644))
	r := read(t, Config{Once: true}, pipe)
	r.eventually(func() string {
		if s := r.reader.Sources(); len(s) == 1 && s[0].Err == "waiting for a writer of "+pipe {
			return ""
		}
		return "nothing is said"
	})
	put(t, pipe, "1 a\n")
	must(t, r.end())
	r.want("1 a")
}

func TestDirectoryWithANamedPipeIsReadOnce(t *testing.T) {
	dir := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	put(t, filepath.Join(dir, "a.log"), "1 a\n")
	for _, name := range []string{dir, dir + "/*"} {
		r := read(t, Config{Once: true}, name)
		must(t, r.end())
		r.want("1 a")
	}
}

func TestByteOrderMarkIsNoPartOfALine(t *testing.T) {
	log := place(t)
	put(t, log, utf8Mark+"1 a\n2 b"+utf8Mark+"\n"+utf8Mark+"3 c\n")
	r := read(t, Config{}, log)
	r.want("1 a", "2 b"+utf8Mark, "3 c")
	must(t, os.Rename(log, log+".1"))
	put(t, log, utf8Mark+"4 d\n")
	r.want("1 a", "2 b"+utf8Mark, "3 c", "4 d")
	if r.rejected != [event.NumReasons]int{} {
		t.Error(r.rejected)
	}
}

func TestRandomBytesAreNeverTakenForText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		b := make([]byte, 64+rng.IntN(deviceHead-64))
		for i := range b {
			b[i] = byte(1 + rng.IntN(255)) // NUL would give it away
		}
		if isText(b) && !isNoise(b) {
			t.Fatalf("%q is taken for text", b)
		}
	}
	for _, text := range []string{"203.0.113.7 - - [21/Nov/2026:10:00:00 +0000] \"GET /caf\xe9 HTTP/1.1\" 200 1\n", "größer 日本語 ✓\n"} {
		if isNoise([]byte(text)) {
			t.Errorf("%q is taken for noise", text)
		}
	}
}
