// Package typo guesses which known word a mistyped one was meant to be.
package typo

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// longest is the length in bytes beyond which a word is no typo of a name.
const longest = 40

// Nearest returns the known word with the fewest edits from word, letters'
// case aside, the first in the alphabet of several; or "" where none is near:
// one edit for each three letters, and one at least (Levenshtein, 1965).
func Nearest(word string, known []string) string {
	if len(word) > longest {
		return ""
	}
	word = strings.ToLower(word)
	best, least := "", max(1, (len(word)+1)/3)+1
	for _, name := range known {
		d := levenshtein.ComputeDistance(word, strings.ToLower(name))
		if d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}
