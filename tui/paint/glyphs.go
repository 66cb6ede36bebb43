package paint

// Glyphs are the signs that drawing uses, each one column wide.
type Glyphs struct {
	Box      [6]rune // corners clockwise from the top left, horizontal, vertical
	Bars     []rune  // a cell filled from the left, empty to full
	Sparks   []rune  // a cell filled from below, for a value of zero and then up to full
	Shades   []rune  // a cell of a heat map, empty to full
	Braille  bool    // graphs have eight dots a cell
	Axis     [3]rune // y axis at a label, at zero, x axis at a label
	Line     rune    // a threshold
	Marker   rune    // the selected row
	Ellipsis rune
	Good     rune
	Bad      rune
	Dot      rune
	Paused   rune
	Up, Down rune
	// Plain is nil where every rune may be drawn. Otherwise only ASCII is, and
	// Plain names what stands for some others; the rest become escapes.
	Plain map[rune]string
}

// Unicode draws with box drawing, block elements and braille.
var Unicode = Glyphs{
	Box:      [6]rune{'╭', '╮', '╯', '╰', '─', '│'},
	Bars:     []rune(" ▏▎▍▌▋▊▉█"),
	Sparks:   []rune("▁▂▃▄▅▆▇█"),
	Shades:   []rune(" ░▒▓█"),
	Braille:  true,
	Axis:     [3]rune{'┤', '┼', '┬'},
	Line:     '┄',
	Marker:   '▌',
	Ellipsis: '…',
	Good:     '✓',
	Bad:      '▲',
	Dot:      '●',
	Paused:   '‖',
	Up:       '↑',
	Down:     '↓',
}

// ASCII draws with nothing else, for LANG=C and terminals without the glyphs.
var ASCII = Glyphs{
	Box:      [6]rune{'+', '+', '+', '+', '-', '|'},
	Bars:     []rune(" -="),
	Sparks:   []rune("_.:-=+*#"),
	Shades:   []rune(" .:*#"),
	Axis:     [3]rune{'+', '+', '+'},
	Line:     '-',
	Marker:   '>',
	Ellipsis: '~',
	Good:     'v',
	Bad:      '!',
	Dot:      'o',
	Paused:   '=',
	Up:       '^',
	Down:     'v',
	Plain: map[rune]string{
		'·': "-", '−': "-", '–': "-", '…': "~", 'µ': "u", '≥': ">=", 'Δ': "+", '≤': "<=", '×': "x", '→': ">",
		'↑': "^", '↓': "v", '←': "<", '↵': "enter", '⇧': "shift+", '✓': "v", '▲': "!", '●': "o",
	},
}
