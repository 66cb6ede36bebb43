package filter

import (
	"strings"
	"testing"
)

// Each would take exponential time, or the stack, without the bounds.
func TestHostileExpressionsEnd(t *testing.T) {
	nest := func(open, middle, shut string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
	}
	for name, c := range map[string]struct {
		expression string
		compiles   bool
	}{
		"chains":        {nest("1 < (", "status", " < 2) < 3", 99) + " == true", false},
		"elvises":       {nest("(", "bot", " ?: bot)", 99), false},
		"nots":          {strings.Repeat("!", maxCode-3) + "bot", false}, // more nodes than expr takes
		"fewer nots":    {strings.Repeat("!", 9000) + "bot", true},
		"signs":         {strings.Repeat("-", 9000) + "1 == 1", true},
		"powers":        {strings.Repeat("1**", 3000) + "1 == 1", true},
		"ternaries":     {strings.Repeat("bot ? bot : ", 1300) + "bot", true},
		"conditions":    {nest("((", "bot", " ? 1 : 2) + len(user + user) > 1)", 45), true},
		"ifs":           {nest("if bot { bot } else { ", "bot", " }", 99), true},
		"ands":          {strings.Repeat("bot and ", 2000) + "bot", true},
		"sums":          {strings.Repeat("user + ", 2000) + `user == ""`, true},
		"list":          {"status in [" + strings.Repeat("404, ", 3000) + "]", true},
		"brackets":      {nest("(", "bot", ")", maxNesting), true},
		"more brackets": {nest("(", "bot", ")", maxNesting+1), false},
		"code":          {strings.Repeat(" ", maxCode-3) + "bot", true},
		"more code":     {strings.Repeat("bot or ", maxCode/7) + "suspicious", false},
		"text":          {Equal("path", strings.Repeat("\xff/", 1<<20)), true},
		"more text":     {Equal("path", strings.Repeat("x", maxText)), false},
		"name":          {strings.Repeat("x", maxCode-1), false},
		"unit":          {"1" + strings.Repeat("x", maxCode-2), false},
		"number":        {strings.Repeat("9", maxCode-2), false},
		"duration":      {"duration > " + strings.Repeat("9", 4000) + "h", false},
		"durations":     {"duration > " + strings.Repeat("9h", 4000), true},
		"infinity":      {"duration > 1e308h", false},
		"pattern":       {`path matches "((((x{99}){99}){99}){99})"`, false},
	} {
		f, err := robots.Compile(c.expression)
		if (err == nil) != c.compiles {
			t.Errorf("%s: %v", name, err)
		}
		f.Match(with(nil))
	}
}
