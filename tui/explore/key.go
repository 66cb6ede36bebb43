package explore

import (
	"slices"

	"weir/tui/panel"
)

// Key answers a key; what it does not know is left to the screen.
func (r *Room) Key(key string, f *panel.Frame) (panel.Action, bool) {
	if r.records == nil {
		return nil, false
	}
	if r.asking != nil {
		return r.answer(key, f)
	}
	r.note = ""
	switch {
	case key == "esc":
		return nil, r.back()
	case r.table != nil:
		if act, taken := r.table.key(key, r, f); taken {
			return act, true
		}
	case r.detail != nil:
		if act, taken := r.detail.key(key, r, f); taken {
			return act, true
		}
	}
	if do := keys[key]; do != nil {
		return do(r, f), true
	}
	return nil, r.table == nil && r.move(key)
}

// keys are the tab's own. To add one, add a line here and one in Keys.
var keys = map[string]func(r *Room, f *panel.Frame) panel.Action{
	"enter":     (*Room).openDetails,
	"/":         (*Room).askSearch,
	"n":         func(r *Room, f *panel.Frame) panel.Action { r.search(false, r.want, r.looking); return nil },
	"N":         func(r *Room, f *panel.Frame) panel.Action { r.search(true, r.want, r.looking); return nil },
	"e":         func(r *Room, f *panel.Frame) panel.Action { r.search(false, failures, "errors"); return nil },
	"E":         func(r *Room, f *panel.Frame) panel.Action { r.search(true, failures, "errors"); return nil },
	"f":         (*Room).followOn,
	"tab":       func(r *Room, f *panel.Frame) panel.Action { r.shift(1, f); return nil },
	"shift+tab": func(r *Room, f *panel.Frame) panel.Action { r.shift(-1, f); return nil },
	"y":         (*Room).copyLine,
	"#":         func(r *Room, f *panel.Frame) panel.Action { r.count(f, false); return nil },
	"s":         (*Room).sortNext,
	"r":         (*Room).reverse,
	"a":         (*Room).all,
	"o":         (*Room).askExport,
}

// Keys are the keys that only this tab has.
func (*Room) Keys() []panel.Binding {
	return []panel.Binding{
		{Key: "/ n N", Help: "search, next, before"}, {Key: "e E", Help: "next, previous error"}, {Key: "enter", Help: "details of the record"},
		{Key: "f", Help: "follow, stop following"}, {Key: "tab shift+tab", Help: "next, previous column"},
		{Key: "#", Help: "count each value"}, {Key: "s r", Help: "sort by it, reverse"}, {Key: "a", Help: "all, not the window"},
		{Key: "o", Help: "export to a file"}, {Key: "y", Help: "copy the line"},
	}
}

// back leaves the innermost thing; false where nothing of the tab is open.
func (r *Room) back() bool {
	switch {
	case r.cancel():
		r.note = "stopped"
	case r.detail != nil:
		r.detail = nil
	case r.table != nil:
		r.table = nil
	case r.sorted != nil:
		r.unsort()
	case r.looking != "":
		r.looking, r.want = "", noSearch
	default:
		return false
	}
	return true
}

// move goes through the records.
func (r *Room) move(key string) bool {
	n, page := len(r.rows()), max(r.page, 1)
	switch key {
	case "j", "down":
		r.row++
	case "k", "up":
		r.row--
	case "ctrl+d":
		r.row, r.top = r.row+max(page/2, 1), r.top+max(page/2, 1)
	case "ctrl+u":
		r.row, r.top = r.row-max(page/2, 1), r.top-max(page/2, 1)
	case "pgdown":
		r.row, r.top = r.row+page, r.top+page
	case "pgup":
		r.row, r.top = r.row-page, r.top-page
	case "g", "home":
		if r.row = 0; !r.view.first && r.sorted == nil {
			r.go_(&landing{kind: toStart})
		}
	case "G":
		if r.row = n - 1; r.sorted == nil && (!r.view.last || r.moment == 0) {
			r.go_(&landing{kind: toEnd})
		}
	default:
		return false
	}
	if r.sorted == nil {
		r.follow = r.detail == nil && r.moment == 0 && r.view.last && r.row >= n-1
	}
	r.clamp()
	if r.detail != nil {
		r.openDetails(nil)
	}
	return true
}

// followOn follows the end, or stops to.
func (r *Room) followOn(*panel.Frame) panel.Action {
	if r.follow {
		r.follow, r.note = false, "no longer following"
		return nil
	}
	r.leave()
	if r.moment != 0 {
		return panel.GoTo{}
	}
	r.go_(&landing{kind: toEnd})
	return nil
}

// shift focuses another column.
func (r *Room) shift(by int, f *panel.Frame) {
	var names []string
	for _, p := range r.columns.arrange(r.width, f) {
		names = append(names, p.name)
	}
	if len(names) == 0 {
		return
	}
	i := slices.Index(names, r.focused())
	r.focus = names[(i+by+len(names))%len(names)]
}

func (r *Room) copyLine(*panel.Frame) panel.Action {
	if o := r.current(); o != nil {
		return panel.Copy{Text: string(o.Raw)}
	}
	return nil
}

// Click selects the row at y.
func (r *Room) Click(y int) {
	if r.table == nil && r.top+y < len(r.rows()) {
		r.row, r.follow = r.top+y, false
		if r.detail != nil {
			r.openDetails(nil)
		}
	}
}
