package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/dustin/go-humanize"

	"weir/ingest/event"
)

const (
	progressAfter = 300 * time.Millisecond // what is done sooner shows no bar
	progressEvery = 100 * time.Millisecond
	progressBar   = 30 // columns
)

// watchProgress shows on a terminal how much of the sources is read, until the
// function it returns is called, which wipes it away. Anything but a terminal
// gets nothing.
func watchProgress(out *os.File, sources func() []event.Source) (end func()) {
	if !term.IsTerminal(out.Fd()) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		start, shown := time.Now(), false
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				if elapsed := now.Sub(start); elapsed >= progressAfter {
					width, _, err := term.GetSize(out.Fd())
					if err != nil || width <= 0 {
						width = 80
					}
					fmt.Fprint(out, "\r", progress(sources(), elapsed, width), "\x1b[K")
					shown = true
				}
			case <-ctx.Done():
				if shown {
					_, _ = io.WriteString(out, "\r\x1b[K")
				}
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// progress is how much of the sources is read as a line of less than width
// columns: the share as far as the end is known, bytes, rate and time left.
func progress(sources []event.Source, elapsed time.Duration, width int) string {
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
	return text[:min(len(text), max(width-1, 0))]
}
