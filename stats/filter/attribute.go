package filter

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"weir/ingest/event"
)

// attributes is what further fields stand under: attributes.tenant,
// attributes["trace.id"]. They hold texts, and numbers beside a number.
const attributes = "attributes"

// Names that only rewriting writes, since no expression can: a further field as
// a text, and as a number.
const (
	furtherText   = "attribute!"
	furtherNumber = "number!"
)

// Attribute returns the expression that matches the events in which a further
// field has that value.
func Attribute(name, value string) string {
	if !utf8.ValidString(name) {
		return "false"
	}
	return attributes + "[" + quote(name) + "] == " + quote(value)
}

// further is the field that such a name stands for, or nil.
func further(name string) *Field {
	if key, ok := strings.CutPrefix(name, furtherText); ok {
		return &Field{Name: name, Type: Text, text: func(e *event.Event) []byte { return attribute(e, key) }}
	}
	if key, ok := strings.CutPrefix(name, furtherNumber); ok {
		return &Field{Name: name, Type: Number, number: func(e *event.Event) float64 {
			v, err := strconv.ParseFloat(string(attribute(e, key)), 64)
			if err != nil {
				return math.NaN()
			}
			return v
		}}
	}
	return nil
}

func attribute(e *event.Event, key string) []byte {
	if e.More == nil {
		return nil
	}
	for i := range e.More.Attributes {
		if a := &e.More.Attributes[i]; string(a.Key) == key {
			return a.Value
		}
	}
	return nil
}

// attribute takes the parts behind attributes together: members of members are named with dots.
func (t *typer) attribute(slot *ast.Node, n *ast.MemberNode) Type {
	key, ok := memberKey(n)
	if !ok {
		return t.fail(n, "a field has no parts: find text with contains, startsWith or matches")
	}
	ast.Patch(slot, &ast.IdentifierNode{Value: furtherText + key})
	t.further = append(t.further, furtherText+key)
	return Text
}

func memberKey(n ast.Node) (key string, ok bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return "", n.Value == attributes
	case *ast.MemberNode:
		property, named := n.Property.(*ast.StringNode)
		before, ok := memberKey(n.Node)
		if !named || !ok {
			return "", false
		}
		return strings.TrimPrefix(before+"."+property.Value, "."), true
	}
	return "", false
}

// counts makes a further field in slot a number; false where it is none.
func (t *typer) counts(slot ast.Node) bool {
	n, ok := slot.(*ast.IdentifierNode)
	if !ok || !strings.HasPrefix(n.Value, furtherText) {
		return false
	}
	n.Value = furtherNumber + strings.TrimPrefix(n.Value, furtherText)
	t.further = append(t.further, n.Value)
	return true
}
