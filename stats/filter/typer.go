package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"weir/typo"
)

// typer walks over what the parser made, once. It finds every type, refuses
// what a filter does not have, and rewrites, so that closures and expr's
// machine mean the same: every number is a float64, units stand for their value,
// bytes are texts, != between numbers and ranges become calls, times are constants.
type typer struct {
	Config
	units map[int]float64
	seen  map[any]bool

	further []string // the names of further fields, as rewritten
	at      int      // rune index of err
	err     error
}

func (t *typer) fail(n ast.Node, format string, args ...any) Type {
	if t.err == nil {
		t.at, t.err = n.Location().From, fmt.Errorf(format, args...)
	}
	return invalid
}

// visit returns the type of the node in slot, invalid after an error.
func (t *typer) visit(slot *ast.Node) Type {
	switch n := (*slot).(type) {
	case *ast.IdentifierNode:
		return t.name(n)
	case *ast.IntegerNode:
		value, ok := t.units[n.Location().From]
		if !ok {
			value = float64(n.Value)
		}
		ast.Patch(slot, &ast.FloatNode{Value: value})
		return Number
	case *ast.FloatNode:
		return Number
	case *ast.StringNode:
		return Text
	case *ast.BytesNode:
		ast.Patch(slot, &ast.StringNode{Value: string(n.Value)})
		return Text
	case *ast.BoolNode:
		return Bool
	case *ast.ConstantNode:
		return Time
	}
	// In a < b < c and in a ?: b the parser puts one node in two places. Within
	// each other they would be walked over 2ⁿ times.
	if t.err != nil {
		return invalid
	}
	if t.seen[*slot] {
		return t.fail(*slot, "this stands for two comparisons: write them out with and")
	}
	t.seen[*slot] = true
	switch n := (*slot).(type) {
	case *ast.UnaryNode:
		return t.unary(n)
	case *ast.BinaryNode:
		return t.binary(slot, n)
	case *ast.ConditionalNode:
		return t.conditional(n)
	case *ast.BuiltinNode:
		return t.call(slot, n.Name, n.Arguments)
	case *ast.CallNode:
		if name, ok := n.Callee.(*ast.IdentifierNode); ok {
			return t.call(slot, name.Value, n.Arguments)
		}
	case *ast.ArrayNode:
		return t.fail(n, `a list only follows in: method in ["GET", "HEAD"]`)
	case *ast.NilNode:
		return t.fail(n, `there is no nil here: a missing text is ""`)
	case *ast.SequenceNode, *ast.VariableDeclaratorNode:
		return t.fail(n, oneExpression)
	case *ast.MemberNode:
		return t.attribute(slot, n)
	case *ast.SliceNode, *ast.ChainNode:
		return t.fail(n, "a field has no parts: find text with contains, startsWith or matches")
	}
	return t.fail(*slot, "a filter has no such thing; texts, numbers, fields and conditions it has")
}

func (t *typer) name(n *ast.IdentifierNode) Type {
	f := field(n.Value)
	switch {
	case n.Value == attributes:
		return t.fail(n, `a name follows: attributes.tenant, attributes["trace.id"]`)
	case f == nil && function(n.Value) != nil:
		return t.fail(n, "%s is a function: write %s", n.Value, function(n.Value).Usage)
	case f == nil:
		hint := ""
		if meant, ok := otherwise[strings.ToLower(n.Value)]; ok {
			hint = ": write " + meant
		} else if near := typo.Nearest(n.Value, fieldNames()); near != "" {
			hint = ": did you mean " + near + "?"
		}
		return t.fail(n, "no field is called %s%s", clip(n.Value, 24), hint)
	case n.Value == "bot" && t.Bot == nil:
		return t.fail(n, "bot is not known here")
	}
	return f.Type
}

func fieldNames() (names []string) {
	for _, f := range Fields {
		names = append(names, f.Name)
	}
	return names
}

func (t *typer) unary(n *ast.UnaryNode) Type {
	want := Number
	if n.Operator == "not" || n.Operator == "!" {
		want = Bool
	}
	return t.want(&n.Node, want, n.Operator)
}

// want visits an operand, which must be of type want.
func (t *typer) want(slot *ast.Node, want Type, operator string) Type {
	found := t.visit(slot)
	if t.err == nil && want == Number && t.counts(*slot) {
		return Number
	}
	if t.err == nil && found != want {
		return t.fail(*slot, "%s needs %s, and this is %s", operator, want, found)
	}
	return found
}

func (t *typer) binary(slot *ast.Node, n *ast.BinaryNode) Type {
	switch n.Operator {
	case "and", "&&", "or", "||":
		t.want(&n.Left, Bool, n.Operator)
		t.want(&n.Right, Bool, n.Operator)
		return Bool
	case "==", "!=", "<", "<=", ">", ">=":
		return t.compare(slot, n)
	case "in":
		return t.in(slot, n)
	case "contains", "startsWith", "endsWith":
		t.want(&n.Left, Text, n.Operator)
		t.want(&n.Right, Text, n.Operator)
		return Bool
	case "matches":
		return t.matches(n)
	case "+":
		if left := t.visit(&n.Left); left == Text {
			return t.want(&n.Right, Text, "+ after a text")
		} else if t.err == nil && left != Number {
			return t.fail(n.Left, "+ needs a number or a text, and this is %s", left)
		}
		return t.want(&n.Right, Number, "+ after a number")
	case "-", "*", "/", "**", "^":
		t.want(&n.Left, Number, n.Operator)
		return t.want(&n.Right, Number, n.Operator)
	case "..":
		return t.fail(n, "a range only follows in: status in 400..499")
	}
	return t.fail(n, "a filter has no %s", n.Operator)
}

func (t *typer) compare(slot *ast.Node, n *ast.BinaryNode) Type {
	left, right := t.visit(&n.Left), t.visit(&n.Right)
	if t.err != nil {
		return invalid
	}
	if left == Number && t.counts(n.Right) {
		right = Number
	} else if right == Number && t.counts(n.Left) {
		left = Number
	}
	if left == Time && right == Text {
		right = t.date(&n.Right)
	} else if left == Text && right == Time {
		left = t.date(&n.Left)
	}
	equality := n.Operator == "==" || n.Operator == "!="
	switch {
	case t.err != nil:
		return invalid
	case left != right:
		return t.fail(n, "%s compares %s with %s%s", n.Operator, left, right, quoteHint(left, right, n))
	case left == Bool && !equality:
		return t.fail(n, "%s needs numbers, texts or times", n.Operator)
	case n.Operator == "!=" && left == Number:
		t.rewrite(slot, differ, n.Left, n.Right)
	case equality:
		t.known(n.Left, n.Right)
		t.known(n.Right, n.Left)
	}
	return Bool
}

// quoteHint says how to write a literal as the other side is.
func quoteHint(left, right Type, n *ast.BinaryNode) string {
	literal := n.Right
	if _, ok := literal.(*ast.IdentifierNode); ok {
		literal = n.Left
	}
	switch l := literal.(type) {
	case *ast.StringNode:
		if _, err := strconv.ParseFloat(l.Value, 64); err == nil && (left == Number || right == Number) {
			return ": write " + l.Value
		}
	case *ast.FloatNode:
		if left == Text || right == Text {
			return ": write " + strconv.Quote(strconv.FormatFloat(l.Value, 'g', -1, 64))
		}
	}
	return ""
}

// known refuses a literal that a field with few values never has.
func (t *typer) known(of, value ast.Node) {
	name, _ := of.(*ast.IdentifierNode)
	literal, _ := value.(*ast.StringNode)
	if name == nil || literal == nil {
		return
	}
	if f := field(name.Value); f != nil && len(f.Values) > 0 && !slices.Contains(f.Values, literal.Value) {
		t.fail(value, `%s is never that: it is one of "%s"`, f.Name, strings.Join(f.Values, `", "`))
	}
}

func (t *typer) in(slot *ast.Node, n *ast.BinaryNode) Type {
	left := t.visit(&n.Left)
	if t.err != nil {
		return invalid
	}
	switch right := n.Right.(type) {
	case *ast.ArrayNode:
		if left != Number && left != Text {
			return t.fail(n.Left, "in needs a number or a text, and this is %s", left)
		}
		for i := range right.Nodes {
			found := t.visit(&right.Nodes[i])
			if i == 0 && found == Number && t.counts(n.Left) {
				left = Number
			}
			if t.err == nil && found != left {
				return t.fail(right.Nodes[i], "the list is compared with %s, and this is %s", left, found)
			}
			t.known(n.Left, right.Nodes[i])
		}
		return Bool
	case *ast.BinaryNode:
		if right.Operator != ".." {
			break
		}
		if left != Number && !t.counts(n.Left) {
			return t.fail(n.Left, "a range needs a number, and this is %s", left)
		}
		t.want(&right.Left, Number, "..")
		t.want(&right.Right, Number, "..")
		t.rewrite(slot, between, n.Left, right.Left, right.Right)
		return Bool
	case *ast.StringNode:
		if left != Text {
			break
		}
		t.rewrite(slot, "inNet", n.Left, right)
		return t.networks([]ast.Node{right})
	}
	return t.fail(n.Right, `in needs a list, a range or a network: client in ["a", "b"], status in 400..499, client in "10.0.0.0/8"`)
}

func (t *typer) networks(nodes []ast.Node) Type {
	for _, n := range nodes {
		literal, ok := n.(*ast.StringNode)
		if !ok {
			return t.fail(n, `a network is written out: "10.0.0.0/8"`)
		}
		if _, ok := parseNetwork(literal.Value); !ok {
			return t.fail(n, `this is no network: write "10.0.0.0/8"; a list stands in brackets, a part is found with contains`)
		}
	}
	return Bool
}

func (t *typer) matches(n *ast.BinaryNode) Type {
	t.want(&n.Left, Text, "matches")
	t.want(&n.Right, Text, "matches")
	if t.err != nil {
		return invalid
	}
	pattern, ok := n.Right.(*ast.StringNode)
	if !ok {
		return t.fail(n.Right, `a pattern is written out: path matches "^/(a|b)/"`)
	}
	if _, err := regexp.Compile(pattern.Value); err != nil {
		return t.fail(n.Right, "%s", clip(strings.TrimPrefix(err.Error(), "error parsing regexp: "), 80))
	}
	return Bool
}

func (t *typer) conditional(n *ast.ConditionalNode) Type {
	t.want(&n.Cond, Bool, "?")
	first := t.visit(&n.Exp1)
	if then := t.visit(&n.Exp2); t.err == nil && first != then {
		return t.fail(n.Exp2, "one side of : is %s, and this is %s", first, then)
	}
	return first
}

func (t *typer) call(slot *ast.Node, name string, arguments []ast.Node) Type {
	f := function(name)
	if f == nil {
		names := []string{}
		for _, known := range Functions {
			names = append(names, known.Name)
		}
		hint := ""
		if near := typo.Nearest(name, names); near != "" {
			hint = ": did you mean " + near + "?"
		}
		return t.fail(*slot, "no function is called %s%s", clip(name, 24), hint)
	}
	if len(arguments) < f.least || len(arguments) > len(f.in) && f.Name != "inNet" {
		return t.fail(*slot, "write %s", f.Usage)
	}
	for i := range arguments {
		if want := f.in[min(i, len(f.in)-1)]; t.visit(&arguments[i]) != want && t.err == nil {
			return t.fail(arguments[i], "%s needs %s here", f.Name, want)
		}
	}
	switch {
	case t.err != nil:
		return invalid
	case name == "inNet":
		return t.networks(arguments[1:])
	case name == "date":
		if t.date(&arguments[0]); t.err == nil {
			*slot = arguments[0]
		}
	}
	return f.out
}

// layouts are the ways to write a time, in which a T may stand for the space.
var layouts = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

// date makes the text in slot a time.
func (t *typer) date(slot *ast.Node) Type {
	literal, ok := (*slot).(*ast.StringNode)
	if !ok {
		return t.fail(*slot, `a time is written out: "2026-10-01 12:00"`)
	}
	zone := t.Location
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range layouts {
		for _, layout := range []string{layout, strings.Replace(layout, " ", "T", 1)} {
			if when, err := time.ParseInLocation(layout, literal.Value, zone); err == nil && when.Year() > 1700 && when.Year() < 2250 {
				ast.Patch(slot, &ast.ConstantNode{Value: when})
				return Time
			}
		}
	}
	return t.fail(*slot, `this is no time: write "2026-10-01", "2026-10-01 12:00" or "2026-10-01T12:00:00Z"`)
}

// rewrite puts a call of a function into slot.
func (t *typer) rewrite(slot *ast.Node, name string, arguments ...ast.Node) {
	callee := &ast.IdentifierNode{Value: name}
	callee.SetLocation((*slot).Location())
	ast.Patch(slot, &ast.CallNode{Callee: callee, Arguments: arguments})
}
