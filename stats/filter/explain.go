package filter

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/file"

	"weir/typo"
)

var token = regexp.MustCompile(`^unexpected token (\w+)(?:\((".*")\))?$`)

// instead maps what other languages write to what this one does.
var instead = map[string]string{
	"=": "==", "&": "and", "|": "or", "AND": "and", "OR": "or", "NOT": "not", "IN": "in", "LIKE": "contains", "like": "contains",
	"is": "==", "<>": "!=", "===": "==",
}

// operators are those that are words.
var operators = []string{"and", "contains", "endsWith", "in", "matches", "not", "or", "startsWith"}

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
		if rest := expression[column:]; !strings.HasPrefix(rest, word) { // a number whose unit was taken out
			word = rest[:len(rest)-len(strings.TrimLeftFunc(rest, alphanumeric))]
		}
		message = "did not expect " + strconv.Quote(word) + " here"
		if right, ok := instead[word]; ok {
			message += ": write " + right
		} else if near := typo.Nearest(word, operators); near != "" && near != word {
			message += ": did you mean " + near + "?"
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
