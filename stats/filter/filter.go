// Package filter compiles filter expressions and matches events against them:
//
//	status >= 500 and path startsWith "/api"
//	class in ["4xx", "5xx"] and client not in "10.0.0.0/8"
//	duration > 200ms and not (lower(agent) contains "bot")
//
// The language is that of github.com/expr-lang/expr, kept to what cannot fail
// and costs at most the event's length times the expression's: fields (see
// Fields), numbers, texts, and, or, not, == != < <= > >=, in (a list, a range
// of numbers, a network), contains, startsWith, endsWith, matches (a regular
// expression), + - * / **, c ? a : b, and the functions of Functions. Numbers may end in a
// unit: 200ms and 1h30m are seconds, 10MB and 4KiB bytes.
//
// What a line did not say. A comparison with an unknown number is false
// whichever way it is put, != and in included; not turns that around as it does
// everything: status != 200 leaves out an event without status, not (status ==
// 200) takes it. A missing text is "", which every text contains and starts with.
//
// What has no name of its own, the further fields of a JSON line, stands under
// attributes: attributes.tenant == "acme",
// attributes["trace.id"], attributes.queue.depth > 3.
//
// A time is compared with a text that holds one: time >= "2026-10-01 12:00".
// Texts are compared byte by byte; b"\xff" writes bytes that are no UTF-8.
//
// The package is pure. Matching allocates nothing but for what the package
// leaves to expr's own machine: joined texts, trim, and lower and upper of
// texts that are not ASCII or stand alone.
package filter

import (
	"fmt"
	"time"

	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/parser"

	"weir/ingest/event"
)

// Filter is a compiled expression. It is immutable: any number of goroutines
// may use it at once. A nil Filter matches every event.
type Filter struct {
	source  string
	match   truth
	further bool
}

// Config is what an expression may need beside its text. The zero value works.
type Config struct {
	Bot      func(agent []byte) bool // answers the field bot; nil makes its use an error
	Location *time.Location          // for times without a zone; nil is UTC
}

// Compile is Config{}.Compile.
func Compile(expression string) (*Filter, error) { return Config{}.Compile(expression) }

// Compile returns the filter of an expression; a blank one matches every event.
// The error is an *Error.
func (cfg Config) Compile(expression string) (*Filter, error) {
	tree, env, err := cfg.check(expression)
	if err != nil {
		return nil, err
	}
	if tree == nil {
		return &Filter{source: expression, match: func(*event.Event) bool { return true }}, nil
	}
	c := compiler{Config: cfg, tree: tree, machine: env}
	match := c.truth(tree.Node)
	if c.err != nil {
		return nil, &Error{Message: c.err.Error()}
	}
	return &Filter{source: expression, match: match, further: env.more}, nil
}

// Attributes tells whether f asks for further fields, which events have only
// where the parser keeps them.
func (f *Filter) Attributes() bool { return f != nil && f.further }

// Match tells whether e is one of the events that f describes.
func (f *Filter) Match(e *event.Event) bool { return f == nil || f.match(e) }

// String is the expression as it was given.
func (f *Filter) String() string {
	if f == nil {
		return ""
	}
	return f.source
}

// Error says what is wrong with an expression and where.
type Error struct {
	Column  int    // 0-based byte offset in the expression; its length when it ends too early
	Message string // what is wrong and, where it is known, what to write
}

// Error is the message after the column, which people count from 1.
func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column+1, e.Message) }

// check reads an expression, checks its types and rewrites what expr does not
// know by itself. The tree is nil when the expression is blank.
func (cfg Config) check(expression string) (*parser.Tree, *machine, error) {
	plain, err := scan(expression)
	if err != nil {
		return nil, nil, err
	}
	if plain.blank {
		return nil, nil, nil
	}
	m := newMachine()
	tree, parseErr := parser.ParseWithConfig(plain.text, m.config)
	if parseErr != nil {
		return nil, nil, explain(expression, parseErr)
	}
	c := typer{Config: cfg, units: plain.units, seen: make(map[any]bool)}
	found := c.visit(&tree.Node)
	if c.err == nil && found != Bool {
		c.fail(tree.Node, "this is %s, not a condition: compare it with something", found)
	}
	if c.err != nil {
		return nil, nil, &Error{byteOffset(expression, c.at), c.err.Error()}
	}
	if len(c.further) > 0 {
		m = newMachine(c.further...)
		m.more = true
	}
	if _, err := checker.Check(tree, m.config); err != nil {
		return nil, nil, explain(expression, err)
	}
	return tree, m, nil
}
