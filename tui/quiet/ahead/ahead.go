// Package ahead hides the terminal's name while the packages of a program are
// initialised.
//
// It is a module of its own for the sake of its path. Go initialises packages
// in the order of their import paths as far as their imports allow (The Go
// Programming Language Specification, "Package initialization"), so this one
// comes before github.com/charmbracelet/bubbletea, whose initialisation asks
// the terminal for its colours and waits seconds for one that does not answer,
// in commands without a screen too. No path inside module weir sorts early enough.
package ahead

import "os"

var term, named = os.LookupEnv("TERM")

func init() { os.Setenv("TERM", "dumb") } //nolint:errcheck // cannot fail for these strings

// Restore gives the terminal its name back.
func Restore() {
	if named {
		os.Setenv("TERM", term) //nolint:errcheck // as it was
	} else {
		os.Unsetenv("TERM") //nolint:errcheck // as it was
	}
}
