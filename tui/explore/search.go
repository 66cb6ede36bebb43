package explore

import (
	"context"
	"strings"
	"unicode/utf8"

	"weir/ingest"
	"weir/stats/filter"
	"weir/tui/paint"
	"weir/tui/panel"
	"weir/tui/theme"
)

var (
	noSearch ingest.Wanted
	failures = ingest.Wanted{Errors: true}
)

// question is a line that is typed in the status row.
type question struct {
	name  string // what stands before it
	text  string
	hint  func(text string) string
	tab   func() // what tab changes; nil is nothing
	enter func(r *Room, text string, f *panel.Frame) panel.Action
}

const longestAnswer = 500

// answer answers a key while something is typed.
func (r *Room) answer(key string, f *panel.Frame) (panel.Action, bool) {
	q := r.asking
	switch key {
	case "esc":
		r.asking = nil
	case "ctrl+c", "f1":
		r.asking = nil
		return nil, false
	case "enter":
		r.asking = nil
		return q.enter(r, q.text, f), true
	case "backspace":
		if q.text == "" {
			r.asking = nil
			return nil, true
		}
		_, n := utf8.DecodeLastRuneInString(q.text)
		q.text = q.text[:len(q.text)-n]
	case "tab":
		if q.tab != nil {
			q.tab()
		}
	case "ctrl+u":
		q.text = ""
	case "ctrl+w":
		kept := strings.TrimRight(q.text, " ")
		q.text = kept[:strings.LastIndexByte(kept, ' ')+1]
	default:
		if utf8.RuneCountInString(key) == 1 && key >= " " && len(q.text) < longestAnswer {
			q.text += key
		}
	}
	return nil, true
}

func (q *question) draw(c paint.Canvas) {
	x := c.Text(1, 0, q.name, theme.Accent)
	room := max(c.W()-x-3, 1)
	text := q.text
	for c.Width(text) > room {
		_, n := utf8.DecodeRuneInString(text)
		text = text[n:]
	}
	x = c.Text(x, 0, text, theme.Text|theme.Bold)
	x = c.Text(x, 0, " ", theme.Badge) + 2
	c.Fit(x, 0, c.W()-x-1, q.hint(q.text), paint.CutEnd, theme.Dim)
}

func (r *Room) askSearch(*panel.Frame) panel.Action {
	r.asking = &question{name: "/", hint: func(text string) string {
		switch {
		case text == "":
			return "a text, or an expression like status >= 500   esc leaves"
		case expression(text):
			return "the next record that matches   esc leaves"
		}
		return "the next line that holds this   esc leaves"
	}, enter: func(r *Room, text string, _ *panel.Frame) panel.Action {
		want := ingest.Wanted{Text: text}
		switch {
		case text == "":
			want, text = r.want, r.looking
		case expression(text):
			want = ingest.Wanted{Expression: text}
		}
		r.want, r.looking = want, text
		r.search(false, want, text)
		return nil
	}}
	return nil
}

// expression tells expressions from texts: they compare, or ask with a word.
func expression(text string) bool {
	if !strings.ContainsAny(text, "=<>(") && !strings.Contains(text, " in ") && !strings.Contains(text, " contains ") &&
		!strings.Contains(text, "With ") && !strings.Contains(text, " matches ") {
		return false
	}
	_, err := filter.Config{Bot: func([]byte) bool { return false }}.Compile(text)
	return err == nil
}

// finds returns what tells the records that are looked for; nil while nothing is.
func (r *Room) finds() func(*ingest.Record) bool {
	switch {
	case r.want.Text != "":
		holds := ingest.Holds(r.want.Text)
		return func(o *ingest.Record) bool { return holds(o.Raw) }
	case r.want.Expression != "":
		if matches, err := r.records.Matches(r.want.Expression); err == nil {
			return matches
		}
	}
	return nil
}

// search goes to the next record, or back to the one before, that is wanted.
// After the last one it goes on with the first.
func (r *Room) search(back bool, want ingest.Wanted, name string) {
	from := r.current()
	if want == noSearch {
		r.note = "/ searches first"
		return
	}
	if r.sorted != nil {
		r.unsort()
	}
	if r.near(back, want) {
		return
	}
	expression := r.filter
	r.start("looking for "+name, func(ctx context.Context, t *task) Done {
		b, err := r.records.Browse(expression)
		if err != nil {
			return nil
		}
		found, wrapped := seek(ctx, b, from, back, want, t)
		return func() {
			switch {
			case found == nil && want.Errors:
				r.note = "no error anywhere"
			case found == nil:
				r.note = "nowhere: " + name
			default:
				r.follow = false
				r.go_(&landing{kind: toRecord, record: found})
				if wrapped && back {
					r.note = "went on from the end"
				} else if wrapped {
					r.note = "went on from the beginning"
				}
			}
		}
	})
}

// near looks among the records that are in memory, so that the next one mostly is there at once.
func (r *Room) near(back bool, want ingest.Wanted) bool {
	matches := r.finds()
	if want.Errors {
		matches = (*ingest.Record).Failed
	}
	if matches == nil {
		return false
	}
	by := 1
	if back {
		by = -1
	}
	for i := r.row + by; i >= 0 && i < len(r.view.window); i += by {
		if matches(r.view.window[i]) {
			r.row, r.follow = i, false
			if i < r.top || i >= r.top+r.page {
				r.top = i - r.page/2
			}
			r.clamp()
			if r.detail != nil {
				r.openDetails(nil)
			}
			return true
		}
	}
	return false
}

// seek looks through the logs from a record on and then, once around, from the other end.
func seek(ctx context.Context, b *ingest.Browser, from *ingest.Record, back bool, want ingest.Wanted, t *task) (found *ingest.Record, wrapped bool) {
	for _, begin := range []*ingest.Record{from, nil} {
		s, err := b.Search(ctx, begin, back, want)
		if err != nil {
			return nil, wrapped
		}
		for ended := false; !ended && ctx.Err() == nil; {
			if found, ended = s.Step(ctx, step); found != nil {
				return found, wrapped
			}
			t.progress(s.Share())
		}
		if from == nil {
			return nil, false
		}
		wrapped = true
	}
	return nil, wrapped
}
