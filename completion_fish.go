package main

import (
	"fmt"
	"strings"
)

const fishHead = `# fish completion for weir: weir completion fish > ~/.config/fish/completions/weir.fish
function __weir_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
`

// fish is the completion script for fish.
func fish(all []completed) string {
	var b strings.Builder
	b.WriteString(fishHead)
	for _, c := range all {
		for _, below := range c.commands {
			fmt.Fprintf(&b, "            case %s\n                set at %s\n", fishWord(c.path+"/"+below.path), fishWord(strings.TrimSpace(c.path+" "+below.path)))
		}
	}
	b.WriteString("        end\n    end\n    test \"$at\" = \"$argv\"\nend\n")
	for _, c := range all {
		when := "complete -c weir -n " + fishWord(strings.TrimSpace("__weir_at "+c.path))
		for _, below := range c.commands {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", when, below.path, fishWord(below.help))
		}
		switch c.argument.kind {
		case nothing:
			fmt.Fprintf(&b, "%s -f\n", when)
		case words:
			fmt.Fprintf(&b, "%s -f -a %s\n", when, fishWord(strings.Join(c.argument.offers, " ")))
		case directories:
			fmt.Fprintf(&b, "%s -f -a '(__fish_complete_directories)'\n", when)
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "%s -l %s -d %s%s\n", when, strings.TrimPrefix(f.name, "--"), fishWord(f.help), fishValue(f))
		}
	}
	return b.String()
}

// fishValue says what completes the value of a flag.
func fishValue(f completedFlag) string {
	switch {
	case f.switches:
		return ""
	case f.kind == words:
		return " -x -a " + fishWord(strings.Join(f.offers, " "))
	case f.kind == files:
		return " -r -F"
	case f.kind == directories:
		return " -x -a '(__fish_complete_directories)'"
	}
	return " -x"
}

// fishWord quotes a word for the shell.
func fishWord(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
