package explore

import (
	"slices"
	"strings"

	"weir/ingest"
	"weir/tui/panel"
)

// told is a command for the tab.
type told struct{ verb, argument string }

// Error shows the first error after a moment in nanoseconds, or the last before it.
func (r *Room) Error(when int64, back bool) {
	r.Open(when-1, "")
	r.told = append(r.told, told{"error", option(!back, "ahead") + option(back, "back")})
}

// Tell has something done as soon as the records are there: sort COLUMN
// [rising] [everything], count COLUMN [everything], search TEXT.
func (r *Room) Tell(verb, argument string) {
	r.leave()
	r.told = append(r.told, told{verb, argument})
}

// Told is what would bring the tab back to what it shows: commands.
func (r *Room) Told() []string {
	var all []string
	if r.looking != "" {
		all = append(all, "search "+r.looking)
	}
	if s := r.sorted; s != nil {
		all = append(all, "sort "+s.column+option(s.ascending, " rising")+option(s.scope.To == 0, " everything"))
	}
	if t := r.table; t != nil {
		all = append(all, "count "+t.column.name+option(t.scope.To == 0, " everything"))
	}
	return all
}

func option(on bool, word string) string {
	if on {
		return word
	}
	return ""
}

// obey does the next thing that was told, once the records are there.
func (r *Room) obey(f *panel.Frame) {
	if len(r.told) == 0 || r.place != nil || r.task != nil {
		return
	}
	t := r.told[0]
	r.told = r.told[1:]
	words := strings.Fields(t.argument)
	if len(words) == 0 {
		return
	}
	has := func(option string) bool { return slices.Contains(words, option) }
	if t.verb == "search" {
		want := ingest.Wanted{Text: t.argument}
		if expression(t.argument) {
			want = ingest.Wanted{Expression: t.argument}
		}
		r.want, r.looking = want, t.argument
		r.search(false, want, t.argument)
		return
	}
	if t.verb == "error" {
		start := f.At*1e9 - int64(f.Span)
		if c := r.current(); c == nil || !c.Failed() || !has("back") && c.Time < start {
			r.search(has("back"), failures, "errors")
		}
		return
	}
	if r.columns.find(words[0]) == nil {
		r.note = "no column is called " + words[0]
		return
	}
	r.focus = words[0]
	if t.verb == "sort" {
		r.sortBy(words[0], has("rising"), has("everything"), f)
	} else {
		r.count(f, has("everything"))
	}
}
