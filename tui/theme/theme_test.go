package theme

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/muesli/termenv"

	"weir/tui/paint"
)

func TestEveryThemeHasANameOfItsOwn(t *testing.T) {
	if diff := cmp.Diff([]string{"dark", "light", "high-contrast", "colour-blind"}, Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range Names() {
		if got := Find(name).Name; got != name {
			t.Errorf("Find(%q) is %q", name, got)
		}
	}
	if Find("color-blind").Name != "colour-blind" || Find("").Name != "dark" || Find("none such").Name != "dark" {
		t.Error("Find knows neither the other spelling nor the default")
	}
}

func TestThemesFollowEachOtherInACircle(t *testing.T) {
	theme, seen := Find(""), []string{}
	for range Themes {
		theme = theme.Next()
		seen = append(seen, theme.Name)
	}
	if diff := cmp.Diff([]string{"light", "high-contrast", "colour-blind", "dark"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestEverySequenceStartsFromAnyOther(t *testing.T) {
	for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI, termenv.Ascii} {
		for _, theme := range Themes {
			for style, seq := range theme.Table(profile) {
				if !strings.HasPrefix(seq, "\x1b[0") || !strings.HasSuffix(seq, "m") || strings.Count(seq, "\x1b") != 1 {
					t.Fatalf("%s, style %d: %q", theme.Name, style, seq)
				}
			}
		}
	}
}

func TestNamesAreToldApartWithoutColour(t *testing.T) {
	table := Find("dark").Table(termenv.Ascii)
	got := map[string]string{}
	for name, style := range map[string]paint.Style{
		"text": Text, "dim": Dim, "title": Title, "bad": Bad, "banner": Banner, "away": Away,
		"selected": Text | Selected, "selected banner": Banner | Selected, "bold": Text | Bold,
	} {
		got[name] = table[style]
	}
	want := map[string]string{
		"text": "\x1b[0m", "dim": "\x1b[0;2m", "title": "\x1b[0;1m", "bad": "\x1b[0;1m", "banner": "\x1b[0;1;7m", "away": "\x1b[0;1;7m",
		"selected": "\x1b[0;7m", "selected banner": "\x1b[0;1m", "bold": "\x1b[0;1m",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSixteenColoursSelectByReversing(t *testing.T) {
	table := Find("dark").Table(termenv.ANSI)
	if got, want := table[Class5|Selected], "\x1b[0;7;91m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTerminalIsReadFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		env     map[string]string
		profile termenv.Profile
		ascii   bool
		mute    bool
	}{
		{map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}, termenv.TrueColor, false, false},
		{map[string]string{"TERM": "xterm-256color"}, termenv.ANSI256, false, false},
		{map[string]string{"TERM": "xterm-256color", "CI": "1"}, termenv.ANSI256, false, false},
		{map[string]string{"TERM": "xterm", "LANG": "C"}, termenv.ANSI, true, false},
		{map[string]string{"TERM": "xterm-256color", "NO_COLOR": "1", "LANG": "C.UTF-8"}, termenv.Ascii, false, false},
		{map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, termenv.ANSI256, true, false},
		{map[string]string{"TERM": "xterm-256color", "LC_CTYPE": "de_DE.ISO-8859-1@euro"}, termenv.ANSI256, true, false},
		{map[string]string{"TERM": "linux", "LANG": "C.UTF-8"}, termenv.ANSI, true, false},
		{map[string]string{"TERM": "dumb"}, termenv.Ascii, true, true},
	} {
		got := Detect(func(name string) string { return c.env[name] })
		if got.Profile != c.profile || (got.Glyphs == &paint.ASCII) != c.ascii || got.Mute != c.mute {
			t.Errorf("%v: profile %v, ascii %v, mute %v", c.env, got.Profile, got.Glyphs == &paint.ASCII, got.Mute)
		}
	}
}

func TestMuteTerminalGetsNoSequences(t *testing.T) {
	all := maps.Collect(slices.All(Terminal{Mute: true}.Table(Find("dark"))[:]))
	for style, seq := range all {
		if seq != "" {
			t.Errorf("style %d is %q", style, seq)
		}
	}
}
