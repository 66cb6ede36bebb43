package filter

import (
	"net/netip"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	bytecode "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"weir/ingest/event"
)

// machine is what expr needs to know to check and run what closures do not cover.
type machine struct {
	config *conf.Config
	more   bool // knows further fields
}

// newMachine returns a machine that knows the fields, and further ones by their rewritten names.
func newMachine(more ...string) *machine {
	zero := map[Type]any{Number: 0.0, Text: "", Bool: false, Time: time.Time{}}
	names := make(map[string]any, len(Fields))
	for _, f := range Fields {
		names[f.Name] = zero[f.Type]
	}
	for _, name := range more {
		names[name] = zero[further(name).Type]
	}
	config := conf.New(names)
	config.Optimize = false // its rewriting knows nothing of unknown numbers
	for name := range config.Builtins {
		if function(name) == nil {
			config.Disabled[name] = true
			delete(config.Builtins, name)
		}
	}
	for _, with := range []expr.Option{
		expr.Function("len", callLength, new(func(string) float64)),
		expr.Function("inNet", callInNet, new(func(string, ...string) bool)),
		expr.Function(between, callBetween, new(func(float64, float64, float64) bool)),
		expr.Function(differ, callDiffer, new(func(float64, float64) bool)),
	} {
		with(config)
	}
	return &machine{config: config}
}

func callLength(args ...any) (any, error) { return length([]byte(args[0].(string))), nil }

func callInNet(args ...any) (any, error) {
	networks := make([]netip.Prefix, 0, len(args)-1)
	for _, arg := range args[1:] {
		if p, ok := parseNetwork(arg.(string)); ok {
			networks = append(networks, p)
		}
	}
	return within([]byte(args[0].(string)), networks), nil
}

func callBetween(args ...any) (any, error) {
	x, low, high := args[0].(float64), args[1].(float64), args[2].(float64)
	return low <= x && x <= high, nil
}

func callDiffer(args ...any) (any, error) {
	a, b := args[0].(float64), args[1].(float64)
	return a < b || a > b, nil
}

// binding is a field that a program reads.
type binding struct {
	name string
	get  func(e *event.Event) any
}

// bindings are the fields that a part of an expression reads.
func (c *compiler) bindings(n ast.Node) []binding {
	names := &collector{found: make(map[string]bool)}
	ast.Walk(&n, names)
	var all []binding
	for _, f := range Fields {
		if names.found[f.Name] {
			all = append(all, binding{f.Name, c.boxed(f)})
		}
	}
	for name := range names.found {
		if f := further(name); f != nil {
			all = append(all, binding{name, c.boxed(*f)})
		}
	}
	return all
}

func (c *compiler) boxed(f Field) func(e *event.Event) any {
	switch {
	case f.number != nil:
		return func(e *event.Event) any { return f.number(e) }
	case f.text != nil:
		return func(e *event.Event) any { return string(f.text(e)) }
	case f.truth != nil:
		return func(e *event.Event) any { return f.truth(e) }
	case f.Type == Time:
		return func(e *event.Event) any { return e.When() }
	}
	return func(e *event.Event) any { return c.Bot(e.Agent) }
}

type collector struct{ found map[string]bool }

// Visit notes a name.
func (c *collector) Visit(n *ast.Node) {
	if name, ok := (*n).(*ast.IdentifierNode); ok {
		c.found[name.Value] = true
	}
}

// run returns a condition that expr's machine decides. It allocates.
func (c *compiler) run(n ast.Node) truth {
	program, err := bytecode.Compile(&parser.Tree{Node: n, Source: c.tree.Source}, c.machine.config)
	if err != nil {
		c.err = err
		return nil
	}
	bindings := c.bindings(n)
	return func(e *event.Event) bool {
		env := make(map[string]any, len(bindings))
		for _, b := range bindings {
			env[b.name] = b.get(e)
		}
		out, err := vm.Run(program, env)
		decided, ok := out.(bool)
		return err == nil && ok && decided
	}
}
