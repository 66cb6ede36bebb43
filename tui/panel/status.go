package panel

import (
	"sort"

	"weir/stats"
	"weir/stats/sketch"
	"weir/tui/paint"
	"weir/tui/theme"
)

// status is the share of each status class, and the codes below.
type status struct{ list }

func newStatus() Panel { return &status{} }

var classNames = [6]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// classWidth is where the numbers of a row end at the right.
const classWidth = 8

// Title is "Status".
func (*status) Title(*Frame) string { return "Status" }

// Head has no headings.
func (*status) Head(c paint.Canvas, from int, f *Frame) { note(c, from, c.W(), "% of requests") }

// Draw paints a row a class, and where there is room a row a code.
func (s *status) Draw(c paint.Canvas, f *Frame) {
	if text := f.brief(); text != "" {
		explain(c, text)
		return
	}
	y := 0
	for _, class := range []int{2, 3, 4, 5, 1, 0} {
		n := f.Window.Classes[class]
		if class < 2 && n == 0 {
			continue
		}
		s.bar(c, y, classNames[class], n, theme.Class(class), f)
		y++
	}
	rest := c.H() - y - 1
	if rest <= 0 {
		return
	}
	c.HLine(1, y, c.W()-2, theme.Faint)
	c.Text(2, y, " codes ", theme.Dim)
	for i, e := range telling(f.Window.Top(stats.Status, -1)) {
		if i == rest {
			return
		}
		class := 0
		if len(e.Key) == 3 && e.Key[0] >= '1' && e.Key[0] <= '5' {
			class = int(e.Key[0] - '0')
		}
		s.bar(c, y+1+i, e.Key, e.Hits, theme.Class(class), f)
	}
}

// telling puts the errors before the rest.
func telling(codes []sketch.Entry) []sketch.Entry {
	sort.SliceStable(codes, func(i, j int) bool { return codes[i].Key >= "400" && codes[j].Key < "400" })
	return codes
}

func (*status) bar(c paint.Canvas, y int, name string, n uint64, style paint.Style, f *Frame) {
	share := float64(n) / float64(max(f.Window.Hits, 1))
	x := c.Text(1, y, name, style)
	end := c.W() - 1
	if c.W() >= 34 {
		c.Right(end, y, count(n, false, 8), theme.Dim)
		end -= 9
	}
	c.Right(end, y, percent(share)+" %", theme.Text)
	x = max(x, 4) + 1
	c.Bar(x, y, end-classWidth-x, share, style)
}

// Key has nothing to do here.
func (*status) Key(string, *Frame) (Action, bool) { return nil, false }

// Keys are none.
func (*status) Keys() []Binding { return nil }
