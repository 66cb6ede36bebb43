package vault

import (
	"fmt"
	"path/filepath"
	"time"

	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// jobsPanel is the job that runs, and what was done.
type jobsPanel Room

// Title is "Jobs".
func (*jobsPanel) Title(*panel.Frame) string { return "Jobs" }

// Head says what can be done.
func (p *jobsPanel) Head(c paint.Canvas, from int, _ *panel.Frame) {
	text := " A archive  R restore  C clean "
	if p.job != nil {
		text = " esc cancels "
	}
	if w := c.Width(text); p.cfg != nil && from+w+1 < c.W() {
		c.Text(c.W()-w-1, 0, text, theme.Dim)
	}
}

// Draw paints the bar and the newest entries.
func (p *jobsPanel) Draw(c paint.Canvas, _ *panel.Frame) {
	r := (*Room)(p)
	r.drain()
	y := 0
	if r.job != nil {
		y = r.bar(c)
	} else if len(r.log) == 0 && r.cfg != nil {
		panel.Explain(c, "nothing was done yet", "A archives what is complete, R restores days, C deletes restored files; each asks first")
		return
	}
	rows := c.H() - y
	for i := len(r.log) - 1; i >= 0 && rows > 0; i-- {
		e := &r.log[i]
		style := theme.Text
		if e.bad {
			style = theme.Bad
		}
		layout := "15:04:05"
		if r.cfg.Now().Sub(e.at) > 20*time.Hour {
			layout = "02 Jan  "
		}
		x := c.Text(1, y, e.at.In(r.cfg.Location).Format(layout), theme.Dim)
		used := 1
		if e.bad && i == len(r.log)-1 { // what to do about it stands at the end
			used = c.Sub(x+2, y, c.W()-x-3, min(3, rows)).Wrap(0, e.text, 0, style)
		} else {
			c.Fit(x+2, y, c.W()-x-3, e.text, paint.CutEnd, style)
		}
		y, rows = y+used, rows-used
	}
}

// bar paints how far the job is, and returns the rows it took.
func (r *Room) bar(c paint.Canvas) int {
	j, s := r.job, r.job.progress.Snapshot()
	what := j.what
	if j.cancelled {
		what += ", cancelling"
	}
	share := 0.0
	if s.Bytes > 0 {
		share = min(float64(s.BytesDone)/float64(s.Bytes), 1)
	}
	text := what
	if s.Files > 0 {
		text = fmt.Sprintf("%s  %d/%d files  %s of %s", what, s.FilesDone, s.Files, bytesOf(s.BytesDone), bytesOf(s.Bytes))
	}
	if after := r.cfg.Now().Sub(j.began); s.BytesDone > 0 && after >= time.Second {
		rate := float64(s.BytesDone) / after.Seconds()
		text += fmt.Sprintf("  %s/s", bytesOf(int64(rate)))
		if left := float64(s.Bytes - s.BytesDone); left > 0 {
			text += fmt.Sprintf("  %s left", time.Duration(left/rate*float64(time.Second)).Round(time.Second))
		}
	}
	if s.Stage != "" {
		text += "  " + s.Stage + " " + filepath.Base(s.File)
	}
	c.Fit(1, 0, c.W()-2, text, paint.CutEnd, theme.Text|theme.Bold)
	if c.H() < 3 {
		return 1
	}
	full := c.Glyphs().Bars[len(c.Glyphs().Bars)-1]
	width := c.W() - 9
	for x := range width {
		if x < int(share*float64(width)) {
			c.Set(1+x, 1, full, theme.Bar)
		} else {
			c.Set(1+x, 1, c.Glyphs().Shades[1], theme.Faint)
		}
	}
	c.Right(c.W()-1, 1, fmt.Sprintf("%d %%", int(100*share)), theme.Text)
	return 2
}

// Key answers the keys of the tab.
func (p *jobsPanel) Key(key string, _ *panel.Frame) (panel.Action, bool) { return (*Room)(p).key(key) }

// Keys are those of the tab.
func (*jobsPanel) Keys() []panel.Binding { return roomKeys }
