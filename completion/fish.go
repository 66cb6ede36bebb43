package completion

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
func fish(all []Command) string {
	var b strings.Builder
	b.WriteString(fishHead)
	for _, c := range all {
		for _, below := range c.Commands {
			fmt.Fprintf(&b, "            case %s\n                set at %s\n", fishWord(c.Path+"/"+below.Path), fishWord(strings.TrimSpace(c.Path+" "+below.Path)))
		}
	}
	b.WriteString("        end\n    end\n    test \"$at\" = \"$argv\"\nend\n")
	for _, c := range all {
		when := "complete -c weir -n " + fishWord(strings.TrimSpace("__weir_at "+c.Path))
		for _, below := range c.Commands {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", when, below.Path, fishWord(below.Help))
		}
		switch c.Argument.Kind {
		case Nothing:
			fmt.Fprintf(&b, "%s -f\n", when)
		case Words:
			fmt.Fprintf(&b, "%s -f -a %s\n", when, fishWord(strings.Join(c.Argument.Offers, " ")))
		case Directories:
			fmt.Fprintf(&b, "%s -f -a '(__fish_complete_directories)'\n", when)
		}
		for _, f := range c.Flags {
			fmt.Fprintf(&b, "%s -l %s -d %s%s\n", when, strings.TrimPrefix(f.Name, "--"), fishWord(f.Help), fishValue(f))
		}
	}
	return b.String()
}

// fishValue says what completes the value of a flag.
func fishValue(f Flag) string {
	switch {
	case f.Switches:
		return ""
	case f.Kind == Words:
		return " -x -a " + fishWord(strings.Join(f.Offers, " "))
	case f.Kind == Files:
		return " -r -F"
	case f.Kind == Directories:
		return " -x -a '(__fish_complete_directories)'"
	}
	return " -x"
}

// fishWord quotes a word for the shell.
func fishWord(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
