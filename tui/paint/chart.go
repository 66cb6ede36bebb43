package paint

import "math"

// Bar draws share (0 to 1) of w columns as a bar from the left. Anything above
// zero shows.
func (c Canvas) Bar(x, y, w int, share float64, s Style) {
	w = min(w, c.w-x)
	if w <= 0 || !(share > 0) {
		return
	}
	steps := c.glyphs().Bars
	full := len(steps) - 1
	n := max(1, int(math.Round(min(share, 1)*float64(w*full))))
	for i := range w {
		if part := min(n-i*full, full); part > 0 {
			c.Set(x+i, y, steps[part], s)
		}
	}
}

// Spark draws values as a row of columns, scaled so that top fills a cell.
// Zero is the lowest glyph in the style none, anything more is higher.
func (c Canvas) Spark(x, y int, values []float64, top float64, s, none Style) {
	steps := c.glyphs().Sparks
	most := len(steps) - 1
	for i, v := range values {
		switch {
		case !(v > 0) || !(top > 0):
			c.Set(x+i, y, steps[0], none)
		default:
			c.Set(x+i, y, steps[max(1, min(most, int(math.Ceil(v/top*float64(most)))))], s)
		}
	}
}

// Layer is one part of a column of an Area, stacked on the one before.
type Layer struct {
	Value float64
	Style Style
}

// Dots is how many columns an Area of w cells has, and Steps how many heights h cells have.
func (c Canvas) Dots() (columns, steps int) {
	if c.glyphs().Braille {
		return 2 * c.w, 4 * c.h
	}
	return c.w, 2 * c.h
}

// Area draws filled columns over all of c, one for each of Dots, the last one
// at the right edge. top is the value of the full height. layers is called for
// every column, from 0, and returns what is stacked there, lowest first; a cell
// takes the style of the layer that fills most of it. Any sum above zero shows.
func (c Canvas) Area(top float64, layers func(column int) []Layer) {
	columns, steps := c.Dots()
	if columns == 0 || steps == 0 || !(top > 0) {
		return
	}
	braille := c.glyphs().Braille
	perX, perY := 1, 2
	if braille {
		perX, perY = 2, 4
	}
	type run struct {
		end   int
		style Style
	}
	var stacks [2][8]run
	var depth [2]int
	for x := range c.w {
		for side := range perX {
			sum, n := 0.0, 0
			for _, l := range layers(x*perX + side) {
				if !(l.Value > 0) || n == len(stacks[side]) {
					continue
				}
				sum += l.Value
				stacks[side][n] = run{min(steps, int(math.Round(sum/top*float64(steps)))), l.Style}
				n++
			}
			if n > 0 {
				stacks[side][n-1].end = max(stacks[side][n-1].end, 1)
			}
			depth[side] = n
		}
		for y := range c.h {
			low := (c.h - 1 - y) * perY // dots below this cell
			var filled [2]int
			style, most := Style(0), 0
			for side := range perX {
				from := low
				for _, r := range stacks[side][:depth[side]] {
					if upTo := min(r.end, low+perY); upTo > from {
						if upTo-from > most {
							style, most = r.style, upTo-from
						}
						from = upTo
					}
				}
				filled[side] = from - low
			}
			switch {
			case filled[0] == 0 && filled[1] == 0:
			case braille:
				c.Set(x, y, braillePattern(filled[0], filled[1]), style)
			case filled[0] == 1:
				c.Set(x, y, '.', style)
			default:
				c.Set(x, y, '#', style)
			}
		}
	}
}

// braillePattern is the rune with so many dots filled from below, left and right.
func braillePattern(left, right int) rune {
	leftDots := [5]rune{0, 0x40, 0x44, 0x46, 0x47}
	rightDots := [5]rune{0, 0x80, 0xa0, 0xb0, 0xb8}
	return 0x2800 + leftDots[left] + rightDots[right]
}
