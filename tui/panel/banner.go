package panel

import (
	"weir/tui/paint"
	"weir/tui/theme"
)

// BannerRows is how many rows Banner needs where h rows are left for everything:
// none before the first alert.
func BannerRows(f *Frame, w, h int) int {
	firing, _ := f.firing()
	switch {
	case len(firing) > 0 && h >= 16:
		return 2
	case len(firing) > 0:
		return 1
	case len(f.Alerts) > 0 && h >= 16:
		return 1
	}
	return 0
}

// Banner shows the alert that fires and why, or the last one that did.
func Banner(c paint.Canvas, f *Frame) {
	if c.Empty() {
		return
	}
	firing, pending := f.firing()
	if len(firing) == 0 {
		if len(f.Alerts) == 0 {
			return
		}
		last := &f.Alerts[0]
		sign(c, 1, 0, last.State)
		text := f.oneLine(last, c.W()-4)
		if took := lasted(last); took != "" && len(text)+8+len(took) <= c.W()-4 {
			text += ", after " + took
		}
		c.Fit(3, 0, c.W()-4, text, paint.CutEnd, theme.Dim)
		return
	}
	change, seen := f.loudest(firing)
	row, style := c.Row(0), theme.Banner
	text := f.oneLine(change, c.W()-4)
	if seen {
		style = theme.Dim
		text = f.oneLine(change, c.W()-4-len(seenWord)) + seenWord
	} else {
		row.Fill(' ', style)
	}
	row.Set(1, 0, c.Glyphs().Bad, style)
	row.Fit(3, 0, c.W()-4, text, paint.CutEnd, style)
	if c.H() < 2 {
		return
	}
	clues := f.why(change, 4)
	x := c.Text(3, 1, "why", theme.Dim) + 1
	if len(clues) == 0 && change.Severity != "" { // a rule: its own lines say most
		row := c.Row(1)
		row.Fill(' ', theme.Text)
		if len(change.Samples) > 0 {
			x = row.Text(3, 0, "line", theme.Dim) + 1
			row.Fit(x, 0, c.W()-x-1, change.Samples[0], paint.CutEnd, theme.Text)
		}
		return
	}
	if len(clues) == 0 {
		text := "nothing stands out: every section, client and status rose alike"
		if pending {
			text = "as soon as these seconds are complete"
		}
		c.Fit(x, 1, c.W()-x-1, text, paint.CutEnd, theme.Text)
		return
	}
	for i, clue := range clues {
		amount := clue.rise
		if i == 0 {
			amount = clue.amount()
		}
		need := c.Width(clue.text) + 1 + len(amount)
		if i > 0 {
			if x+3+need > c.W()-1 {
				break
			}
			x = c.Text(x, 1, " · ", theme.Faint)
		}
		room := max(c.W()-1-x-1-len(amount), 8)
		c.Fit(x, 1, room, clue.text, paint.CutMiddle, theme.Text|theme.Bold)
		x += min(room, c.Width(clue.text))
		x = c.Text(x+1, 1, amount, theme.Dim)
	}
}
