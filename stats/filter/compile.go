package filter

import (
	"bytes"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"

	"weir/ingest/event"
)

// truth, number and text are compiled parts of an expression.
type truth func(e *event.Event) bool

type number struct {
	at       func(e *event.Event) float64 // NaN when unknown
	constant bool
	value    float64 // of a constant
}

type text struct {
	at       func(e *event.Event) []byte
	constant bool
	value    []byte                      // of a constant
	lower    func(e *event.Event) []byte // at is this in small letters, when not nil
}

// compiler turns the checked tree into closures over the event. It has a case
// for what filters are mostly made of and leaves the rest to the machine.
type compiler struct {
	Config
	tree    *parser.Tree
	machine *machine
	err     error
}

func (c *compiler) truth(n ast.Node) truth {
	var made truth
	switch n := n.(type) {
	case *ast.BoolNode:
		made = func(*event.Event) bool { return n.Value }
	case *ast.IdentifierNode:
		made = c.flag(n.Value)
	case *ast.UnaryNode:
		inner := c.truth(n.Node)
		made = func(e *event.Event) bool { return !inner(e) }
	case *ast.BinaryNode:
		made = c.binary(n)
	case *ast.CallNode:
		made = c.call(n)
	case *ast.ConditionalNode:
		cond, then, otherwise := c.truth(n.Cond), c.truth(n.Exp1), c.truth(n.Exp2)
		made = func(e *event.Event) bool {
			if cond(e) {
				return then(e)
			}
			return otherwise(e)
		}
	}
	if made == nil {
		return c.run(n)
	}
	return made
}

func (c *compiler) flag(name string) truth {
	f := field(name)
	if f.truth != nil {
		return f.truth
	}
	bot := c.Bot
	return func(e *event.Event) bool { return bot(e.Agent) }
}

// binary returns nil for what it does not cover, as do the following.
func (c *compiler) binary(n *ast.BinaryNode) truth {
	switch n.Operator {
	case "and", "&&":
		left, right := c.truth(n.Left), c.truth(n.Right)
		return func(e *event.Event) bool { return left(e) && right(e) }
	case "or", "||":
		left, right := c.truth(n.Left), c.truth(n.Right)
		return func(e *event.Event) bool { return left(e) || right(e) }
	case "in":
		return c.in(n)
	case "matches":
		if t, ok := c.text(n.Left); ok {
			pattern := regexp.MustCompile(n.Right.(*ast.StringNode).Value)
			return func(e *event.Event) bool { return pattern.Match(t.at(e)) }
		}
		return nil
	}
	if l, ok := c.number(n.Left); ok {
		if r, ok := c.number(n.Right); ok {
			return compareNumbers(n.Operator, l, r)
		}
	} else if l, ok := c.text(n.Left); ok {
		if r, ok := c.text(n.Right); ok {
			return compareTexts(n.Operator, l, r)
		}
	} else if l, ok := instant(n.Left); ok {
		if r, ok := instant(n.Right); ok {
			return compareTimes(n.Operator, l, r)
		}
	}
	return nil
}

func (c *compiler) call(n *ast.CallNode) truth {
	switch n.Callee.(*ast.IdentifierNode).Value {
	case differ:
		l, ok := c.number(n.Arguments[0])
		r, also := c.number(n.Arguments[1])
		if ok && also {
			return compareNumbers("!=", l, r)
		}
	case between:
		x, ok := c.number(n.Arguments[0])
		low, also := c.number(n.Arguments[1])
		high, too := c.number(n.Arguments[2])
		if ok && also && too {
			return func(e *event.Event) bool { v := x.at(e); return low.at(e) <= v && v <= high.at(e) }
		}
	case "inNet":
		t, ok := c.text(n.Arguments[0])
		if !ok {
			return nil
		}
		var networks []netip.Prefix
		for _, argument := range n.Arguments[1:] {
			p, _ := parseNetwork(argument.(*ast.StringNode).Value)
			networks = append(networks, p)
		}
		return func(e *event.Event) bool { return within(t.at(e), networks) }
	}
	return nil
}

// few is how many members of a list are compared one by one.
const few = 8

func (c *compiler) in(n *ast.BinaryNode) truth {
	members := n.Right.(*ast.ArrayNode).Nodes
	if x, ok := c.number(n.Left); ok {
		return c.inNumbers(x, members)
	}
	if t, ok := c.text(n.Left); ok {
		return c.inTexts(t, members)
	}
	return nil
}

func (c *compiler) inNumbers(x number, members []ast.Node) truth {
	list, set := make([]float64, 0, len(members)), make(map[float64]bool)
	for _, m := range members {
		y, ok := c.number(m)
		if !ok || !y.constant {
			return nil
		}
		list = append(list, y.value)
		set[y.value] = true
	}
	if len(list) > few {
		return func(e *event.Event) bool { return set[x.at(e)] }
	}
	return func(e *event.Event) bool {
		v := x.at(e)
		return slices.Contains(list, v)
	}
}

func (c *compiler) inTexts(t text, members []ast.Node) truth {
	list, set := make([]string, 0, len(members)), make(map[string]bool)
	for _, m := range members {
		y, ok := c.text(m)
		if !ok || !y.constant {
			return nil
		}
		list = append(list, string(y.value))
		set[string(y.value)] = true
	}
	if len(list) > few {
		return func(e *event.Event) bool { return set[string(t.at(e))] }
	}
	return func(e *event.Event) bool {
		v := t.at(e)
		return slices.Contains(list, string(v))
	}
}

func (c *compiler) number(n ast.Node) (number, bool) {
	switch n := n.(type) {
	case *ast.FloatNode:
		return number{func(*event.Event) float64 { return n.Value }, true, n.Value}, true
	case *ast.IdentifierNode:
		f := field(n.Value)
		return number{at: f.number}, f.number != nil
	case *ast.UnaryNode:
		x, ok := c.number(n.Node)
		switch {
		case !ok || n.Operator == "+":
			return x, ok
		case n.Operator != "-":
			return number{}, false
		case x.constant:
			return number{func(*event.Event) float64 { return -x.value }, true, -x.value}, true
		}
		return number{at: func(e *event.Event) float64 { return -x.at(e) }}, true
	case *ast.BinaryNode:
		return c.arithmetic(n)
	case *ast.BuiltinNode:
		round, ok := rounding[n.Name]
		if !ok {
			return number{}, false
		}
		x, ok := c.number(n.Arguments[0])
		return number{at: func(e *event.Event) float64 { return round(x.at(e)) }}, ok
	case *ast.CallNode:
		if n.Callee.(*ast.IdentifierNode).Value != "len" {
			return number{}, false
		}
		t, ok := c.text(n.Arguments[0])
		return number{at: func(e *event.Event) float64 { return length(t.at(e)) }}, ok
	case *ast.ConditionalNode:
		then, ok := c.number(n.Exp1)
		otherwise, also := c.number(n.Exp2)
		if !ok || !also {
			return number{}, false
		}
		cond := c.truth(n.Cond)
		return number{at: func(e *event.Event) float64 {
			if cond(e) {
				return then.at(e)
			}
			return otherwise.at(e)
		}}, true
	}
	return number{}, false
}

var rounding = map[string]func(float64) float64{"abs": math.Abs, "round": math.Round, "floor": math.Floor, "ceil": math.Ceil}

func (c *compiler) arithmetic(n *ast.BinaryNode) (number, bool) {
	l, ok := c.number(n.Left)
	if !ok {
		return number{}, false
	}
	r, ok := c.number(n.Right)
	if !ok {
		return number{}, false
	}
	switch a, b := l.at, r.at; n.Operator {
	case "+":
		return number{at: func(e *event.Event) float64 { return a(e) + b(e) }}, true
	case "-":
		return number{at: func(e *event.Event) float64 { return a(e) - b(e) }}, true
	case "*":
		return number{at: func(e *event.Event) float64 { return a(e) * b(e) }}, true
	case "/":
		return number{at: func(e *event.Event) float64 { return a(e) / b(e) }}, true
	case "**", "^":
		return number{at: func(e *event.Event) float64 { return math.Pow(a(e), b(e)) }}, true
	}
	return number{}, false
}

func (c *compiler) text(n ast.Node) (text, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		value := []byte(n.Value)
		return text{at: func(*event.Event) []byte { return value }, constant: true, value: value}, true
	case *ast.IdentifierNode:
		f := field(n.Value)
		return text{at: f.text}, f.text != nil
	case *ast.BuiltinNode:
		if n.Name != "lower" && n.Name != "upper" {
			return text{}, false
		}
		inner, ok := c.text(n.Arguments[0])
		if !ok {
			return text{}, false
		}
		if n.Name == "lower" {
			return text{at: func(e *event.Event) []byte { return lowered(inner.at(e)) }, lower: inner.at}, true
		}
		return text{at: func(e *event.Event) []byte { return bytes.ToUpper(inner.at(e)) }}, true
	case *ast.ConditionalNode:
		then, ok := c.text(n.Exp1)
		otherwise, also := c.text(n.Exp2)
		if !ok || !also {
			return text{}, false
		}
		cond := c.truth(n.Cond)
		return text{at: func(e *event.Event) []byte {
			if cond(e) {
				return then.at(e)
			}
			return otherwise.at(e)
		}}, true
	}
	return text{}, false
}

// instant is the event's time or a constant one, in nanoseconds since the epoch.
func instant(n ast.Node) (func(e *event.Event) int64, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return func(e *event.Event) int64 { return e.Time }, field(n.Value).Type == Time
	case *ast.ConstantNode:
		when := n.Value.(time.Time).UnixNano()
		return func(*event.Event) int64 { return when }, true
	}
	return nil, false
}
