package main

import (
	"fmt"

	"github.com/pelletier/go-toml/v2/unstable"

	"weir/ingest"
)

// isRule tells the heading [[rule]].
func isRule(e *unstable.Node) bool {
	if e.Kind != unstable.ArrayTable {
		return false
	}
	name := e.Key()
	return name.Next() && string(name.Node().Data) == "rule" && name.IsLast()
}

// readRules reads the [[rule]] tables of a config file.
func (s *settings) readRules(file string, text []byte, value any) error {
	tables, _ := value.([]any)
	for i, lines := range ruleLines(text) {
		if i >= len(tables) {
			return nil
		}
		table, _ := tables[i].(map[string]any)
		r, key, err := ingest.ConfiguredRule(table)
		line := lines[key]
		if line == 0 {
			line = lines[""]
		}
		r.Origin = fmt.Sprintf("%s:%d", file, lines[""])
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, line, err)
		}
		s.rules = append(s.rules, r)
	}
	return nil
}

// ruleLines returns the lines of the keys of each [[rule]], that of the heading under "".
func ruleLines(text []byte) []map[string]int {
	var all []map[string]int
	p := &unstable.Parser{}
	p.Reset(text)
	inRule := false
	for p.NextExpression() {
		e := p.Expression()
		heading := isRule(e)
		if inRule = heading || inRule && e.Kind == unstable.KeyValue; !inRule {
			continue
		}
		name := e.Key()
		if !name.Next() {
			continue
		}
		line := p.Shape(name.Node().Raw).Start.Line
		if heading {
			all = append(all, map[string]int{"": line})
			continue
		}
		all[len(all)-1][string(name.Node().Data)] = line
	}
	return all
}
