package completion

import (
	"fmt"
	"strings"
)

const bashHead = `# bash completion for weir: source <(weir completion bash)
_weir() {
    local cur=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} IFS=$' \t\n'
    local flag= prefix= at= words= i
    # A flag and its value are two words, three where = breaks words, or one.
    if [[ $cur == = ]]; then flag=$last cur=
    elif [[ $last == = ]]; then flag=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == --*=* ]]; then flag=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
    elif [[ $last == --* ]]; then flag=$last
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case $at/${COMP_WORDS[i]} in
`

const bashTail = `    esac
    IFS=$'\n'
    COMPREPLY=($(IFS=' '; compgen -W "$words" -P "$prefix" -- "$cur"))
    # Files are readline's own business, but for those beside other words.
    if [[ $files && ( ${COMPREPLY[*]} || ! $cur ) ]]; then
        COMPREPLY+=($(compgen $files -- "$cur"))
        compopt -o filenames 2>/dev/null
    elif [[ $files == -d ]]; then
        compopt +o default -o dirnames 2>/dev/null
    elif [[ ! $files ]]; then
        compopt +o default 2>/dev/null
    fi
}
complete -o default -F _weir weir
`

// bash is the completion script for bash, 3.2 and newer.
func bash(all []Command) string {
	var b strings.Builder
	b.WriteString(bashHead)
	for _, c := range all {
		for _, below := range c.Commands {
			fmt.Fprintf(&b, "            %q) at=%q ;;\n", c.Path+"/"+below.Path, strings.TrimSpace(c.Path+" "+below.Path))
		}
	}
	b.WriteString("        esac\n    done\n    local files=\n    case $at:$flag in\n")
	for _, group := range alike(all) {
		fmt.Fprintf(&b, "        %s) words=%q files=%s ;;\n", strings.Join(group.patterns, "|"), strings.Join(group.flag.Offers, " "), bashFiles(group.flag.Kind))
	}
	for _, c := range all {
		var flags, commands []string
		for _, f := range c.Flags {
			flags = append(flags, f.Name)
		}
		for _, below := range c.Commands {
			commands = append(commands, below.Path)
		}
		fmt.Fprintf(&b, "        %q:*)\n            if [[ $cur == -* ]]; then words=%q\n", c.Path, strings.Join(flags, " "))
		fmt.Fprintf(&b, "            else words=%q files=%s; fi ;;\n", strings.Join(append(commands, c.Argument.Offers...), " "), bashFiles(c.Argument.Kind))
	}
	b.WriteString(bashTail)
	return b.String()
}

// bashFiles is the option of compgen that lists what a path can be.
func bashFiles(k Kind) string { return map[Kind]string{Files: "-f", Directories: "-d"}[k] }

// likeness is flags whose values are completed alike.
type likeness struct {
	patterns []string // COMMAND:--FLAG
	flag     Flag
}

// alike groups all the flags that take a value by how that is completed.
func alike(all []Command) []likeness {
	var groups []likeness
	index := make(map[string]int)
	for _, c := range all {
		for _, f := range c.Flags {
			if f.Switches {
				continue
			}
			id := fmt.Sprint(f.Kind, f.Offers)
			at, ok := index[id]
			if !ok {
				at = len(groups)
				index[id] = at
				groups = append(groups, likeness{flag: f})
			}
			groups[at].patterns = append(groups[at].patterns, fmt.Sprintf("%q", c.Path+":"+f.Name))
		}
	}
	return groups
}
