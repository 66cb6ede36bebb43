package ingest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/alert"
)

// RuleFlags are what every command that judges logs can be told.
type RuleFlags struct {
	Alert       float64       `group:"Dashboard:" default:"10" placeholder:"10" help:"Requests per second that trigger the traffic alert."`
	AlertPeriod time.Duration `group:"Dashboard:" default:"2m" help:"Window of the traffic alert."`
	Rule        []string      `group:"Dashboard:" sep:"none" placeholder:"'NAME: EXPR'" help:"A further rule, like 'slow: p95(duration) > 800ms per section over 2m'; repeatable. 'errors: off' turns a rule off, errors alone has a built-in one without a screen too; weir rules lists them." brief:"A further rule: 'slow: p95(duration) > 1s'; weir rules"`
}

// mostRules bounds the memory of rules.
const mostRules = 100

// CheckRule says what is wrong with a value of --rule.
func CheckRule(text string) error {
	_, err := readRule(text)
	return err
}

// readRule reads a value of --rule: a rule, or the name of a built-in one.
func readRule(text string) (alert.Rule, error) {
	if r, ok := alert.FindBuiltIn(text); ok {
		return r, nil
	}
	r, err := alert.Parse(text)
	r.Origin = "--rule"
	return r, err
}

// Rules returns the rules in force: the built-in ones where they are wanted,
// those of the config file and those of the flags, of which the last of a name
// counts. A flag may name a built-in rule to have it anyway.
func (f *RuleFlags) Rules(configured []alert.Rule, builtIn bool) ([]alert.Rule, error) {
	all := slices.Clone(configured)
	if builtIn {
		all = append(alert.BuiltIn(), all...)
	}
	for _, text := range f.Rule {
		r, err := readRule(text)
		if err != nil {
			return nil, UsageError{fmt.Errorf("--rule: %w", err)}
		}
		all = append(all, r)
	}
	if all = alert.InForce(all); len(all) > mostRules {
		return nil, UsageError{fmt.Errorf("%d rules are more than %d: one rule per section, client or host watches them all", len(all), mostRules)}
	}
	return all, nil
}

// ConfiguredRule reads a table of rules of a config file: name, when and the
// clauses by their names. The error is about one key, "" for the whole.
func ConfiguredRule(table map[string]any) (r alert.Rule, key string, err error) {
	known := append([]string{"name", "when"}, alert.RuleKeys()...)
	for k := range table {
		if !slices.Contains(known, k) {
			return r, k, fmt.Errorf("a rule has no %q: choose one of %s", k, strings.Join(known, ", "))
		}
	}
	name, when := fmt.Sprint(table["name"]), fmt.Sprint(table["when"])
	for k, v := range map[string]string{"name": name, "when": when} {
		if table[k] == nil || strings.TrimSpace(v) == "" {
			return r, "", fmt.Errorf("a rule needs a name and when, like name = \"errors\", when = \"ratio(status >= 500) > 5%%\"")
		}
	}
	text := name + ": " + when
	if r, err = alert.Parse(text); err != nil && !unfinished(table) {
		return r, "when", err
	}
	for _, k := range alert.RuleKeys() {
		v, ok := table[k]
		if !ok {
			continue
		}
		text += " " + strings.ReplaceAll(k, "_", " ") + " " + fmt.Sprint(v)
		if r, err = alert.Parse(text); err != nil {
			return r, k, err
		}
	}
	return r, "", nil
}

// unfinished tells whether what the expression misses may stand under a key of its own.
func unfinished(table map[string]any) bool { return table["for"] != nil || table["over"] != nil }
