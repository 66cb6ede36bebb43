package vault

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weir/archive"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// filesPanel lists the files here by state.
type filesPanel Room

// Title is "Files here".
func (*filesPanel) Title(*panel.Frame) string { return "Files here" }

// Head says how many there are of each state.
func (p *filesPanel) Head(c paint.Canvas, from int, _ *panel.Frame) {
	var text strings.Builder
	for state := archive.Writing; state <= archive.Other; state++ {
		n := 0
		for i := range p.files {
			if p.files[i].State == state {
				n++
			}
		}
		if n > 0 && state != archive.Other {
			fmt.Fprintf(&text, "  %d %s", n, state)
		}
	}
	if w := c.Width(text.String()); w > 0 && w+from+2 < c.W() {
		c.Text(c.W()-w-1, 0, text.String()[1:]+" ", theme.Dim)
	}
}

// Draw paints a row a file.
func (p *filesPanel) Draw(c paint.Canvas, f *panel.Frame) {
	r := (*Room)(p)
	p.page = c.H()
	r.clamp()
	switch {
	case r.cfg == nil:
		return
	case r.filesBad != "":
		panel.Explain(c, "the directory can't be read", r.filesBad)
		return
	case len(r.files) == 0 && r.filesBusy:
		panel.Explain(c, "looking")
		return
	case len(r.files) == 0:
		panel.Explain(c, "no files in the directory of the logs")
		return
	}
	now := r.cfg.Now()
	x := 14 // where the name begins
	if c.W() < 50 {
		x = 10
	}
	const least, whole = 16, 28     // what of a reason is worth its room, and what the usual ones take
	room, longest := c.W()-x-15, 12 // longest of the names beside which that is left: reasons stand in one column
	for _, l := range r.files[r.top:min(len(r.files), r.top+max(c.H(), 0))] {
		if n := c.Width(l.Name); n <= room-whole-2 {
			longest = max(longest, n)
		}
	}
	for y := 0; y < c.H() && r.top+y < len(r.files); y++ {
		at := r.top + y
		l := &r.files[at]
		if f.Focused && at == r.row {
			c.Row(y).Mark(theme.Selected)
			c.Set(0, y, c.Glyphs().Marker, theme.Accent)
		}
		c.Right(c.W()-1, y, age(now.Sub(l.Modified)), theme.Dim)
		c.Right(c.W()-6, y, bytesOf(l.Size), theme.Text)
		c.Fit(1, y, x-2, l.State.String(), paint.CutEnd, styleOf(l.State))
		name := min(room, max(longest, c.Width(l.Name)))
		c.Fit(x, y, room, l.Name, paint.CutMiddle, theme.Text)
		if note := room - name - 2; note >= least && l.Reason != "" {
			c.Fit(x+name+2, y, note, l.Reason, paint.CutEnd, theme.Dim)
		}
	}
}

func styleOf(s archive.LocalState) paint.Style {
	switch s {
	case archive.Complete, archive.Compressed:
		return theme.Accent
	case archive.Archived, archive.Back:
		return theme.Good
	case archive.Writing, archive.Other:
	}
	return theme.Dim
}

// Key moves the selection; d shows the plan.
func (p *filesPanel) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	r := (*Room)(p)
	half := max(r.page/2, 1)
	switch key {
	case "j", "down":
		r.row++
	case "k", "up":
		r.row--
	case "ctrl+d":
		r.row += half
	case "ctrl+u":
		r.row -= half
	case "pgdown":
		r.row += r.page
	case "pgup":
		r.row -= r.page
	case "g", "home":
		r.row = 0
	case "G":
		r.row = len(r.files) - 1
	case "y":
		if r.row < len(r.files) {
			return panel.Copy{Text: r.files[r.row].Path}, true
		}
	default:
		return r.key(key)
	}
	r.clamp()
	return nil, true
}

// Keys are those of the tab.
func (*filesPanel) Keys() []panel.Binding { return roomKeys }

// Click selects a row.
func (p *filesPanel) Click(y int) {
	p.row = p.top + y
	(*Room)(p).clamp()
}

func (r *Room) clamp() {
	r.row = max(0, min(r.row, len(r.files)-1))
	r.top = max(0, min(r.top, r.row, len(r.files)-r.page))
	if r.page > 0 && r.row >= r.top+r.page {
		r.top = r.row - r.page + 1
	}
}

// roomKeys are the keys of every panel of the tab.
var roomKeys = []panel.Binding{{Key: "d", Help: "what A would do"}, {Key: "u", Help: "look again now"}, {Key: "esc", Help: "cancel the job"}}

// key answers the keys of every panel of the tab.
func (r *Room) key(key string) (panel.Action, bool) {
	switch key {
	case "d":
		return panel.Vault{Do: panel.VaultPlan}, true
	case "u":
		if r.cfg != nil {
			r.stale()
		}
		return nil, true
	case "esc":
		return nil, r.Cancel()
	}
	return nil, false
}

// restoredPath is the file that a restore made, "" where it is not there.
func restoredPath(into, name string) string {
	path, err := filepath.Abs(filepath.Join(into, name))
	if err != nil {
		return ""
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

func bytesOf(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// age writes how long ago in one unit: "12 s", "3 h", "9 d".
func age(d time.Duration) string {
	for _, u := range []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= u.d {
			return fmt.Sprintf("%d %s", d/u.d, u.name)
		}
	}
	return fmt.Sprintf("%d s", max(d, 0)/time.Second)
}
