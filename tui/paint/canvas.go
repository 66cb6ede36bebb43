package paint

// Canvas is a rectangle of a Grid. Whatever is drawn outside of it is cut off.
// The zero value is an empty canvas.
type Canvas struct {
	g    *Grid
	x, y int // of its top left corner in the grid
	w, h int
}

// W returns the columns of c.
func (c Canvas) W() int { return c.w }

// H returns the rows of c.
func (c Canvas) H() int { return c.h }

// Empty reports whether nothing can be drawn on c.
func (c Canvas) Empty() bool { return c.w <= 0 || c.h <= 0 }

// Glyphs returns the signs to draw with.
func (c Canvas) Glyphs() *Glyphs { return c.glyphs() }

func (c Canvas) glyphs() *Glyphs {
	if c.g == nil {
		return &Unicode
	}
	return c.g.glyphs
}

// Sub returns the part of c that begins at x, y and is w by h, clipped to c.
func (c Canvas) Sub(x, y, w, h int) Canvas {
	if x < 0 {
		w, x = w+x, 0
	}
	if y < 0 {
		h, y = h+y, 0
	}
	w, h = min(w, c.w-x), min(h, c.h-y)
	if w <= 0 || h <= 0 {
		return Canvas{}
	}
	return Canvas{g: c.g, x: c.x + x, y: c.y + y, w: w, h: h}
}

// Row returns one row of c.
func (c Canvas) Row(y int) Canvas { return c.Sub(0, y, c.w, 1) }

// Set draws one rune that is one column wide, as those of Glyphs are.
func (c Canvas) Set(x, y int, r rune, s Style) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	c.g.put((c.y+y)*c.g.w+c.x+x, c.x+x, cell{glyph: r, style: s})
}

// Fill draws r in every cell.
func (c Canvas) Fill(r rune, s Style) {
	for y := range c.h {
		for x := range c.w {
			c.Set(x, y, r, s)
		}
	}
}

// Mark adds the bits of s to the style of every cell.
func (c Canvas) Mark(s Style) {
	for y := range c.h {
		row := c.g.cells[(c.y+y)*c.g.w+c.x:]
		for x := range c.w {
			row[x].style |= s
		}
	}
}

// HLine draws a horizontal line of w columns.
func (c Canvas) HLine(x, y, w int, s Style) {
	line := c.glyphs().Box[4]
	for i := range min(w, c.w-x) {
		c.Set(x+i, y, line, s)
	}
}

// Box draws a border around c and returns what is inside. A canvas of fewer
// than two columns or rows has no inside.
func (c Canvas) Box(s Style) Canvas {
	b := c.glyphs().Box
	c.HLine(0, 0, c.w, s)
	c.HLine(0, c.h-1, c.w, s)
	for y := range c.h {
		c.Set(0, y, b[5], s)
		c.Set(c.w-1, y, b[5], s)
	}
	c.Set(0, 0, b[0], s)
	c.Set(c.w-1, 0, b[1], s)
	c.Set(c.w-1, c.h-1, b[2], s)
	c.Set(0, c.h-1, b[3], s)
	return c.Sub(1, 1, c.w-2, c.h-2)
}

// Text draws text at x and returns the column after it. What does not fit is cut off.
func (c Canvas) Text(x, y int, text string, s Style) int {
	if y < 0 || y >= c.h {
		return x
	}
	glyphs := c.glyphs()
	var scratch [12]byte
	for len(text) > 0 && x < c.w {
		if b := text[0]; b >= ' ' && b < 0x7f && (len(text) == 1 || text[1] < 0x80) {
			c.Set(x, y, rune(b), s)
			x++
			text = text[1:]
			continue
		}
		t := next(text, glyphs, &scratch)
		text = text[t.size:]
		switch {
		case t.width == 0:
			for i := range len(t.text) {
				c.Set(x, y, rune(t.text[i]), s)
				x++
			}
		default:
			x = c.glyph(x, y, t, s)
		}
	}
	return min(x, c.w)
}

// glyph draws a rune with its width and its marks; a wide one that has no room
// for its second half becomes a space.
func (c Canvas) glyph(x, y int, t token, s Style) int {
	if x < 0 || x+t.width > c.w {
		for i := range t.width {
			c.Set(x+i, y, ' ', s)
		}
		return x + t.width
	}
	r := t.glyph
	if t.text != "" {
		c.g.marked = append(c.g.marked, t.text)
		r = rune(-len(c.g.marked))
	}
	c.Set(x, y, r, s)
	if t.width == 2 {
		c.Set(x+1, y, ' ', s)
		at := (c.y+y)*c.g.w + c.x + x
		c.g.cells[at+1].tail = true
	}
	return x + t.width
}

// Cut says where a text that is too long is cut.
type Cut uint8

// The ways to cut.
const (
	CutEnd    Cut = iota // "a long te…"
	CutMiddle            // "a lon…text": for paths
)

// Fit draws text in the w columns at x, cut with an ellipsis where it is longer.
func (c Canvas) Fit(x, y, w int, text string, cut Cut, s Style) {
	w = min(w, c.w-x)
	if w <= 0 {
		return
	}
	at := c.Sub(x, y, w, 1)
	if len(text) <= w && ascii(text) || at.Width(text) <= w {
		at.Text(0, 0, text, s)
		return
	}
	glyphs := c.glyphs()
	head := w - 1
	if cut == CutMiddle && w > 4 {
		head = (w - 1) / 2
	}
	end := at.Sub(0, 0, head, 1).Text(0, 0, text, s)
	at.Set(end, 0, glyphs.Ellipsis, s)
	if rest := w - 1 - end; cut == CutMiddle && w > 4 {
		at.Text(end+1, 0, suffix(text, rest, glyphs), s)
	}
}

// Right draws text so that it ends before x, and returns the column where it begins.
func (c Canvas) Right(x, y int, text string, s Style) int {
	w := len(text)
	if !ascii(text) {
		w = c.Width(text)
	}
	c.Text(x-w, y, text, s)
	return x - w
}

// Wrap draws text over as many rows as it needs and there are, broken between
// words, each row but the first indented; it returns the row after the last.
func (c Canvas) Wrap(y int, text string, indent int, s Style) int {
	for first := true; y < c.h && len(text) > 0; first = false {
		x := 0
		if !first {
			x = indent
		}
		room := c.w - x
		if room <= 0 {
			return y
		}
		if c.Width(text) <= room {
			c.Text(x, y, text, s)
			return y + 1
		}
		if y == c.h-1 {
			c.Fit(x, y, room, text, CutEnd, s)
			return y + 1
		}
		n := c.breakAt(text, room)
		c.Text(x, y, text[:n], s)
		for n < len(text) && text[n] == ' ' {
			n++
		}
		text = text[n:]
		y++
	}
	return y
}

// breakAt returns how many bytes of text to draw on a row of so many columns.
func (c Canvas) breakAt(text string, room int) int {
	glyphs := c.glyphs()
	var scratch [12]byte
	space, columns := 0, 0
	for at := 0; at < len(text); {
		t := next(text[at:], glyphs, &scratch)
		if text[at] == ' ' {
			space = at
		}
		if t.width == 0 {
			columns += len(t.text)
		} else {
			columns += t.width
		}
		if columns > room {
			if space > 0 {
				return space
			}
			return max(at, t.size)
		}
		at += t.size
	}
	return len(text)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Shorten returns text as Fit draws it in w columns.
func (c Canvas) Shorten(text string, w int, cut Cut) string {
	if len(text) <= w && ascii(text) || c.Width(text) <= w {
		return text
	}
	if w <= 0 {
		return ""
	}
	glyphs := c.glyphs()
	head := w - 1
	if cut == CutMiddle && w > 4 {
		head = (w - 1) / 2
	}
	begin := text[:c.prefix(text, head)] + string(glyphs.Ellipsis)
	if cut == CutMiddle && w > 4 {
		return begin + suffix(text, w-c.Width(begin), glyphs)
	}
	return begin
}

// prefix returns how many bytes of text fill at most so many columns.
func (c Canvas) prefix(text string, columns int) int {
	glyphs := c.glyphs()
	var scratch [12]byte
	at := 0
	for at < len(text) {
		t := next(text[at:], glyphs, &scratch)
		width := t.width
		if width == 0 {
			width = len(t.text)
		}
		if columns -= width; columns < 0 {
			break
		}
		at += t.size
	}
	return at
}

// Rows cuts text into pieces of at most w columns, between words where it can.
func (c Canvas) Rows(text string, w int) []string {
	var rows []string
	for w > 0 && c.Width(text) > w {
		n := c.breakAt(text, w)
		rows = append(rows, text[:n])
		text = text[n:]
		if len(text) > 0 && text[0] == ' ' {
			text = text[1:]
		}
	}
	return append(rows, text)
}
