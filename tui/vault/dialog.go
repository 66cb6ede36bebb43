package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"weir/archive"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

// Dialog asks before anything is done. It is an overlay.
type Dialog struct {
	room   *Room
	do     panel.VaultDo
	typing bool   // the days are being typed
	text   string // as typed
	wrong  string
	looked bool     // it is known what would be done
	sums   []string // what would be done
	files  []string // to which files
	act    func()   // does it; nil where there is nothing to do
	thaw   func()   // does it and asks for what is frozen; nil where nothing is
	cancel func()   // stops the looking
	top    int
}

// Ask returns the dialog for what is wanted; at is the moment that is shown, 0
// for now. A nil Dialog means why in words that it can't be done.
func (r *Room) Ask(do panel.VaultDo, at int64) (*Dialog, string) {
	switch {
	case r.cfg == nil:
		return nil, ""
	case r.job != nil:
		return nil, r.job.what + " is not over yet: wait for it, or cancel it with esc on the Archive tab"
	case r.target == nil && do != panel.VaultClean && r.wrong != "":
		return nil, r.wrong
	case r.target == nil && do != panel.VaultClean:
		return nil, "the archive is still being opened"
	}
	d := &Dialog{room: r, do: do, cancel: func() {}}
	switch do {
	case panel.VaultRestore:
		d.typing = true
		first, last := r.rangeOf()
		if at != 0 {
			first = midnight(time.Unix(at-1, 0), r.cfg.Location)
			last = first
		}
		d.text = first.Format(time.DateOnly)
		if !first.Equal(last) {
			d.text += " " + last.Format(time.DateOnly)
		}
	case panel.VaultClean:
		d.lookClean()
	case panel.VaultArchive, panel.VaultPlan, panel.VaultGo:
		d.lookArchive()
	}
	return d, ""
}

// look finds out elsewhere what would be done.
func (d *Dialog) look(find func(ctx context.Context) (func(), error)) {
	ctx, cancel := context.WithCancel(d.room.ctx)
	d.cancel = cancel
	d.room.begin(func() Done {
		defer cancel()
		found, err := find(ctx)
		return func() {
			d.looked = true
			if err != nil && !errors.Is(err, context.Canceled) {
				d.wrong = words(err)
			}
			if found != nil {
				found()
			}
		}
	})
}

// lookArchive finds out what a pass would do.
func (d *Dialog) lookArchive() {
	c := d.room.push()
	c.DryRun = true
	d.look(func(ctx context.Context) (func(), error) {
		var planned, held []string
		var size, deleted int64
		deleting := 0
		c.OnEvent = func(e archive.Event) {
			if e.What != archive.Planned {
				held = append(held, e.File+": "+e.Reason)
				return
			}
			size += e.Bytes
			if strings.HasPrefix(e.Reason, "archive, then delete") {
				deleting, deleted = deleting+1, deleted+e.Bytes
			}
			planned = append(planned, fmt.Sprintf("%s  %s  %s", e.File, bytesOf(e.Bytes), e.Reason))
		}
		if _, err := archive.Push(ctx, c); err != nil {
			return nil, err
		}
		return func() {
			d.files = planned
			for _, h := range held {
				d.files = append(d.files, "not now: "+h)
			}
			d.sums = []string{fmt.Sprintf("%s, %s: pack, upload and verify", files(len(planned)), bytesOf(size))}
			if deleting > 0 {
				d.sums = append(d.sums, fmt.Sprintf("then delete %s here, %s, each once it is proven", files(deleting), bytesOf(deleted)))
			}
			if len(planned) == 0 {
				d.sums = []string{"no file is complete: there is nothing to archive"}
			} else if d.do == panel.VaultArchive {
				d.act = d.room.archiveNow
			}
		}, nil
	})
}

func (d *Dialog) lookClean() {
	dir, now := d.room.cfg.Dir, d.room.cfg.Now
	d.look(func(context.Context) (func(), error) {
		var names, held []string
		var size int64
		_, err := archive.Clean(dir, "", true, now, func(e archive.Event) {
			if e.What == archive.Planned {
				names, size = append(names, fmt.Sprintf("%s  %s", e.File, bytesOf(e.Bytes))), size+e.Bytes
			} else {
				held = append(held, "kept: "+e.File+": "+e.Reason)
			}
		})
		if err != nil {
			return nil, err
		}
		return func() {
			d.files = append(names, held...)
			d.sums = []string{fmt.Sprintf("delete %s, %s; the archive keeps all", panel.Plural(int64(len(names)), "restored file"), bytesOf(size))}
			if len(names) == 0 {
				d.sums = []string{"nothing was restored: there is nothing to delete"}
			} else {
				d.act = d.room.clean
			}
		}, nil
	})
}

func (d *Dialog) lookRestore(since, until time.Time) {
	w := d.room.wanted(since, until)
	d.look(func(ctx context.Context) (func(), error) {
		plan, err := archive.NewPlan(ctx, w)
		if err != nil {
			return nil, err
		}
		return func() {
			for i := range plan.Items {
				item := &plan.Items[i]
				text := item.Name + "  " + item.Do
				if item.Reason != "" {
					text += ": " + item.Reason
				}
				d.files = append(d.files, text)
			}
			d.sums = []string{plan.Words("t"), "to " + w.Into}
			if len(plan.Items) == 0 {
				d.sums = []string{"the archive has nothing between " + since.Format(time.DateTime) + " and " + until.Format(time.DateTime)}
				return
			}
			d.act = func() { d.room.restore(w, plan) }
			if plan.Frozen > 0 {
				d.thaw = func() {
					w.Thaw = true
					d.room.restore(w, plan)
				}
			}
		}, nil
	})
}

func files(n int) string { return panel.Plural(int64(n), "file") }

var titles = [...]string{panel.VaultArchive: "Archive now?", panel.VaultPlan: "What A would do", panel.VaultRestore: "Restore", panel.VaultClean: "Delete restored files?", panel.VaultGo: ""}

// Draw paints the question.
func (d *Dialog) Draw(c paint.Canvas, _ *panel.Frame) {
	inside := panel.Window(c, 78, 16, titles[d.do])
	w := inside.W() - 2
	at := inside.Sub(1, 0, w, inside.H())
	if d.typing {
		at.Text(0, 0, "days", theme.Dim)
		x := at.Text(6, 0, d.text, theme.Text|theme.Bold)
		at.Text(x, 0, " ", theme.Badge)
		y := at.Wrap(2, "one day, or the first and the last: 2026-11-19 2026-11-20; or how far back: 3d", 0, theme.Dim)
		if d.wrong != "" {
			at.Wrap(y, d.wrong, 0, theme.Bad)
		}
		at.Fit(0, at.H()-1, w, "enter asks the archive   esc leaves it", paint.CutEnd, theme.Dim)
		return
	}
	y := 0
	switch {
	case d.wrong != "":
		y = at.Wrap(0, d.wrong, 0, theme.Bad)
	case !d.looked:
		y = at.Wrap(0, "looking what there is to do", 0, theme.Dim)
	}
	for _, text := range d.sums {
		y = at.Wrap(y, text, 0, theme.Text|theme.Bold)
	}
	for i := d.top; i < len(d.files) && y+1 < at.H()-1; i++ {
		at.Fit(0, y+1, w, d.files[i], paint.CutEnd, theme.Dim)
		y++
	}
	hint := "esc leaves"
	if d.act != nil {
		hint = map[panel.VaultDo]string{panel.VaultArchive: "enter archives", panel.VaultRestore: "enter restores", panel.VaultClean: "enter deletes"}[d.do] + "   esc leaves"
	}
	if d.thaw != nil {
		hint = "t thaws, too   " + hint
	}
	at.Fit(0, at.H()-1, w, hint, paint.CutEnd, theme.Accent)
}

// Key edits the days, or answers.
func (d *Dialog) Key(key string, _ *panel.Frame) (panel.Action, bool) {
	switch {
	case key == "esc" || key == "q" && !d.typing:
		d.cancel()
		return nil, true
	case d.typing:
		d.edit(key)
		return nil, false
	case key == "enter" || key == "y":
		if d.act == nil {
			return nil, d.looked
		}
		d.act()
		return panel.ShowTab{Name: "Archive"}, true
	case key == "t" && d.thaw != nil:
		d.thaw()
		return panel.ShowTab{Name: "Archive"}, true
	case key == "j" || key == "down":
		d.top = max(0, min(d.top+1, len(d.files)-1))
	case key == "k" || key == "up":
		d.top = max(0, d.top-1)
	}
	return nil, false
}

func (d *Dialog) edit(key string) {
	d.wrong = ""
	switch key {
	case "backspace":
		d.text = d.text[:max(len(d.text)-1, 0)]
	case "ctrl+u":
		d.text = ""
	case "enter":
		since, until, err := days(d.text, d.room.cfg.Now(), d.room.cfg.Location)
		if err != nil {
			d.wrong = err.Error()
			return
		}
		d.typing = false
		d.lookRestore(since, until)
	default:
		if len(key) == 1 && key[0] >= ' ' && key[0] < 0x7f && len(d.text) < 40 {
			d.text += key
		}
	}
}

// days reads what was typed: a day, the first and the last of several, or how far back.
func days(text string, now time.Time, zone *time.Location) (since, until time.Time, err error) {
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' })
	if len(words) == 1 && strings.HasSuffix(words[0], "d") {
		n := 0
		if _, err := fmt.Sscanf(words[0], "%dd", &n); err == nil && n > 0 && n < 36500 {
			return midnight(now, zone).AddDate(0, 0, -n), now, nil
		}
	}
	if len(words) == 1 {
		words = append(words, words[0])
	}
	if len(words) == 2 {
		first, err1 := time.ParseInLocation(time.DateOnly, words[0], zone)
		last, err2 := time.ParseInLocation(time.DateOnly, words[1], zone)
		if err1 == nil && err2 == nil && !last.Before(first) {
			return first, last.AddDate(0, 0, 1), nil
		}
	}
	return since, until, errors.New("write a day as in 2026-11-20, two of them for a range, or 3d for the last three days")
}
