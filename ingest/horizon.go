package ingest

import (
	"bytes"
	"os"
	"time"

	"weir/ingest/event"
)

// horizonTail is how much of a file's end is looked at for its last time.
const horizonTail = 256 << 10

// horizon returns the newest time that the last lines of the files name, the
// zero time where none does. Compressed files and streams have no end to look at.
func horizon(files []string, parsers func() Parser) (newest time.Time) {
	for _, file := range files {
		if t := lastTime(file, parsers()); t.After(newest) {
			newest = t
		}
	}
	return newest
}

func lastTime(file string, parser Parser) (last time.Time) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return last
	}
	f, err := os.Open(file)
	if err != nil {
		return last
	}
	defer f.Close()
	tail := make([]byte, min(info.Size(), horizonTail))
	n, _ := f.ReadAt(tail, info.Size()-int64(len(tail)))
	tail = tail[:n]
	if cut := bytes.IndexByte(tail, '\n'); int64(len(tail)) < info.Size() && cut >= 0 {
		tail = tail[cut+1:]
	}
	var e event.Event
	for line := range bytes.Lines(tail) {
		e.Reset()
		if parser.Parse(content(line), &e) == nil && e.Flags&event.BadTime == 0 {
			if t := time.Unix(0, e.Time); t.After(last) && !t.After(time.Now().Add(time.Minute)) {
				last = t
			}
		}
	}
	return last
}
