package filter

import "unicode/utf8"

// Function is a function that expressions may call.
type Function struct {
	Name        string
	Usage       string // with its arguments, as help shows it
	Description string // one line for a person

	in    []Type // of the arguments
	least int    // arguments that must be there
	out   Type
}

// Functions lists every function, in reading order. Help, completion and the
// checks of Compile are made from it. Those without a rewriting in typer are
// expr's own.
var Functions = []Function{
	{"lower", "lower(text)", "the text in small letters", []Type{Text}, 1, Text},
	{"upper", "upper(text)", "the text in capitals", []Type{Text}, 1, Text},
	{"len", "len(text)", "how many characters the text has", []Type{Text}, 1, Number},
	{"trim", "trim(text, characters)", "the text without spaces, or these characters, around it", []Type{Text, Text}, 1, Text},
	{"trimPrefix", "trimPrefix(text, prefix)", "the text without what it may begin with", []Type{Text, Text}, 2, Text},
	{"trimSuffix", "trimSuffix(text, suffix)", "the text without what it may end with", []Type{Text, Text}, 2, Text},
	{"inNet", `inNet(client, "10.0.0.0/8", …)`, "whether an address is in one of the networks; a name is in none", []Type{Text, Text}, 2, Bool},
	{"date", `date("2026-10-01 12:00")`, "a time", []Type{Text}, 1, Time},
	{"abs", "abs(number)", "the number without its sign", []Type{Number}, 1, Number},
	{"round", "round(number)", "the nearest whole number", []Type{Number}, 1, Number},
	{"floor", "floor(number)", "the whole number below", []Type{Number}, 1, Number},
	{"ceil", "ceil(number)", "the whole number above", []Type{Number}, 1, Number},
}

// function returns the function of that name, or nil.
func function(name string) *Function {
	for i := range Functions {
		if Functions[i].Name == name {
			return &Functions[i]
		}
	}
	return nil
}

// Names that only rewriting writes, since no expression can.
const (
	between = "between!" // x, low, high: low ≤ x ≤ high
	differ  = "differ!"  // a, b: both known and not the same
)

// length is len; unlike expr's it is a float64 as every number is.
func length(text []byte) float64 { return float64(utf8.RuneCount(text)) }
