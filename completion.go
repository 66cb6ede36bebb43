package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = ""

// versionCmd prints the version.
type versionCmd struct{}

func (c *versionCmd) Run(out io.Writer) error {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" {
		v = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	if v == "" || v == "(devel)" {
		v = "development"
	}
	_, err := fmt.Fprintf(out, "weir %s\n", v)
	return err
}

// completionCmd prints a completion script.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

func (c *completionCmd) Run(out io.Writer, parser *kong.Kong) error {
	commands := completions(parser)
	switch c.Shell {
	case "bash":
		return bash(out, commands)
	case "zsh":
		return zsh(out, commands)
	}
	return fish(out, commands)
}

// command is what can be completed after one command; the first has no name.
type command struct {
	name, help string
	flags      []flag
}

type flag struct {
	name, help string
	values     []string
	takesValue bool
}

func completions(parser *kong.Kong) []command {
	all := []command{{flags: flagsOf(parser.Model.Node)}}
	for _, node := range parser.Model.Children {
		if node.Hidden {
			continue
		}
		c := command{name: node.Name, help: node.Help, flags: flagsOf(node)}
		if node == parser.Model.DefaultCmd {
			all[0].flags = append(all[0].flags, c.flags...)
		}
		for _, p := range node.Positional {
			for _, v := range p.EnumSlice() {
				if v != "" {
					c.flags = append(c.flags, flag{name: v})
				}
			}
		}
		all = append(all, c)
	}
	return all
}

func flagsOf(node *kong.Node) []flag {
	var flags []flag
	for _, f := range node.Flags {
		if f.Hidden {
			continue
		}
		one := flag{name: "--" + f.Name, help: f.Help, takesValue: !f.IsBool()}
		for _, v := range f.EnumSlice() {
			if v != "" {
				one.values = append(one.values, v)
			}
		}
		flags = append(flags, one)
	}
	return flags
}

func names(flags []flag) string {
	var out []string
	for _, f := range flags {
		out = append(out, f.name)
	}
	return strings.Join(out, " ")
}

func bash(out io.Writer, commands []command) error {
	var b strings.Builder
	b.WriteString("# bash completion for weir: source <(weir completion bash)\n_weir() {\n")
	b.WriteString("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words\n    case $prev in\n")
	seen := map[string]bool{}
	for _, c := range commands {
		for _, f := range c.flags {
			if len(f.values) > 0 && !seen[f.name] {
				seen[f.name] = true
				fmt.Fprintf(&b, "        %s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", f.name, strings.Join(f.values, " "))
			}
		}
	}
	b.WriteString("    esac\n    case ${COMP_WORDS[1]} in\n")
	for _, c := range commands[1:] {
		fmt.Fprintf(&b, "        %s) words=%q ;;\n", c.name, names(c.flags))
	}
	var top []string
	for _, c := range commands[1:] {
		top = append(top, c.name)
	}
	fmt.Fprintf(&b, "        *) words=%q ;;\n    esac\n", names(commands[0].flags))
	fmt.Fprintf(&b, "    [ \"$COMP_CWORD\" -eq 1 ] && words=\"$words %s\"\n", strings.Join(top, " "))
	b.WriteString("    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _weir weir\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func zsh(out io.Writer, commands []command) error {
	quote := strings.NewReplacer("'", "'\\''", "[", "\\[", "]", "\\]", ":", "\\:").Replace
	var b strings.Builder
	b.WriteString("#compdef weir\n# zsh completion for weir: weir completion zsh > \"${fpath[1]}/_weir\"\n_weir() {\n  local -a commands\n  commands=(\n")
	for _, c := range commands[1:] {
		fmt.Fprintf(&b, "    '%s:%s'\n", c.name, quote(c.help))
	}
	b.WriteString("  )\n  (( CURRENT == 2 )) && _describe command commands\n  case ${words[2]} in\n")
	for _, c := range slices.Concat(commands[1:], commands[:1]) {
		name := c.name
		if name == "" {
			name = "*"
		}
		fmt.Fprintf(&b, "    %s) _arguments", name)
		for _, f := range c.flags {
			if !strings.HasPrefix(f.name, "-") {
				continue
			}
			fmt.Fprintf(&b, " \\\n      '%s[%s]", f.name, quote(f.help))
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&b, ":value:(%s)", strings.Join(f.values, " "))
			case f.takesValue:
				b.WriteString(":value:_files")
			}
			b.WriteString("'")
		}
		b.WriteString(" \\\n      '*:file:_files' ;;\n")
	}
	b.WriteString("  esac\n}\n_weir \"$@\"\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func fish(out io.Writer, commands []command) error {
	quote := strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace
	var b strings.Builder
	b.WriteString("# fish completion for weir: weir completion fish > ~/.config/fish/completions/weir.fish\n")
	for _, c := range commands[1:] {
		fmt.Fprintf(&b, "complete -c weir -n __fish_use_subcommand -a %s -d '%s'\n", c.name, quote(c.help))
	}
	for _, c := range commands {
		when := "__fish_use_subcommand"
		if c.name != "" {
			when = "__fish_seen_subcommand_from " + c.name
		}
		for _, f := range c.flags {
			name, isFlag := strings.CutPrefix(f.name, "--")
			if !isFlag {
				fmt.Fprintf(&b, "complete -c weir -n '%s' -f -a %s\n", when, name)
				continue
			}
			fmt.Fprintf(&b, "complete -c weir -n '%s' -l %s -d '%s'", when, name, quote(f.help))
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&b, " -x -a '%s'", strings.Join(f.values, " "))
			case f.takesValue:
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
