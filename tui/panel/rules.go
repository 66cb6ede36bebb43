package panel

import (
	"fmt"
	"strconv"

	"weir/alert"
	"weir/tui/paint"
	"weir/tui/theme"
)

// rules is every rule with what it measures now, so that one sees that it lives.
type rules struct{ list }

func newRules() Panel { return &rules{} }

// Title is "Rules".
func (*rules) Title(*Frame) string { return "Rules" }

// Head says how many rules there are.
func (*rules) Head(c paint.Canvas, from int, f *Frame) {
	note(c, from, c.W(), strconv.Itoa(len(f.Rules)+1)+" rules · weir rules explains them")
}

// ruling is one row.
type ruling struct {
	name, value, level, text string
	phase                    alert.Phase
	flapping                 bool
}

// rulings are the rows, the traffic rule first.
func (f *Frame) rulings() []ruling {
	traffic := ruling{name: alert.Traffic, value: rate(f.Average) + "/s", level: "> " + short(f.Threshold) + "/s", text: "average of " + Span(f.AlertPeriod), phase: alert.Calm}
	for i := range f.Firing {
		if f.Firing[i].Rule == alert.Traffic {
			traffic.phase = alert.Broken
		}
	}
	if traffic.phase == alert.Calm && len(f.Pending) > 0 {
		traffic.phase = alert.Pending
	}
	all := []ruling{traffic}
	for i := range f.Rules {
		s := &f.Rules[i]
		r := ruling{name: s.Rule.Name, value: s.Value, level: string(s.Rule.Op) + " " + s.Level, text: s.Rule.Text, phase: s.Phase, flapping: s.Flapping}
		if len(s.Rule.Burns) > 0 { // one row for each severity
			r.text = string(s.Rule.Severity) + " · " + r.text
		}
		if s.Key != "" {
			r.text = s.Rule.Per.String() + " " + s.Key + " · " + r.text
		}
		if s.Firing > 1 {
			r.text = fmt.Sprintf("%d of %d · ", s.Firing, s.Keys) + r.text
		}
		all = append(all, r)
	}
	return all
}

// indent is where the whole text of a rule stands.
const indent = 4

// Draw paints a row for each rule: its state, what it measures, the level that
// fires. Below the one that is selected stands its text, where the row cuts it.
func (p *rules) Draw(c paint.Canvas, f *Frame) {
	all := f.rulings()
	names, values, levels := 4, 5, 5
	for i := range all {
		names, values, levels = max(names, c.Width(all[i].name)), max(values, c.Width(all[i].value)), max(levels, c.Width(all[i].level))
	}
	names = min(names, max(c.W()/4, 8))
	p.follow(len(all), func(i int) string { return all[i].name })
	x := 4 + names + 2 + 12 + values + 2 + levels + 2
	text, whole := all[p.list.row].text, 0 // rows of it
	if f.Focused && c.Width(text) > c.W()-x-1 {
		whole = max(min(len(c.Rows(text, c.W()-indent-1)), c.H()-1), 0)
	}
	p.show(len(all), c.H()-whole)
	y := 0
	for i := p.top; y < c.H() && i < len(all); i++ {
		p.row(c.Row(y), &all[i], names, values, levels)
		if i != p.list.row || !f.Focused {
			y++
			continue
		}
		c.Set(0, y, c.Glyphs().Marker, theme.Accent)
		c.Row(y).Mark(theme.Selected)
		y++
		c.Sub(indent, y, c.W()-indent-1, whole).Wrap(0, text, 0, theme.Text)
		y += whole
	}
}

func (p *rules) row(c paint.Canvas, r *ruling, names, values, levels int) {
	style := theme.Text
	switch {
	case r.phase.Fires():
		style = theme.Bad
		c.Set(2, 0, c.Glyphs().Bad, theme.Bad)
	case r.phase == alert.Pending:
		style = theme.Warn
		c.Set(2, 0, c.Glyphs().Dot, theme.Warn)
	case r.phase == alert.NotKnown:
		c.Set(2, 0, c.Glyphs().Dot, theme.Faint)
	default:
		c.Set(2, 0, c.Glyphs().Good, theme.Good)
	}
	state := r.phase.String()
	if r.flapping && r.phase.Fires() {
		state = alert.Held.String()
	}
	c.Fit(4, 0, names, r.name, paint.CutEnd, theme.Text)
	x := 4 + names + 2
	c.Fit(x, 0, 10, state, paint.CutEnd, style)
	x += 12
	c.Right(x+values, 0, r.value, style)
	x += values + 2
	c.Text(x, 0, r.level, theme.Dim)
	x += levels + 2
	if x < c.W()-8 {
		c.Fit(x, 0, c.W()-x-1, r.text, paint.CutEnd, theme.Dim)
	}
}

// Key moves and copies.
func (p *rules) Key(key string, f *Frame) (Action, bool) {
	all := f.rulings()
	if key == "y" {
		if p.list.row < len(all) {
			return Copy{all[p.list.row].name + ": " + all[p.list.row].text}, true
		}
		return nil, true
	}
	if !p.move(key, len(all)) {
		return nil, false
	}
	p.key = all[p.list.row].name
	return nil, true
}

// Keys are the keys of the rules.
func (*rules) Keys() []Binding { return []Binding{{"y", "copy the rule"}} }
