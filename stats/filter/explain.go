package filter

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/file"
)

var token = regexp.MustCompile(`^unexpected token (\w+)(?:\((".*")\))?$`)

// instead maps what other languages write to what this one does.
var instead = map[string]string{
	"=": "==", "&": "and", "|": "or", "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "LIKE": "contains", "like": "contains",
	"is": "==", "<>": "!=", "===": "==",
}

// explain turns an error of expr into one of ours.
func explain(expression string, err error) *Error {
	var at *file.Error
	if !errors.As(err, &at) {
		return &Error{Message: err.Error()}
	}
	column, message := byteOffset(expression, at.From), at.Message
	found := token.FindStringSubmatch(message)
	switch {
	case found != nil && found[1] == "EOF", message == "unexpected end of expression":
		return &Error{len(expression), "the expression ends here, and something is missing"}
	case found != nil && found[2] != "":
		word, err := strconv.Unquote(found[2])
		if err != nil {
			word = found[2]
		}
		message = "did not expect " + strconv.Quote(word) + " here"
		if right, ok := instead[word]; ok {
			message += ": write " + right
		} else if word == "/" {
			message += `: texts need quotes, as in path == "/api"`
		}
	case message == "literal not terminated": // but for a line end
		message = "a quoted text ends on its line"
	case strings.HasPrefix(message, "compilation failed: "):
		message = strings.TrimPrefix(message, "compilation failed: ")
	}
	return &Error{column, message}
}

// byteOffset is where the rune of that index begins.
func byteOffset(s string, runes int) int {
	for i := range s {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(s)
}

// nearest returns the name that a typo was most likely meant to be, or "".
func nearest(typo string, names []string) string {
	if len(typo) > 32 {
		return ""
	}
	best, least := "", max(1, len(typo)/3)+1
	for _, name := range names {
		if d := distance(strings.ToLower(typo), name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
