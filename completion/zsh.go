package completion

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
func zsh(all []Command) string {
	var b strings.Builder
	b.WriteString(zshHead)
	for _, c := range all {
		for _, below := range c.Commands {
			fmt.Fprintf(&b, "      %s) at=%s depth=$i ;;\n", zshWord(c.Path+"/"+below.Path), zshWord(strings.TrimSpace(c.Path+" "+below.Path)))
		}
	}
	b.WriteString("    esac\n  done\n  shift $((depth - 1)) words\n  ((CURRENT -= depth - 1))\n  case $at in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "    %s)\n", zshWord(c.Path))
		first := ""
		if len(c.Commands) > 0 {
			b.WriteString("      commands=(")
			for _, below := range c.Commands {
				fmt.Fprintf(&b, "\n        %s", zshWord(below.Path+":"+zshEscape(below.Help)))
			}
			b.WriteString(")\n")
			first = " \\\n        '1: :{_describe command commands; " + zshAction(c.Argument) + "}'"
		}
		b.WriteString("      _arguments" + first)
		for _, f := range c.Flags {
			spec := f.Name
			if !f.Switches {
				spec += "="
			}
			spec += "[" + zshEscape(f.Help) + "]"
			if !f.Switches {
				spec += ":value:" + zshAction(f)
			}
			fmt.Fprintf(&b, " \\\n        %s", zshWord(spec))
		}
		if c.Argument.Kind != Nothing {
			fmt.Fprintf(&b, " \\\n        %s", zshWord("*:"+c.Argument.Name+":"+zshAction(c.Argument)))
		}
		b.WriteString(" ;;\n")
	}
	b.WriteString("  esac\n}\nif [[ $funcstack[1] == _weir ]]; then _weir \"$@\"; else compdef _weir weir; fi\n")
	return b.String()
}

// zshAction is what completes a value.
func zshAction(f Flag) string {
	switch f.Kind {
	case Words:
		return "(" + strings.Join(f.Offers, " ") + ")"
	case Files:
		return "_files"
	case Directories:
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
