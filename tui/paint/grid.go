// Package paint is a grid of cells to draw on. A Canvas is a clipped rectangle
// of a Grid; a Grid renders to one string. Text is made safe on its way in:
// what reaches a cell can neither command a terminal nor move a border. It is
// pure: no I/O, no terminal.
package paint

import "unicode/utf8"

// Style names how a cell looks: an index into the table of SGR sequences that
// Render is given. Style 0 is the terminal's own.
type Style uint8

// cell is one column of one row. A wide rune fills its cell and leaves the next
// one as its tail; a rune with marks stands in Grid.marked at -glyph-1.
type cell struct {
	glyph rune
	style Style
	tail  bool
}

// Grid is a screen of cells. It is reused from frame to frame.
type Grid struct {
	w, h   int
	cells  []cell
	marked []string
	glyphs *Glyphs
	out    []byte
}

// NewGrid returns an empty grid of w columns and h rows that draws with glyphs (nil: Unicode).
func NewGrid(w, h int, glyphs *Glyphs) *Grid {
	g := &Grid{}
	g.Reset(w, h, glyphs)
	return g
}

// Reset makes g an empty grid of w columns and h rows, reusing its memory.
func (g *Grid) Reset(w, h int, glyphs *Glyphs) {
	w, h = max(w, 0), max(h, 0)
	if glyphs == nil {
		glyphs = &Unicode
	}
	g.w, g.h, g.glyphs, g.marked = w, h, glyphs, g.marked[:0]
	if n := w * h; cap(g.cells) < n {
		g.cells = make([]cell, n)
	} else {
		g.cells = g.cells[:n]
	}
	for i := range g.cells {
		g.cells[i] = cell{glyph: ' '}
	}
}

// Size returns the columns and rows of g.
func (g *Grid) Size() (w, h int) { return g.w, g.h }

// Canvas returns the whole grid to draw on.
func (g *Grid) Canvas() Canvas { return Canvas{g: g, w: g.w, h: g.h} }

// put writes a glyph at an index, repairing wide runes it cuts in half.
func (g *Grid) put(i, column int, c cell) {
	if g.cells[i].tail && column > 0 {
		g.cells[i-1].glyph = ' '
	}
	if column+1 < g.w && g.cells[i+1].tail {
		g.cells[i+1] = cell{glyph: ' ', style: g.cells[i+1].style}
	}
	g.cells[i] = c
}

// Render returns the grid as lines separated by "\n", each one complete in
// itself: it begins and ends in the terminal's own style. sgr maps a Style to
// the sequence that switches to it from any other; sgr[0] is the reset. After a
// glyph whose width terminals disagree about, the cursor is told its column.
func (g *Grid) Render(sgr *[256]string) string {
	out := g.out[:0]
	for y := range g.h {
		if y > 0 {
			out = append(out, '\n')
		}
		now := sgr[0]
		row := g.cells[y*g.w : (y+1)*g.w]
		for x := 0; x < len(row); x++ {
			c := row[x]
			if c.tail {
				continue
			}
			if s := sgr[c.style]; s != now {
				out = append(out, s...)
				now = s
			}
			out = g.appendGlyph(out, c.glyph)
			wide := x+1 < len(row) && row[x+1].tail
			if wide {
				x++
			}
			if (wide || c.glyph < 0) && x+1 < len(row) {
				out = append(out, "\x1b["...)
				out = appendInt(out, x+2)
				out = append(out, 'G')
			}
		}
		if now != sgr[0] {
			out = append(out, sgr[0]...)
		}
	}
	g.out = out
	return string(out)
}

// Plain returns the grid as text, without trailing spaces: what a golden file holds.
func (g *Grid) Plain() string {
	var out []byte
	for y := range g.h {
		for x, c := range g.cells[y*g.w : (y+1)*g.w] {
			if !c.tail || x == 0 {
				out = g.appendGlyph(out, c.glyph)
			}
		}
		for len(out) > 0 && out[len(out)-1] == ' ' {
			out = out[:len(out)-1]
		}
		out = append(out, '\n')
	}
	return string(out)
}

// Columns returns, row by row, how many columns each row fills; every one is
// the grid's width unless drawing is broken.
func (g *Grid) Columns() []int {
	rows := make([]int, g.h)
	for y := range rows {
		for x, c := range g.cells[y*g.w : (y+1)*g.w] {
			switch {
			case c.tail && x > 0:
			case c.tail:
				return nil
			case c.glyph < 0:
				rows[y] += max(1, clusterWidth(g.marked[-c.glyph-1]))
			default:
				rows[y] += max(1, runeWidth(c.glyph))
			}
		}
	}
	return rows
}

// Rune returns what stands at x, y, without its marks: 0 for the second half of
// a wide rune.
func (g *Grid) Rune(x, y int) rune {
	c := g.cells[y*g.w+x]
	switch {
	case c.tail:
		return 0
	case c.glyph < 0:
		r, _ := utf8.DecodeRuneInString(g.marked[-c.glyph-1])
		return r
	}
	return c.glyph
}

func (g *Grid) appendGlyph(out []byte, r rune) []byte {
	if r < 0 {
		return append(out, g.marked[-r-1]...)
	}
	return utf8.AppendRune(out, r)
}

func appendInt(out []byte, n int) []byte {
	if n >= 10 {
		out = appendInt(out, n/10)
	}
	return append(out, byte('0'+n%10))
}
