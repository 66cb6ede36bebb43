package paint

import (
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// widths never follow the locale: a golden file is the same everywhere.
var widths = runewidth.Condition{StrictEmojiNeutral: true}

func runeWidth(r rune) int {
	if r < 0x7f {
		return 1
	}
	if r >= 0x2190 && r < 0x2300 || r >= 0x2500 && r < 0x25a1 || r >= 0x2800 && r < 0x2900 {
		return 1 // arrows and what drawing uses; keeps the width tables from being built
	}
	return widths.RuneWidth(r)
}

func clusterWidth(s string) int {
	r, _ := utf8.DecodeRuneInString(s)
	return runeWidth(r)
}

// maxMarks is how many combining marks one cell shows; more would paint over
// the rows around it, and are shown as escapes.
const maxMarks = 3

// token is the next thing of a text to draw: either a rune with its marks that
// fills width columns, or an escape of printable ASCII.
type token struct {
	text  string // with marks or an escape; "" when the rune stands alone
	glyph rune
	width int
	size  int // bytes of the text it stands for
}

// next returns the first token of s, which is not empty.
func next(s string, glyphs *Glyphs, scratch *[12]byte) token {
	r, n := rune(s[0]), 1
	if r >= utf8.RuneSelf {
		r, n = utf8.DecodeRuneInString(s)
	}
	switch {
	case r >= ' ' && r < 0x7f:
		if n < len(s) && s[n] >= 0xcc && glyphs.Plain == nil { // the lowest first byte of a mark
			if m := marks(s[n:]); m > 0 {
				return token{text: s[:n+m], glyph: r, width: 1, size: n + m}
			}
		}
		return token{glyph: r, width: 1, size: n}
	case r < 0x80, r == utf8.RuneError && n == 1:
		return token{text: escape(scratch, r, s[0], n), size: n}
	case glyphs.Plain != nil:
		if plain, ok := glyphs.Plain[r]; ok {
			return token{text: plain, size: n}
		}
		return token{text: escape(scratch, r, 0, n), size: n}
	case !drawable(r):
		return token{text: escape(scratch, r, 0, n), size: n}
	}
	width := runeWidth(r)
	if width == 0 || unicode.Is(unicode.M, r) { // a mark with nothing to stand on
		return token{text: escape(scratch, r, 0, n), size: n}
	}
	if m := marks(s[n:]); m > 0 {
		return token{text: s[:n+m], glyph: r, width: width, size: n + m}
	}
	return token{glyph: r, width: width, size: n}
}

// marks returns the bytes of the combining marks that s begins with.
func marks(s string) int {
	size := 0
	for range maxMarks {
		r, n := utf8.DecodeRuneInString(s[size:])
		if !unicode.In(r, unicode.Mn, unicode.Me) || !drawable(r) || runeWidth(r) != 0 {
			break
		}
		size += n
	}
	return size
}

// drawable tells the runes that terminals agree about: they draw something, and
// do nothing else. Invisible ones, spaces of odd widths, bidirectional
// overrides and what only changes the rune before are not.
func drawable(r rune) bool {
	switch {
	case r < 0x2000:
		switch r {
		case 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180e, 0x180f:
			return false
		}
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r == utf8.RuneError: // variation selectors, tags; one or two columns
		return false
	case r >= 0x1f3fb && r <= 0x1f3ff, r >= 0x1f1e6 && r <= 0x1f1ff: // skin tones, flags
		return false
	case r == 0x3164 || r == 0xffa0 || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff:
		return false
	}
	if r >= 0x1160 && r <= 0x11ff { // conjoining jamo
		return false
	}
	return unicode.IsPrint(r)
}

// escape spells r as visible ASCII: \n, \x1b, \u202e or \U0001f3fb; an invalid byte as \xff.
func escape(scratch *[12]byte, r rune, raw byte, size int) string {
	const hex = "0123456789abcdef"
	out := append(scratch[:0], '\\')
	switch {
	case r == '\t':
		out = append(out, 't')
	case r == '\n':
		out = append(out, 'n')
	case r == '\r':
		out = append(out, 'r')
	case r < 0x80:
		out = append(out, 'x', hex[r>>4&15], hex[r&15])
	case r == utf8.RuneError && size == 1:
		out = append(out, 'x', hex[raw>>4], hex[raw&15])
	case r < 0x10000:
		out = append(out, 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	default:
		out = append(out, 'U')
		for shift := 28; shift >= 0; shift -= 4 {
			out = append(out, hex[r>>shift&15])
		}
	}
	return string(out)
}

// Width returns how many columns s fills when it is drawn.
func (c Canvas) Width(s string) int { return width(s, c.glyphs()) }

func width(s string, glyphs *Glyphs) int {
	columns := 0
	var scratch [12]byte
	for len(s) > 0 {
		if s[0] >= ' ' && s[0] < 0x7f && (len(s) == 1 || s[1] < 0x80) {
			columns++
			s = s[1:]
			continue
		}
		t := next(s, glyphs, &scratch)
		if t.width == 0 {
			columns += len(t.text)
		} else {
			columns += t.width
		}
		s = s[t.size:]
	}
	return columns
}

// suffix returns the end of s that fills at most columns.
func suffix(s string, columns int, glyphs *Glyphs) string {
	total := width(s, glyphs)
	var scratch [12]byte
	for len(s) > 0 && total > columns {
		t := next(s, glyphs, &scratch)
		if t.width == 0 {
			total -= len(t.text)
		} else {
			total -= t.width
		}
		s = s[t.size:]
	}
	return s
}
