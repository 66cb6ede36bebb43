package main

import (
	"fmt"
	"strings"
)

const zshHead = `#compdef weir
# zsh completion for weir: weir completion zsh > "${fpath[1]}/_weir"
_weir() {
  local at= depth=1 i
  local -a commands
  for ((i = 2; i < CURRENT; i++)); do
    case $at/${words[i]} in
`

// zsh is the completion script for zsh.
func zsh(all []completed) string {
	var b strings.Builder
	b.WriteString(zshHead)
	for _, c := range all {
		for _, below := range c.commands {
			fmt.Fprintf(&b, "      %s) at=%s depth=$i ;;\n", zshWord(c.path+"/"+below.path), zshWord(strings.TrimSpace(c.path+" "+below.path)))
		}
	}
	b.WriteString("    esac\n  done\n  shift $((depth - 1)) words\n  ((CURRENT -= depth - 1))\n  case $at in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    %s)\n", zshWord(c.path))
		first := ""
		if len(c.commands) > 0 {
			b.WriteString("      commands=(")
			for _, below := range c.commands {
				fmt.Fprintf(&b, "\n        %s", zshWord(below.path+":"+zshEscape(below.help)))
			}
			b.WriteString(")\n")
			first = " \\\n        '1: :{_describe command commands; " + zshAction(c.argument) + "}'"
		}
		b.WriteString("      _arguments" + first)
		for _, f := range c.flags {
			spec := f.name
			if !f.switches {
				spec += "="
			}
			spec += "[" + zshEscape(f.help) + "]"
			if !f.switches {
				spec += ":value:" + zshAction(f)
			}
			fmt.Fprintf(&b, " \\\n        %s", zshWord(spec))
		}
		if c.argument.kind != nothing {
			fmt.Fprintf(&b, " \\\n        %s", zshWord("*:"+c.argument.name+":"+zshAction(c.argument)))
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("  esac\n}\nif [[ $funcstack[1] == _weir ]]; then _weir \"$@\"; else compdef _weir weir; fi\n")
	return b.String()
}

// zshAction is what completes a value.
func zshAction(f completedFlag) string {
	switch f.kind {
	case words:
		return "(" + strings.Join(f.offers, " ") + ")"
	case files:
		return "_files"
	case directories:
		return "_files -/"
	}
	return " "
}

// zshEscape escapes what means something in a spec of _arguments.
func zshEscape(text string) string {
	return strings.NewReplacer("[", "\\[", "]", "\\]", ":", "\\:").Replace(text)
}

// zshWord quotes a word for the shell.
func zshWord(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
