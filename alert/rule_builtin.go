package alert

import (
	"strings"
)

// builtIn are the rules that are in force on the screen unless a rule of the
// same name takes their place. None may ever fire on healthy traffic.
var builtIn = []string{
	"errors: errors() > 5% over 2m clear 2% min 50 severity critical",
}

// BuiltIn returns the rules that are in force on the screen unless told otherwise.
func BuiltIn() []Rule {
	var all []Rule
	for _, text := range builtIn {
		if r, err := Parse(text); err == nil { // a test parses them all
			r.Origin = "built in, on the screen"
			all = append(all, r)
		}
	}
	return all
}

// FindBuiltIn returns the built-in rule of that name.
func FindBuiltIn(name string) (Rule, bool) {
	for _, r := range BuiltIn() {
		if r.Name == strings.TrimSpace(name) {
			return r, true
		}
	}
	return Rule{}, false
}

// InForce returns of rules with one name the last, in the place of the first,
// without those that are turned off.
func InForce(rules []Rule) []Rule {
	var all []Rule
	for _, r := range Distinct(rules) {
		if !r.Off {
			all = append(all, r)
		}
	}
	return all
}

// RuleKeys are the clauses as keys of a table in the config file.
func RuleKeys() []string {
	names := clauseNames()
	for i := range names {
		names[i] = strings.ReplaceAll(names[i], " ", "_")
	}
	return names
}
