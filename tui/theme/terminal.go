package theme

import (
	"strings"

	"github.com/muesli/termenv"

	"weir/tui/paint"
)

// Terminal is what the environment says that the terminal can show. Nothing is
// asked of the terminal itself.
type Terminal struct {
	Profile termenv.Profile
	Glyphs  *paint.Glyphs
	Mute    bool // it understands no sequences at all: TERM=dumb
}

// environ is a lookup of environment variables as termenv reads them.
type environ func(string) string

func (e environ) Getenv(key string) string { return e(key) }

func (e environ) Environ() []string { return nil }

// Detect reads TERM, COLORTERM, NO_COLOR and the locale through getenv.
func Detect(getenv func(string) string) Terminal {
	out := termenv.NewOutput(nil, termenv.WithEnvironment(environ(getenv)), termenv.WithTTY(true))
	t := Terminal{Profile: out.EnvColorProfile(), Glyphs: &paint.Unicode, Mute: getenv("TERM") == "dumb"}
	if !unicode(getenv) {
		t.Glyphs = &paint.ASCII
	}
	return t
}

// unicode reports whether the locale and the terminal have more than ASCII.
// Where no locale is set, as in most containers, the terminal mostly has.
func unicode(getenv func(string) string) bool {
	switch getenv("TERM") {
	case "dumb", "linux", "vt100", "vt102", "vt220", "ansi":
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := strings.ToLower(getenv(name))
		if locale == "" {
			continue
		}
		_, charset, named := strings.Cut(locale, ".")
		charset, _, _ = strings.Cut(charset, "@")
		if named {
			return charset == "utf-8" || charset == "utf8"
		}
		return locale != "c" && locale != "posix"
	}
	return true
}

// Table returns the sequences of a theme for this terminal.
func (t Terminal) Table(theme *Theme) *[256]string {
	if t.Mute {
		return Mute()
	}
	return theme.Table(t.Profile)
}
