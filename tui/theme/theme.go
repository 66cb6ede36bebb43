// Package theme holds the names for colours and glyphs. A Theme becomes a table
// of SGR sequences once; drawing uses only the names.
package theme

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"weir/tui/paint"
)

// The names. Each is a paint.Style and may be combined with Bold and Selected.
const (
	Text      paint.Style = iota
	Dim                   // labels and what matters less
	Faint                 // borders and axes
	Title                 // of a panel
	Accent                // the name of the program, keys, the border in focus
	Good                  //
	Warn                  //
	Bad                   //
	Class1                // of status codes: 1xx and what has none
	Class2                //
	Class3                //
	Class4                //
	Class5                //
	Graph                 // the area of requests
	Bar                   // shares
	Threshold             // the line of an alert
	Heat1                 // of a heat map, from little
	Heat2                 //
	Heat3                 //
	Heat4                 //
	Heat5                 // to much
	Banner                // an alert that fires
	Badge                 // the tab in front
	Away                  // not live: paused or in the past
	numNames

	Bold     paint.Style = 0x20 // heavier
	Selected paint.Style = 0x40 // on the background of the selected row
)

// Heats are the names of a heat map's steps, from little to much.
var Heats = [...]paint.Style{Heat1, Heat2, Heat3, Heat4, Heat5}

// Class returns the name for a status class (0 to 5).
func Class(class int) paint.Style { return Class1 + paint.Style(max(class, 1)-1) }

// Theme is one set of colours.
type Theme struct {
	Name     string
	looks    [numNames]look
	selected shade // background of the selected row
}

// shade is one colour in true colour, of 256 and of 16; empty is the terminal's own.
type shade [3]string

type look struct {
	fg, bg shade
	bold   bool
	faint  bool // where there is no colour
	invert bool // where there is no colour
}

// Names returns the names of the themes in the order of Themes.
func Names() []string {
	names := make([]string, len(Themes))
	for i := range Themes {
		names[i] = Themes[i].Name
	}
	return names
}

// Find returns the theme of that name, the first one where there is none.
func Find(name string) *Theme {
	i := slices.IndexFunc(Themes, func(t Theme) bool { return t.Name == strings.ReplaceAll(name, "color-", "colour-") })
	return &Themes[max(i, 0)]
}

// Next returns the theme after t, the first after the last.
func (t *Theme) Next() *Theme {
	i := slices.IndexFunc(Themes, func(o Theme) bool { return o.Name == t.Name })
	return &Themes[(i+1)%len(Themes)]
}

// Table returns the sequences for paint's Render on a terminal of that profile.
// With termenv.Ascii there are no colours, but still bold, faint and reverse.
func (t *Theme) Table(profile termenv.Profile) *[256]string {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	var table [256]string
	for i := range table {
		name := paint.Style(i) & 0x1f
		if name >= numNames {
			name = Text
		}
		l := t.looks[name]
		l.bold = l.bold || paint.Style(i)&Bold != 0
		table[i] = sequence(r, l, paint.Style(i)&Selected != 0, t.selected)
	}
	return &table
}

// Mute is a table without any sequence, for a terminal that understands none.
func Mute() *[256]string { return &[256]string{} }

const reset = "\x1b[0m"

// sequence is what switches to a look from any other.
func sequence(r *lipgloss.Renderer, l look, selected bool, background shade) string {
	if r.ColorProfile() == termenv.Ascii {
		params := "0"
		if l.bold {
			params += ";1"
		}
		if l.faint && !selected {
			params += ";2"
		}
		if l.invert != selected {
			params += ";7"
		}
		return "\x1b[" + params + "m"
	}
	style := r.NewStyle().Bold(l.bold)
	if l.fg != (shade{}) {
		style = style.Foreground(l.fg.color())
	}
	switch {
	case selected && background != (shade{}) && r.ColorProfile() != termenv.ANSI:
		style = style.Background(background.color())
	case selected:
		style = style.Reverse(true)
	case l.bg != (shade{}):
		style = style.Background(l.bg.color())
	}
	open, _, found := strings.Cut(style.Render("x"), "x")
	if !found || open == "" {
		return reset
	}
	return "\x1b[0;" + strings.TrimPrefix(open, "\x1b[")
}

func (s shade) color() lipgloss.CompleteColor {
	return lipgloss.CompleteColor{TrueColor: s[0], ANSI256: s[1], ANSI: s[2]}
}
