package paint

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// drawn is a canvas of w by h after draw, as text.
func drawn(w, h int, glyphs *Glyphs, draw func(c Canvas)) string {
	g := NewGrid(w, h, glyphs)
	draw(g.Canvas())
	return g.Plain()
}

func check(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTextIsCutAtTheEdge(t *testing.T) {
	check(t, drawn(5, 2, nil, func(c Canvas) {
		c.Text(0, 0, "weir flows", 0)
		c.Text(3, 1, "flows", 0)
		c.Text(0, 2, "below", 0)
		c.Text(-2, 1, "abc", 0)
	}), "weir\nc  fl\n")
}

func TestEscapesAreShownNotSent(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[31mb":     `a\x1b[31mb`,
		"a\nb\tc\rd":     `a\nb\tc\rd`,
		"\x00\x07\x7f":   `\x00\x07\x7f`,
		"\u0085\u009b1m": `\u0085\u009b1m`,
		"a\u202eb\u2066": `a\u202eb\u2066`,
		"\xff\xc3(":      `\xff\xc3(`,
		"a\u200db\ufeff": `a\u200db\ufeff`,
		"\u00a0\u3000":   `\u00a0\u3000`,
		"❤\ufe0f":        `❤\ufe0f`,
		"👍🏽":             `👍\U0001f3fd`,
		"🇩🇪":             `\U0001f1e9\U0001f1ea`,
		"\u0301a":        `\u0301a`,
		"한":              "한",
		"\u1112\u1161":   "\u1112" + `\u1161`,
		"日本 語":           "日本 語",
		"e\u0301t\u0301": "e\u0301t\u0301",
	} {
		check(t, drawn(40, 1, nil, func(c Canvas) { c.Text(0, 0, text, 0) }), want+"\n")
	}
}

func TestManyMarksDoNotStackUp(t *testing.T) {
	check(t, drawn(40, 1, nil, func(c Canvas) { c.Text(0, 0, "a"+strings.Repeat("\u0301", 5)+"b", 0) }),
		"a\u0301\u0301\u0301"+`\u0301\u0301b`+"\n")
}

func TestASCIIGlyphsLetNothingElseThrough(t *testing.T) {
	check(t, drawn(40, 1, &ASCII, func(c Canvas) { c.Text(0, 0, "10 s · é −3 µs 日", 0) }), `10 s - \u00e9 -3 us \u65e5`+"\n")
}

func TestWideRuneThatDoesNotFitBecomesASpace(t *testing.T) {
	check(t, drawn(4, 1, nil, func(c Canvas) { c.Text(0, 0, "a日本", 0) }), "a日\n")
}

func TestHalfOfAWideRuneIsNeverLeft(t *testing.T) {
	check(t, drawn(6, 2, nil, func(c Canvas) {
		c.Text(0, 0, "日本語", 0)
		c.Set(1, 0, 'x', 0)
		c.Set(2, 0, 'y', 0)
		c.Text(0, 1, "日本語", 0)
		c.Text(1, 1, "文字", 0)
	}), " xy 語\n 文字\n")
}

func TestFitCutsAtTheEndOrInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		text string
		w    int
		cut  Cut
		want string
	}{
		{"/short", 10, CutEnd, "/short"},
		{"/exactly10", 10, CutMiddle, "/exactly10"},
		{"/api/v1/products", 10, CutEnd, "/api/v1/p…"},
		{"/api/v1/products", 10, CutMiddle, "/api…ducts"},
		{"/api/v1/products", 4, CutMiddle, "/ap…"},
		{"/api", 1, CutEnd, "…"},
		{"/api", 0, CutEnd, ""},
		{"日本語日本語", 7, CutMiddle, "日 …語"},
		{"\x1b[0m/products", 9, CutMiddle, `\x1b…ucts`},
	} {
		got := drawn(12, 1, nil, func(cv Canvas) { cv.Fit(0, 0, c.w, c.text, c.cut, 0) })
		check(t, got, c.want+"\n")
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	check(t, drawn(12, 4, nil, func(c Canvas) { c.Wrap(0, "waiting for /var/log/access.log: it is not there", 2, 0) }),
		"waiting for\n  /var/log/a\n  ccess.log:\n  it is not…\n")
}

func TestBoxSurroundsItsInside(t *testing.T) {
	check(t, drawn(6, 4, nil, func(c Canvas) { c.Box(0).Fill('x', 0) }), "╭────╮\n│xxxx│\n│xxxx│\n╰────╯\n")
	check(t, drawn(6, 3, &ASCII, func(c Canvas) { c.Box(0).Fill('x', 0) }), "+----+\n|xxxx|\n+----+\n")
}

func TestBarsShowWhateverIsThere(t *testing.T) {
	check(t, drawn(8, 4, nil, func(c Canvas) {
		c.Bar(0, 0, 8, 0, 0)
		c.Bar(0, 1, 8, 0.0001, 0)
		c.Bar(0, 2, 8, 0.55, 0)
		c.Bar(0, 3, 8, 2, 0)
	}), "\n▏\n████▍\n████████\n")
}

func TestSparkTellsZeroFromLittle(t *testing.T) {
	check(t, drawn(6, 1, nil, func(c Canvas) { c.Spark(0, 0, []float64{0, 0.01, 25, 50, 100, 200}, 100, 0, 0) }), "▁▂▃▅██\n")
}

func TestAreaStacksItsLayers(t *testing.T) {
	column := func(values ...float64) []Layer {
		var all []Layer
		for i, v := range values {
			all = append(all, Layer{v, Style(i + 1)})
		}
		return all
	}
	g := NewGrid(3, 2, nil)
	g.Canvas().Area(8, func(i int) []Layer {
		return [][]Layer{column(8), column(4), column(0), column(0.01), column(6, 2), column(0, 0)}[i]
	})
	check(t, g.Plain(), "⡇ ⡇\n⣿⢀⡇\n")
	styles := []Style{}
	for _, c := range g.cells {
		styles = append(styles, c.style)
	}
	if diff := cmp.Diff([]Style{1, 0, 1, 1, 1, 1}, styles); diff != "" {
		t.Error(diff)
	}
}

func TestAreaWithoutBraille(t *testing.T) {
	check(t, drawn(4, 2, &ASCII, func(c Canvas) {
		c.Area(4, func(i int) []Layer { return []Layer{{float64(i + 1), 0}} })
	}), "  .#\n.###\n")
}

func TestRenderSwitchesStylesOnlyWhereTheyChange(t *testing.T) {
	g := NewGrid(6, 2, nil)
	c := g.Canvas()
	c.Text(0, 0, "ab", 1)
	c.Text(2, 0, "cd", 2)
	c.Text(0, 1, "日e\u0301", 1)
	sgr := [256]string{"<0>", "<1>", "<1>"}
	check(t, g.Render(&sgr), "<1>abcd<0>  \n<1>日\x1b[3Ge\u0301\x1b[4G<0>   ")
}

func TestSubIsClippedToItsCanvas(t *testing.T) {
	check(t, drawn(6, 3, nil, func(c Canvas) {
		c.Sub(1, 1, 4, 9).Sub(-1, 0, 3, 9).Fill('a', 0)
		c.Sub(4, 0, 9, 1).Fill('b', 0)
		c.Sub(9, 9, 1, 1).Fill('c', 0)
		c.Sub(2, 2, -1, 1).Fill('d', 0)
	}), "    bb\n aa\n aa\n")
}

// safe reports what must never reach a terminal from a text.
func safe(t *testing.T, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("invalid UTF-8 in %q", out)
	}
	for _, r := range out {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)) {
			t.Errorf("%U in %q", r, out)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "a\x1b]0;x\x07b", "日本\u202e語", "e\u0301\u0301\u0301\u0301\u0301", "👩‍👩‍👧‍👦", "\xf0\x9f", "\u1112\u1161\u11ab", "नमस्ते", "ﷺ", "\U000e0041"} {
		f.Add(s, 7, 2)
	}
	f.Fuzz(func(t *testing.T, text string, x, w int) {
		const columns = 24
		for _, glyphs := range []*Glyphs{&Unicode, &ASCII} {
			g := NewGrid(columns, 8, glyphs)
			c := g.Canvas()
			inside := c.Box(0)
			inside.Text(x%30, 0, text, 1)
			inside.Fit(x%30, 1, w%30, text, CutEnd, 2)
			inside.Fit(x%30, 2, w%30, text, CutMiddle, 2)
			inside.Right(x%30, 3, text, 3)
			inside.Wrap(4, text, w%5, 1)
			safe(t, g.Plain())
			for y, n := range g.Columns() {
				if n != columns {
					t.Errorf("row %d fills %d columns, want %d: %q", y, n, columns, g.Plain())
				}
			}
			for y, row := range strings.Split(strings.TrimSuffix(g.Plain(), "\n"), "\n") {
				first, _ := utf8.DecodeRuneInString(row)
				last, _ := utf8.DecodeLastRuneInString(row)
				if y > 0 && y < 7 && (first != glyphs.Box[5] || last != glyphs.Box[5]) {
					t.Errorf("row %d has lost its border: %q", y, row)
				}
			}
		}
	})
}

func BenchmarkRender200x60(b *testing.B) {
	g := NewGrid(200, 60, nil)
	var sgr [256]string
	for i := range sgr {
		sgr[i] = "\x1b[0;38;5;114m"
	}
	sgr[0] = "\x1b[0m"
	b.ReportAllocs()
	for b.Loop() {
		g.Reset(200, 60, nil)
		c := g.Canvas()
		for y := range 60 {
			for x := 0; x < 200; x += 10 {
				c.Text(x, y, "/api/v1/x", Style(x/10&7))
			}
		}
		g.Render(&sgr)
	}
}
