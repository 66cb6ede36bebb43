package overlay

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/stats/filter"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
	"weir/typo"
)

// Command is the line on which commands and filter expressions are typed.
type Command struct {
	text  string
	at    int // byte offset of the cursor
	wrong string
	where int // byte offset of what is wrong

	history *[]string // the newest last
	past    int       // which of them is shown, counted from the newest; 0 is none

	choices []choice
	chosen  int    // of the choices, -1 before the first
	stem    string // what was typed before one of them was chosen
}

// choice is what the word at the cursor may become.
type choice struct{ word, help string }

// NewCommand returns an empty Command, which adds what is typed to the history.
func NewCommand(history *[]string) *Command {
	c := &Command{history: history}
	c.edit("", 0)
	return c
}

const (
	commandRows    = 6
	longestCommand = 2000
	keptCommands   = 50
)

// Draw paints the line at the bottom of the screen, and below it what is wrong
// or what the word may become.
func (c *Command) Draw(screen paint.Canvas, _ *panel.Frame) {
	h := min(commandRows+3, screen.H())
	box := screen.Sub(0, screen.H()-h, screen.W(), h)
	box.Fill(' ', theme.Text)
	inside := box
	if h >= 3 {
		inside = box.Box(theme.Accent)
		box.Sub(1, 0, box.W()-2, 1).Text(0, 0, " Command or filter · tab completes · enter · esc ", theme.Accent)
	}
	room := inside.W() - 5
	start := 0 // what does not fit is left out on the left
	for start < c.at && inside.Width(c.text[start:c.at]) > room {
		_, n := utf8.DecodeRuneInString(c.text[start:])
		start += n
	}
	inside.Text(1, 0, ":", theme.Accent)
	x := inside.Text(3, 0, c.text[start:c.at], theme.Text|theme.Bold)
	under, rest := " ", c.text[c.at:]
	if rest != "" {
		_, n := utf8.DecodeRuneInString(rest)
		under, rest = rest[:n], rest[n:]
	}
	cursor := inside.Text(x, 0, under, theme.Badge)
	inside.Fit(cursor, 0, inside.W()-cursor-1, rest, paint.CutEnd, theme.Text|theme.Bold)
	if c.wrong != "" {
		where := max(c.where, start)
		inside.Text(min(3+inside.Width(c.text[start:where]), inside.W()-2), 1, "^", theme.Bad)
		inside.Sub(3, 2, inside.W()-4, inside.H()-2).Wrap(0, c.wrong, 0, theme.Bad)
		return
	}
	first := max(0, c.chosen-(inside.H()-2))
	for y := 1; y < inside.H() && first+y-1 < len(c.choices); y++ {
		one := &c.choices[first+y-1]
		style := theme.Text
		if first+y-1 == c.chosen {
			style = theme.Accent
			inside.Set(1, y, inside.Glyphs().Marker, theme.Accent)
		}
		end := inside.Text(3, y, one.word, style)
		end = max(end+2, 16)
		inside.Fit(end, y, inside.W()-end-1, one.help, paint.CutEnd, theme.Dim)
	}
}

// Key edits the line.
func (c *Command) Key(key string, f *panel.Frame) (panel.Action, bool) {
	switch key {
	case "esc":
		return nil, true
	case "enter":
		return c.enter(f)
	case "tab", "shift+tab":
		c.complete(map[string]int{"tab": 1, "shift+tab": -1}[key])
	case "up":
		c.recall(1)
	case "down":
		c.recall(-1)
	case "left", "ctrl+b":
		_, n := utf8.DecodeLastRuneInString(c.text[:c.at])
		c.edit(c.text, c.at-n)
	case "right", "ctrl+f":
		_, n := utf8.DecodeRuneInString(c.text[c.at:])
		c.edit(c.text, c.at+n)
	case "home", "ctrl+a":
		c.edit(c.text, 0)
	case "end", "ctrl+e":
		c.edit(c.text, len(c.text))
	case "backspace":
		if c.text == "" {
			return nil, true
		}
		_, n := utf8.DecodeLastRuneInString(c.text[:c.at])
		c.edit(c.text[:c.at-n]+c.text[c.at:], c.at-n)
	case "delete":
		_, n := utf8.DecodeRuneInString(c.text[c.at:])
		c.edit(c.text[:c.at]+c.text[c.at+n:], c.at)
	case "ctrl+u":
		c.edit(c.text[c.at:], 0)
	case "ctrl+k":
		c.edit(c.text[:c.at], c.at)
	case "ctrl+w":
		kept := strings.TrimRight(c.text[:c.at], " ")
		kept = kept[:strings.LastIndexByte(kept, ' ')+1]
		c.edit(kept+c.text[c.at:], len(kept))
	default:
		if utf8.RuneCountInString(key) == 1 && key >= " " && len(c.text) < longestCommand {
			c.edit(c.text[:c.at]+key+c.text[c.at:], c.at+len(key))
		}
	}
	return nil, false
}

// edit changes the line and finds what the word at the cursor may become.
func (c *Command) edit(text string, at int) {
	c.text, c.at = text, at
	c.wrong, c.past, c.chosen = "", 0, -1
	c.stem = text[wordStart(text, at):at]
	c.choices = choicesFor(text[:at-len(c.stem)], c.stem)
}

func wordStart(text string, at int) int {
	return strings.LastIndexFunc(text[:at], func(r rune) bool {
		return r != '_' && r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}) + 1
}

// choicesFor lists the words that may stand after before and begin with stem.
func choicesFor(before, stem string) []choice {
	var all []choice
	name, _, begun := strings.Cut(strings.TrimLeft(before, " "), " ")
	if cmd := find(name); begun && cmd != nil {
		for _, word := range cmd.words {
			all = append(all, choice{word, ""})
		}
		if len(cmd.words) == 0 && stem == "" {
			return []choice{{cmd.example, cmd.help}}
		}
	} else {
		var known []choice
		if strings.TrimSpace(before) == "" {
			for i := range commands {
				known = append(known, choice{commands[i].name, commands[i].help})
			}
		}
		if stem == "" { // all there is: the commands are fewer
			all, known = known, nil
		}
		if strings.Count(before, `"`)%2 == 1 { // in a text
			return nil
		}
		for i := range filter.Fields {
			all = append(all, choice{filter.Fields[i].Name, filter.Fields[i].Description})
		}
		all = append(all, known...)
	}
	return slices.DeleteFunc(all, func(o choice) bool { return !strings.HasPrefix(o.word, stem) })
}

// complete puts the next choice in the place of the word.
func (c *Command) complete(by int) {
	n := len(c.choices)
	if n == 0 {
		return
	}
	c.wrong = ""
	start := wordStart(c.text, c.at)
	if c.chosen += by; c.chosen < 0 {
		c.chosen = n - 1
	}
	c.chosen %= n
	word := c.choices[c.chosen].word
	c.text = c.text[:start] + word + c.text[c.at:]
	c.at = start + len(word)
	if n == 1 { // nothing left to choose
		c.edit(c.text[:c.at]+" "+c.text[c.at:], c.at+1)
	}
}

// recall shows an older line, or a newer one.
func (c *Command) recall(by int) {
	past := c.past + by
	all := *c.history
	switch {
	case past < 0 || past > len(all):
		return
	case past == 0:
		c.edit("", 0)
	default:
		line := all[len(all)-past]
		c.edit(line, len(line))
	}
	c.past = past
}

// enter does what the line says, or shows what is wrong with it.
func (c *Command) enter(f *panel.Frame) (panel.Action, bool) {
	line := strings.TrimSpace(c.text)
	if line == "" {
		return nil, true
	}
	offset := strings.Index(c.text, line)
	act, at, err := Do(line, f)
	if err != nil {
		c.wrong, c.where = err.Error(), min(offset+at, len(c.text))
		return nil, false
	}
	if n := len(*c.history); n == 0 || (*c.history)[n-1] != line {
		*c.history = append((*c.history)[max(0, n-keptCommands+1):], line)
	}
	return act, true
}

// Do is what a command or a filter expression wants done, or what is wrong with
// it and at which byte.
func Do(line string, f *panel.Frame) (act panel.Action, at int, err error) {
	name, rest, _ := strings.Cut(line, " ")
	if cmd := find(name); cmd != nil {
		argument := strings.TrimSpace(rest)
		act, err := cmd.run(argument, f)
		return act, len(line) - len(argument), err
	}
	if near := typo.Nearest(name, commandNames()); near != "" && !filter.Known(name) && !strings.ContainsAny(line, "=<>()\"'") {
		return nil, 0, errors.New("no command is called " + name + ": did you mean " + near + "?")
	}
	check := filter.Config{Bot: func([]byte) bool { return false }, Location: f.Location}
	if _, err := check.Compile(line); err != nil {
		if where, ok := errors.AsType[*filter.Error](err); ok {
			if line == name && where.Column == 0 && strings.HasPrefix(where.Message, "no field") {
				return nil, 0, errors.New("no command and " + where.Message)
			}
			return nil, where.Column, errors.New(where.Message)
		}
		return nil, 0, err
	}
	return panel.Only{Chip: panel.Chip{Text: line, Label: line}}, 0, nil
}
