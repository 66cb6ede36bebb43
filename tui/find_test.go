package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"weir/ingest"
)

// letters are the keys of a text.
func letters(text string) []string { return strings.Split(text, "") }

func TestSearchAndCommandScreens(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		for _, size := range [][2]int{{60, 12}, {80, 24}, {120, 40}} {
			screen := fmt.Sprintf("-%dx%d", size[0], size[1])
			m := open(cfg, pump, size[0], size[1])
			press(m, "/", "o")
			golden(t, "search"+screen, plain(m))
			press(m, "esc", ":", "s", "tab")
			golden(t, "command"+screen, plain(m))
			press(m, letters(" >= and 5")...)
			press(m, "enter")
			golden(t, "command-wrong"+screen, plain(m))
		}
	})
}

func TestSearchShowsOnlyRowsThatHoldTheText(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		b := calm().sifted(pump)
		m := New(cfg, b, 80, 24)
		settle(m)
		press(m, "/", "P", "R", "o")
		has(t, m, "│▌/products")
		lacks(t, m, "│ /api ", "│▌/api ")
		press(m, "backspace", "backspace", "backspace", "a")
		has(t, m, "│▌/api", "│ /search")
		lacks(t, m, "│ /login")
		press(m, "esc")
		has(t, m, "│ /login")
		press(m, "/", "z", "z")
		has(t, m, "no row holds zz")
		press(m, "ctrl+u", "e", "enter")
		if want := `lower(section) contains "e"`; b.query.Filter != want {
			t.Errorf("filter %s, want %s", b.query.Filter, want)
		}
		has(t, m, "section ~ e", "/search")
		lacks(t, m, "│ /api ")
		press(m, "/", "h", "down", "enter")
		if want := `(lower(section) contains "e") and (section == "/health")`; b.query.Filter != want {
			t.Errorf("filter %s, want %s", b.query.Filter, want)
		}
	})
}

func TestAgentsAreFoundByTheirLabels(t *testing.T) {
	calm().run(t, func(t *testing.T, cfg Config, pump *ingest.Pump) {
		b := calm().sifted(pump)
		m := New(cfg, b, 120, 40)
		settle(m)
		for m.focus != "agents" {
			press(m, "tab")
		}
		press(m, append([]string{"/"}, append(letters("fox 14"), "enter")...)...)
		has(t, m, "agent ~ fox 14", "Firefox 141")
		lacks(t, m, "Chrome 139")
	})
}

func TestCommandsDoWhatTheySay(t *testing.T) {
	m, b := stilled(80, 24)
	say := func(line string) {
		m.Update(keyMsg(":"))
		m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(line)})
		m.Update(keyMsg("enter"))
	}
	var got []string
	for _, line := range []string{"window 90s", "goto 00:15", "goto 23:59:58", "goto 1970-01-01 00:02", "goto 1969-06-01", "goto -5m", "live", "threshold 200", "status >= 500 ", `bot or path contains "a"`} {
		say(line)
		q := b.queries[len(b.queries)-1]
		got = append(got, fmt.Sprint(q.Span, " ", q.At, " ", q.Threshold, " ", q.Filter))
	}
	want := []string{
		"1m30s 0 0 ", "1m30s 900 0 ", "1m30s 0 0 ", "1m30s 120 0 ", "1m30s 1 0 ", "1m30s 710 0 ", "1m30s 0 0 ", "1m30s 0 200 ",
		"1m30s 0 0 status >= 500", `1m30s 0 0 (status >= 500) and (bot or path contains "a")`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	say("theme light")
	if m.theme.Name != "light" {
		t.Errorf("theme %s", m.theme.Name)
	}
	for _, word := range []string{"quit", "q"} {
		m.Update(keyMsg(":"))
		for _, k := range letters(word) {
			m.Update(keyMsg(k))
		}
		if _, cmd := m.Update(keyMsg("enter")); cmd == nil {
			t.Error(word + " does not quit")
		}
	}
}

func TestWhatIsWrongIsShownUnderItsPlace(t *testing.T) {
	for _, c := range [][2]string{
		{"status >= foo", " "}, {`path contains "a" and`, ""}, {"window soon", "write a length from 1s to 7d"},
		{"goto never", "write a time like 14:02"}, {"widnow 5m", "no command is called widnow: did you mean window?"},
		{"theme pink", "there are "}, {"foo", "no command and no field is called foo"}, {"bot and foo", "no field is called foo"}, {"threshold -1", "write a number above 0"},
		{"threshold 99999999999", "write a number above 0 and up to 1e9"},
	} {
		m, b := stilled(80, 24)
		before := len(b.queries)
		m.Update(keyMsg(":"))
		m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(c[0]), Paste: true})
		m.Update(keyMsg("enter"))
		lines := strings.Split(plain(m), "\n")
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "│ : ") })
		typed, mark := strings.Index(lines[at], c[0]), strings.Index(lines[at+1], "^")
		if typed < 0 || mark < typed || len(b.queries) != before || len(m.over) != 1 {
			t.Errorf("%s is taken or not marked:\n%s", c[0], strings.Join(lines[at:], "\n"))
		}
		if !strings.HasPrefix(c[1], " ") {
			has(t, m, c[1])
		} else if word := lines[at][mark:]; !strings.HasPrefix(word, "foo") {
			t.Errorf("the mark is under %q", word)
		}
	}
}

func TestWhatMayBeTypedIsNotCutAt80Columns(t *testing.T) {
	m, _ := stilled(80, 24)
	m.Update(keyMsg(":"))
	for letter := 'a'; letter <= 'z'; letter++ {
		m.Update(keyMsg(string(letter)))
		_, box, _ := strings.Cut(plain(m), "╭ Command")
		for line := range strings.SplitSeq(box, "\n") {
			if strings.HasSuffix(line, "… │") {
				t.Error(line)
			}
		}
		m.Update(keyMsg("backspace"))
	}
}

func TestTabCompletesAndUpRecalls(t *testing.T) {
	m, b := stilled(80, 24)
	keys := func(keys ...string) {
		for _, k := range keys {
			m.Update(keyMsg(k))
		}
	}
	keys(":", "w", "i", "tab", "5", "m", "enter")
	keys(":", "t", "h", "e", "tab", "d", "tab", "enter")
	keys(":", "d", "u", "tab", ">", " ", "1", "enter")
	last := b.queries[len(b.queries)-1]
	if last.Span != 5*time.Minute || last.Filter != "duration > 1" {
		t.Errorf("asked for %s of %q", last.Span, last.Filter)
	}
	keys(":", "up", "up", "up", "down")
	has(t, m, ": theme dark")
	keys("esc", ":", "s", "tab", "tab", "shift+tab")
	has(t, m, ": status")
}
