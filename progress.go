package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weir/ingest/event"
)

const progressBar = 30 // columns

// progress is how much of the sources is read in one line: the share
// as far as the end is known, bytes, rate and time left.
func progress(sources []event.Source, elapsed time.Duration) string {
	read, left, known := int64(0), int64(0), true
	for i := range sources {
		read, left = read+sources[i].Bytes, left+sources[i].Behind
		known = known && sources[i].Path != "-"
	}
	rate := float64(read) / elapsed.Seconds()
	text := fmt.Sprintf("%s read, %s/s", humanize.IBytes(uint64(read)), humanize.IBytes(uint64(rate)))
	if known && read > 0 && left > 0 {
		share := float64(read) / float64(read+left)
		full := int(share * progressBar)
		remaining := time.Duration(float64(left) / rate * float64(time.Second)).Round(time.Second)
		text = fmt.Sprintf("[%s%s] %3.0f %%  %s of %s, %s/s, %v left", strings.Repeat("=", full), strings.Repeat(" ", progressBar-full), 100*share,
			humanize.IBytes(uint64(read)), humanize.IBytes(uint64(read+left)), humanize.IBytes(uint64(rate)), remaining)
	}
	return text
}
