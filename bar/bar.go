// Package bar keeps a line of progress at the bottom of a terminal.
package bar

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/mattn/go-runewidth"
)

const (
	after = 300 * time.Millisecond // what is done sooner shows no bar
	every = 100 * time.Millisecond
	wipe  = "\r\x1b[K"
)

// Bar is one line on a terminal that is written anew while work goes on. On
// anything but a terminal it is never seen.
type Bar struct {
	out  *os.File
	text func(elapsed time.Duration) string

	mu    sync.Mutex
	shown bool
}

// New returns a bar that shows what text says of the work that began that long
// ago, cut to the terminal's width; where text is "" nothing is shown.
func New(out *os.File, text func(elapsed time.Duration) string) *Bar {
	return &Bar{out: out, text: text}
}

// Show shows the bar until the function it returns is called, which wipes it away.
func (b *Bar) Show() (hide func()) {
	if !term.IsTerminal(b.out.Fd()) {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		start := time.Now()
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				if elapsed := now.Sub(start); elapsed >= after {
					b.draw(b.text(elapsed))
				}
			case <-stop:
				b.draw("")
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// Above has print write whole lines to the terminal with the bar out of their way.
func (b *Bar) Above(print func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wipe()
	print()
}

func (b *Bar) draw(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if text == "" {
		b.wipe()
		return
	}
	width, _, err := term.GetSize(b.out.Fd())
	if err != nil || width <= 0 {
		width = 80
	}
	fmt.Fprint(b.out, "\r", cut(text, width-1), "\x1b[K") // a full row would wrap
	b.shown = true
}

func (b *Bar) wipe() {
	if b.shown {
		_, _ = io.WriteString(b.out, wipe)
		b.shown = false
	}
}

// cut shortens a text to a number of columns.
func cut(text string, columns int) string {
	widths := runewidth.Condition{StrictEmojiNeutral: true}
	return widths.Truncate(text, max(columns, 0), "")
}
