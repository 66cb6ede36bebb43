package ingest

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// seldom makes looking through directories no help.
var seldom = Config{Rescan: time.Hour}

func TestLogThatHasItsNameForAMomentIsRead(t *testing.T) {
	for _, name := range []string{"/app-*.log", "", "/**/app-*.log"} {
		dir := t.TempDir()
		put(t, dir+"/app-1.log", "1 a\n")
		r := read(t, seldom, dir+name)
		r.want("1 a")
		want := []string{"1 a"}
		for n := 2; n < 40; n++ {
			log := fmt.Sprintf("%s/app-%d.log", dir, n)
			put(t, log, fmt.Sprintf("%d b\n", n))
			if n%3 > 0 {
				must(t, os.Rename(log, fmt.Sprintf("%s/.%d.done", dir, n))) // a name that nobody asks for
			}
			want = append(want, fmt.Sprintf("%d b", n))
		}
		r.wantSorted(want...)
	}
}

func TestLogThatIsWrittenAfterItsNameIsGoneIsRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/app-1.log", "1 a\n")
	r := read(t, seldom, dir+"/*.log")
	r.want("1 a")
	late, err := os.Create(dir + "/app-2.log")
	must(t, err)
	defer late.Close()
	must(t, os.Rename(dir+"/app-2.log", dir+"/app-2.done"))
	put(t, dir+"/app-3.log", "3 c\n")
	r.wantSorted("1 a", "3 c")
	_, err = late.WriteString("2 b\n")
	must(t, err)
	r.wantSorted("1 a", "2 b", "3 c")
}

func TestNamesThatComeAndAreNoLogsAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/a.log", "1 a\n")
	r := read(t, Config{Rescan: time.Hour, Skip: []string{dir + "/own.log"}}, dir+"/*.log*")
	r.want("1 a")
	put(t, dir+"/own.log", "2 b\n")
	put(t, dir+"/wtmp.log", "3 c\n\x00\x00\x01\n")
	put(t, dir+"/.hidden.log", "4 d\n")
	must(t, os.Mkdir(dir+"/dir.log", 0o755))
	copyAndTruncate(t, dir+"/a.log", dir+"/a.log.1", func() {})
	put(t, dir+"/z.log", "5 e\n")
	r.wantSorted("1 a", "5 e")
	r.wantStates("a.log live", "z.log live")
}
