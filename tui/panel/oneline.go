package panel

import (
	"strings"
	"time"

	"weir/ingest"
	"weir/tui/paint"
)

// oneLineWidth is how many columns a status bar elsewhere can spare.
const oneLineWidth = 60

// OneLine is the status line of a Moment as plain text, for a status bar
// elsewhere: what the smallest screen begins with, and at its end why the
// figures are not those of now, where that is so.
func OneLine(m *ingest.Moment, glyphs *paint.Glyphs) string {
	f := &Frame{Moment: m, Bare: true, Location: time.UTC}
	shown := *m
	shown.Live = true // how long ago is said at the end
	grid := paint.NewGrid(oneLineWidth, 1, glyphs)
	Status(grid.Canvas(), &Frame{Moment: &shown, Bare: true, Location: time.UTC})
	var parts []string
	for part := range strings.SplitSeq(strings.TrimSpace(grid.Plain()), "  ") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	end := time.Unix(m.At, 0)
	switch late := m.Now.Sub(end); {
	case f.Seq == 0 || m.Total.Backlog < 1: // the line says so
	case f.waiting():
		parts = append(parts, "waiting")
	case !m.Live && m.First == 0:
		parts = append(parts, "no requests")
	case !m.Live && late > m.Span:
		parts = append(parts, "ended "+ago(late)+" ago")
	}
	return strings.Join(parts, "  ")
}
